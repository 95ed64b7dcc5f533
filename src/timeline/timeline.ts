/**
 * The read model: follows the log, keeps the resolved story and its views, and answers what was, up to any moment.
 * Invariant: a reader never sees half a commit; after a crash the log is taken up where the last commit ended, and
 * nothing counts twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StoryDescribedData } from '../../events/descriptions.js';
import { isHappening, type RecordedEvent, type RecordedHappening, type RecordedNote } from '../../events/event.js';
import { type Lens, toldThroughLens } from '../../events/lens.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, endOf, formatInstant, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import { projections } from '../../projections/all.js';
import { HindcastError } from '../errors.js';
import type { EventLog, LogEvent, Position } from '../log/log.js';
import { createAsRecorded, type Known } from './as-recorded.js';
import { Folding } from './folding.js';
import { indexBatch, STREAM_PREFIX, type StoryCommit } from './indexing.js';
import { type AnyProjection, Keepings } from './keepings.js';
import { LensTracks } from './lens-tracks.js';
import { Pins } from './pins.js';
import { Rebuilds } from './rebuilds.js';
import { type Change, discardDamaged, LAST, type OldHead, openStore, recordedEvent, type SetAside, type Store, type Track, type Transaction } from './store.js';
import { Fold, foldUpTo } from './views.js';

export type { Known } from './as-recorded.js';
export type { AnyProjection } from './keepings.js';
export type { Audit, Change, OldHead, SetAside, Track } from './store.js';
export type { Fold } from './views.js';

/** So many log events are taken in by one transaction: the thread is free again after about a millisecond. */
const BATCH = 64;
/** Waits after a failed subscription, doubled each time up to the last. */
const RETRY_MS = { first: 100, last: 5_000 };

export interface StorySummary {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly timeZone?: string;
  /** How many happenings, placed or not. Retracted ones do not count. */
  readonly events: number;
  /** Placing instants of the first and the last placed happening, RFC 3339; null where nothing is placed. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface StoryDetail extends StorySummary {
  readonly participants: readonly { id: string; name: string; aliases: readonly string[]; kind: string; description?: string }[];
  readonly sources: StoryDescribedData['sources'];
  readonly chapters: NonNullable<StoryDescribedData['chapters']>;
  readonly doubts: NonNullable<StoryDescribedData['doubts']>;
  readonly revision: number;
  readonly position: Position;
  /** Stored events that have no effect, and why: do not parse, id known before, target missing, invalid as corrected. */
  readonly withoutEffect: { readonly setAside: number; readonly copies: number; readonly waiting: number; readonly refused: number };
}

export interface EventDetail {
  readonly event: RecordedEvent;
  /** Undefined for a note, and for a happening that is retracted. */
  readonly happening?: EffectiveHappening;
  readonly retractedBy?: string;
  /** Everything recorded about it, in order of id, corrections and retractions included. */
  readonly notes: readonly RecordedNote[];
}

export interface StepQuery {
  /** Exclusive. */
  readonly after?: OrderKey;
  /** Inclusive. */
  readonly upTo?: OrderKey;
  /** Exclusive; in place of `upTo`. */
  readonly before?: OrderKey;
  readonly limit?: number;
  /** From the end to the beginning; `after` and `upTo` keep their meaning. */
  readonly reverse?: boolean;
}

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

export interface Timeline {
  stories(): StorySummary[];
  story(id: string): StoryDetail | undefined;
  has(story: string): boolean;
  /** Does a participant take part in a happening of the story, or does its description name them? */
  takesPart(story: string, participant: string): boolean;
  /** The track of a story through a lens: give it in place of the story where steps are read. Throws `shutting-down`. */
  through(story: string, lens: Lens): Promise<Track>;
  /** A happening as a lens may be told of it: see `toldThroughLens`. */
  told(story: string, step: EffectiveHappening, lens: Lens): EffectiveHappening;
  /** A happening in force on a track, by its id; undefined where there is none, or it is never in sight. */
  step(track: Track, id: string): EffectiveHappening | undefined;
  /** Placing instants, RFC 3339, of the first and the last placed happening of a track; undefined where nothing is placed. */
  span(track: Track): { readonly from: string; readonly to: string } | undefined;
  /** Steps in story order. `unplaced` happenings come last and only where `upTo` is left out. */
  steps(story: string, query?: StepQuery): Step[];
  /** Placing instants of the happenings in a stretch of story time, in order, both ends inclusive. */
  instants(story: string, from: number, to: number): Iterable<number>;
  event(story: string, id: string): EventDetail | undefined;
  /** What stands behind an id, whether it is a happening, a note or a request written in a message. */
  knows(story: string, id: string): boolean;
  /** What changed after a place in the log, in log order; the first `limit` of it. */
  changes(track: Track, after: Position, limit?: number): Change[];
  /** Did anything change after a place in the log that touches what lies at or before a place in story order? */
  touched(track: Track, after: Position, place: OrderKey): boolean;
  setAside(story: string, limit?: number): SetAside[];
  projection(name: string): AnyProjection | undefined;
  readonly projections: readonly AnyProjection[];
  /** The states of views after everything up to a place, of one consistent story. Throws `view-failed`. */
  folds(story: string, projections: readonly AnyProjection[], how?: FoldQuery): Promise<Fold[]>;
  /** The same for one view. */
  fold(story: string, projection: AnyProjection, how?: FoldQuery): Promise<Fold>;
  /** A view as its older version had it, while the new one is still being built; undefined where there is none. */
  oldHead(story: string, projection: AnyProjection): OldHead | undefined;
  /** How far a view is behind the log. */
  lag(story: string, projection: AnyProjection): Promise<Lag>;
  /** Called when the views of a story are as far as its steps again, after a past that has changed. Answers how to stop. */
  onFolded(listener: (story: string) => void): () => void;
  /** Resolves when everything the log holds is taken in, every view is kept as far as it goes, and new views are in force. */
  settled(): Promise<void>;
  /** The last place in the log that is in the read model. */
  position(): Position;
  /** Resolves when the read model has seen `position`; throws `not-yet` after `timeoutMs`, or when `signal` aborts. */
  waitFor(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Called after each commit that touched a story, in commit order. Answers how to stop. */
  onCommit(listener: CommitListener): () => void;
  /** Why the read model is not up to date, or undefined where it is. */
  behind(): string | undefined;
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

function endIsMissing(folder: string): HindcastError {
  return new HindcastError(
    'data-damaged',
    `The log ends before what the read model has seen of it: events are missing. Restore the log, or delete the folder ${folder} to go on with the log as it is.`,
  );
}

/**
 * Opens the read model and begins to follow the log. A damaged read model is built anew, which `onError` is told. Throws
 * `data-damaged` where the log lacks events that the read model has seen.
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
  let position = (store.meta.get('position') as Position | undefined) ?? '';
  try {
    // The read model may be the only witness of what is missing: it is left as it is.
    if (position > (await log.end())) throw endIsMissing(folder);
  } catch (error) {
    await store.close();
    throw error;
  }
  const asRecorded = createAsRecorded(log, store);
  const listeners = new Set<CommitListener>();
  const waiters = new Set<{ position: Position; resolve: () => void }>();
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
  let caughtUp = false;
  let trouble: string | undefined;
  /** Since when it has been behind, by `now`. */
  let behindSince: number | undefined = now();

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
  const lenses = new LensTracks(store, keepings, (track) => rebuilds.clear(track), signal);
  const foldTables = { store, keepings, now, signal, lenient: (projection: AnyProjection) => folding.lenient(projection) };
  for (const track of [...store.stories.getKeys(), ...lenses.tracks()]) folding.changed(String(track), 0, false);

  const advance = (to: Position): void => {
    position = to;
    for (const waiter of waiters) if (waiter.position <= to) waiter.resolve();
  };

  /** Takes one batch in, in a transaction of its own. */
  const commitBatch = async (batch: readonly LogEvent[], write: ReturnType<typeof indexBatch>): Promise<void> => {
    let before: Transaction | undefined;
    const commits = await store.root
      .transaction(() => {
        // Held in case that this changes a long past: then what was before is told until that is folded anew.
        before = store.root.useReadTransaction();
        return write();
      })
      .catch((error: unknown) => {
        before?.done();
        keepings.forget();
        throw error;
      });
    const touched = keepings.takeTouched();
    const far = [...touched].filter((one) => one[1].far).map(([track]) => track);
    if (before !== undefined) pins.pin(before, far);
    for (const [track, { steps, late }] of touched) folding.changed(track, steps, late);
    for (const story of commits.keys()) changedStories.add(story);
    const last = batch.at(-1)?.position ?? position;
    advance(last);
    for (const [story, commit] of commits) for (const listener of [...listeners]) listener(story, commit, last);
  };

  const take = async (events: readonly LogEvent[]): Promise<void> => {
    let committing = Promise.resolve();
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = events.slice(i, i + BATCH);
      // Read while the one before is being committed.
      const write = indexBatch({ store, keepings, lenses }, batch);
      await committing;
      committing = commitBatch(batch, write);
    }
    await committing;
  };

  const follow = async (): Promise<void> => {
    let wait = RETRY_MS.first;
    while (!stop.signal.aborted) {
      try {
        for await (const notice of log.subscribe({ after: position, streamPrefixes: [STREAM_PREFIX], signal: stop.signal })) {
          wait = RETRY_MS.first;
          trouble = undefined;
          if (notice.kind === 'events') {
            caughtUp = false;
            behindSince ??= now();
            await take(notice.events);
          } else {
            if (notice.position > position) {
              await store.meta.put('position', notice.position);
              advance(notice.position);
            }
            caughtUp = true;
            behindSince = undefined;
            tracked(folding.idle().then(() => rebuilds.finish(foldTables, folding))).catch((error: unknown) => (signal.aborted ? undefined : onError(error)));
          }
        }
        if (stop.signal.aborted) return;
      } catch (error) {
        if (stop.signal.aborted) return;
        trouble = error instanceof Error ? error.message : String(error);
        caughtUp = false;
        behindSince ??= now();
        onError(error);
      }
      await delay(wait, undefined, { signal: stop.signal }).catch(() => {});
      wait = Math.min(wait * 2, RETRY_MS.last);
    }
  };
  const following = follow();

  const firstPlaced = (story: string, reverse: boolean): EffectiveHappening | undefined => {
    const range = reverse
      ? { reverse, start: [story, Number.MAX_VALUE, 0, ''], end: [story, -Infinity, -Infinity, ''] }
      : { start: [story, -Infinity, -Infinity, ''], end: [story, Number.MAX_VALUE, 0, ''] };
    for (const { value } of store.steps.getRange(range as Parameters<Store['steps']['getRange']>[0])) if (value.kind === 'happening') return value;
    return undefined;
  };

  const described = (story: string): StoryDescribedData | undefined => {
    const id = store.stories.get(story)?.described;
    const identity = id === undefined ? undefined : store.ids.get([story, id]);
    return identity?.is === 'note' && identity.event.type === 'StoryDescribed' ? identity.event.data : undefined;
  };

  const summary = (id: string): StorySummary => {
    const about = described(id);
    return {
      id,
      title: about?.title ?? id,
      ...(about === undefined ? {} : { description: about.description, timeZone: about.timeZone }),
      events: store.stories.get(id)?.happenings ?? 0,
      from: firstPlaced(id, false)?.event.occurredAt ?? null,
      to: firstPlaced(id, true)?.event.occurredAt ?? null,
    };
  };

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
    const track: Track = lens === undefined ? story : await lenses.open(story, lens);
    return foldUpTo(foldTables, track, projections, upTo, pins.reading(track));
  };

  const folds: Timeline['folds'] = async (story, projections, how = {}) => {
    if (signal.aborted) throw new HindcastError('shutting-down');
    return tracked(foldOne(story, projections, how));
  };

  return {
    stories: () => [...store.stories.getKeys()].map((id) => summary(String(id))),

    story(id) {
      const counts = store.stories.get(id);
      if (counts === undefined) return undefined;
      const about = described(id);
      const known = new Map((about?.participants ?? []).map((person) => [person.id, person]));
      const seen = [...store.people.getKeys({ start: [id, ''], end: [id, LAST] })].map((key) => key[1]);
      const others = seen.filter((person) => !known.has(person)).map((person) => ({ id: person, name: person, aliases: [], kind: 'unknown' }));
      return {
        ...summary(id),
        participants: [...known.values(), ...others],
        sources: about?.sources ?? [],
        chapters: about?.chapters ?? [],
        doubts: about?.doubts ?? [],
        revision: counts.revision,
        position: counts.position,
        withoutEffect: {
          setAside: counts.setAside,
          copies: counts.copies,
          waiting: store.waiting.getKeysCount({ start: [id, ''], end: [id, LAST] }),
          refused: store.refused.getKeysCount({ start: [id, ''], end: [id, LAST] }),
        },
      };
    },

    has: (story) => store.stories.get(story) !== undefined,

    takesPart: (story, participant) =>
      store.people.get([story, participant]) !== undefined || described(story)?.participants.some(({ id }) => id === participant) === true,

    async through(story, lens) {
      if (signal.aborted) throw new HindcastError('shutting-down');
      return tracked(lenses.open(story, lens));
    },

    told(story, step, lens) {
      const happeningOf = (id: string): RecordedHappening | undefined => {
        const identity = store.ids.get([story, id]);
        const event =
          identity?.is === 'inline' ? identity.host : identity?.is === 'note' && identity.event.type === 'RequestIdentified' ? identity.event.data.event : id;
        const place = event === id ? identity : store.ids.get([story, event]);
        if (place?.is !== 'happening') return undefined;
        const found = store.steps.get([story, place.instant, place.seq, event]);
        return found?.kind === 'happening' ? found.event : undefined;
      };
      return toldThroughLens(step, lens, happeningOf);
    },

    step(track, id) {
      const identity = store.ids.get([track, id]);
      const places: readonly OrderKey[] = identity?.is === 'happening' ? [[identity.instant, identity.seq, id]] : (store.sights.get([track, id]) ?? []);
      for (const key of places) {
        const step = store.steps.get([track, ...key]);
        if (step?.kind === 'happening') return step;
      }
      return undefined;
    },

    span(track) {
      const first = firstPlaced(track, false);
      const last = firstPlaced(track, true);
      return first === undefined || last === undefined ? undefined : { from: formatInstant(first.key[0]), to: formatInstant(last.key[0]) };
    },

    steps(story, { after = BEFORE_ALL, upTo, before, limit, reverse = false } = {}) {
      const low = [story, ...after];
      const high = [story, ...(before ?? upTo ?? [Infinity, Infinity, LAST])];
      const range = reverse
        ? { start: high, exclusiveStart: before !== undefined, end: low, reverse: true }
        : { start: low, exclusiveStart: true, end: high, inclusiveEnd: before === undefined };
      return [...store.steps.getRange({ ...range, ...(limit === undefined ? {} : { limit }) } as Parameters<Store['steps']['getRange']>[0])].map(
        ({ value }) => value,
      );
    },

    *instants(story, from, to) {
      for (const key of store.steps.getKeys({ start: [story, from, -Infinity, ''], end: [story, to, MARK_SEQ, ''] })) if (key[2] !== MARK_SEQ) yield key[1];
    },

    event(story, id) {
      const event = recordedEvent(store, story, id);
      if (event === undefined) return undefined;
      const identity = store.ids.get([story, id]);
      const notes: RecordedNote[] = [];
      for (const [, , note] of store.about.getKeys({ start: [story, id, ''], end: [story, id, LAST] })) {
        const known = store.ids.get([story, note]);
        if (known?.is === 'note') notes.push(known.event);
      }
      if (!isHappening(event) || identity === undefined) return { event, notes };
      if (identity.is === 'retracted') return { event, notes, retractedBy: identity.by };
      const step = identity.is === 'happening' ? store.steps.get([story, identity.instant, identity.seq, id]) : undefined;
      return { event, notes, ...(step?.kind === 'happening' ? { happening: step } : {}) };
    },

    knows: (story, id) => store.ids.get([story, id]) !== undefined,

    changes: (story, after, limit) =>
      [...store.journal.getRange({ start: [story, after, Infinity], end: [story, LAST, 0], ...(limit === undefined ? {} : { limit }) })].map(
        ({ value }) => value,
      ),

    touched(story, after, place) {
      for (const { value } of store.journal.getRange({ start: [story, after, Infinity], end: [story, LAST, 0] })) {
        if (compareKeys(value.from, place) <= 0) return true;
      }
      return false;
    },

    setAside: (story, limit = 100) => [...store.aside.getRange({ start: [story, -1], end: [story, Infinity], limit })].map(({ value }) => value),

    projection: (name) => views.find((view) => view.name === name),
    projections: views,

    folds,

    async fold(story, projection, how) {
      const [fold] = await folds(story, [projection], how);
      return fold as Fold;
    },

    oldHead: (story, projection) => rebuilds.oldHead(story, projection),

    async lag(story, projection) {
      const head = await log.head(`${STREAM_PREFIX}${story}`);
      const events = (head?.revision ?? -1) - (store.stories.get(story)?.revision ?? -1);
      const status =
        folding.failureOf(projection) !== undefined ? 'failed' : !folding.lenient(projection) ? 'building' : pins.has(story) ? 'refolding' : 'current';
      const since = events > 0 ? (behindSince ?? now()) : (pins.since(story) ?? now());
      return { status, events: Math.max(0, events), seconds: Math.max(0, Math.round(now() - since) / 1000) };
    },

    onFolded(listener) {
      foldedListeners.add(listener);
      return () => foldedListeners.delete(listener);
    },

    async settled() {
      while (!signal.aborted) {
        const end = await log.end();
        while (!signal.aborted && (!caughtUp || position < end)) await delay(1);
        await folding.idle();
        await rebuilds.finish(foldTables, folding);
        if (folding.isIdle && caughtUp) return;
      }
    },

    position: () => position,

    async waitFor(wanted, timeoutMs, signal) {
      if (wanted <= position) return;
      await new Promise<void>((resolve, reject) => {
        const fail = () => {
          done();
          reject(new HindcastError('not-yet', `It is at ${position === '' ? 'the beginning' : position}.`));
        };
        const timer = setTimeout(fail, timeoutMs);
        const waiter = {
          position: wanted,
          resolve: () => {
            done();
            resolve();
          },
        };
        const done = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
          signal?.removeEventListener('abort', fail);
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', fail);
        if (signal?.aborted === true) fail();
      });
    },

    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    behind: () => trouble ?? (caughtUp ? undefined : 'the read model is catching up with the log'),

    async close() {
      stop.abort();
      await following;
      await folding.idle();
      await Promise.allSettled(under);
      pins.releaseAll();
      await rebuilds.saveHeads(foldTables, folding, changedStories, position).catch(onError);
      await store.close();
    },
  };
}
