/**
 * What the read model tells of stories without folding anything: which there are, their steps, their events, what changed.
 * Invariant: each answer is of one moment of the read model.
 */
import type { StoryDescribedData } from '../../events/descriptions.js';
import { isHappening, type RecordedEvent, type RecordedHappening, type RecordedNote } from '../../events/event.js';
import { type Lens, toldThroughLens } from '../../events/lens.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, formatInstant, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import type { Position } from '../log/log.js';
import { type Change, LAST, recordedEvent, type SetAside, type Store, type Track } from './store.js';

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
  /** Events that the story had are no longer in the log; left out where none is missing. */
  readonly truncated?: true;
  /** The first revision that the log still has, where that is not 0; null where it has none of them. */
  readonly firstRevision?: number | null;
  /** The log has closed the story for good: nothing is added to it any more. */
  readonly tombstoned?: true;
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

export interface Queries {
  stories(): StorySummary[];
  story(id: string): StoryDetail | undefined;
  has(story: string): boolean;
  /** Does a participant take part in a happening of the story, or does its description name them? */
  takesPart(story: string, participant: string): boolean;
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
  /** The message in which a request is written; undefined where an id is no such request. */
  writtenIn(story: string, request: string): string | undefined;
  /** What changed after a place in the log, in log order; the first `limit` of it. */
  changes(track: Track, after: Position, limit?: number): Change[];
  /** Did anything change after a place in the log that touches what lies at or before a place in story order? */
  touched(track: Track, after: Position, place: OrderKey): boolean;
  setAside(story: string, limit?: number): SetAside[];
  /** How many events stand in streams that are named as those of stories are, and are of none: nobody is told of them. */
  foreign(): number;
}

export function createQueries(store: Store): Queries {
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
    const counts = store.stories.get(id);
    return {
      id,
      title: about?.title ?? id,
      ...(about === undefined ? {} : { description: about.description, timeZone: about.timeZone }),
      events: counts?.happenings ?? 0,
      from: firstPlaced(id, false)?.event.occurredAt ?? null,
      to: firstPlaced(id, true)?.event.occurredAt ?? null,
      ...(counts?.truncated === true || counts?.firstRevision !== undefined ? { truncated: true } : {}),
      ...(counts?.firstRevision === undefined ? {} : { firstRevision: counts.firstRevision }),
      ...(counts?.tombstoned === true ? { tombstoned: true } : {}),
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

    takesPart: (story, participant) =>
      store.people.get([story, participant]) !== undefined || described(story)?.participants.some(({ id }) => id === participant) === true,

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

    writtenIn(story, request) {
      const identity = store.ids.get([story, request]);
      return identity?.is === 'inline' ? identity.host : undefined;
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

    foreign: () => (store.meta.get('foreign') as number | undefined) ?? 0,
  };
}
