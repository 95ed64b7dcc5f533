/**
 * The clock of the log beside our own: at which monotonic instant an event was stored, that says so by the log's clock.
 * Invariant: an event was stored between two instants that we know, whatever the log's clock says, so that a clock that jumps
 * moves no story time. Unit: milliseconds.
 */

/** What a log stored is read here within so long, also where this process stood still; beyond that its clock was set back. */
const MOST_ON_THE_WAY_MS = 60_000;
/**
 * What is recorded of a clock is stored within so long of its moment, or holds no longer: its moment has been played past by
 * then, and to go by it would set the clock back.
 */
export const STORED_WITHIN_MS = 500;

/** Was an event stored too late for its moment? Both are by the clock of the log, so that every node finds the same. */
export function isTooLate(moment: number, created: number): boolean {
  return created - moment > STORED_WITHIN_MS;
}

/** How long before it was stored an event was so, as it says: both by the clock of the log, which may have been set meanwhile. */
export function beforeStored(moment: number, created: number): number {
  return isTooLate(moment, created) ? 0 : Math.max(0, created - moment);
}

export class LogClock {
  /** The log's clock less ours. */
  private offset: number;

  /** `wall`: the log's clock at the monotonic instant `mono`, as far as is known. */
  constructor(wall: number, mono: number) {
    this.offset = wall - mono;
  }

  /** When by our clock the log's says so. */
  monoOf(created: number): number {
    return created - this.offset;
  }

  /** What the log's clock says at an instant of ours. */
  createdAt(mono: number): number {
    return mono + this.offset;
  }

  /**
   * An event that the log stored at `created` was read at `until`, and cannot have been stored before `since`, where that is known.
   * Answers when it was.
   */
  observe(created: number, until: number, since?: number): number {
    // What took too long to come has not: the log's clock was set back.
    const earliest = since ?? (this.monoOf(created) < until - MOST_ON_THE_WAY_MS ? until : -Infinity);
    // The log's clock has whole milliseconds: it was then, or up to one later.
    this.offset = Math.min(Math.max(this.offset, created - until), created + 1 - earliest);
    return Math.min(Math.max(this.monoOf(created), earliest), until);
  }
}
