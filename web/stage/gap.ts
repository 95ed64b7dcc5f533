/**
 * How long nothing happened between two events, by what is known of their times.
 * Unit: milliseconds.
 */
import { lapse } from '../words/durations.js';

interface Standing {
  readonly at: number;
  readonly event: { readonly when: { readonly earliest: string | null; readonly latest: string | null }; readonly occurredAt: string | null };
}

export interface Gap {
  readonly minMs: number;
  /** Null: nothing bounds it. */
  readonly maxMs: number | null;
}

const ms = (text: string | null) => (text === null ? null : Date.parse(text));

export function gapBetween(before: Standing, after: Standing): Gap {
  // Through other eyes an event comes into sight at one instant, whenever it happened.
  const isMoved = (one: Standing) => one.event.occurredAt !== null && Date.parse(one.event.occurredAt) !== one.at;
  const first = isMoved(before) ? [before.at, before.at] : [ms(before.event.when.earliest), ms(before.event.when.latest)];
  const second = isMoved(after) ? [after.at, after.at] : [ms(after.event.when.earliest), ms(after.event.when.latest)];
  const [firstEarliest, firstLatest] = first as [number | null, number | null];
  const [secondEarliest, secondLatest] = second as [number | null, number | null];
  const minMs = firstLatest === null || secondEarliest === null ? 0 : Math.max(0, secondEarliest - firstLatest);
  const maxMs = firstEarliest === null || secondLatest === null ? null : Math.max(minMs, secondLatest - firstEarliest);
  return { minMs, maxMs };
}

/** "37 days of silence"; where it may have been none, that is said. */
export function silenceWords({ minMs, maxMs }: Gap, what: string): string {
  if (minMs < 1000) return maxMs === null ? `How long nothing happened here is not known` : `${capital(lapse(0, maxMs))} ${what}`;
  return `${capital(lapse(minMs, maxMs))} ${what}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
