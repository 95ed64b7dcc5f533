/**
 * Follows the log: takes what it brings into the read model, batch by batch, and takes it up again where it failed.
 * Invariants: a batch is in the read model whole, with its place in the log, before anybody is told of it; batches are told
 * in log order. Unit: ms of the monotonic clock.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../backoff.js';
import type { EventLog, LogEvent, Position } from '../log/log.js';
import { indexBatch, STREAM_PREFIX, type StoryCommit, type Tables } from './indexing.js';
import type { Touched } from './keepings.js';
import type { Track, Transaction } from './store.js';

/** So many log events are taken in by one transaction: then the thread is free again. */
const BATCH = 64;
/** Waits after a failed subscription. */
const RETRY = { firstMs: 100, longestMs: 5_000, random: Math.random };

/** One batch that is in the read model. */
export interface Taken {
  readonly commits: ReadonlyMap<string, StoryCommit>;
  readonly touched: ReadonlyMap<Track, Touched>;
  /** The reading from before it; whoever takes it ends it. */
  readonly before: Transaction | undefined;
}

export interface FollowerOptions extends Tables {
  readonly log: EventLog;
  /** Throws where the log, as it ends, cannot be followed from a place. */
  readonly check: (position: Position, end: Position) => void;
  /** The log was away: whether it can be followed is still to be seen. */
  readonly isUnseen: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
  readonly onTaken: (taken: Taken) => void;
  readonly onCaughtUp: () => void;
}

export class Follower {
  /** The last place in the log that is in the read model. */
  position: Position;
  private isCaughtUp = false;
  private trouble: string | undefined;
  /** Since when it has been behind. */
  private since: number | undefined;
  private readonly waiters = new Set<{ readonly position: Position; readonly resolve: () => void }>();
  private readonly following: Promise<void>;

  constructor(
    private readonly options: FollowerOptions,
    position: Position,
  ) {
    this.position = position;
    this.since = options.now();
    this.following = this.follow();
  }

  get caughtUp(): boolean {
    return this.isCaughtUp;
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
    const waiter = { position, resolve };
    this.waiters.add(waiter);
    return () => this.waiters.delete(waiter);
  }

  /** Resolves when it has ended, after its signal. */
  ended(): Promise<void> {
    return this.following;
  }

  private async follow(): Promise<void> {
    const { log, signal, now, onError, check } = this.options;
    const backoff = new Backoff(RETRY);
    let { isUnseen } = this.options;
    while (!signal.aborted) {
      try {
        if (isUnseen) check(this.position, await log.end());
        isUnseen = false;
        for await (const notice of log.subscribe({ after: this.position, streamPrefixes: [STREAM_PREFIX], signal })) {
          backoff.reset();
          this.trouble = undefined;
          if (notice.kind === 'events') {
            this.isCaughtUp = false;
            this.since ??= now();
            await this.take(notice.events);
          } else await this.catchUp(notice.position);
        }
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted) return;
        this.trouble = error instanceof Error ? error.message : String(error);
        this.isCaughtUp = false;
        this.since ??= now();
        onError(error);
      }
      await delay(backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  private async catchUp(position: Position): Promise<void> {
    if (position > this.position) {
      const { store } = this.options;
      await store.write(() => void store.meta.put('position', position));
      this.advance(position);
    }
    this.isCaughtUp = true;
    this.since = undefined;
    this.options.onCaughtUp();
  }

  private async take(events: readonly LogEvent[]): Promise<void> {
    let committing = Promise.resolve();
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = events.slice(i, i + BATCH);
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
    for (const waiter of this.waiters) if (waiter.position <= to) waiter.resolve();
  }
}
