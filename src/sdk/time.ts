/**
 * Time as the SDK sees it, injected so that tests drive it by hand; and moments as callers may give them.
 */
import { formatInstant } from '../../events/story-time.js';

export interface Timers {
  /** Monotonic milliseconds; never the wall clock. */
  now(): number;
  /** Calls back once after at least so many ms; answers how to cancel. */
  after(ms: number, callback: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A moment of story time: RFC 3339 with an offset, ms since the epoch, or a Date. */
export type Moment = string | number | Date;

/** As the protocol takes it. Throws a RangeError where a number or a Date is no instant; a text is judged by the server. */
export function momentText(moment: Moment): string {
  return typeof moment === 'string' ? moment : formatInstant(Number(moment));
}
