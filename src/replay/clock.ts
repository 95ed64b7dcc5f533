/**
 * The clock of a replay: story time as a linear function of a monotonic clock, from an anchor pair.
 * Invariant: it is re-anchored at every change and never adds up, so lateness cannot accumulate.
 * Unit: milliseconds on both sides; a rate is story milliseconds per millisecond, 0 while the clock stands.
 */
export interface Clock {
  readonly at: number;
  readonly mono: number;
  readonly rate: number;
}

/** Story time at a monotonic instant. Before the anchor it is the anchor. */
export function storyAt(clock: Clock, mono: number): number {
  return clock.rate === 0 ? clock.at : clock.at + Math.max(0, mono - clock.mono) * clock.rate;
}

/** The monotonic instant at which a story time is due; infinite while the clock stands and it lies ahead. */
export function dueAt(clock: Clock, at: number): number {
  if (at <= clock.at) return clock.mono;
  return clock.rate === 0 ? Infinity : clock.mono + (at - clock.at) / clock.rate;
}
