/**
 * Presentation time as it is written down, and how the replay runs that gives it.
 * Unit: ms from the beginning of the replay.
 */
import type { Timing } from './told.js';

/** `hh:mm:ss.mmm`, with as many hours as it takes. */
export function timestamp(ms: number): string {
  const whole = Math.round(ms);
  const part = (unit: number, of: number, digits = 2) => String(Math.floor(whole / unit) % of).padStart(digits, '0');
  return `${String(Math.floor(whole / 3_600_000)).padStart(2, '0')}:${part(60_000, 60)}:${part(1_000, 60)}.${part(1, 1_000, 3)}`;
}

const amount = (n: number) => n.toLocaleString('en', { maximumSignificantDigits: 6 });

/** How the replay runs, as a sentence. */
export function timingSaid({ rate, idleMs, raised }: Timing): string {
  const limit = idleMs === Infinity ? 'no silence is shortened' : `no silence lasts longer than ${amount(idleMs / 1_000)} s`;
  return `Timed as a replay at ${amount(rate)} story seconds a second; ${limit}${raised ? ' (more than was asked for: the length could not be reached otherwise)' : ''}.`;
}
