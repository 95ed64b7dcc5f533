/**
 * How a session begins: the settings and the first place that an opening asks for, in the story as it is.
 * Invariant: what cannot be met is refused by name before anything is sent or stored.
 */
import { HindcastError } from '../errors.js';
import { type Opening, RATES } from '../protocol.js';
import type { Settings, Target } from '../replay/session-machine.js';
import { solveFit } from '../replay/silence-map.js';
import type { StoryReader } from './story-reader.js';

export interface Starting {
  readonly settings: Settings;
  readonly first: Target;
  /** True where the idle limit had to be raised for the fit to be reached. */
  readonly raised: boolean;
}

/** `resume`: begins there and not where the opening says. Throws `nothing-to-play`, or `bad-rate` where a fit is too short. */
export function startingOf(opening: Opening, reader: StoryReader, resume?: Extract<Target, { to: 'place' }>): Starting {
  const { from } = reader.span();
  const start: Target =
    opening.loop !== undefined
      ? { to: 'before', at: opening.loop.from }
      : opening.from === undefined || opening.from <= from
        ? { to: 'start' }
        : { to: 'instant', at: opening.from };
  // Before the story is clamped to its beginning, and that is said.
  const isBefore = opening.loop === undefined && opening.from !== undefined && opening.from < from;
  const first: Target = resume ?? (isBefore ? { to: 'instant', at: opening.from as number } : start);
  const until = opening.until ?? null;
  const idleMs = opening.idleMs ?? Infinity;
  const landing = reader.land(first);
  const fit = opening.fitMs === undefined ? undefined : solveFit(reader.stretches(landing.place, landing.at, until), opening.fitMs, idleMs, RATES.least);
  if (fit !== undefined && fit.rate > RATES.most)
    throw new HindcastError('bad-rate', 'So short a fit needs a faster rate than there is.', [{ at: 'fit', message: 'too short for this story' }]);
  const settings: Settings = {
    rate: fit?.rate ?? opening.rate ?? RATES.usual,
    idleMs: fit?.idleMs ?? idleMs,
    until,
    loop: opening.loop ?? null,
    follow: opening.follow,
    pauseOnChapter: opening.pauseOn === 'chapter',
    from: start,
  };
  return { settings, first, raised: fit?.raised === true };
}
