/**
 * How old what the read model shows is. While others write without a pause it is never quite caught up, and yet no older than
 * the last end of the log that it has come to: so ends are noted with the instant at which they were asked for.
 * Invariant: whatever was stored before the instant that it tells is in the read model. Unit: ms of the monotonic clock.
 */
import type { Position } from '../log/log.js';

/** Of more ends that are still to be come to every second one is forgotten: a long way is told less exactly. */
const MOST_ENDS = 128;

/** The follower, as far as it matters here. */
export interface Followed {
  /** Everything wanted up to here has been taken in. */
  readonly place: Position;
  readonly hasCaughtUp: boolean;
  /** Since when it has been behind the log; undefined where it is not. */
  readonly behindSince: number | undefined;
}

export class Freshness {
  /** Ends of the log that it has not come to, the oldest first. */
  private ends: { readonly position: Position; readonly at: number }[] = [];
  /** When the last end was asked for that it has come to. */
  private reached: number | undefined;

  constructor(
    private readonly followed: Followed,
    private readonly now: () => number,
  ) {}

  /** The log ended at `position` when it was asked at `at`. */
  ended(position: Position, at: number): void {
    this.ends.push({ position, at });
    this.asOf();
    if (this.ends.length > MOST_ENDS) this.ends = this.ends.filter((_, i) => i % 2 === 0);
  }

  /** Everything stored before this instant is in the read model; undefined until it has first caught up with the log. */
  asOf(): number | undefined {
    const { place, hasCaughtUp, behindSince } = this.followed;
    if (behindSince === undefined) {
      this.ends = [];
      return this.now();
    }
    const ahead = this.ends.findIndex(({ position }) => position > place);
    const past = this.ends.splice(0, ahead < 0 ? this.ends.length : ahead);
    this.reached = past.at(-1)?.at ?? this.reached;
    if (!hasCaughtUp || this.reached === undefined) return hasCaughtUp ? behindSince : this.reached;
    return Math.max(behindSince, this.reached);
  }

  /** How old that is. */
  ageMs(): number | undefined {
    if (this.followed.behindSince === undefined) return 0;
    const asOf = this.asOf();
    return asOf === undefined ? undefined : this.now() - asOf;
  }
}
