/**
 * When a filtered subscription is told a place to go on from, and which. While it catches up, events are considered in pages;
 * a place comes only behind a page, once so many events were considered since the last, and it is the last wanted event of
 * that page or, where it had none, the place before the page. Live, it is the event itself, every so many.
 * Invariant: whatever is wanted at or before a place has been sent before the place is told.
 * Unit: one subscription; events are counted whether they are wanted or not.
 */
import type { Filter } from './filters.js';

/** As the protocol writes it: the event itself, where both are its number, or the place before the event at `commit`. */
export interface Place {
  readonly commit: number;
  readonly prepare: number;
}

export interface Checkpoints {
  /** The event with this number was considered, and sent where it was wanted. A place to tell, or undefined. */
  considered(number: number, isWanted: boolean): Place | undefined;
  /** There is no more to catch up with: what comes is live. */
  caughtUp(): void;
}

/** A page ends with so many wanted events, however large its window. */
const PAGE = 32;

/** `first`: the number of the first event that may be considered. */
export function createCheckpoints({ window, interval }: Pick<Filter, 'window' | 'interval'>, first: number): Checkpoints {
  const every = interval * window;
  /** Since the last place, without those of the page. */
  let count = 0;
  let isLive = false;
  let page = begin(first);

  return {
    considered(number, isWanted) {
      if (isLive) {
        if (++count < every) return undefined;
        count = 0;
        return { commit: number, prepare: number };
      }
      page.considered++;
      if (isWanted) {
        page.wanted++;
        page.place = { commit: number, prepare: number };
      }
      if (page.considered < window && page.wanted < PAGE) return undefined;
      count += page.considered;
      const { place } = page;
      page = begin(number + 1);
      if (count < every) return undefined;
      count %= every;
      return place;
    },
    caughtUp() {
      if (!isLive) count += page.considered;
      isLive = true;
    },
  };
}

function begin(number: number): { considered: number; wanted: number; place: Place } {
  return { considered: 0, wanted: 0, place: { commit: number, prepare: Math.max(number - 1, 0) } };
}
