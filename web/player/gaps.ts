/**
 * Story time and the watcher's time around a place: a gap between neighbouring events lasts its length divided by the
 * rate, at most the idle limit. Invariants: a jump there and back ends where it began; it never goes beyond what it was told of.
 * Unit: milliseconds of story time; seconds of the watcher's.
 */
export interface Playing {
  /** Story seconds per second. */
  readonly rate: number;
  /** Longest gap in seconds; null: as long as it was. */
  readonly idleLimit: number | null;
}

/** How long a stretch of a gap lasts for the watcher, in seconds. */
function pace(gapMs: number, { rate, idleLimit }: Playing): number {
  const seconds = gapMs / 1000 / rate;
  return idleLimit !== null && seconds > idleLimit ? idleLimit / (gapMs / 1000) : 1 / rate;
}

/**
 * Where so many seconds of the watcher's time lead, on (or back, where negative). `instants`: of the events around, in
 * order, from at least one at or before `at` to one after it, as far as they are known; beyond the last the plain rate holds.
 */
export function jumped(at: number, seconds: number, instants: readonly number[], playing: Playing): number {
  const edges = [...new Set(instants)].sort((a, b) => a - b);
  let left = Math.abs(seconds);
  let here = at;
  const forward = seconds > 0;
  while (left > 0) {
    const next = forward ? edges.find((edge) => edge > here) : edges.findLast((edge) => edge < here);
    if (next === undefined) {
      const first = edges[0];
      const last = edges.at(-1);
      const known = forward ? last : first;
      // Past the ends of what is known there is nothing to jump over.
      return known === undefined ? here + Math.sign(seconds) * left * 1000 * playing.rate : forward ? Math.max(here, known) : Math.min(here, known);
    }
    const other = forward ? edges.findLast((edge) => edge <= here) : edges.find((edge) => edge >= here);
    const gap = Math.abs(next - (other ?? here));
    const each = pace(gap, playing);
    const takes = (Math.abs(next - here) / 1000) * each;
    if (takes >= left) return here + Math.sign(seconds) * (left / each) * 1000;
    left -= takes;
    here = next;
  }
  return here;
}
