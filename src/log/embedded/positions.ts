/**
 * Numbers and positions: inside, an event is known by its number in the log, from 0; outside, by an opaque string.
 * Invariant: strings compare with `<` as the numbers do, and START stands before them all.
 * Unit: a position is the number in 19 decimal digits.
 */
import { type Position, START } from '../log.js';

const DIGITS = 19;

export function positionOf(number: number): Position {
  return String(number).padStart(DIGITS, '0');
}

/** The number of the event at a position; -1 for START. */
export function numberOf(position: Position): number {
  if (position === START) return -1;
  const number = /^\d{19}$/.test(position) ? Number(position) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new RangeError(`"${position}" is no position of this log`);
  return number;
}
