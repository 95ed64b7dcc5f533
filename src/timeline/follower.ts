/**
 * Follows the log: takes what it brings into the read model, batch by batch, and takes it up again where it failed.
 * Invariants: a batch is in the read model whole, with its place in the log, before anybody is told of it; batches are told
 * in log order, and none ends inside an append. Unit: ms of the monotonic clock.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../backoff.js';
import { isHindcastError } from '../errors.js';
import { type EventLog, type LogEvent, type Notice, type Position, START } from '../log/log.js';
import { indexBatch, STREAM_PREFIX, type StoryCommit, storyOf, type Tables } from './indexing.js';
import { wholeAppends } from './whole-appends.js';
import type { Touched } from './keepings.js';
import type { Track, Transaction } from './store.js';

/** So many log events are taken in by one transaction, if an append ends there: then the thread is free again. */
const BATCH = 64;
/** Waits after a failed subscription: short, since reads grow old meanwhile. */
const RETRY = { firstMs: 100, longestMs: 1_000, random: Math.random };
/** Whoever waits for what the log holds is told where it has not been heard of for so long. */
const PATIENCE_MS = 10_000;

/** One batch that is in the read model. */
export interface Taken {
  readonly commits: ReadonlyMap<string, StoryCommit>;
  readonly touched: ReadonlyMap<Track, Touched>;
  /** The reading from before it; whoever takes it ends it. */
  readonly before: Transaction | undefined;
}

export interface FollowerOptions extends Tables {
  readonly log: EventLog;
  /** Throws `log-replaced` where the log is another than the one that was read. */
  readonly check: () => Promise<void>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
  readonly onTaken: (taken: Taken) => void;
  readonly onCaughtUp: () => void;
  /** What the log still has of a story may have changed. */
  readonly onLimited: (story: string) => void;
  /** The log has closed a story; resolves when that is kept. */
  readonly onTombstoned: (story: string) => Promise<void>;
}

/** Where a read model stands in the log. */
export interface Standing {
  /** The last position that is in the read model: of an event it took in, or an end of the log up to which it has everything. */
  readonly position: Position;
  /** Where to go on from: at `position`, or behind it where the log was looked through further. Compared with no end. */
  readonly place: Position;
}

/** Where the last commit of a read model left off. */
export function standingIn(store: Tables['store']): Standing {
  const position = (store.meta.get('position') as Position | undefined) ?? START;
  const place = (store.meta.get('place') as Position | undefined) ?? START;
  return { position, place: place > position ? place : position };
}

interface Waiter {
  /** Undefined: until it has caught up. */
  readonly position: Position | undefined;
  readonly resolve: () => void;
  /** Called where the log has been away for long. */
  readonly reject: (error: unknown) => void;
  /** Called where the follower is stopped first. */
  readonly stopped: () => void;
}

export class Follower {
  /** The last position that is in the read model. */
  position: Position;
  /** Everything wanted up to here has been taken in. */
  place: Position;
  /** It has caught up with the log at least once. */
  hasCaughtUp = false;
  private isCaughtUp = false;
  /** The log was found to be another than the one that was read. */
  isReplaced = false;
  private trouble: string | undefined;
  /** Since when it has been behind. */
  private since: number | undefined;
  private readonly waiters = new Set<Waiter>();
  /** Events of an append of which the rest is still to come. */
  private held: readonly LogEvent[] = [];
  /** Since when nothing was heard of the log. */
  private deafSince: number | undefined;
  private readonly following: Promise<void>;

  constructor(
    private readonly options: FollowerOptions,
    { position, place }: Standing,
  ) {
    this.position = position;
    this.place = place;
    this.since = options.now();
    this.following = this.follow();
  }

  /** Since when it has been behind the log; undefined where it is not. */
  get behindSince(): number | undefined {
    return this.since;
  }

  /** Why it is not up to date, or undefined where it is. */
  behind(): string | undefined {
    return this.trouble ?? (this.isCaughtUp ? undefined : 'the read model is catching up with the log');
  }

  /** Calls back when it has seen a position; answers how to stop. */
  when(position: Position, resolve: () => void): () => void {
    const waiter: Waiter = { position, resolve, reject: () => {}, stopped: () => {} };
    this.waiters.add(waiter);
    return () => this.waiters.delete(waiter);
  }

  /**
   * Resolves when every event of a story that was stored before this was asked is in the read model, whatever else stands at
   * the end of the log; also where it is stopped before. Throws what the log throws, or what the log has been refusing for 10 s.
   */
  async current(): Promise<void> {
    const { log, signal } = this.options;
    // A log that is away is said at once.
    await log.end();
    if (!this.isCaughtUp) await this.until(undefined);
    if (signal.aborted) return;
    const last = await log.last({ after: this.place, streamPrefixes: [STREAM_PREFIX] });
    if (last > this.position && last > this.place) await this.until(last);
  }

  private until(position: Position | undefined): Promise<void> {
    if (this.options.signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.add({ position, resolve, reject, stopped: resolve }));
  }

  /** Lets go of whoever waits for what holds now. */
  private wake(): void {
    for (const waiter of this.waiters) {
      if (waiter.position === undefined ? !this.isCaughtUp : waiter.position > this.position) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Resolves when it has ended, after its signal. */
  ended(): Promise<void> {
    return this.following;
  }

  private async follow(): Promise<void> {
    await this.followUntilStopped();
    for (const waiter of this.waiters) waiter.stopped();
  }

  private async followUntilStopped(): Promise<void> {
    const { log, signal, now, onError, check } = this.options;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      this.held = [];
      try {
        await check();
        this.isReplaced = false;
        for await (const notice of log.subscribe({ after: this.place, streamPrefixes: [STREAM_PREFIX], signal })) {
          backoff.reset();
          this.trouble = undefined;
          this.deafSince = undefined;
          if (notice.kind === 'events') {
            this.isCaughtUp = false;
            this.since ??= now();
            await this.take(notice.events);
          } else if (notice.kind === 'scanned') await this.goOnFrom(notice.place);
          else if (notice.kind === 'caught-up') await this.catchUp(notice.position);
          else await this.mark(notice);
        }
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted) return;
        this.trouble = error instanceof Error ? error.message : String(error);
        this.isReplaced = isHindcastError(error) && error.code === 'log-replaced';
        this.isCaughtUp = false;
        this.since ??= now();
        this.deafSince ??= now();
        if (now() - this.deafSince >= PATIENCE_MS) this.giveUp(error);
        onError(error);
      }
      await delay(backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  private async catchUp(position: Position): Promise<void> {
    if (this.held.length > 0 && !(await this.endsHere())) return;
    if (position > this.position) {
      const { store } = this.options;
      await store.write(() => void store.meta.put('position', position));
      this.advance(position);
    }
    this.isCaughtUp = true;
    this.hasCaughtUp = true;
    this.since = undefined;
    this.wake();
    this.options.onCaughtUp();
  }

  /** What somebody has done to a stream as a whole. */
  private async mark({ kind, stream, position }: Extract<Notice, { kind: 'tombstoned' | 'limited' }>): Promise<void> {
    const story = storyOf(stream);
    if (story !== undefined && kind === 'tombstoned') await this.options.onTombstoned(story);
    if (story !== undefined && kind === 'limited') this.options.onLimited(story);
    await this.goOnFrom(position);
  }

  /** What nobody wants was looked through: after a restart it is not looked through again. */
  private async goOnFrom(place: Position): Promise<void> {
    if (place <= this.place || this.held.length > 0) return;
    const { store } = this.options;
    await store.write(() => void store.meta.put('place', place));
    this.place = place;
  }

  /** Tells whoever waits for the log that it is away. */
  private giveUp(error: unknown): void {
    for (const waiter of this.waiters) waiter.reject(error);
  }

  /** An append says with each event that more of it comes. Where the log has no more of it, that was not so, and what is held is taken in. */
  private async endsHere(): Promise<boolean> {
    const last = this.held.at(-1) as LogEvent;
    for await (const _ of this.options.log.read(last.stream, { from: last.revision + 1, limit: 1 })) return false;
    const { held } = this;
    this.held = [];
    await this.takeWhole([held]);
    return true;
  }

  private async take(events: readonly LogEvent[]): Promise<void> {
    const { batches, rest } = wholeAppends([...this.held, ...events], BATCH);
    this.held = rest;
    await this.takeWhole(batches);
  }

  private async takeWhole(batches: readonly (readonly LogEvent[])[]): Promise<void> {
    let committing = Promise.resolve();
    for (const batch of batches) {
      // Read while the one before is being committed.
      const write = indexBatch(this.options, batch);
      await committing;
      committing = this.commit(batch, write);
    }
    await committing;
  }

  private async commit(batch: readonly LogEvent[], write: ReturnType<typeof indexBatch>): Promise<void> {
    const { store, keepings, onTaken } = this.options;
    let before: Transaction | undefined;
    const commits = await store
      .write(() => {
        // Held in case that this changes a long past: then what was before is told until that is folded anew.
        before = store.root.useReadTransaction();
        return write();
      })
      .catch((error: unknown) => {
        before?.done();
        keepings.forget();
        throw error;
      });
    const last = batch.at(-1)?.position ?? this.position;
    this.advance(last);
    onTaken({ commits, touched: keepings.takeTouched(), before });
  }

  private advance(to: Position): void {
    this.position = to;
    if (to > this.place) this.place = to;
    this.wake();
  }
}
