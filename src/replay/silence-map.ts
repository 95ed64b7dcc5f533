/**
 * The silence map: how long a gap of story time lasts for a watcher. A gap between neighbouring happenings lasts
 * min(gap / rate, idle limit); story times themselves are never rewritten.
 * Unit: milliseconds; a rate is story milliseconds per millisecond.
 */
export interface Pace {
  /** Effective rate inside the gap. */
  readonly rate: number;
  /** How long the whole gap lasts for the watcher. */
  readonly wallMs: number;
  readonly shortened: boolean;
}

export function paceOf(gapMs: number, rate: number, idleMs: number): Pace {
  const wallMs = gapMs / rate;
  // A gap just at the limit is not shortened: rounding must not announce a silence.
  return wallMs > idleMs * (1 + 1e-9) ? { rate: gapMs / idleMs, wallMs: idleMs, shortened: true } : { rate, wallMs, shortened: false };
}

/** A gap, or the part of one that is played (at its beginning or its end). */
export interface Stretch {
  readonly gapMs: number;
  /** 0 to 1. */
  readonly share: number;
}

export interface Fit {
  readonly rate: number;
  readonly idleMs: number;
  /** True where the idle limit had to be raised for the fit to be reached. */
  readonly raised: boolean;
}

function total(stretches: readonly Stretch[], rate: number, idleMs: number): number {
  let sum = 0;
  for (const { gapMs, share } of stretches) sum += share * Math.min(gapMs / rate, idleMs);
  return sum;
}

/** The value in [low, high] at which a falling function of it meets `goal`, to the precision of a double. */
function solveFalling(of: (value: number) => number, goal: number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (let i = 0; i < 200 && b / a - 1 > 1e-14; i++) {
    const middle = Math.sqrt(a * b);
    if (of(middle) > goal) a = middle;
    else b = middle;
  }
  return Math.sqrt(a * b);
}

/**
 * The rate at which the stretches together last `fitMs`. Where the idle limit keeps them shorter however slow the
 * clock, the limit is raised to the least at which they can last that long at `leastRate`.
 */
export function solveFit(stretches: readonly Stretch[], fitMs: number, idleMs: number, leastRate: number): Fit {
  const gaps = stretches.filter(({ gapMs, share }) => gapMs > 0 && share > 0);
  if (gaps.length === 0) return { rate: 1, idleMs, raised: false };
  const longest = gaps.reduce((most, { gapMs }) => Math.max(most, gapMs), 0);
  const sum = gaps.reduce((all, { gapMs, share }) => all + gapMs * share, 0);
  const most = Math.max((sum / fitMs) * 2, leastRate * 2);
  if (total(gaps, leastRate, idleMs) >= fitMs) {
    return { rate: solveFalling((rate) => total(gaps, rate, idleMs), fitMs, leastRate, most), idleMs, raised: false };
  }
  // Slower than the least rate is not offered: a story shorter than that simply ends sooner.
  if (total(gaps, leastRate, Infinity) <= fitMs)
    return { rate: leastRate, idleMs: Math.max(idleMs, longest / leastRate), raised: longest / leastRate > idleMs };
  const needed = 1 / solveFalling((inverse) => total(gaps, leastRate, 1 / inverse), fitMs, leastRate / longest, 1 / idleMs);
  return { rate: leastRate, idleMs: needed, raised: true };
}
