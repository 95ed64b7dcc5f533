/**
 * Reading EventStoreDB: the consumer pulls, and the client holds back what is not taken.
 * Invariants: events come in log order and once; events of the system are nobody's; what breaks is thrown, also where nobody
 * answers, and whoever reads goes on from the last place that he was given. Unit: ms.
 */
import {
  type AllStreamSubscription,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type Position as ServerPosition,
  type ResolvedEvent,
  START as FROM_START,
  type StreamingRead,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import { HindcastError } from '../../errors.js';
import { type LogEvent, type Notice, type Position, type ReadAllOptions, type ReadOptions, START, type SubscribeOptions } from '../log.js';
import { fromServer } from './events.js';
import { faultOf } from './faults.js';
import { positionOf, serverPositionOf } from './positions.js';

/** Events in one notice of a subscription. */
const SLICE = 512;
/** The server says where it is each time it has looked through so many times 32 events that nobody wants. */
const CHECKPOINTS = 16;
/** A read is asked for again from where it got to, so that none stays open for long. */
const PAGE = 4_096;
/** Who has said nothing after so long is no EventStoreDB, or hangs: the client would wait for ever. */
const FIRST_WORD_MS = 5_000;

const isOurs = (stream: string): boolean => !stream.startsWith('$');

function wanted(prefixes: readonly string[] | undefined): (stream: string) => boolean {
  return prefixes === undefined ? isOurs : (stream) => isOurs(stream) && prefixes.some((prefix) => stream.startsWith(prefix));
}

/** What a read brings. Whoever leaves before its end cancels it: the server would else hold it open. */
async function* eventsOf<R extends ResolvedEvent>(read: StreamingRead<R>): AsyncGenerator<R> {
  let isOver = false;
  const impatience = setTimeout(() => {
    read.destroy(silence());
    read.cancel().catch(() => {});
  }, FIRST_WORD_MS);
  // The client may yet fail when nobody listens any more.
  read.on('error', () => {});
  try {
    for await (const resolved of read) {
      clearTimeout(impatience);
      yield resolved;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    clearTimeout(impatience);
    if (!isOver) await read.cancel();
  }
}

const silence = () => new HindcastError('log-unavailable', `EventStoreDB has not answered within ${FIRST_WORD_MS / 1000} s.`);

export async function* readStream(client: EventStoreDBClient, stream: string, { direction, from, limit = Infinity }: ReadOptions): AsyncGenerator<LogEvent> {
  const backwards = direction === 'backwards';
  if (from !== undefined && (!Number.isSafeInteger(from) || from < 0)) throw new RangeError(`from is a whole number from 0, not ${from}`);
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) throw new RangeError(`limit is a whole number from 0, not ${limit}`);
  let left = limit;
  let next = from;
  while (left > 0) {
    const count = Math.min(left, PAGE);
    let read = 0;
    try {
      const events = client.readStream(stream, {
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: next === undefined ? (backwards ? END : FROM_START) : BigInt(next),
        maxCount: count,
      });
      for await (const { event } of eventsOf(events)) {
        read++;
        if (event === undefined) continue;
        const one = fromServer(event);
        yield one;
        left--;
        next = one.revision + (backwards ? -1 : 1);
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError) return;
      throw faultOf(error, { stream });
    }
    if (read < count || (next ?? 0) < 0) return;
  }
}

export async function* readAll(client: EventStoreDBClient, { direction, from, limit = Infinity, streamPrefixes }: ReadAllOptions): AsyncGenerator<LogEvent> {
  const backwards = direction === 'backwards';
  const isWanted = wanted(streamPrefixes);
  const at = from === undefined ? undefined : serverPositionOf(from);
  if (backwards && from === START) return;
  let left = limit;
  if (left <= 0) return;
  try {
    // Not so many as are wanted: events of others may stand between.
    const events = client.readAll({ direction: backwards ? BACKWARDS : FORWARDS, fromPosition: at ?? (backwards ? END : FROM_START) });
    for await (const { event } of eventsOf(events)) {
      if (event === undefined || !isWanted(event.streamId)) continue;
      yield fromServer(event);
      if (--left === 0) return;
    }
  } catch (error) {
    throw faultOf(error);
  }
}

/** What a subscription has brought and nobody has taken. */
class Inbox {
  private wake: (() => void) | undefined;
  private failure: { readonly error: unknown } | undefined;
  private readonly impatience: NodeJS.Timeout;
  private isOver = false;
  /** The server has taken it. */
  isConfirmed = false;
  /** It has been said that everything up to the head was brought. */
  live = false;
  /** The server has looked through everything up to here. */
  checkpoint: Position = START;

  constructor(private readonly subscription: AllStreamSubscription) {
    const ring = () => this.ring();
    const fail = (error: unknown) => {
      clearTimeout(this.impatience);
      this.failure ??= { error };
      ring();
    };
    this.impatience = setTimeout(() => fail(silence()), FIRST_WORD_MS);
    subscription
      .on('confirmation', () => {
        this.isConfirmed = true;
        clearTimeout(this.impatience);
      })
      .on('readable', ring)
      .on('caughtUp', () => {
        this.live = true;
        ring();
      })
      .on('error', fail)
      .on('end', () => {
        this.isOver = true;
        ring();
      });
  }

  ring(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  /** What is there, as far as one notice holds. Throws what broke it, once all is taken. */
  take(): LogEvent[] {
    const events: LogEvent[] = [];
    while (events.length < SLICE) {
      const resolved = this.subscription.read() as ResolvedEvent | null;
      if (resolved === null) break;
      if (resolved.event !== undefined) events.push(fromServer(resolved.event));
    }
    if (events.length === 0 && this.failure !== undefined) throw faultOf(this.failure.error);
    if (events.length === 0 && this.isOver) throw new HindcastError('log-unavailable', 'EventStoreDB ended the subscription.');
    return events;
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  close(): void {
    clearTimeout(this.impatience);
  }
}

export async function* subscribeTo(
  client: EventStoreDBClient,
  closing: AbortSignal,
  { after = START, streamPrefixes, signal }: SubscribeOptions,
): AsyncGenerator<Notice> {
  const from = serverPositionOf(after);
  const over = () => signal?.aborted === true || closing.aborted;
  if (closing.aborted) throw new HindcastError('log-unavailable', 'It is closed.');
  if (over()) return;
  let inbox: Inbox | undefined;
  const checkpoints = {
    checkpointInterval: CHECKPOINTS,
    // What this throws would stall the stream.
    checkpointReached: async (_: AllStreamSubscription, position: ServerPosition) => {
      if (inbox === undefined) return;
      inbox.checkpoint = positionOf(position);
      inbox.ring();
    },
  };
  const filter =
    streamPrefixes === undefined ? streamNameFilter({ regex: '^[^$]', ...checkpoints }) : streamNameFilter({ prefixes: [...streamPrefixes], ...checkpoints });
  const subscription = client.subscribeToAll({ fromPosition: from ?? FROM_START, filter });
  inbox = new Inbox(subscription);
  const ring = () => inbox?.ring();
  signal?.addEventListener('abort', ring);
  closing.addEventListener('abort', ring);
  const isWanted = wanted(streamPrefixes);
  let position = after;
  let told: Position | undefined;
  try {
    while (!over()) {
      const events = inbox.take().filter(({ stream }) => isWanted(stream));
      const last = events.at(-1);
      if (last !== undefined) {
        position = last.position;
        yield { kind: 'events', events };
        continue;
      }
      if (inbox.checkpoint > position) position = inbox.checkpoint;
      if (inbox.live && told !== position) {
        told = position;
        yield { kind: 'caught-up', position };
        continue;
      }
      await inbox.wait();
    }
  } finally {
    signal?.removeEventListener('abort', ring);
    closing.removeEventListener('abort', ring);
    inbox.close();
    subscription.on('error', () => {});
    const ended = subscription.unsubscribe().catch(() => {});
    // One that was never taken ends when the client has looked for the server long enough.
    if (inbox.isConfirmed) await ended;
  }
}
