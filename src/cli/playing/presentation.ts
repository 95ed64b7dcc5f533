/**
 * Where a moment of the story is in the time of whoever watches, and the other way round, as the clock goes: silences shortened.
 * Invariants: later in the one is never earlier in the other; the ends of the one are the ends of the other.
 * Unit: ms; a rate is story ms per ms. Instants are ms since the epoch.
 */
import { paceOf } from '../../replay/silence-map.js';

export interface Pacing {
  readonly rate: number;
  /** The longest gap, in presentation ms; Infinity where none is shortened. */
  readonly idleMs: number;
}

/** A stretch without happenings; `shortened` where the watcher does not wait for all of it. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly wallFrom: number;
  readonly wallTo: number;
  readonly shortened: boolean;
}

export class Presentation {
  readonly gaps: readonly Gap[];
  readonly durationMs: number;

  /** `instants`: of the happenings between the two ends, in order. */
  constructor(
    instants: readonly number[],
    private readonly from: number,
    private readonly to: number,
    { rate, idleMs }: Pacing,
  ) {
    const gaps: Gap[] = [];
    let wall = 0;
    let before = from;
    for (const next of [...instants, to]) {
      if (next <= before || next > to) continue;
      const { wallMs, shortened } = paceOf(next - before, rate, idleMs);
      gaps.push({ from: before, to: next, wallFrom: wall, wallTo: wall + wallMs, shortened });
      wall += wallMs;
      before = next;
    }
    this.gaps = gaps;
    this.durationMs = wall;
  }

  /** Presentation ms from the beginning. */
  wallAt(instant: number): number {
    if (instant <= this.from) return 0;
    if (instant >= this.to) return this.durationMs;
    const gap = this.find(instant, 'to');
    return gap === undefined ? 0 : gap.wallFrom + ((instant - gap.from) / (gap.to - gap.from)) * (gap.wallTo - gap.wallFrom);
  }

  instantAt(wallMs: number): number {
    if (wallMs <= 0) return this.from;
    if (wallMs >= this.durationMs) return this.to;
    const gap = this.find(wallMs, 'wallTo');
    return gap === undefined ? this.to : gap.from + ((wallMs - gap.wallFrom) / (gap.wallTo - gap.wallFrom)) * (gap.to - gap.from);
  }

  /** The first gap that ends after a place. */
  private find(place: number, end: 'to' | 'wallTo'): Gap | undefined {
    let [low, high] = [0, this.gaps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.gaps[middle] as Gap)[end] > place) high = middle;
      else low = middle + 1;
    }
    return this.gaps[low];
  }
}
