/**
 * Measures contestants against each other: interleaved, in several rounds of one run, since a machine is never as fast
 * twice. Invariant: nothing is compared but what ran in the same round; only ratios count, and one under 1.3 means nothing.
 * Unit: operations in a second.
 */
import { table } from './stats.js';

export interface Measure {
  readonly operations: number;
  readonly milliseconds: number;
}

export interface Contestant {
  readonly name: string;
  /** `limit`: what cannot be beaten. `peer`: what others made of it. `other`: for comparison only. */
  readonly role: 'ours' | 'limit' | 'peer' | 'other';
  /** For `ours`: the least share of the limit. */
  readonly target?: number;
  /** One round; it times itself, so that what it prepares does not count. */
  round(): Promise<Measure>;
}

export interface Result {
  readonly name: string;
  /** Median of the rounds. */
  readonly rate: number;
  /** Medians of the ratios within each round. */
  readonly toLimit: number | undefined;
  readonly toPeer: number | undefined;
}

/** Runs the rounds, prints a table and answers what it says. A first round, to warm up, is not counted. */
export async function compare(title: string, contestants: readonly Contestant[], rounds = 5): Promise<Result[]> {
  const rates = new Map<Contestant, number[]>(contestants.map((one) => [one, []]));
  for (let round = 0; round <= rounds; round++) {
    // Each begins a round once, so that nobody always follows the same other.
    const order = contestants.map((_, i) => contestants[(i + round) % contestants.length] as Contestant);
    for (const one of order) {
      const { operations, milliseconds } = await one.round();
      if (round > 0) rates.get(one)?.push((operations / milliseconds) * 1000);
    }
  }
  const ratesOf = (role: Contestant['role']): number[] | undefined => {
    const one = contestants.find((contestant) => contestant.role === role);
    return one && rates.get(one);
  };
  const ratio = (own: readonly number[], base: readonly number[] | undefined): number | undefined =>
    base === undefined || own === base ? undefined : median(own.map((rate, i) => rate / (base[i] as number)));

  const results = contestants.map((one) => {
    const own = rates.get(one) as number[];
    return { name: one.name, rate: median(own), toLimit: ratio(own, ratesOf('limit')), toPeer: ratio(own, ratesOf('peer')) };
  });
  print(title, contestants, results, rounds);
  return results;
}

/** Times an action that answers how many operations it did. */
export async function timed(action: () => Promise<number>): Promise<Measure> {
  const begin = performance.now();
  const operations = await action();
  return { operations, milliseconds: performance.now() - begin };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function print(title: string, contestants: readonly Contestant[], results: readonly Result[], rounds: number): void {
  const share = (ratio: number | undefined): string => (ratio === undefined ? '' : ratio.toFixed(2));
  const rows = results.map(({ name, rate, toLimit, toPeer }, i) => {
    const { target } = contestants[i] as Contestant;
    const verdict = target === undefined || toLimit === undefined ? '' : `≥ ${target.toFixed(2)} ${toLimit >= target ? 'met' : 'MISSED'}`;
    return [name, rate, share(toLimit), share(toPeer), verdict];
  });
  console.log(`\n${table([[title, 'per s', 'to limit', 'to peer', 'target'], ...rows])}\n(medians of ${rounds} rounds)`);
}
