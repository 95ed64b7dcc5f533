/**
 * How much happened when, made ready to be drawn: bars of one width, and stretches in which nothing happened.
 * Invariant: a silence is said to be at least as long as the empty windows in it, and no longer.
 * Unit: milliseconds since the epoch.
 */
import type { Activity } from './views.js';

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly public: number;
  readonly private: number;
}

export interface Still {
  readonly from: number;
  readonly to: number;
}

/** The finest width with no more bars than so many; the widest where each has more. */
export function barsOf(activity: Activity, most: number): readonly Bar[] {
  const widths = activity.widths;
  const width = widths.find(({ counts }) => counts.public.length <= most) ?? widths.at(-1);
  if (width === undefined) return [];
  const start = Date.parse(width.from);
  return width.counts.public.map((n, i) => ({
    from: start + i * width.widthMs,
    to: start + (i + 1) * width.widthMs,
    public: n,
    private: width.counts.private[i] ?? 0,
  }));
}

/** Stretches of empty windows that are at least `share` of the whole, by the finest windows there are; the longest few, in order. */
export function stillsOf(activity: Activity, share = 0.025, most = 40): readonly Still[] {
  const bars = barsOf(activity, Number.POSITIVE_INFINITY);
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const stills: Still[] = [];
  let since: number | undefined;
  for (const bar of bars) {
    const empty = bar.public + bar.private === 0;
    if (empty) since ??= bar.from;
    else if (since !== undefined) {
      stills.push({ from: since, to: bar.from });
      since = undefined;
    }
  }
  return stills
    .filter(({ from, to }) => to - from >= (last.to - first.from) * share)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, most)
    .sort((a, b) => a.from - b.from);
}
