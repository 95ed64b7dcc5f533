/**
 * Reading the log: the consumer pulls, and each pull takes from disk what it needs and no more.
 * Invariants: nothing is yielded before it is durable; a subscription misses nothing and repeats nothing between what was
 * there and what comes; whoever is slow finds the rest on disk, not in memory.
 * Unit: a pull takes one slice of some hundred events; other work has its turn between two slices.
 */
import { HindcastError } from '../../errors.js';
import { type LogEvent, type Notice, type Position, type ReadAllOptions, type ReadOptions, START, type SubscribeOptions } from '../log.js';
import type { Bell } from './bell.js';
import { breath } from './indexer.js';
import type { LogStore, StoredRecord } from './log-store.js';
import { numberOf, positionOf } from './positions.js';
import type { Streams } from './streams.js';

const SLICE = 512;

export interface ReadingPorts {
  readonly store: LogStore;
  readonly streams: Streams;
  readonly bell: Bell;
  /** Every event with a smaller number is stored for good. */
  durable(): number;
  closed(): boolean;
  /** Resolves when every stream is known. */
  known(): Promise<void>;
}

export async function* readStream(ports: ReadingPorts, stream: string, options: ReadOptions): AsyncGenerator<LogEvent> {
  const backwards = options.direction === 'backwards';
  let left = limitOf(options.limit);
  const asked = options.from === undefined ? undefined : wholeNumber('from', options.from);
  await ports.known();
  refuseWhenClosed(ports);
  const head = ports.streams.head(stream, ports.durable());
  if (head === undefined) return;
  let revision = backwards ? Math.min(asked ?? head.revision, head.revision) : (asked ?? 0);

  while (left > 0 && revision >= 0 && revision <= head.revision) {
    const numbers = ports.streams.find(stream, { revision, backwards, limit: Math.min(left, SLICE), durable: head.number + 1 });
    const before = revision;
    for (const number of numbers) {
      for (const event of eventsOf(recordAt(ports.store, number), backwards)) {
        if (backwards ? event.revision > revision : event.revision < revision) continue;
        yield event;
        refuseWhenClosed(ports);
        if (--left === 0) return;
        revision = event.revision + (backwards ? -1 : 1);
      }
    }
    if (revision === before) throw new HindcastError('data-damaged', `Stream ${stream} lacks revision ${revision}.`);
    await breath();
    refuseWhenClosed(ports);
  }
}

export async function* readLog(ports: ReadingPorts, options: ReadAllOptions): AsyncGenerator<LogEvent> {
  const backwards = options.direction === 'backwards';
  const wanted = matcher(options.streamPrefixes);
  let left = limitOf(options.limit);
  const asked = options.from === undefined ? undefined : numberOf(options.from);
  refuseWhenClosed(ports);
  const end = ports.durable();
  // Forwards the first number that is wanted, backwards the first that is not.
  let at = backwards ? Math.min(asked ?? end, end) : Math.max(asked ?? 0, 0);

  while (left > 0 && (backwards ? at > 0 : at < end)) {
    const records = backwards ? ports.store.slice({ from: at - 1, backwards, events: SLICE }) : ports.store.slice({ from: at, to: end, events: SLICE });
    const last = records.at(-1);
    if (last === undefined) return;
    for (const record of records) {
      if (!wanted(record.stream)) continue;
      for (const event of eventsOf(record, backwards)) {
        const number = record.number + event.revision - record.revision;
        if (backwards ? number >= at : number < at) continue;
        yield event;
        refuseWhenClosed(ports);
        if (--left === 0) return;
      }
    }
    at = backwards ? last.number : last.number + last.events.length;
    await breath();
    refuseWhenClosed(ports);
  }
}

/** Position of the last event of streams with one of the prefixes beyond `after`, or `after`. */
export async function lastOf(ports: ReadingPorts, { after, streamPrefixes }: { after: Position; streamPrefixes: readonly string[] }): Promise<Position> {
  const first = numberOf(after) + 1;
  refuseWhenClosed(ports);
  const wanted = matcher(streamPrefixes);
  for (let at = ports.durable(); at > first; ) {
    const records = ports.store.slice({ from: at - 1, backwards: true, events: SLICE });
    for (const record of records) if (wanted(record.stream)) return positionOf(Math.max(record.number + record.events.length - 1, first - 1));
    const earliest = records.at(-1);
    if (earliest === undefined) break;
    at = earliest.number;
    await breath();
    refuseWhenClosed(ports);
  }
  return after;
}

export async function* subscribeTo(ports: ReadingPorts, options: SubscribeOptions): AsyncGenerator<Notice> {
  const { signal } = options;
  const wanted = matcher(options.streamPrefixes);
  let next = numberOf(options.after ?? START) + 1;
  refuseWhenClosed(ports);
  const over = (): boolean => signal?.aborted === true || ports.closed();
  /** The head as it was last told. */
  let told: number | undefined;

  while (!over()) {
    const end = ports.durable();
    if (next >= end) {
      if (told !== end) {
        told = end;
        yield { kind: 'caught-up', position: end === 0 ? START : positionOf(end - 1) };
      } else {
        await ports.bell.wait(signal);
      }
      continue;
    }
    const records = ports.store.slice({ from: next, to: end, events: SLICE });
    for (const events of batchesOf(records, next, wanted)) {
      yield { kind: 'events', events };
      if (over()) return;
    }
    const last = records.at(-1) as StoredRecord;
    next = last.number + last.events.length;
    if (next < end) await breath();
  }
}

/** The wanted events from a number on, in batches that a consumer can take at once. */
function* batchesOf(records: readonly StoredRecord[], from: number, wanted: (stream: string) => boolean): Generator<LogEvent[]> {
  let batch: LogEvent[] = [];
  for (const record of records) {
    if (!wanted(record.stream)) continue;
    for (const event of eventsOf(record, false)) {
      if (record.number + event.revision - record.revision < from) continue;
      batch.push(event);
      if (batch.length < SLICE) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function* eventsOf(record: StoredRecord, backwards: boolean): Generator<LogEvent> {
  const { stream, created, events } = record;
  for (let k = 0; k < events.length; k++) {
    const i = backwards ? events.length - 1 - k : k;
    const event = events[i] as StoredRecord['events'][number];
    yield { ...event, stream, revision: record.revision + i, position: positionOf(record.number + i), created };
  }
}

function recordAt(store: LogStore, number: number): StoredRecord {
  const record = store.get(number);
  if (record === undefined) throw new HindcastError('data-damaged', `The log lacks the events from ${number} on that its index names.`);
  return record;
}

function matcher(prefixes: readonly string[] | undefined): (stream: string) => boolean {
  return prefixes === undefined ? () => true : (stream) => prefixes.some((prefix) => stream.startsWith(prefix));
}

function limitOf(limit: number | undefined): number {
  return limit === undefined || limit === Infinity ? Infinity : wholeNumber('limit', limit);
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${value} and should be a whole number from 0`);
  return value;
}

function refuseWhenClosed(ports: ReadingPorts): void {
  if (ports.closed()) throw new HindcastError('log-unavailable', 'The log is closed.');
}
