/**
 * The port to the truth: an append-only log of events in streams, as EventStoreDB keeps it.
 * Invariants: an acknowledged append is durable; an append is stored whole or not at all; nothing stored ever changes.
 * Unit: revisions are integers from 0 without gaps in a stream; positions are opaque strings, never dense, that compare
 * with `<` in log order and never order happenings.
 */
import type { Json } from '../../events/catalogue.js';

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

/** What a subscription yields: events in log order, and a note each time it has caught up with the head. */
export type Notice =
  | { readonly kind: 'events'; readonly events: readonly LogEvent[] }
  /** Everything wanted up to `position`, the head of the whole log, has been yielded; what follows is new. */
  | { readonly kind: 'caught-up'; readonly position: Position };

export interface EventLog {
  /**
   * Stores the events in order, all or none, durable before it answers. Repeating an append by the same ids adds
   * nothing, as EventStoreDB's table of concurrency and idempotency has it.
   * Whatever it answers or refuses rests on what is durable: a repeat of an append under way waits for that one.
   * Throws WrongExpectedRevision, or HindcastError `log-unavailable` or `disk-full`: then it may be tried again with the same ids. What
   * cannot be appended at all (nothing, an id that is no UUID, a field named `__proto__`) is a RangeError.
   */
  append(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended>;
  /** The events of one stream; a stream that does not exist has none. Past the end is empty. */
  read(stream: string, options?: ReadOptions): AsyncIterable<LogEvent>;
  /** The events of all streams in log order. */
  readAll(options?: ReadAllOptions): AsyncIterable<LogEvent>;
  /** Pulls: the next batch is read when the consumer asks for it. One consumer each. */
  subscribe(options?: SubscribeOptions): AsyncIterable<Notice>;
  /** Last revision and position of a stream, or undefined where it does not exist. */
  head(stream: string): Promise<{ revision: number; position: Position } | undefined>;
  /** Position of the last event in the log, or START. */
  end(): Promise<Position>;
  /** Bytes that may still be stored, where that is known. */
  room?(): number;
  /** Waits for what is under way and lets go of the folder or the connection. Calls after it fail with `log-unavailable`. */
  close(): Promise<void>;
}
