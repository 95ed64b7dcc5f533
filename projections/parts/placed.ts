/**
 * Placed happenings: the time of one that a state goes on from, without the rest of it.
 * Invariant: only happenings that are placed are folded. Unit: instants are ms since the Unix epoch.
 */
import Type, { type Static } from 'typebox';
import { participantsOf, type RecordedHappening } from '../../events/event.js';
import type { EffectiveHappening } from '../../events/steps.js';
import { formatInstant, instantOf, type StoryTime } from '../../events/story-time.js';

/** A happening's id and time. */
export interface Placed extends StoryTime {
  readonly id: string;
}

export function placedOf({ id, occurredAt, when }: RecordedHappening): Placed {
  return { id, occurredAt, when };
}

/** A happening as a row names it. */
export const Named = Type.Object({ event: Type.String(), at: Type.String() });
export type Named = Static<typeof Named>;

export const named = ({ id, occurredAt }: Placed): Named => ({ event: id, at: occurredAt ?? '' });

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
