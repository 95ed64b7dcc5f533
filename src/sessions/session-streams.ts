/**
 * The streams of shared sessions in the log: written with the revision that is expected, read back by every node that
 * serves one of them.
 * Invariants: a follower hears each event of its stream that was stored after it began to follow, in order; one subscription
 * serves all. Unit: `created` is ms since the epoch by the log's clock, `readAt` monotonic ms.
 */
import type { Json } from '../../events/catalogue.js';
import { Backoff } from '../backoff.js';
import { HindcastError } from '../errors.js';
import type { EventLog, LogEvent } from '../log/log.js';
import { type ControlledData, type OpenedData, readSessionEvent, type SessionEvent } from '../replay/session-events.js';
import { isTooLate } from './log-clock.js';
import type { Timers } from './scheduler.js';

const PREFIX = 'session-';
/** Waits after a failed subscription: what others record is to be heard at once when the log is back. */
const RETRY = { firstMs: 100, longestMs: 500, random: Math.random };
/** So many events are looked through at a time for the last that says what the session is. */
const LOOKED_THROUGH = 16;

/** An event of a session as the log has it. `id`: the log's own, by which its writer knows it again. */
export interface StoredEvent<E extends SessionEvent = SessionEvent> {
  readonly id: string;
  readonly revision: number;
  readonly created: number;
  readonly event: E;
}

/** A session as its stream tells it. */
export interface StoredSession {
  readonly opened: StoredEvent<{ readonly kind: 'opened'; readonly data: OpenedData }>;
  /** The last in force that says what the clock is; undefined where it was never touched. */
  readonly last: StoredEvent<{ readonly kind: 'controlled'; readonly data: ControlledData }> | undefined;
  /** The last revision of the stream, whatever it is. */
  readonly revision: number;
  readonly closed: boolean;
}

export type Hearing = (stored: StoredEvent, readAt: number) => void;

export class SessionStreams {
  private readonly followers = new Map<string, Hearing>();
  private readonly stop = new AbortController();
  private begun: Promise<void> | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly timers: Timers,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Appends one event; `expected` is the revision before it, -1 for none. Throws as the log does. */
  async append(session: string, id: string, type: string, data: Json, expected: number): Promise<{ revision: number }> {
    return this.log.append(`${PREFIX}${session}`, [{ id, type, data, metadata: { version: 1 } }], expected < 0 ? 'no_stream' : expected);
  }

  /** What is recorded of a session; undefined where there is none. */
  async read(session: string): Promise<StoredSession | undefined> {
    const stream = `${PREFIX}${session}`;
    let opened: StoredSession['opened'] | undefined;
    for await (const event of this.log.read(stream, { limit: 1 })) {
      const stored = storedOf(event);
      if (stored?.event.kind === 'opened') opened = stored as StoredSession['opened'];
    }
    if (opened === undefined) return undefined;
    let revision: number | undefined;
    for (let from: number | undefined; ; ) {
      let lowest: number | undefined;
      for await (const event of this.log.read(stream, { direction: 'backwards', limit: LOOKED_THROUGH, ...(from === undefined ? {} : { from }) })) {
        revision ??= event.revision;
        lowest = event.revision;
        const stored = storedOf(event);
        if (stored?.event.kind === 'closed') return { opened, last: undefined, revision, closed: true };
        if (stored !== undefined && isInForce(stored)) return { opened, last: stored, revision, closed: false };
      }
      if (lowest === undefined || lowest === 0) return { opened, last: undefined, revision: revision ?? 0, closed: false };
      from = lowest - 1;
    }
  }

  /** The events of a session after a revision. */
  async since(session: string, revision: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.log.read(`${PREFIX}${session}`, { from: revision + 1 })) {
      const stored = storedOf(event);
      if (stored !== undefined) events.push(stored);
    }
    return events;
  }

  /** Calls back with each event that is stored from now on; resolves when it is sure to. Answers how to stop. */
  async follow(session: string, hear: Hearing): Promise<() => void> {
    this.followers.set(session, hear);
    const leave = () => this.followers.delete(session);
    try {
      this.begun ??= this.begin();
      await this.begun;
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  private async begin(): Promise<void> {
    try {
      const after = await this.log.end();
      void this.listen(after);
    } catch (error) {
      this.begun = undefined;
      throw error;
    }
  }

  private async listen(from: string): Promise<void> {
    const { signal } = this.stop;
    let after = from;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        for await (const notice of this.log.subscribe({ after, streamPrefixes: [PREFIX], signal })) {
          backoff.reset();
          if (notice.kind !== 'events') {
            const place = notice.kind === 'scanned' ? notice.place : notice.position;
            if (place > after) after = place;
            continue;
          }
          for (const event of notice.events) {
            after = event.position;
            this.tell(event);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onError(error);
      }
      if (!signal.aborted) await new Promise<void>((resolve) => this.timers.after(backoff.next(), resolve));
    }
  }

  private tell(event: LogEvent): void {
    const follower = this.followers.get(event.stream.slice(PREFIX.length));
    const stored = follower === undefined ? undefined : storedOf(event);
    if (follower === undefined || stored === undefined) return;
    try {
      follower(stored, this.timers.now());
    } catch (error) {
      this.onError(error);
    }
  }

  close(): void {
    this.stop.abort();
    this.followers.clear();
  }
}

function storedOf({ id, type, data, revision, created }: LogEvent): StoredEvent | undefined {
  const event = readSessionEvent(type, data);
  return event === undefined ? undefined : { id, revision, created, event };
}

/** Does an event say what the clock is? One that was stored too late says it no longer. */
export function isInForce(stored: StoredEvent): stored is NonNullable<StoredSession['last']> {
  const { created, event } = stored;
  return event.kind === 'controlled' && !isTooLate(event.data.left.moment, created);
}

/** Throws `session-over` where a session is closed, or expired by the log's clock. */
export function demandOpen({ opened, closed }: StoredSession, now: number): void {
  if (closed || opened.event.data.expiresAt <= now) throw new HindcastError('session-over');
}
