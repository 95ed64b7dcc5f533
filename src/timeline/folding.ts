/**
 * Stage B: keeps the states of views along every track, chunk by chunk, so that no read has far to fold.
 * Invariants: what a view has of a chunk is kept whole, in one transaction with its place, and only where nothing it rests
 * on has changed since it was read; views that are new, or of a new version, catch up beside the others.
 * Unit: a chunk is a number of steps; what lies beyond the last whole chunk is folded by whoever reads it.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { type AnyProjection, type Kept, type Keepings, StateTooLarge, viewKey } from './keepings.js';
import type { Audit, Store, Track, ViewKey } from './store.js';
import { eventOf, evolveOrFault, viewFailed } from './views.js';

/** A chunk: a read folds at most about so many steps. */
const USUAL_CHUNK = 128;
/** A fold reads the clock after so many steps, and gives way after so long. */
const CHECK_STEPS = 8;
const SLICE_MS = 1;
/** What came late is folded anew when nothing has come for so long, or at the latest after so long. */
const PAUSE_MS = { quiet: 100, longest: 2_000 } as const;

export interface FoldingOptions {
  readonly store: Store;
  readonly keepings: Keepings;
  readonly projections: readonly AnyProjection[];
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Resolves after so many ms, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
  /** Steps of a chunk. */
  readonly chunk: number | undefined;
  /** A track is folded as far as it goes. */
  readonly onFolded: (track: Track) => void;
}

interface Queued {
  /** Something came that lies before what was kept. */
  late: boolean;
  since: number;
  last: number;
}

export class Folding {
  private readonly queue = new Map<Track, Queued>();
  /** Steps that came since a track was last found to have no whole chunk ahead. */
  private readonly tail = new Map<Track, number>();
  /** Views that cannot go on, and why. */
  private readonly failed = new Map<ViewKey, HindcastError>();
  private running: Promise<void> | undefined;
  /** How long the last refold took, in ms: another does not begin sooner after it. */
  private lastRefold = 0;

  private readonly chunk: number;

  constructor(private readonly options: FoldingOptions) {
    this.chunk = options.chunk ?? USUAL_CHUNK;
  }

  /** Why a view cannot be folded on, or undefined where it can. */
  failureOf(projection: AnyProjection): HindcastError | undefined {
    return this.failed.get(viewKey(projection));
  }

  fail(projection: AnyProjection, error: HindcastError): void {
    this.failed.set(viewKey(projection), error);
    this.options.onError(error);
  }

  /** Is a view known to take every event there was, so that one that it cannot take is set aside? Else it is an error. */
  lenient(projection: AnyProjection): boolean {
    const record = this.options.store.views.get(projection.name);
    return record?.version === projection.version && record.built;
  }

  /** A track changed: `steps` came at most, before what was kept where `late`. */
  changed(track: Track, steps: number, late: boolean): void {
    const tail = (this.tail.get(track) ?? this.chunk) + steps;
    this.tail.set(track, tail);
    if (!late && tail < this.chunk) return;
    const at = this.options.now();
    const queued = this.queue.get(track);
    if (queued === undefined) this.queue.set(track, { late, since: at, last: at });
    else Object.assign(queued, { late: queued.late || late, last: at });
    this.start();
  }

  private start(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      // Something may have come after the last look and before this.
      if (this.queue.size > 0 && !this.options.signal.aborted) this.start();
    });
  }

  /** Resolves when nothing is left to be folded. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  get isIdle(): boolean {
    return this.running === undefined;
  }

  private async run(): Promise<void> {
    const { signal, onError, onFolded, now, wait, keepings } = this.options;
    await turn();
    while (this.queue.size > 0 && !signal.aborted) {
      const [track, leftMs] = this.soonest();
      if (leftMs > 0) {
        await wait(leftMs, signal).catch(() => {});
        continue;
      }
      const isLate = this.queue.get(track)?.late === true;
      this.queue.delete(track);
      try {
        const began = now();
        while (await this.foldChunk(track));
        if (isLate) this.lastRefold = now() - began;
      } catch (error) {
        if (signal.aborted) return;
        keepings.forget();
        onError(error);
      }
      // Also where it failed: whoever reads folds from what is kept, and does not wait.
      onFolded(track);
    }
  }

  /** Whose turn it is, and in how many ms. What came late waits until nothing more does, so that it is all folded at once. */
  private soonest(): [track: Track, leftMs: number] {
    const at = this.options.now();
    const longest = Math.max(PAUSE_MS.longest, this.lastRefold);
    let soonest: [Track, number] | undefined;
    for (const [track, { late, last, since }] of this.queue) {
      const left = late ? Math.max(0, Math.min(last + PAUSE_MS.quiet - at, since + longest - at)) : 0;
      if (soonest === undefined || left < soonest[1]) soonest = [track, left];
    }
    return soonest as [Track, number];
  }

  /** Folds and keeps one chunk. Answers whether there may be another. */
  private async foldChunk(track: Track): Promise<boolean> {
    const { store, keepings } = this.options;
    // Begun in the queue of writes: what stage A has written is either read here, or noticed as a change since.
    const { watch, begun } = await store.write(() => ({ watch: keepings.watch(track), begun: this.begin(track) }));
    try {
      if (begun === undefined) return false;
      const { views, from, steps, last } = begun;
      const results = await this.fold(track, views, from, steps);
      if (results.length === 0) return true;
      for (const { projection, before, state, audits } of results) {
        // One at a time: what else waits for the thread has it in between.
        const isKept = await store.write(() => {
          if (!watch.unchanged(last.key)) return false;
          this.keep(track, projection, before, last.key, state, audits);
          return true;
        });
        // Something changed meanwhile: it is read again, from wherever that left it.
        if (!isKept) return true;
      }
      return true;
    } finally {
      watch.end();
    }
  }

  /** What the next chunk is, and of which views; undefined where there is none. */
  private begin(track: Track): { views: AnyProjection[]; from: OrderKey; steps: Step[]; last: Step } | undefined {
    const { keepings, projections } = this.options;
    const open = projections.filter((projection) => !this.failed.has(viewKey(projection)));
    const places = open.map((projection) => keepings.frontier(track, viewKey(projection)));
    const from = places.reduce<OrderKey>((first, place) => (compareKeys(place, first) < 0 ? place : first), places[0] ?? BEFORE_ALL);
    const views = open.filter((_, i) => compareKeys(places[i] as OrderKey, from) === 0);
    const steps = views.length === 0 ? [] : this.read(track, from, places);
    const last = steps.at(-1);
    return last === undefined ? undefined : { views, from, steps, last };
  }

  /** The steps of the next chunk: a whole one, or up to where other views are; none where there is no whole one. */
  private read(track: Track, from: OrderKey, places: readonly OrderKey[]): Step[] {
    const { store } = this.options;
    const ahead = places
      .filter((place) => compareKeys(place, from) > 0)
      .reduce<OrderKey | undefined>((a, b) => (a === undefined || compareKeys(b, a) < 0 ? b : a), undefined);
    const range = { start: [track, ...from], exclusiveStart: true, end: [track, Infinity, -Infinity, ''], limit: this.chunk };
    const steps: Step[] = [];
    for (const { value } of store.steps.getRange(range as unknown as Parameters<Store['steps']['getRange']>[0])) {
      if (ahead !== undefined && compareKeys(value.key, ahead) > 0) return steps;
      steps.push(value);
    }
    if (steps.length < this.chunk) {
      this.tail.set(track, steps.length);
      return ahead === undefined ? [] : steps;
    }
    return steps;
  }

  private async fold(track: Track, views: readonly AnyProjection[], from: OrderKey, steps: readonly Step[]): Promise<Result[]> {
    const { now, keepings, signal } = this.options;
    let results = views.map((projection): Result => {
      const before = keepings.read(track, projection, from);
      return { projection, before, state: before.state, audits: [], lenient: this.lenient(projection) };
    });
    let sliceStart = now();
    for (const [i, step] of steps.entries()) {
      for (const result of results) this.advance(result, step);
      if (results.some(({ projection }) => this.failed.has(viewKey(projection))))
        results = results.filter(({ projection }) => !this.failed.has(viewKey(projection)));
      if (i % CHECK_STEPS === CHECK_STEPS - 1 && now() - sliceStart > SLICE_MS) {
        await turn();
        signal.throwIfAborted();
        sliceStart = now();
      }
    }
    return results;
  }

  private advance(result: Result, step: Step): void {
    const { projection, lenient } = result;
    const next = evolveOrFault(projection, result.state, step);
    if (!('fault' in next)) {
      result.state = next.state;
      return;
    }
    const audit = { event: eventOf(step), reason: next.fault };
    if (lenient) result.audits.push({ key: step.key, audit });
    else this.fail(projection, viewFailed(projection, audit));
  }

  /** Inside a write transaction. */
  private keep(track: Track, projection: AnyProjection, before: Kept, place: OrderKey, state: unknown, audits: Result['audits']): void {
    const { store, keepings } = this.options;
    try {
      keepings.write(track, projection, before, place, state);
      for (const { key, audit } of audits) store.audits.put([track, viewKey(projection), key[0], key[1], key[2]], audit);
    } catch (error) {
      if (!(error instanceof StateTooLarge)) throw error;
      this.fail(projection, new HindcastError('view-failed', `${error.message}.`, [{ at: projection.name, message: error.message }]));
    }
  }
}

interface Result {
  readonly projection: AnyProjection;
  readonly before: Kept;
  state: unknown;
  readonly audits: { readonly key: OrderKey; readonly audit: Audit }[];
  readonly lenient: boolean;
}
