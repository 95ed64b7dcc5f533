/**
 * The read model: follows the log, keeps the resolved story and its views, and answers what was, up to any moment.
 * Invariant: a reader never sees half a commit; after a crash the log is taken up where the last commit ended, and
 * nothing counts twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Lens } from '../../events/lens.js';
import { BEFORE_ALL, compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import { projections } from '../../projections/all.js';
import { HindcastError } from '../errors.js';
import type { EventLog, Position } from '../log/log.js';
import { createAsRecorded, type Known } from './as-recorded.js';
import { Folding } from './folding.js';
import { Follower, standingIn } from './follower.js';
import { Freshness } from './freshness.js';
import { STREAM_PREFIX, type StoryCommit } from './indexing.js';
import { type AnyProjection, Keepings } from './keepings.js';
import { LensTracks } from './lens-tracks.js';
import { checkIdentity } from './log-identity.js';
import { Pins } from './pins.js';
import { createQueries, type Queries } from './queries.js';
import { Rebuilds } from './rebuilds.js';
import { StreamStandings, type StreamStanding } from './stream-standing.js';
import { discardDamaged, type OldHead, openStore, type Track } from './store.js';
import { Fold, foldUpTo } from './views.js';
import { createWindows, type Window } from './windows.js';

export type { Known } from './as-recorded.js';
export type { AnyProjection } from './keepings.js';
export type { Audit, Change, OldHead, SetAside, Track } from './store.js';
export type { Fold } from './views.js';

export interface FoldQuery {
  /** Inclusive; left out: everything placed. */
  readonly upTo?: OrderKey;
  /** A participant's id, or `public`. */
  readonly lens?: string;
  /** Only what was known then. Costs a fold of the whole story. */
  readonly known?: Known;
}

export interface Lag {
  /** `building`: it is folded over the story for the first time; `refolding`: the past has changed. */
  readonly status: 'current' | 'building' | 'refolding' | 'failed';
  /** How many events of the story the view has not seen. */
  readonly events: number;
  /** For how long it has been behind, in seconds; 0 where it is not. */
  readonly seconds: number;
}

export type CommitListener = (story: string, commit: StoryCommit, position: Position) => void;

export interface Timeline extends Queries {
  /** What lies after a place, as all who ask for it are given it. */
  window(track: Track, place: OrderKey): Window;
  /** The track of a story through a lens: give it in place of the story where steps are read. Throws `shutting-down`. */
  through(story: string, lens: Lens): Promise<Track>;
  /** Holds the track of a lens beyond the turn in which it was answered; answers how to let it go. */
  hold(track: Track): () => void;
  projection(name: string): AnyProjection | undefined;
  readonly projections: readonly AnyProjection[];
  /** The states of views after everything up to a place, of one consistent story. Throws `view-failed`. */
  folds(story: string, projections: readonly AnyProjection[], how?: FoldQuery): Promise<Fold[]>;
  /** The same for one view. */
  fold(story: string, projection: AnyProjection, how?: FoldQuery): Promise<Fold>;
  /** A view as its older version had it, while the new one is still being built; undefined where there is none. */
  oldHead(story: string, projection: AnyProjection): OldHead | undefined;
  /** What the log still has of a story, asked now. Throws what the log throws. */
  standing(story: string): Promise<StreamStanding>;
  /** How far a view is behind the log. */
  lag(story: string, projection: AnyProjection): Promise<Lag>;
  /** Called when the views of a story are as far as its steps again, after a past that has changed. Answers how to stop. */
  onFolded(listener: (story: string) => void): () => void;
  /** Resolves when every story is taken in as the log had it when this was asked, every view is kept as far as it goes, and new views are in force. */
  settled(): Promise<void>;
  /** The last place in the log that is in the read model. */
  position(): Position;
  /** Resolves when the read model has seen `position`; throws `not-yet` after `timeoutMs`, or when `signal` aborts. */
  waitFor(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Called after each commit that touched a story, in commit order. Answers how to stop. */
  onCommit(listener: CommitListener): () => void;
  /** Why the read model is not up to date, or undefined where it is. While others write it rarely is: see `lagMs`. */
  behind(): string | undefined;
  /** Was the log found to be another than the one that was read? Then what is told is of the one that was. */
  isLogReplaced(): boolean;
  /** Looks now. Throws `log-replaced`, and what the log throws. */
  checkLog(): Promise<void>;
  /** How old what it shows may be, in ms; undefined until it has first caught up with the log since it was opened. */
  lagMs(): number | undefined;
  /** The log ended at a position when it was asked at an instant of the monotonic clock: by this the lag is told while others write. */
  noteEnd(position: Position, askedAt: number): void;
  close(): Promise<void>;
}

export interface TimelineOptions {
  readonly folder: string;
  readonly log: EventLog;
  /** Monotonic clock in ms. */
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
  readonly projections?: readonly AnyProjection[];
  /** The largest state of a view that is kept, in characters of its JSON. */
  readonly largestState?: number;
  /** After so many steps the states of views are kept. */
  readonly chunk?: number;
}

const isAway = (error: unknown) => error instanceof HindcastError && error.code === 'log-unavailable';

/** Of a stream that was closed nothing more comes. */
function unlessTombstoned(error: unknown): undefined {
  if (!(error instanceof HindcastError) || error.code !== 'story-tombstoned') throw error;
}

/**
 * Opens the read model and begins to follow the log. A damaged read model is built anew, which `onError` is told. Throws
 * `log-replaced` where the log is another than the one that was read; where it is away that is looked at when it comes, and said by
 * `behind`.
 */
export async function openTimeline({
  folder,
  log,
  now = () => performance.now(),
  onError = () => {},
  projections: views = projections as readonly AnyProjection[],
  largestState,
  chunk,
}: TimelineOptions): Promise<Timeline> {
  const damage = await discardDamaged(folder);
  if (damage !== undefined) onError(damage);
  const store = openStore(folder);
  const standing = standingIn(store);
  const check = () => checkIdentity(log, store, folder);
  try {
    // The read model may be the only witness of what is missing: it is left as it is. A log that is away is looked at when it comes.
    await check().catch((error: unknown) => {
      if (!isAway(error)) throw error;
    });
  } catch (error) {
    await store.close();
    throw error;
  }
  const standings = new StreamStandings(log, store);
  const asRecorded = createAsRecorded(log, store);
  const listeners = new Set<CommitListener>();
  /** What is under way and reads the store: it ends before that is closed. */
  const under = new Set<Promise<unknown>>();
  const tracked = async <R>(work: Promise<R>): Promise<R> => {
    under.add(work);
    try {
      return await work;
    } finally {
      under.delete(work);
    }
  };
  /** What came in since it was opened. */
  const changedStories = new Set<string>();
  const stop = new AbortController();
  const { signal } = stop;
  const keepings = new Keepings(store, largestState);
  const pins = new Pins(now);
  const rebuilds = new Rebuilds(store, keepings, views);
  const foldedListeners = new Set<(story: string) => void>();
  const folding = new Folding({
    store,
    keepings,
    projections: views,
    now,
    wait: (ms, until) => delay(ms, undefined, { signal: until }),
    signal,
    onError,
    chunk,
    onFolded(track) {
      if (!pins.release(track)) return;
      const story = track.split(' ')[0] as string;
      for (const listener of [...foldedListeners]) listener(story);
    },
  });
  const lenses = new LensTracks(
    store,
    keepings,
    (track) => rebuilds.clear(track),
    (track) => folding.changed(track, 0, false),
    signal,
  );
  const foldTables = { store, keepings, now, signal, lenient: (projection: AnyProjection) => folding.lenient(projection) };
  for (const track of [...store.stories.getKeys(), ...lenses.tracks()]) folding.changed(String(track), 0, false);

  const look = (story: string) => {
    tracked(standings.ask(story)).catch((error: unknown) => (signal.aborted || isAway(error) ? undefined : onError(error)));
  };
  /** What was done to streams while nobody followed them is looked for once, one story after the other. */
  let isLookedThrough = false;
  const lookThrough = async () => {
    for (const story of [...store.stories.getKeys()]) {
      if (signal.aborted) return;
      await standings.ask(String(story)).catch((error: unknown) => {
        if (!isAway(error)) throw error;
      });
    }
  };

  const follower = new Follower(
    {
      store,
      keepings,
      lenses,
      log,
      check,
      now,
      signal,
      onError,
      onTaken({ commits, touched, before }) {
        const far = [...touched].filter((one) => one[1].far).map(([track]) => track);
        if (before !== undefined) pins.pin(before, far);
        for (const [track, { steps, late }] of touched) folding.changed(track, steps, late);
        for (const [story, commit] of commits) {
          changedStories.add(story);
          for (const listener of [...listeners]) listener(story, commit, follower.position);
        }
      },
      onTombstoned: (story) => standings.close(story),
      onLimited: look,
      onCaughtUp() {
        if (!isLookedThrough) tracked(lookThrough()).catch((error: unknown) => (signal.aborted ? undefined : onError(error)));
        isLookedThrough = true;
        tracked(folding.idle().then(() => rebuilds.finish(foldTables, folding))).catch((error: unknown) => (signal.aborted ? undefined : onError(error)));
      },
    },
    standing,
  );

  const opened = now();
  const freshness = new Freshness(follower, now);

  const foldOne = async (story: string, projections: readonly AnyProjection[], { upTo = endOf(Number.MAX_VALUE), lens, known }: FoldQuery): Promise<Fold[]> => {
    for (const projection of projections) {
      const failure = folding.failureOf(projection);
      if (failure !== undefined) throw failure;
    }
    if (known !== undefined) {
      const { position: recorded, steps } = await asRecorded(story, known, lens);
      return projections.map((projection) => {
        const fold = new Fold(projection, projection.initial(), BEFORE_ALL, recorded, true, [], false);
        for (const step of steps) if (step.key[0] !== Infinity && compareKeys(step.key, upTo) <= 0) fold.advance(step);
        return fold;
      });
    }
    const seen = lens === undefined ? { track: story, release: () => {} } : await lenses.open(story, lens);
    try {
      return await foldUpTo(foldTables, seen.track, projections, upTo, pins.reading(seen.track));
    } finally {
      seen.release();
    }
  };

  const folds: Timeline['folds'] = async (story, projections, how = {}) => {
    if (signal.aborted) throw new HindcastError('shutting-down');
    return tracked(foldOne(story, projections, how));
  };

  const queries = createQueries(store);
  return {
    ...queries,
    window: createWindows(store, queries),

    async through(story, lens) {
      if (signal.aborted) throw new HindcastError('shutting-down');
      const { track, release } = await tracked(lenses.open(story, lens));
      // Whoever reads on beyond this turn holds it.
      setImmediate(release);
      return track;
    },

    hold: (track) => lenses.hold(track),

    projection: (name) => views.find((view) => view.name === name),
    projections: views,

    folds,

    async fold(story, projection, how) {
      const [fold] = await folds(story, [projection], how);
      return fold as Fold;
    },

    oldHead: (story, projection) => rebuilds.oldHead(story, projection),

    standing: (story) => tracked(standings.ask(story)),

    async lag(story, projection) {
      const head = await log.head(`${STREAM_PREFIX}${story}`).catch(unlessTombstoned);
      const events = (head?.revision ?? -1) - (store.stories.get(story)?.revision ?? -1);
      const status =
        folding.failureOf(projection) !== undefined ? 'failed' : !folding.lenient(projection) ? 'building' : pins.has(story) ? 'refolding' : 'current';
      const since = events > 0 ? (freshness.asOf() ?? opened) : (pins.since(story) ?? now());
      return { status, events: Math.max(0, events), seconds: Math.max(0, Math.round(now() - since) / 1000) };
    },

    onFolded(listener) {
      foldedListeners.add(listener);
      return () => foldedListeners.delete(listener);
    },

    async settled() {
      while (!signal.aborted) {
        await follower.current();
        await folding.idle();
        await rebuilds.finish(foldTables, folding);
        if (folding.isIdle) return;
      }
    },

    // Of the same reading as whatever else is read in this turn.
    position: () => (store.meta.get('position') as Position | undefined) ?? '',

    async waitFor(wanted, timeoutMs, signalOfReader) {
      if (wanted <= follower.position) return;
      await new Promise<void>((resolve, reject) => {
        const fail = () => {
          done();
          reject(new HindcastError('not-yet', `It is at ${follower.position === '' ? 'the beginning' : follower.position}.`));
        };
        const timer = setTimeout(fail, timeoutMs);
        const leave = follower.when(wanted, () => {
          done();
          resolve();
        });
        const done = () => {
          clearTimeout(timer);
          leave();
          signalOfReader?.removeEventListener('abort', fail);
        };
        signalOfReader?.addEventListener('abort', fail);
        if (signalOfReader?.aborted === true) fail();
      });
    },

    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    behind: () => follower.behind(),
    isLogReplaced: () => follower.isReplaced,
    checkLog: check,

    lagMs: () => freshness.ageMs(),

    noteEnd: (position, askedAt) => freshness.ended(position, askedAt),

    async close() {
      stop.abort();
      await follower.ended();
      await folding.idle();
      await Promise.allSettled(under);
      pins.releaseAll();
      await rebuilds.saveHeads(foldTables, folding, changedStories, follower.position).catch(onError);
      await store.close();
    },
  };
}
