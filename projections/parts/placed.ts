/**
 * Placed happenings: the time of one that a state goes on from, without the rest of it, and how a row shows that time.
 * Invariants: only happenings that are placed are folded; an instant is shown alone exactly where nothing else was possible.
 * Unit: instants are ms since the Unix epoch.
 */
import Type, { type Static } from 'typebox';
import { participantsOf, type RecordedHappening } from '../../events/event.js';
import type { EffectiveHappening } from '../../events/steps.js';
import { formatInstant, instantOf, type StoryTime, type When } from '../../events/story-time.js';

/** A happening's id and time. */
export interface Placed extends StoryTime {
  readonly id: string;
}

export function placedOf({ id, occurredAt, when }: RecordedHappening): Placed {
  return { id, occurredAt, when };
}

const Bound = (description: string) =>
  Type.Optional(
    Type.Union([Type.String(), Type.Null()], { description: `${description}; null where nothing bounds it. Left out where it was at that very instant.` }),
  );
const Earliest = Bound('The first instant at which it can have been');
const Latest = Bound('The last instant at which it can have been');

/** The fields of a row's schema beside an instant `at`: what bounds it, where it is not known to the instant. */
export const bounds = { earliest: Earliest, latest: Latest };
export interface Bounds {
  readonly earliest?: string | null;
  readonly latest?: string | null;
}

/** The same beside an instant of another name: `fromEarliest`, `fromLatest`. */
export function boundsAs<const Name extends string>(name: Name) {
  return { [`${name}Earliest`]: Earliest, [`${name}Latest`]: Latest } as { [K in `${Name}Earliest` | `${Name}Latest`]: typeof Earliest };
}

/** What is needed of a time to show it. */
interface Bounded {
  readonly occurredAt: string | null;
  readonly when: Pick<When, 'earliest' | 'latest'>;
}

const NO_BOUNDS: Bounds = {};

/** Is a bound the placing instant itself, in whatever way it is written? */
const isInstant = (bound: string | null, at: string) => bound === at || (bound !== null && instantOf(bound) === instantOf(at));

/** The bounds of a time, where it was not at the instant itself. */
export function boundsShown({ occurredAt, when: { earliest, latest } }: Bounded): Bounds {
  // Most times are exact: their texts are the same.
  if (occurredAt === null || (isInstant(earliest, occurredAt) && isInstant(latest, occurredAt))) return NO_BOUNDS;
  return { earliest, latest };
}

/** The bounds that a row, or a part of one, shows. */
export function boundsIn({ earliest, latest }: Bounds): Bounds {
  return earliest === undefined || latest === undefined ? NO_BOUNDS : { earliest, latest };
}

/** The bounds of a time beside an instant of another name. */
export function boundsShownAs<const Name extends string>(name: Name, time: Bounded): { [K in `${Name}Earliest` | `${Name}Latest`]?: string | null } {
  const shown = boundsShown(time);
  return (shown === NO_BOUNDS ? shown : { [`${name}Earliest`]: shown.earliest, [`${name}Latest`]: shown.latest }) as object;
}

/** A happening as a row names it. */
export const Named = Type.Object({ event: Type.String(), at: Type.String(), ...bounds });
export type Named = Static<typeof Named>;

export function named(event: Placed): Named {
  const { id, occurredAt } = event;
  const shown = boundsShown(event);
  return shown === NO_BOUNDS ? { event: id, at: occurredAt ?? '' } : { event: id, at: occurredAt ?? '', ...shown };
}

/** The instant at which a happening is placed, wherever it stands among the steps: a lens may show it later. */
export function placingInstant({ key, event }: EffectiveHappening): number {
  // Only what is disclosed to somebody comes into sight later than it happened.
  return event.disclosures === undefined || event.occurredAt === null ? key[0] : instantOf(event.occurredAt);
}

/** A happening where it stands among the steps. */
export interface InSight extends Placed {
  readonly instant: number;
}

/** When a happening came into sight: at its own time or, through a lens, when those eyes learned of it. */
export function inSightOf(step: EffectiveHappening): InSight {
  const [instant] = step.key;
  const placed = placedOf(step.event);
  if (placingInstant(step) === instant) return { ...placed, instant };
  const at = formatInstant(instant);
  return { id: placed.id, instant, occurredAt: at, when: { precision: 'millisecond', approximate: false, earliest: at, latest: at, stated: null } };
}

/** Everyone else who takes part in a happening, each once: those it is addressed to or done with, or whom it names. */
export function othersOf(event: RecordedHappening): string[] {
  const [actor, ...others] = participantsOf(event);
  if (others.length === 1) return others[0] === actor ? [] : others;
  const distinct = new Set(others);
  distinct.delete(actor as string);
  return [...distinct];
}
