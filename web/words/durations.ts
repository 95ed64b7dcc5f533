/**
 * Lengths of time as the whole house says them, and paces of the watcher's own.
 * Unit: milliseconds; of the watcher's life, seconds.
 */
import { count } from '../../events/words.js';

export { count, duration, durationUp, lapse } from '../../events/words.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A rate as a reader sees it: what one second of theirs shows. */
export function pace(rate: number): string {
  const ms = rate * SECOND;
  if (Math.abs(rate - 1) < 1e-9) return 'real time';
  if (ms < SECOND) return `${Number((1 / rate).toPrecision(2)).toLocaleString('en')} s for each second`;
  const [size, unit] = ms < MINUTE ? [SECOND, 'second'] : ms < HOUR ? [MINUTE, 'minute'] : ms < DAY ? [HOUR, 'hour'] : [DAY, 'day'];
  const amount = Number((ms / size).toPrecision(2));
  return `${amount === 1 ? `1 ${unit}` : `${amount.toLocaleString('en')} ${unit}s`} a second`;
}

/** As on a stopwatch: minutes and seconds of the watcher's life. */
export function stopwatch(seconds: number): string {
  return seconds >= 60 ? count(Math.round(seconds / 6) / 10, 'minute') : count(Math.max(1, Math.round(seconds)), 'second');
}
