/**
 * How a player reads the story around its place: what lies ahead, where a seek lands, what changed since.
 * Invariant: one call reads one consistent story; the answers are in the session machine's own terms.
 */
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, endOf, instantOf, MARK_SEQ, type OrderKey, startOf } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import type { Surroundings, Target, Upcoming } from '../replay/session-machine.js';
import type { Stretch } from '../replay/silence-map.js';
import type { Landing } from '../replay/unwatched.js';
import type { Change, Timeline, Track } from '../timeline/timeline.js';

/** How many changes are read at a time. */
const NEWS = 256;

export interface Ahead {
  readonly around: Surroundings;
  /** The steps of `around.upcoming`, in the same order. */
  readonly steps: readonly Step[];
}

/** What became, since a place in the log, of a happening that a watcher may have been sent. */
export interface News {
  /** Where the log first spoke of it since. */
  readonly position: Position;
  readonly id: string;
  readonly by: string;
  readonly kind: 'late' | 'changed' | 'gone';
  readonly happening?: EffectiveHappening;
}

/** Steps as the session machine knows them, made once for all who are shown the same. */
const known = new WeakMap<readonly Step[], { readonly chapters: ReadonlySet<string>; readonly upcoming: readonly Upcoming[] }>();

function upcomingOf(steps: readonly Step[], chapters: ReadonlySet<string>): readonly Upcoming[] {
  const made = known.get(steps);
  if (made !== undefined && (made.chapters === chapters || (made.chapters.size === 0 && chapters.size === 0))) return made.upcoming;
  const upcoming = steps.map((step) => {
    const played = step.kind === 'happening';
    return { key: step.key, played, ...(played && chapters.has(step.event.id) ? { chapter: true } : {}) };
  });
  known.set(steps, { chapters, upcoming });
  return upcoming;
}

export class StoryReader {
  /** `track`: the story itself, or as a lens shows it. */
  constructor(
    private readonly timeline: Timeline,
    readonly track: Track,
  ) {}

  /** First and last placed happening, in ms. Throws `nothing-to-play`. */
  span(): { from: number; to: number } {
    const span = this.timeline.span(this.track);
    if (span === undefined) throw new HindcastError('nothing-to-play');
    return { from: instantOf(span.from), to: instantOf(span.to) };
  }

  /** What lies ahead of a place. `chapters`: the ids of the happenings at which one begins. */
  ahead(place: OrderKey, chapters: ReadonlySet<string>): Ahead {
    const { steps, next, complete } = this.timeline.window(this.track, place);
    const upcoming = upcomingOf(steps, chapters);
    let before: number | undefined;
    for (let i = next - 1; i >= 0 && before === undefined; i--) if (upcoming[i]?.played === true) before = upcoming[i]?.key[0];
    return { steps, around: { before: before ?? this.lastPlayed(place)?.key[0] ?? null, upcoming, next, complete } };
  }

  /** The last happening at or before a place. */
  private lastPlayed(place: OrderKey): EffectiveHappening | undefined {
    const [step] = this.timeline.steps(this.track, { upTo: place, reverse: true, limit: 1 });
    return step === undefined || step.kind === 'happening' ? step : this.playedBefore(step.key);
  }

  /** The last happening before a place. */
  private playedBefore(place: OrderKey): EffectiveHappening | undefined {
    for (let before = place; ; ) {
      const steps = this.timeline.steps(this.track, { before, reverse: true, limit: 16 });
      for (const step of steps) if (step.kind === 'happening') return step;
      const last = steps.at(-1);
      if (last === undefined) return undefined;
      before = last.key;
    }
  }

  /** Where a target lies in the story as it is now. `chapters`: the places where chapters begin, in order. */
  land(target: Target, chapters: readonly OrderKey[] = []): Landing {
    const { from, to } = this.span();
    switch (target.to) {
      case 'before':
        return { place: startOf(target.at), at: Math.min(Math.max(target.at, from), to), clamped: false };
      case 'end':
        return { place: endOf(to), at: to, clamped: false };
      case 'chapter':
        return landOnChapter(target, chapters, from, to);
      case 'start':
        return { place: BEFORE_ALL, at: from, clamped: false };
      case 'instant':
        if (target.at < from) return { place: BEFORE_ALL, at: from, clamped: true };
        if (target.at > to) return { place: endOf(to), at: to, clamped: true };
        return { place: endOf(target.at), at: target.at, clamped: false };
      case 'place':
        return { place: target.key, at: Math.min(Math.max(target.key[0], from), to), clamped: false };
      case 'back': {
        const current = this.lastPlayed(target.from);
        let key: OrderKey | undefined = current?.key;
        for (let left = target.count; left > 0 && key !== undefined; left--) key = this.playedBefore(key)?.key;
        return key === undefined
          ? { place: BEFORE_ALL, at: from, clamped: current === undefined || target.count > 1 }
          : { place: key, at: key[0], clamped: false };
      }
    }
  }

  /** The gaps between neighbouring happenings from a place to an instant, the first and the last as far as they are played. */
  stretches(place: OrderKey, at: number, until: number | null): Stretch[] {
    const { to } = this.span();
    const stretches: Stretch[] = [];
    let before = this.lastPlayed(place)?.key[0];
    let now = before === undefined ? undefined : at;
    for (const instant of this.timeline.instants(this.track, before ?? -Infinity, to)) {
      if (before !== undefined && now !== undefined && instant > now) {
        const end = until === null ? instant : Math.min(instant, Math.max(until, now));
        if (end > now) stretches.push({ gapMs: instant - before, share: (end - now) / (instant - before) });
        if (end < instant) break;
      }
      before = instant;
      now = Math.max(instant, now ?? instant);
    }
    return stretches;
  }

  /**
   * What changed after a watermark and up to `until`, of what lies at or before a place: each happening once, as it is now,
   * in the order in which the log first spoke of it. At most so much of the log is read at once; `upTo` says how far it was.
   */
  news(since: Position, until: Position, place: OrderKey): { news: News[]; touched: boolean; upTo: Position; complete: boolean } {
    const read = this.timeline.changes(this.track, since, NEWS);
    const changes = read.filter((change) => change.position <= until);
    const byId = new Map<string, { first: Change; last: Change | undefined }>();
    let touched = false;
    for (const change of changes) {
      if (compareKeys(change.from, place) <= 0) touched = true;
      if (change.now?.[1] === MARK_SEQ) continue;
      const known = byId.get(change.id);
      // An annotation alone is no news of the happening: the views tell it.
      const last = change.kind === 'annotated' ? known?.last : change;
      byId.set(change.id, { first: known?.first ?? change, last });
    }
    const behind = (key: OrderKey | undefined) => key !== undefined && compareKeys(key, place) <= 0;
    const news: News[] = [];
    for (const [id, { first, last }] of byId) {
      if (last === undefined) continue;
      const was = first.kind === 'added' ? undefined : first.was;
      const happening = this.timeline.step(this.track, id);
      const stands = happening !== undefined && behind(happening.key);
      const about = { id, by: last.by, position: first.position };
      if (behind(was)) news.push(stands ? { ...about, kind: 'changed', happening } : { ...about, kind: 'gone' });
      else if (stands) news.push({ ...about, kind: 'late', happening });
    }
    const complete = read.length < NEWS || changes.length < read.length;
    return { news, touched, upTo: complete ? until : (changes.at(-1)?.position ?? until), complete };
  }
}

function landOnChapter({ count, from: place }: Extract<Target, { to: 'chapter' }>, chapters: readonly OrderKey[], from: number, to: number): Landing {
  const ahead = chapters.filter((key) => compareKeys(key, place) > 0);
  const behind = chapters.filter((key) => compareKeys(key, place) < 0);
  const key = count > 0 ? ahead[count - 1] : behind.at(count);
  if (key !== undefined) return { place: key, at: key[0], clamped: false };
  return count > 0 ? { place: endOf(to), at: to, clamped: true } : { place: BEFORE_ALL, at: from, clamped: true };
}
