/**
 * The happenings of a story as exporters are handed them, with the times of a replay where one is asked for.
 * Invariant: as those eyes are told them, and no more. Unit: ms of presentation time.
 */
import type { HappeningsTold, Timed } from '../exporters/told.js';
import { type Pacing, type Presentation, presentationOf } from '../sessions/presentation.js';
import type { Timeline } from '../timeline/timeline.js';
import { openReading, type ReadingQuery, type StoryReading } from './story-reading.js';

export interface ReadHappenings {
  readonly told: HappeningsTold;
  /** Lets go of what is read. */
  release(): void;
}

/** Begins to read a story; undefined where it is not there. Throws `shutting-down`, or `bad-rate` where a fit is too short. */
export async function readHappenings(timeline: Timeline, story: string, query: ReadingQuery, pacing?: Pacing): Promise<ReadHappenings | undefined> {
  const reading = await openReading(timeline, story, query);
  if (reading === undefined) return undefined;
  const { told, track, release } = reading;
  try {
    const presentation = pacing === undefined ? undefined : presentationOf(timeline, track, pacing);
    const happenings = happeningsOf(timeline, story, reading, query.as, presentation);
    if (presentation === undefined) return { told: { ...told, happenings }, release };
    const { rate, idleMs, raised } = presentation;
    return { told: { ...told, happenings, timing: { rate, idleMs, raised } }, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function* happeningsOf(
  timeline: Timeline,
  story: string,
  reading: StoryReading,
  as: string | undefined,
  presentation: Presentation | undefined,
): AsyncGenerator<Timed> {
  const shownAt = presentation?.pass();
  for await (const step of reading.steps()) {
    if (step.kind !== 'happening') continue;
    const happening = as === undefined ? step : timeline.told(story, step, as);
    const [instant] = step.key;
    yield shownAt === undefined || !Number.isFinite(instant) ? { happening } : { happening, ...shownAt(instant) };
  }
}
