/**
 * Appends to EventStoreDB: tried again by the same ids where it is in doubt whether they were stored, so that a lost answer
 * doubles nothing.
 * Invariants: what is answered is said of what stands in the log. EventStoreDB takes an append for a repeat by its ids alone, and
 * says no more of it than of a new one, so the last event is looked at as it stands there: where it says something
 * else than what was sent, or stood there before, the append is `repeated`. Two appends of the same events wait for each other.
 * Unit: ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ANY, type AppendExpectedRevision, type EventStoreDBClient, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { Backoff } from '../../backoff.js';
import { HindcastError } from '../../errors.js';
import { checkedAppend } from '../append-input.js';
import type { Appended, ExpectedRevision, LogEvent, LogEventData } from '../log.js';
import { toServer } from './events.js';
import { faultOf, isPassing } from './faults.js';
import { positionOf } from './positions.js';
import type { Sightings } from './sightings.js';

/** One try may last so long. */
const TRY_MS = 3_000;
/** No further try is begun after so long. */
const PATIENCE_MS = 4_000;
/** An event that a subscription has not brought within so long is read. */
const SEEN_WITHIN_MS = 4;
/** How far so many streams go is remembered. */
const STREAMS_KNOWN = 10_000;

const expectations = { any: ANY, no_stream: NO_STREAM, stream_exists: STREAM_EXISTS } as const;
const asServer = (expected: ExpectedRevision): AppendExpectedRevision => (typeof expected === 'number' ? BigInt(expected) : expectations[expected]);

const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

/** An append of the client waits for its answer for ever where the server hangs: it is given up, and may yet be stored. */
function within<R>(ms: number, work: Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Is an event what was sent, by its id and every word of it? */
function saysTheSame(stored: LogEvent | undefined, sent: LogEventData): boolean {
  if (stored?.id !== sent.id.toLowerCase() || stored.type !== sent.type) return false;
  return isDeepStrictEqual([stored.data, stored.metadata].map(asJson), [sent.data, sent.metadata].map(asJson));
}

/** Bytes are compared as they are, and all else as JSON has it. */
const asJson = (value: LogEventData['data']) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : JSON.parse(JSON.stringify(value)));

export interface AppendingOptions {
  readonly client: Pick<EventStoreDBClient, 'appendToStream'>;
  readonly maxAppendBytes: number;
  /** Last revision of a stream, as the server has it. */
  readonly head: (stream: string) => Promise<{ readonly revision: number } | undefined>;
  /** What subscriptions bring; left out: what stands in the log is always read. */
  readonly sightings?: Sightings;
  /** The event at a revision, as the server has it. */
  readonly eventAt: (stream: string, revision: number) => Promise<LogEvent | undefined>;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  /** Resolves after so many ms. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export class Appending {
  /** The last revision known of a stream, -1 for none; those asked for last come last. */
  private readonly known = new Map<string, number>();
  /** Appends under way, by stream and first id. */
  private readonly under = new Map<string, Promise<unknown>>();
  /** How far streams go that are being asked about. */
  private readonly asking = new Map<string, Promise<number>>();
  private isClosed = false;
  /** The client keeps the order of what it is given once its stream of appends is open: until then one goes alone. */
  private isOpen = false;
  private opening: Promise<unknown> | undefined;

  constructor(private readonly options: AppendingOptions) {}

  async append(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended> {
    if (this.isClosed) throw new HindcastError('log-unavailable', 'It is closed.');
    const checked = checkedAppend(stream, events, expected, this.options.maxAppendBytes);
    const key = `${stream}\n${checked[0]?.id}`;
    for (let other = this.under.get(key); other !== undefined; other = this.under.get(key)) await other.catch(() => {});
    const appending = this.tryToAppend(stream, checked, expected);
    this.under.set(key, appending);
    try {
      return await appending;
    } finally {
      this.under.delete(key);
    }
  }

  private async tryToAppend(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended> {
    const { client, signal, now, random, sightings, eventAt, delay: wait = pause } = this.options;
    const data = events.map(toServer);
    const backoff = new Backoff({ firstMs: 50, longestMs: 1_000, random });
    const until = now() + PATIENCE_MS;
    /** How far it went before the first try: what that try stored is no repeat to the next. */
    let before: number | undefined;
    for (;;) {
      const sighting = sightings?.watch(stream);
      try {
        before ??= this.known.get(stream) ?? (await this.ask(stream));
        const { nextExpectedRevision, position } = await this.inOrder(() =>
          client.appendToStream(stream, data, { expectedRevision: asServer(expected), deadline: TRY_MS }),
        );
        const revision = Number(nextExpectedRevision);
        this.note(stream, Math.max(revision, before, this.known.get(stream) ?? -1));
        if (position === undefined) throw new Error('the server did not say where the append stands');
        const stored = (await sighting?.at(revision, SEEN_WITHIN_MS)) ?? (await eventAt(stream, revision));
        const isMine = saysTheSame(stored, events.at(-1) as LogEventData);
        return { revision, position: positionOf(position), repeated: revision <= before || !isMine };
      } catch (error) {
        if (isPassing(error)) this.isOpen = false;
        if (!isPassing(error) || error instanceof HindcastError || now() >= until) throw faultOf(error, { stream, expected });
        await wait(backoff.next(), signal).catch(() => {});
      } finally {
        sighting?.end();
      }
    }
  }

  private async inOrder<R>(send: () => Promise<R>): Promise<R> {
    while (!this.isOpen && this.opening !== undefined) await this.opening.catch(() => {});
    if (this.isOpen) return within(TRY_MS, send());
    const sent = within(TRY_MS, send());
    this.opening = sent;
    try {
      return await sent;
    } finally {
      // Refused or not, it was answered.
      this.isOpen = true;
      this.opening = undefined;
    }
  }

  /** How far a stream goes. Whoever asks at the same time is answered in the order of asking, so that appends keep theirs. */
  private ask(stream: string): Promise<number> {
    const asked = this.asking.get(stream) ?? this.options.head(stream).then((head) => head?.revision ?? -1);
    this.asking.set(stream, asked);
    const done = () => this.asking.delete(stream);
    asked.then((revision) => this.note(stream, revision)).then(done, done);
    return asked;
  }

  /** No more are taken; resolves when those under way have ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled([...this.under.values()]);
  }

  private note(stream: string, revision: number): void {
    this.known.delete(stream);
    this.known.set(stream, revision);
    if (this.known.size <= STREAMS_KNOWN) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      return;
    }
  }
}
