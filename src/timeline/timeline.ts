/**
 * The read model: follows the log, keeps the resolved story and its views, and answers what was, up to any moment.
 * Invariant: a reader never sees half a commit; after a crash the log is taken up where the last commit ended, and
 * nothing counts twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StoryDescribedData } from '../../events/descriptions.js';
import { isHappening, type RecordedEvent, type RecordedNote } from '../../events/event.js';
import type { EffectiveHappening, Step } from '../../events/resolve.js';
import { BEFORE_ALL, compareKeys, endOf, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import { projections } from '../../projections/all.js';
import { fold as foldSteps } from '../../projections/projection.js';
import { HindcastError } from '../errors.js';
import type { EventLog, LogEvent, Position } from '../log/log.js';
import { createAsRecorded } from './as-recorded.js';
import { indexBatch, STREAM_PREFIX, type StoryCommit } from './indexing.js';
import { type Change, discardDamaged, LAST, openStore, recordedEvent, type SetAside, type Store } from './store.js';
import { type AnyProjection, type Fold, foldUpTo } from './views.js';

export type { Change, SetAside } from './store.js';
export type { AnyProjection, Fold } from './views.js';

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

export type CommitListener = (story: string, commit: StoryCommit, position: Position) => void;

export interface Timeline {
  stories(): StorySummary[];
  story(id: string): StoryDetail | undefined;
  has(story: string): boolean;
  /** Steps in story order. `unplaced` happenings come last and only where `upTo` is left out. */
  steps(story: string, query?: StepQuery): Step[];
  /** Placing instants of the happenings in a stretch of story time, in order, both ends inclusive. */
  instants(story: string, from: number, to: number): Iterable<number>;
  event(story: string, id: string): EventDetail | undefined;
  /** What stands behind an id, whether it is a happening, a note or a request written in a message. */
  knows(story: string, id: string): boolean;
  /** What changed after a place in the log, in log order; the first `limit` of it. */
  changes(story: string, after: Position, limit?: number): Change[];
  /** Did anything change after a place in the log that touches what lies at or before a place in story order? */
  touched(story: string, after: Position, place: OrderKey): boolean;
  setAside(story: string, limit?: number): SetAside[];
  projection(name: string): AnyProjection | undefined;
  readonly projections: readonly AnyProjection[];
  /** The view's state after everything up to `upTo`; left out: after everything placed. */
  fold(story: string, projection: AnyProjection, upTo?: OrderKey): Promise<Fold>;
  /** The view as of `upTo`, of what the log had stored by `recordedAt` (ms). Costs a fold of the whole story. */
  foldAsRecorded(
    story: string,
    projection: AnyProjection,
    recordedAt: number,
    upTo?: OrderKey,
  ): Promise<{ readonly position: Position; readonly view: unknown }>;
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
export async function openTimeline({ folder, log, now = () => performance.now(), onError = () => {} }: TimelineOptions): Promise<Timeline> {
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
  const views = projections as readonly AnyProjection[];
  const asRecorded = createAsRecorded(log, store);
  const listeners = new Set<CommitListener>();
  const waiters = new Set<{ position: Position; resolve: () => void }>();
  const folds = new Set<Promise<Fold>>();
  const stop = new AbortController();
  let caughtUp = false;
  let trouble: string | undefined;

  const advance = (to: Position): void => {
    position = to;
    for (const waiter of waiters) if (waiter.position <= to) waiter.resolve();
  };

  const take = async (events: readonly LogEvent[]): Promise<void> => {
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = events.slice(i, i + BATCH);
      const commits = await store.root.transaction(() => indexBatch(store, batch));
      const last = batch.at(-1)?.position ?? position;
      advance(last);
      for (const [story, commit] of commits) for (const listener of [...listeners]) listener(story, commit, last);
    }
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
            await take(notice.events);
          } else {
            if (notice.position > position) {
              await store.meta.put('position', notice.position);
              advance(notice.position);
            }
            caughtUp = true;
          }
        }
        if (stop.signal.aborted) return;
      } catch (error) {
        if (stop.signal.aborted) return;
        trouble = error instanceof Error ? error.message : String(error);
        caughtUp = false;
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
      [...store.journal.getRange({ start: [story, after], exclusiveStart: true, end: [story, LAST], ...(limit === undefined ? {} : { limit }) })].map(
        ({ value }) => value,
      ),

    touched(story, after, place) {
      for (const { value } of store.journal.getRange({ start: [story, after], exclusiveStart: true, end: [story, LAST] })) {
        if (compareKeys(value.from, place) <= 0) return true;
      }
      return false;
    },

    setAside: (story, limit = 100) => [...store.aside.getRange({ start: [story, -1], end: [story, Infinity], limit })].map(({ value }) => value),

    projection: (name) => views.find((view) => view.name === name),
    projections: views,

    async fold(story, projection, upTo = endOf(Number.MAX_VALUE)) {
      if (stop.signal.aborted) throw new HindcastError('shutting-down');
      const folding = foldUpTo(store, story, projection, upTo, now, stop.signal);
      folds.add(folding);
      try {
        return await folding;
      } finally {
        folds.delete(folding);
      }
    },

    async foldAsRecorded(story, projection, recordedAt, upTo = endOf(Number.MAX_VALUE)) {
      const { position: recorded, steps } = await asRecorded(story, recordedAt);
      const state = foldSteps(
        projection,
        steps.filter((step) => Number.isFinite(step.key[0]) && compareKeys(step.key, upTo) <= 0),
      );
      return { position: recorded, view: projection.view(state) };
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
      // A fold holds a reading of the store: it ends before the store is closed.
      await Promise.allSettled(folds);
      await store.close();
    },
  };
}
