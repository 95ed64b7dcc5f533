/**
 * A read model in memory that follows the log as the real one does, as slowly as a test likes: it takes slices of any size, is
 * dropped and begins again where its last commit ended, and tells of a commit after it can be seen.
 * Invariants: what is seen ends where `wholeAppends` says that an append ends; positions are told in log order.
 * Unit: one story.
 */
import { HindcastError } from '../../src/errors.js';
import { type LogEvent, type Position, START } from '../../src/log/log.js';
import type { ReadModel } from '../../src/recording/knowledge.js';
import { wholeAppends } from '../../src/timeline/whole-appends.js';
import { StorySoFar } from './known-story.js';
import type { Life, SharedLog } from './shared-log.js';

interface Waiter {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface ModelOptions {
  readonly log: SharedLog;
  readonly life: Life;
  /** So many events of the log were kept by the life before. */
  readonly kept: number;
  /** How many events the next slice has, from 1. */
  readonly slice: () => number;
  /** Events that a commit has at least, where there are so many. */
  readonly batch: number;
  /** Does whoever waits now give up at some time? */
  readonly isImpatient: () => boolean;
  /** Called at each commit, when it can be seen: a reader finds so many events. */
  readonly onSeen: (count: number) => void;
}

export class FollowingModel implements ReadModel {
  private readonly known = new StorySoFar();
  private readonly listeners: ((story: string) => void)[] = [];
  private readonly waiters = new Set<Waiter>();
  private held: readonly LogEvent[] = [];
  /** So many events of the log have come. */
  private came: number;
  /** So many are in the model, and told of. */
  private told: number;
  private lag = 0;
  private isDropped = false;

  constructor(private readonly options: ModelOptions) {
    const { log, kept } = options;
    for (const event of log.events.slice(0, kept)) this.known.take(event);
    this.came = kept;
    this.told = kept;
  }

  /** The log is never replaced, and nothing is taken out of it. */
  isLogReplaced(): boolean {
    return false;
  }

  async checkLog(): Promise<void> {}

  async standing(): Promise<{ firstRevision: number }> {
    return { firstRevision: 0 };
  }

  /** The next slice comes after so many more steps of others. */
  slower(steps: number): void {
    this.lag += steps;
  }

  /** The subscription is dropped: what was held is forgotten. */
  drop(): void {
    this.isDropped = true;
  }

  /** The revision that whoever reads it is told. */
  get revision(): number {
    return this.known.revision;
  }

  /** So many events are in it. */
  get count(): number {
    return this.told;
  }

  async follow(): Promise<void> {
    const { log, life } = this.options;
    while (!life.isOver) {
      if (this.came === log.events.length) await log.grows();
      for (; this.lag > 0; this.lag--) await life.step('a read model is slow');
      await life.step('events come');
      if (life.isOver) return;
      if (this.isDropped) this.resubscribe();
      const events = log.events.slice(this.came, this.came + this.options.slice());
      this.came += events.length;
      await this.take(events);
    }
  }

  private resubscribe(): void {
    this.isDropped = false;
    this.held = [];
    this.came = this.told;
  }

  private async take(events: readonly LogEvent[]): Promise<void> {
    const { life, batch: size, onSeen } = this.options;
    const { batches, rest } = wholeAppends([...this.held, ...events], size);
    this.held = rest;
    for (const batch of batches) {
      for (const event of batch) this.known.take(event);
      onSeen(this.known.revision + 1);
      await life.step('a commit is told');
      if (life.isOver) return;
      this.tell(batch);
    }
  }

  private tell(batch: readonly LogEvent[]): void {
    this.told += batch.length;
    for (const waiter of this.waiters) {
      if (waiter.position > this.position()) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
    for (const listener of this.listeners) listener(batch[0]?.stream.slice('story-'.length) ?? '');
  }

  private position(): Position {
    return this.options.log.events[this.told - 1]?.position ?? START;
  }

  /** Whoever waits is gone. */
  end(): void {
    for (const { reject } of this.waiters) reject(new HindcastError('shutting-down'));
  }

  story(): { revision: number } | undefined {
    return this.known.revision < 0 ? undefined : { revision: this.known.revision };
  }

  event(_: string, id: string) {
    return this.known.event(id);
  }

  knows(_: string, id: string): boolean {
    return this.known.knows(id);
  }

  writtenIn(_: string, id: string): string | undefined {
    return this.known.writtenIn(id);
  }

  async waitFor(position: Position): Promise<void> {
    const { life, isImpatient } = this.options;
    life.check();
    if (position <= this.position()) return;
    await new Promise<void>((resolve, reject) => {
      const waiter = { position, resolve, reject };
      this.waiters.add(waiter);
      if (!isImpatient()) return;
      void life.step('patience ends').then(() => {
        this.waiters.delete(waiter);
        reject(new HindcastError('not-yet'));
      });
    });
  }

  onCommit(listener: (story: string) => void): () => void {
    this.listeners.push(listener);
    return () => this.listeners.splice(this.listeners.indexOf(listener), 1);
  }
}
