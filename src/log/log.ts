/**
 * The port to the truth: an append-only log of events in streams, as EventStoreDB keeps it.
 * Invariants: an acknowledged append is durable; an append is stored whole or not at all; nothing stored ever changes.
 * Unit: revisions are integers from 0 without gaps in a stream; positions are opaque strings, never dense, that compare
 * with `<` in log order and never order happenings.
 */
import type { Json } from '../../events/catalogue.js';
import { HindcastError } from '../errors.js';

/** A place in the whole log. Compare two with `<`; never count with them. */
export type Position = string;

/** The place before the first event. */
export const START: Position = '';

/** What a writer hands over. `id` is a UUID, the key of idempotency within a stream; it comes back in lower case. */
export interface LogEventData {
  readonly id: string;
  readonly type: string;
  /** JSON, or raw bytes where the event is not JSON. */
  readonly data: Json | Uint8Array;
  readonly metadata: Json | Uint8Array;
  /** Where `data` and `metadata` do not give back the bytes that were written: those bytes. A log that cannot keep them refuses the event. */
  readonly verbatim?: Verbatim;
}

/**
 * An event byte for byte as its writer sent it, for events whose JSON is written otherwise than JSON.stringify writes it
 * (spaces, `1.0`, integers beyond 2^53), or is no JSON although it is called so. `data` and `metadata` beside it are what a
 * reader understands of these bytes.
 */
export interface Verbatim {
  /** The content type: `application/json`, or bytes. */
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** What the log holds. */
export interface LogEvent extends LogEventData {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  /** When the log stored it, by the log's own clock: milliseconds since the epoch. */
  readonly created: number;
}

/** What a writer expects of a stream: that it is at this revision, exists, does not exist, or nothing at all. */
export type ExpectedRevision = number | 'any' | 'no_stream' | 'stream_exists';

export interface Appended {
  /** Revision of the last event of the append. */
  readonly revision: number;
  /** Position of the last event of the append. */
  readonly position: Position;
  /** True where every event had been stored before and nothing was added. */
  readonly repeated: boolean;
}

/** Thrown by `append` where the stream is not as expected. Recognised by its code, across implementations. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  readonly code = 'wrong-expected-revision';
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** Last revision of the stream, or undefined where there is none. */
  readonly actual: number | undefined;

  constructor(stream: string, expected: ExpectedRevision, actual: number | undefined) {
    super(`stream ${stream} was expected at ${expected} and is ${actual === undefined ? 'absent' : `at ${actual}`}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** What an event counts towards the limit of an append, in bytes. */
export function dataBytes({ data, verbatim }: Pick<LogEventData, 'data' | 'verbatim'>): number {
  if (verbatim !== undefined) return verbatim.data.length;
  return data instanceof Uint8Array ? data.length : Buffer.byteLength(JSON.stringify(data));
}

/** `body-too-large`: so many bytes of so many events, where an append may hold `maxBytes`. */
export function appendTooLarge(bytes: number, events: number, maxBytes: number): HindcastError {
  const count = (n: number) => n.toLocaleString('en');
  const remedy = events > 1 ? 'Send it as several appends.' : 'One event cannot be divided: shorten it, or raise the limit of the log.';
  return new HindcastError(
    'body-too-large',
    `The event log takes at most ${count(maxBytes)} bytes of event data in one append, and ${events === 1 ? 'this event has' : `these ${count(events)} events have`} ${count(bytes)}. ${remedy}`,
  );
}

export interface ReadOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Inclusive. Left out: the beginning (forwards) or the end (backwards). */
  readonly from?: number;
  readonly limit?: number;
}

export interface ReadAllOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Forwards: inclusive. Backwards: exclusive. Left out: the beginning or the end. */
  readonly from?: Position;
  readonly limit?: number;
  /** Only events of streams whose name begins with one of these. */
  readonly streamPrefixes?: readonly string[];
}

export interface SubscribeOptions {
  /** Exclusive. `START`: from the first event. */
  readonly after?: Position;
  readonly streamPrefixes?: readonly string[];
  /** Ends the subscription: the iteration then finishes without an error. */
  readonly signal?: AbortSignal;
}

/** What a subscription yields: events in log order, a note each time it has caught up with the head, and places to go on from. */
export type Notice =
  | { readonly kind: 'events'; readonly events: readonly LogEvent[] }
  /**
   * Everything wanted up to `position` has been yielded; what follows is new. `position` is the end of the log as it was before
   * the subscription began, or the last event yielded, whichever is later: never beyond `end()`.
   */
  | { readonly kind: 'caught-up'; readonly position: Position }
  /**
   * The log has been looked through up to `place` and holds nothing wanted that has not been yielded: a later subscription
   * may begin behind it. It is no statement about the end of the log, and is never compared with one.
   */
  | { readonly kind: 'scanned'; readonly place: Position }
  /** Somebody has closed a wanted stream for good: it is neither read nor written any more. */
  | { readonly kind: 'tombstoned'; readonly stream: string; readonly position: Position }
  /** Somebody has set for a wanted stream what of it is kept: its beginning may be gone, now or later. */
  | { readonly kind: 'limited'; readonly stream: string; readonly position: Position };

/** What EventStoreDB takes in one append as it is set up: bytes of data, metadata and types not counted. */
export const DEFAULT_MAX_APPEND_BYTES = 1024 * 1024;

export interface EventLog {
  /** The bytes of data (as JSON.stringify writes it; metadata and types are not counted) that one append may hold in all. */
  readonly maxAppendBytes: number;
  /**
   * Stores the events in order, all or none, durable before it answers. Repeating an append by the same ids adds
   * nothing, as EventStoreDB's table of concurrency and idempotency has it: with a revision or `no_stream` always; with `any`
   * or `stream_exists` only as long as the log remembers the ids, which EventStoreDB does not do for ever. So whoever must not
   * store twice names a revision; nothing in this project appends at `any`.
   * Whatever it answers or refuses rests on what is durable: a repeat of an append under way waits for that one.
   * Throws WrongExpectedRevision, or HindcastError `log-unavailable` or `disk-full`: then it may be tried again with the same ids;
   * `story-tombstoned` where somebody has closed the stream for good (so do reads of it and `head`); `body-too-large` where it
   * holds more than `maxAppendBytes`. What cannot be appended at all (nothing, an id that is no UUID, a field named `__proto__`) is
   * a RangeError. Of what is refused nothing is stored.
   */
  append(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended>;
  /**
   * The events of one stream; a stream that does not exist has none. Past the end is empty. Where somebody has had its beginning
   * taken away, it begins later: revisions are what they were.
   */
  read(stream: string, options?: ReadOptions): AsyncIterable<LogEvent>;
  /** Pulls: the next batch is read when the consumer asks for it. One consumer each. */
  subscribe(options?: SubscribeOptions): AsyncIterable<Notice>;
  /** Last revision and position of a stream, or undefined where it does not exist. */
  head(stream: string): Promise<{ revision: number; position: Position } | undefined>;
  /** Position of the last event in the log, whoever wrote it, or START. It costs one event, whatever stands at the end. */
  end(): Promise<Position>;
  /**
   * Position of the last event of streams with one of these prefixes that was stored before this was asked; `after` where
   * there is none beyond it. It costs what stands beyond `after`.
   */
  last(options: { readonly after: Position; readonly streamPrefixes: readonly string[] }): Promise<Position>;
  /** Bytes that may still be stored, where that is known. */
  room?(): number;
  /** Waits for what is under way and lets go of the folder or the connection. Calls after it fail with `log-unavailable`. */
  close(): Promise<void>;
}

/** A log that can be read as a whole, whoever wrote what: one that is served to others. Nobody else has need of it. */
export interface WholeLog extends EventLog {
  /** The events of all streams in log order. */
  readAll(options?: ReadAllOptions): AsyncIterable<LogEvent>;
}
