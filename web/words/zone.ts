/**
 * Time zones: which one is shown, what it is called, and how far it is from UTC.
 * Invariant: a zone that this browser does not know is replaced by UTC, and that is said.
 */
import { clockIn } from '../../events/words.js';

export const READERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** As a person says it: "New York", "UTC". */
export const zoneName = (zone: string) => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** Milliseconds to add to an instant so that UTC fields of the sum are the local ones. */
export function zoneOffset(zone: string, ms: number): number {
  const { year, month, day, hour, minute, second } = clockIn(zone)(ms);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}
