/**
 * When a replay shows each instant of a story, without playing it: for what is written down with the times of a replay.
 * Invariant: as the same replay would have it, shortened silences included. Unit: ms of presentation time from its beginning.
 */
import { paceOf } from '../replay/silence-map.js';
import { NO_FILTER, type Opening, RATES } from '../protocol.js';
import type { Timeline, Track } from '../timeline/timeline.js';
import { startingOf } from './starting.js';
import { StoryReader } from './story-reader.js';

/** How the clock of a replay is to run. */
export type Pacing = Pick<Opening, 'rate' | 'fitMs' | 'idleMs' | 'until'>;

export interface Presentation {
  /** Story seconds a second. */
  readonly rate: number;
  /** Infinity where silences are not shortened. */
  readonly idleMs: number;
  /** True where the idle limit had to be raised for the fit to be reached. */
  readonly raised: boolean;
  /** A new pass over the story: told each happening's instant in story order, it answers when that is shown. */
  pass(): (instant: number) => Shown;
}

export interface Shown {
  readonly startMs: number;
  /** The silence before it is shortened. */
  readonly isShortened: boolean;
}

/** Throws `bad-rate` where a fit is too short for the story. */
export function presentationOf(timeline: Timeline, track: Track, pacing: Pacing): Presentation {
  const reader = new StoryReader(timeline, track);
  const opening: Opening = { ...pacing, paused: false, follow: false, projections: [], filter: NO_FILTER };
  // Of a story in which nothing is placed nothing is played, at whatever rate.
  const { settings, raised } =
    timeline.span(track) === undefined
      ? { settings: { rate: pacing.rate ?? RATES.usual, idleMs: pacing.idleMs ?? Infinity }, raised: false }
      : startingOf(opening, reader);
  const { rate, idleMs } = settings;
  return {
    rate,
    idleMs,
    raised,
    pass() {
      let before: number | undefined;
      let startMs = 0;
      return (instant) => {
        const pace = paceOf(instant - (before ?? instant), rate, idleMs);
        before = instant;
        startMs += pace.wallMs;
        return { startMs, isShortened: pace.shortened };
      };
    },
  };
}
