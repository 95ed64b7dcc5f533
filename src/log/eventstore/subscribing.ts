/**
 * Subscribing to EventStoreDB. The server drops a live subscriber whenever more events come at once than its queues hold (64),
 * however quickly it reads: every burst does that and it is no fault, so the subscription goes on from its last place by itself.
 * Invariants: events come in log order and once, across drops. The server's caught-up names no place, so the end of the log is
 * read before each subscribing: caught-up then means that everything wanted up to that end has come. The places that the
 * server has scanned (checkpoints) count the system's events and may lie anywhere: they are places to go on from, nothing else.
 * Unit: one subscription of the port, made of one or more of the server's.
 */
import {
  type AllStreamSubscription,
  type EventStoreDBClient,
  type Position as ServerPosition,
  type RecordedEvent,
  type ResolvedEvent,
  START as FROM_START,
  streamNameFilter,
} from '@eventstore/db-client';
import { HindcastError } from '../../errors.js';
import { type LogEvent, type Notice, type Position, START, type SubscribeOptions } from '../log.js';
import { fromServer, isTombstone } from './events.js';
import { faultOf, isDrop } from './faults.js';
import { positionOf, serverPositionOf } from './positions.js';
import type { Sightings } from './sightings.js';
import { endOfLog, FIRST_WORD_MS, silence, wanted } from './reading.js';

/** Events in one notice. */
const SLICE = 512;
/** The server looks through so many events a page: it passes over those of others ten times as fast as at its default of 32. */
const WINDOW = 4_096;
/** It says where it is after so many pages. */
const PAGES = 1;

type Came = Extract<Notice, { kind: 'events' | 'tombstoned' | 'limited' }>;

/** The stream that says what of another is kept has this before its name. */
const META = '$$';

/** What an event says of the stream as a whole; undefined where it is an event of it. */
function markIn(event: RecordedEvent): Came | undefined {
  const { streamId, position } = event;
  const isMeta = streamId.startsWith(META);
  if (position === undefined || !(isMeta || isTombstone(event))) return undefined;
  return { kind: isMeta ? 'limited' : 'tombstoned', stream: isMeta ? streamId.slice(META.length) : streamId, position: positionOf(position) };
}

/** What one subscription of the server has brought and nobody has taken. */
class Inbox {
  private wake: (() => void) | undefined;
  private failure: { readonly error: unknown } | undefined;
  private readonly impatience: NodeJS.Timeout;
  private isOver = false;
  /** The server has taken the subscription. */
  isConfirmed = false;
  /** The server has said that everything up to the head was brought. */
  isLive = false;
  /** The server has looked through everything up to here. */
  scanned: Position = START;

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
        this.isLive = true;
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

  /** What is there, as far as one notice holds each. Throws what broke it, as the client says it, once all is taken. */
  take(): Came[] {
    const came: Came[] = [];
    let events: LogEvent[] = [];
    for (let taken = 0; taken < SLICE; taken++) {
      const resolved = this.subscription.read() as ResolvedEvent | null;
      if (resolved === null) break;
      if (resolved.event === undefined) continue;
      const mark = markIn(resolved.event);
      if (mark === undefined) {
        if (events.length === 0) came.push({ kind: 'events', events });
        events.push(fromServer(resolved.event));
      } else {
        came.push(mark);
        events = [];
      }
    }
    if (came.length === 0 && this.failure !== undefined) throw this.failure.error;
    if (came.length === 0 && this.isOver) throw new HindcastError('log-unavailable', 'EventStoreDB ended the subscription.');
    return came;
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

interface Subscribing {
  /** Is shown every event that comes. */
  readonly sightings: Sightings;
  readonly client: EventStoreDBClient;
  /** Ends every subscription. */
  readonly closing: AbortSignal;
}

export async function* subscribeTo(
  { client, closing, sightings }: Subscribing,
  { after = START, streamPrefixes, signal }: SubscribeOptions,
): AsyncGenerator<Notice> {
  serverPositionOf(after);
  const over = () => signal?.aborted === true || closing.aborted;
  if (closing.aborted) throw new HindcastError('log-unavailable', 'It is closed.');
  let place = after;
  let told: Position | undefined;
  while (!over()) {
    let gotOn = false;
    try {
      for await (const notice of subscribeOnce(
        { client, sightings },
        { after: place, streamPrefixes, over, signals: [closing, ...(signal === undefined ? [] : [signal])] },
      )) {
        gotOn = true;
        if (notice.kind === 'events') place = notice.events.at(-1)?.position ?? place;
        else if (notice.kind === 'scanned') place = notice.place;
        else if (notice.position > place) place = notice.position;
        // After a drop a subscriber that has caught up before is not told so again.
        if (notice.kind === 'caught-up' && notice.position === told) continue;
        if (notice.kind === 'caught-up') told = notice.position;
        yield notice;
      }
      return;
    } catch (error) {
      if (!gotOn || !isDrop(error)) throw faultOf(error);
    }
  }
}

/** Position of the last event of streams with one of the prefixes beyond `after`, or `after`. */
export async function lastOf(
  subscribing: Subscribing,
  wantedOnes: { readonly after: Position; readonly streamPrefixes: readonly string[] },
): Promise<Position> {
  const enough = new AbortController();
  let last = wantedOnes.after;
  for await (const notice of subscribeTo(subscribing, { ...wantedOnes, signal: enough.signal })) {
    if (notice.kind === 'events') last = notice.events.at(-1)?.position ?? last;
    if (notice.kind === 'caught-up') return last;
  }
  throw new HindcastError('log-unavailable', 'It is closed.');
}

interface Once {
  readonly after: Position;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly over: () => boolean;
  readonly signals: readonly AbortSignal[];
}

/** One subscription of the server, until it breaks (what the client says is then thrown as it is) or is over. */
async function* subscribeOnce({ client, sightings }: Omit<Subscribing, 'closing'>, { after, streamPrefixes, over, signals }: Once): AsyncGenerator<Notice> {
  const end = await endOfLog(client);
  if (over()) return;
  let inbox: Inbox | undefined;
  const checkpoints = {
    maxSearchWindow: WINDOW,
    checkpointInterval: PAGES,
    // What this throws would stall the stream.
    checkpointReached: async (_: AllStreamSubscription, position: ServerPosition) => {
      if (inbox === undefined) return;
      inbox.scanned = positionOf(position);
      inbox.ring();
    },
  };
  const filter =
    streamPrefixes === undefined
      ? streamNameFilter({ regex: '^[^$]', ...checkpoints })
      : streamNameFilter({ prefixes: streamPrefixes.flatMap((prefix) => [prefix, `${META}${prefix}`]), ...checkpoints });
  const subscription = client.subscribeToAll({ fromPosition: serverPositionOf(after) ?? FROM_START, filter });
  inbox = new Inbox(subscription);
  const ring = () => inbox?.ring();
  for (const signal of signals) signal.addEventListener('abort', ring);
  const isWanted = wanted(streamPrefixes);
  let position = after;
  let place = after;
  let told: Position | undefined;
  try {
    while (!over()) {
      const came = inbox.take();
      for (const notice of came) {
        position = place = notice.kind === 'events' ? (notice.events.at(-1)?.position ?? place) : notice.position;
        if (notice.kind !== 'events') yield notice;
        else {
          const events = notice.events.filter(({ stream }) => isWanted(stream));
          sightings.note(events);
          if (events.length > 0) yield { kind: 'events', events };
        }
        if (over()) return;
      }
      if (came.length > 0) continue;
      // All that came before it has been taken.
      if (inbox.scanned > place) {
        place = inbox.scanned;
        yield { kind: 'scanned', place };
        continue;
      }
      if (inbox.isLive && position < end) position = end;
      if (inbox.isLive && told !== position) {
        told = position;
        yield { kind: 'caught-up', position };
        continue;
      }
      await inbox.wait();
    }
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', ring);
    inbox.close();
    subscription.on('error', () => {});
    const ended = subscription.unsubscribe().catch(() => {});
    // One that was never taken ends when the client has looked for the server long enough.
    if (inbox.isConfirmed) await ended;
  }
}
