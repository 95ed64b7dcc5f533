/**
 * Moves a story into a log: appends what the log does not have yet. The events are gone through twice, first to check all of
 * them, then to store them.
 * Invariants: an id never means two things; nothing is stored that was not checked; memory does not grow with the events,
 * but for two bits of each.
 */
import { createHash } from 'node:crypto';
import { catalogue } from '../../events/catalogue.js';
import type { StoryDescribed } from '../../events/descriptions.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { contentOf } from '../exporters/digest.js';
import type { Taken } from '../importers/format.js';
import { appendTooLarge, dataBytes, type EventLog, type LogEventData, WrongExpectedRevision } from '../log/log.js';
import { parsedEvents } from '../recording/recorded-events.js';
import { logId, streamOf } from '../recording/recorder.js';
import { type Conflict, Ledger } from './ledger.js';

/** So many events are appended together, if they are not too large. */
const MOST_EVENTS = 500;
/** Bytes that a log needs beside what it stores. */
const LEAST_ROOM = 1_000_000;
/** So many bytes, if the log takes as many in one append: a short append does not keep others waiting. An event that is larger goes alone. */
const MOST_BYTES = 512 * 1024;

/** What is to be stored: of events that were all checked, those that the story lacks. */
export interface Plan {
  /** How many events there were. */
  readonly events: number;
  /** How many the story lacks. */
  readonly fresh: number;
  /** About how many bytes the log takes for those. */
  readonly bytes: number;
  /** How many say something else than an event with their id that came before, and are left out. */
  readonly others: number;
  /** Of the story, before anything is stored; -1 where there is none. */
  readonly revision: number;
  /** The description in force. */
  readonly described: StoryDescribed | undefined;
  readonly ledger: Ledger;
  /** Lets go of what it keeps on the disk. */
  close(): void;
}

export interface PlanOptions {
  /** What of an event is compared with another of its id; all of it unless told. */
  readonly essence?: (event: StoryEvent) => StoryEvent;
  /** Is told of an event that has another's id and says something else; unless given it is `id-reused`. */
  readonly onConflict?: (conflict: Conflict) => void;
}

/**
 * Looks through the events. Throws `id-reused` where an id means two things, in the story or among them, and `body-too-large` where
 * an event is larger than an append may be.
 */
export async function planNew(log: EventLog, story: string, events: AsyncIterable<Taken>, options: PlanOptions = {}): Promise<Plan> {
  const { essence } = options;
  const saying = (event: StoryEvent) => digestOf(contentOf(essence === undefined ? event : essence(event)));
  const ledger = new Ledger();
  try {
    let revision = -1;
    let described: StoryDescribed | undefined;
    for await (const { logged, ...parsed } of parsedEvents(log, story)) {
      revision = logged.revision;
      if (!('event' in parsed)) continue;
      const { event } = parsed;
      if (event.type === 'StoryDescribed') described = event;
      ledger.know(event.id, saying(bare(event)));
    }
    let bytes = 0;
    for await (const { event, at } of events) {
      const content = contentOf(event);
      const size = Buffer.byteLength(content);
      bytes += size;
      // What is stored says the same in about as many bytes: only a large one is looked at closely.
      if (size > log.maxAppendBytes / 2) refuseTooLarge(log, event, at);
      const whole = digestOf(content);
      ledger.add(event.id, essence === undefined ? whole : saying(event), at, whole);
    }
    let worst: Conflict | undefined;
    const counts = ledger.settle((conflict) => {
      options.onConflict?.(conflict);
      if (worst === undefined || conflict.n < worst.n) worst = conflict;
    });
    if (worst !== undefined && options.onConflict === undefined)
      throw new HindcastError(
        'id-reused',
        `${worst.at}: "${worst.id}" says something else in ${worst.first === undefined ? story : `the same file, at ${worst.first}`}.`,
        [{ at: worst.at, message: `another event has the id "${worst.id}"` }],
      );
    const share = ledger.size === 0 ? 0 : counts.new / ledger.size;
    return {
      events: ledger.size,
      fresh: counts.new,
      bytes: Math.round(bytes * share),
      others: counts.other,
      revision,
      described,
      ledger,
      close: () => ledger.close(),
    };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/**
 * Stores what is planned, from the same events in the same order, after `first`, which nobody has planned. What it throws says how
 * many were stored before: `wrong-revision` where others wrote to the story meanwhile, `bad-request` where the events are not
 * those that were checked, `disk-full` where there is too little room: before anything is stored, if that can be known.
 */
export async function appendNew(log: EventLog, story: string, plan: Plan, events: AsyncIterable<Taken>, first: readonly StoryEvent[] = []): Promise<void> {
  checkRoom(log, plan);
  let { revision } = plan;
  let stored = 0;
  try {
    for await (const batch of batchesOf(story, planned(plan, events, first), Math.min(MOST_BYTES, log.maxAppendBytes))) {
      ({ revision } = await log.append(streamOf(story), batch, revision < 0 ? 'no_stream' : revision));
      stored += batch.length;
    }
  } catch (error) {
    const so = `${stored} of ${plan.fresh + first.length} events were stored; the same command goes on from there.`;
    if (error instanceof WrongExpectedRevision) throw new HindcastError('wrong-revision', `Others wrote to ${story} meanwhile. ${so}`, [], { cause: error });
    if (!(error instanceof HindcastError))
      throw new HindcastError('log-unavailable', `${error instanceof Error ? error.message : String(error)}. ${so}`, [], { cause: error });
    throw new HindcastError(error.code, `${error.detail ?? ''} ${so}`.trimStart(), error.faults, { cause: error });
  }
}

/** An event that no append takes is refused before anything is stored. */
function refuseTooLarge({ maxAppendBytes }: EventLog, event: StoryEvent, at: string): void {
  const bytes = dataBytes(catalogue.toStored(event));
  if (bytes <= maxAppendBytes) return;
  const { detail } = appendTooLarge(bytes, 1, maxAppendBytes);
  throw new HindcastError('body-too-large', `${at}: "${event.id}": ${detail}`, [{ at, message: `${bytes} bytes, where ${maxAppendBytes} are the most` }]);
}

/** A disk that would be full on the way is refused before anything is stored: a log takes about as much as the events say. */
function checkRoom(log: EventLog, { bytes }: Plan): void {
  const needed = bytes * 1.05 + LEAST_ROOM;
  const room = log.room?.() ?? Number.POSITIVE_INFINITY;
  if (room >= needed) return;
  const megabytes = (count: number) => `${Math.ceil(count / 1_000_000).toLocaleString('en')} MB`;
  throw new HindcastError('disk-full', `These events take about ${megabytes(needed)}, and the log has ${megabytes(room)}. Nothing was stored.`);
}

/** What is to be stored, one after the other. */
async function* planned({ ledger, events: count }: Plan, events: AsyncIterable<Taken>, first: readonly StoryEvent[]): AsyncGenerator<StoryEvent> {
  yield* first;
  const checked = ledger.checked();
  let n = 0;
  for await (const { event } of events) {
    const digest = checked.next();
    if (digest.done === true || digest.value !== digestOf(contentOf(event)))
      throw new HindcastError('bad-request', `"${event.id}" is not what it was.`, [{ at: event.id, message: 'changed' }]);
    if (ledger.verdict(n++) === 'new') yield event;
  }
  if (n < count) throw new HindcastError('bad-request', 'The events are not those that were checked.', [{ at: 'file', message: 'changed' }]);
}

/** The events an append at a time. */
async function* batchesOf(story: string, events: AsyncIterable<StoryEvent>, mostBytes: number): AsyncGenerator<LogEventData[]> {
  let batch: LogEventData[] = [];
  let bytes = 0;
  for await (const event of events) {
    const stored = { id: logId(story, event.id), ...catalogue.toStored(event) };
    const size = Buffer.byteLength(JSON.stringify([stored.type, stored.data, stored.metadata]));
    if (batch.length === MOST_EVENTS || (batch.length > 0 && bytes + size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(stored);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** An event as it was before it was stored. */
function bare(event: StoryEvent): StoryEvent {
  const { story: _, position: __, revision: ___, recordedAt: ____, ...rest } = event as StoryEvent & Record<string, unknown>;
  return rest as unknown as StoryEvent;
}

function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}
