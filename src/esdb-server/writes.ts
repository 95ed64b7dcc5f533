/**
 * Appends as EventStoreDB takes them where the log alone would decide otherwise: to streams that were deleted, to streams that
 * have metadata and nothing else, and appends of nothing.
 * Invariants: nothing comes between a look at a stream and the append that rests on it; an append that brings a stream back is
 * answered when its metadata says from where, and a repeat of one that was cut short sees to that.
 * Unit: one server. Whoever appends to a log beside it appends to protected streams alone.
 */
import { randomUUID } from 'node:crypto';
import { contentsOf } from '../log/embedded/verbatim.js';
import { type Appended, type WholeLog, type ExpectedRevision, type LogEvent, type LogEventData, WrongExpectedRevision } from '../log/log.js';
import { isWrongExpected, streamDeleted } from './errors.js';
import type { Begun, Gate } from './gate.js';
import { type Life, type Lives, metadataIn } from './lives.js';
import { isMetastream, metastreamOf, originalOf, type Protection } from './refusals.js';

/** `revision` is undefined where nothing was appended to a stream that does not exist. */
export type Stored = Omit<Appended, 'revision'> & { readonly revision: number | undefined };
export type Outcome = { readonly stored: Stored } | { readonly wrong: WrongExpectedRevision };

export interface Writes {
  /** Rejects with Refused, or with what the log says. */
  append(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Outcome>;
  /** The stream is about to be deleted, or has been. */
  changed(stream: string): void;
}

export interface WritesPorts {
  /** Its appends may be others than the log's own. */
  readonly log: WholeLog;
  readonly lives: Lives;
  readonly gate: Gate;
  readonly protection: Protection;
}

export const METADATA = '$metadata';
/** Streams without metadata that are remembered as such. */
const MOST_ORDINARY = 10_000;

export function createWrites({ log, lives, gate, protection }: WritesPorts): Writes {
  /** Streams that have no metadata and were not deleted: the log alone decides. */
  const ordinary = new Set<string>();

  const place = (stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Outcome> =>
    log.append(stream, events, expected).then(
      (stored) => ({ stored }),
      (error: unknown) => {
        if (isWrongExpected(error)) return { wrong: error };
        throw error;
      },
    );

  const decide = async (stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Begun<Outcome>> => {
    const life = await lives.of(stream);
    if (life.isTombstoned) throw streamDeleted(stream);
    if (life.isDeleted && expected === 'stream_exists') throw streamDeleted(stream);
    if (events.length === 0) return { done: appendNothing(stream, life, expected) };
    if (isMetastream(stream)) return { done: Promise.resolve(await describe(stream, events, expected)) };
    if (life.isDeleted) return { done: Promise.resolve(await bringBack(stream, events, expected, life)) };
    if (life.metadata === undefined) {
      if (ordinary.size >= MOST_ORDINARY) ordinary.clear();
      ordinary.add(stream);
      return { done: place(stream, events, expected) };
    }
    // It exists, if only by its metadata.
    const first = life.last === undefined && expected === 'stream_exists';
    return { done: Promise.resolve(await place(stream, events, first ? 'no_stream' : expected)) };
  };

  const appendNothing = async (stream: string, { last, metadata, isDeleted }: Life, expected: ExpectedRevision): Promise<Outcome> => {
    const holds =
      expected === 'any' ||
      (expected === 'no_stream' && last === undefined) ||
      (expected === 'stream_exists' && !isDeleted && (last ?? metadata) !== undefined) ||
      expected === last?.revision;
    if (!holds) return { wrong: new WrongExpectedRevision(stream, expected, last?.revision) };
    return { stored: { revision: last?.revision, position: await log.end(), repeated: true } };
  };

  /** Metadata that is set on a softly deleted stream brings it back, empty. */
  const describe = async (stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Outcome> => {
    const original = originalOf(stream);
    ordinary.delete(original);
    const before = await lives.of(original);
    const outcome = await place(stream, events, expected);
    if (before.isDeleted && 'stored' in outcome && !outcome.stored.repeated) await cutOff(original, (before.last?.revision ?? -1) + 1);
    return outcome;
  };

  const bringBack = async (stream: string, events: readonly LogEventData[], expected: ExpectedRevision, life: Life): Promise<Outcome> => {
    const { last, metadata } = life;
    let outcome = await place(stream, events, expected);
    if ('wrong' in outcome && expected === 'no_stream' && !(await begins(stream, events))) outcome = await place(stream, events, last?.revision ?? 'no_stream');
    // A repeat of what was stored before the deletion changes nothing.
    if ('stored' in outcome && outcome.stored.revision !== undefined && outcome.stored.position > (metadata as LogEvent).position)
      await cutOff(stream, outcome.stored.revision - events.length + 1);
    return outcome;
  };

  /** Is the first of the events the first of the stream? */
  const begins = async (stream: string, events: readonly LogEventData[]): Promise<boolean> => {
    for await (const { id } of log.read(stream, { limit: 1 })) return id === events[0]?.id;
    return false;
  };

  /** Writes the metadata anew, with another first revision. */
  const cutOff = async (stream: string, truncateBefore: number): Promise<void> => {
    const { metadata } = await lives.of(stream);
    const before = metadata && metadataIn(metadata);
    if (metadata === undefined || before === undefined) return;
    await log.append(metastreamOf(stream), [metadataEvent(JSON.stringify({ ...before, $tb: truncateBefore }))], metadata.revision);
  };

  return {
    append(stream, events, expected) {
      const alone = protection.covers(stream) || ordinary.has(stream);
      return alone && events.length > 0 ? gate.pass(() => place(stream, events, expected)) : gate.enter(() => decide(stream, events, expected));
    },
    changed: (stream) => void ordinary.delete(stream),
  };
}

/** An event of a metadata stream, of JSON as it is to be kept. */
export function metadataEvent(json: string): LogEventData {
  return { id: randomUUID(), type: METADATA, ...contentsOf({ isJson: true, data: Buffer.from(json), metadata: new Uint8Array() }) };
}
