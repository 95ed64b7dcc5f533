/**
 * What lies ahead of a place, read and decoded once for all who play there: windows of steps, kept while they are as the store
 * has them.
 * Invariants: a window is what the store holds in the same reading; no more steps are kept than the limit; whoever has one may
 * keep it, and nobody changes it.
 */
import type { Step } from '../../events/steps.js';
import { compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import type { Queries } from './queries.js';
import { LAST, type Store, type Track } from './store.js';

/** How many steps are read at a time. */
const AHEAD = 64;
/** So many windows are kept; when there are as many, all are let go. */
const KEPT = 128;

export interface Window {
  /** In order; those after the place begin at `next`, with at least two happenings among them, unless `complete`. */
  readonly steps: readonly Step[];
  readonly next: number;
  /** No step lies beyond. */
  readonly complete: boolean;
}

interface Kept {
  readonly after: OrderKey;
  readonly steps: readonly Step[];
  readonly complete: boolean;
}

/** The windows of one story, by where they begin. */
interface Story {
  /** The last that was recorded of the story when these were read. */
  readonly version: string;
  readonly windows: Kept[];
}

export function createWindows(store: Store, queries: Pick<Queries, 'steps'>): (track: Track, place: OrderKey) => Window {
  const stories = new Map<Track, Story>();
  let kept = 0;

  const forget = (track: Track): void => {
    kept -= stories.get(track)?.windows.length ?? 0;
    stories.delete(track);
  };
  const versionOf = (track: Track): string => {
    for (const key of store.journal.getKeys({ start: [track, LAST, 0], end: [track, '', 0], reverse: true, limit: 1 })) return key.join(' ');
    return '';
  };

  const read = (track: Track, after: OrderKey): Kept => {
    const steps: Step[] = [];
    let played = 0;
    let complete = false;
    for (let from = after; played < 2 && !complete; ) {
      const more = queries.steps(track, { after: from, upTo: endOf(Number.MAX_VALUE), limit: AHEAD });
      for (const step of more) {
        steps.push(step);
        if (step.kind === 'happening') played++;
      }
      complete = more.length < AHEAD;
      from = more.at(-1)?.key ?? from;
    }
    return { after, steps, complete };
  };

  return (track, place) => {
    // Through a lens few play: each reads for itself.
    if (track.includes(' ')) return windowFrom(read(track, place), 0);
    const version = versionOf(track);
    let story = stories.get(track);
    if (story?.version !== version || kept >= KEPT) {
      if (kept >= KEPT) for (const other of [...stories.keys()]) forget(other);
      forget(track);
      story = { version, windows: [] };
      stories.set(track, story);
    }
    const { windows } = story;
    const at = lastUpTo(windows, place);
    const known = windows[at];
    if (known !== undefined) {
      const next = firstAfter(known.steps, place);
      if (known.complete || happeningsFrom(known.steps, next) >= 2) return windowFrom(known, next);
    }
    const fresh = read(track, place);
    windows.splice(at + 1, 0, fresh);
    kept++;
    return windowFrom(fresh, 0);
  };
}

const windowFrom = ({ steps, complete }: Kept, next: number): Window => ({ steps, next, complete });

/** The index of the last window that begins at or before a place; -1 where there is none. */
function lastUpTo(windows: readonly Kept[], place: OrderKey): number {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys((windows[middle] as Kept).after, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstAfter(steps: readonly Step[], place: OrderKey): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys((steps[middle] as Step).key, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Two, where there are as many. */
function happeningsFrom(steps: readonly Step[], next: number): number {
  let found = 0;
  for (let i = next; i < steps.length && found < 2; i++) if (steps[i]?.kind === 'happening') found++;
  return found;
}
