/**
 * Appends that the index does not know yet, in memory, so that what was placed a moment ago is found at once.
 * Invariant: within a stream the records follow each other without gaps; nothing is taken out but the whole.
 * Unit: one generation; it fills while the one before it is being written into the index.
 */
import type { Indexable, StreamHead } from './log-index.js';

/** What a generation knows of one stream. */
export interface Tail {
  readonly head: StreamHead;
  readonly records: readonly Indexable[];
  readonly revisions: ReadonlyMap<string, number>;
}

export interface Generation {
  /** In log order. */
  readonly records: readonly Indexable[];
  /** How many events they hold. */
  readonly events: number;
  tail(stream: string): Tail | undefined;
  /** `origin`: the number of the stream's first event. */
  add(record: Indexable, origin: number): void;
}

interface GrowingTail {
  head: StreamHead;
  readonly records: Indexable[];
  readonly revisions: Map<string, number>;
}

export function createGeneration(): Generation {
  const tails = new Map<string, GrowingTail>();
  const records: Indexable[] = [];
  let events = 0;
  return {
    records,
    get events() {
      return events;
    },
    tail: (stream) => tails.get(stream),
    add(record, origin) {
      const { ids, number, revision, stream } = record;
      const head: StreamHead = { origin, revision: revision + ids.length - 1, number: number + ids.length - 1 };
      let tail = tails.get(stream);
      if (tail === undefined) {
        tail = { head, records: [], revisions: new Map() };
        tails.set(stream, tail);
      }
      tail.head = head;
      tail.records.push(record);
      for (let i = 0; i < ids.length; i++) tail.revisions.set(ids[i] as string, revision + i);
      records.push(record);
      events += ids.length;
    },
  };
}

/** Index of the last record that begins at or before the revision; -1 where all begin later. */
export function findRecord(records: readonly Indexable[], revision: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle] as Indexable).revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
