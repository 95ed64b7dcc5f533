/**
 * A story as it is read for a document: all of it or up to a moment, through any eyes, step by step while it is written.
 * Invariants: a few dozen steps are held at a time, and other work gets its turn between them; each page of them is consistent
 * by itself, and whether the story has changed since it was begun can be asked.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Step } from '../../events/steps.js';
import { BEFORE_ALL, endOf, type OrderKey } from '../../events/story-time.js';
import type { Words } from '../../events/words.js';
import type { StoryTold } from '../exporters/told.js';
import type { Timeline, Track } from '../timeline/timeline.js';

/** So many steps, changes or rows are read at a time. */
export const PAGE = 64;

export interface ReadingQuery {
  readonly words: Words;
  readonly zone: string;
  readonly zoneNote?: string;
  /** As of this instant, inclusive; left out: the whole story. */
  readonly at?: number;
  readonly as?: string;
}

export interface StoryReading {
  readonly told: StoryTold;
  /** The story itself, or as a lens shows it. */
  readonly track: Track;
  readonly upTo: OrderKey | undefined;
  /** In story order. */
  steps(): AsyncGenerator<Step>;
  /** Lets go of what it holds. */
  release(): void;
}

/** Begins to read a story; undefined where it is not there. Throws `shutting-down`. */
export async function openReading(timeline: Timeline, story: string, query: ReadingQuery): Promise<StoryReading | undefined> {
  const { as, at } = query;
  const upTo = at === undefined ? undefined : endOf(at);
  const track = as === undefined ? story : await timeline.through(story, as);
  // From here on in one turn: the track is held before it may be let go.
  const detail = timeline.story(story);
  if (detail === undefined) return undefined;
  const release = as === undefined ? () => {} : timeline.hold(track);
  const { setAside, copies, waiting, refused } = detail.withoutEffect;
  return {
    told: {
      ...query,
      story: { ...detail, withoutEffect: setAside + copies + waiting + refused },
      span: timeline.span(track),
      hasChanged: () => timeline.story(story)?.revision !== detail.revision,
    },
    track,
    upTo,
    release,
    async *steps() {
      for (let after: OrderKey = BEFORE_ALL; ; await turn()) {
        const steps = timeline.steps(track, { after, ...(upTo === undefined ? {} : { upTo }), limit: PAGE });
        yield* steps;
        const last = steps.at(-1);
        if (last === undefined || steps.length < PAGE) return;
        after = last.key;
      }
    },
  };
}
