/**
 * The offset of the server's clock to the local monotonic one, estimated from pings.
 * Invariant: answers that were long under way weigh nothing beside quick ones; of those the median counts, so that one
 * odd answer moves no clock. Unit: milliseconds.
 */

/** So many of the latest answers are considered. */
const KEPT = 9;

interface Sample {
  readonly offset: number;
  readonly roundTrip: number;
}

export class OffsetEstimate {
  private samples: Sample[] = [];
  private value = 0;
  private best = Number.POSITIVE_INFINITY;

  /** Add it to a local monotonic instant to get the server's time. */
  get offset(): number {
    return this.value;
  }

  /** Half the quickest round trip: further off the estimate cannot be. Infinity until a ping was answered. */
  get uncertainty(): number {
    return this.best / 2;
  }

  /** A new connection, perhaps to another server: what was measured before does not count. `serverNow` is a first guess. */
  begin(serverNow: number, now: number): void {
    this.samples = [];
    this.best = Number.POSITIVE_INFINITY;
    this.value = serverNow - now;
  }

  /** An answer: the ping left at `sent`, the server read its clock at `serverNow`, and it arrived at `now`. */
  take(sent: number, serverNow: number, now: number): void {
    const roundTrip = now - sent;
    if (!(roundTrip >= 0)) return;
    this.samples = [...this.samples, { offset: serverNow - (sent + now) / 2, roundTrip }].slice(-KEPT);
    const quick = this.samples.toSorted((a, b) => a.roundTrip - b.roundTrip).slice(0, Math.ceil(this.samples.length / 2));
    this.best = quick[0]?.roundTrip ?? Number.POSITIVE_INFINITY;
    this.value = median(quick.map(({ offset }) => offset));
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
