/**
 * Where a happening stands in time as it is told, and what is said of the silence before it.
 * Invariant: a silence is never said to be longer than it can be known to have been. Unit: ms of story time.
 */
import type { EffectiveHappening } from '../../events/steps.js';
import { formatInstant, instantOf, lapse, type StoryTime } from '../../events/story-time.js';
import { lapse as lapseInWords } from '../../events/words.js';

const DAY_MS = 86_400_000;

export interface Stand extends StoryTime {
  readonly id: string;
  readonly at: number;
}

export function standOf({ event, key }: EffectiveHappening): Stand {
  const { id, occurredAt, when } = event;
  if (occurredAt === null || instantOf(occurredAt) === key[0]) return { id, occurredAt, when, at: key[0] };
  // It came into sight later than it happened, and that is an exact instant.
  const at = formatInstant(key[0]);
  const { stated: _, relative: __, ...rest } = when;
  return { id, occurredAt: at, when: { ...rest, stated: null, precision: 'second', approximate: false, earliest: at, latest: at }, at: key[0] };
}

/** The silence between two neighbours as a sentence without its end; undefined where it may have been shorter than `leastMs`. */
export function silenceBetween(before: Stand, next: Stand, as: string | undefined, leastMs = DAY_MS): string | undefined {
  const range = next.at - before.at > leastMs ? lapse(before, next) : undefined;
  if (range === undefined || (range.maxMs === null && (range.minMs ?? 0) < leastMs)) return undefined;
  const words = lapseInWords(range.minMs, range.maxMs);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} in which nothing ${as === undefined ? 'is recorded' : 'comes into sight'}`;
}
