/**
 * What is known of each stream: the index, and over it the appends that it lacks. It answers the questions of an append
 * and finds the records of a read.
 * Invariant: a placed append counts from the turn in which it was placed, indexed or not. Readers pass the number up to
 * which the log is durable and see nothing beyond it.
 * Unit: one stream, by name.
 */
import type { StreamFacts } from './append-rules.js';
import type { Indexable, LogIndex, StreamHead } from './log-index.js';
import type { LogStore } from './log-store.js';
import { createGeneration, findRecord, type Generation, type Tail } from './unindexed.js';

export interface Find {
  /** The first record found holds this revision. */
  readonly revision: number;
  readonly backwards: boolean;
  /** At most so many records. */
  readonly limit: number;
  readonly durable: number;
}

export interface Streams {
  /** The last durable event. */
  head(stream: string, durable: number): { revision: number; number: number } | undefined;
  /** With everything that was placed, durable or not. */
  facts(stream: string): StreamFacts & { readonly head: StreamHead | undefined };
  /** The number of the event at a revision that exists. */
  numberAt(stream: string, revision: number): number;
  /** Numbers of the records that hold a stream from a revision on. */
  find(stream: string, wanted: Find): number[];
  /** Places a record behind the head that `facts` told. */
  add(record: Indexable, head: StreamHead | undefined): void;
  /** How many events wait for the index, beside those on their way into it. */
  readonly waiting: number;
  /** Sets apart what waits, to be written into the index; the same again until `indexed`. */
  setApart(): readonly Indexable[];
  /** What was set apart is in the index. */
  indexed(): void;
  /** The index knows everything: forget the rest. */
  forget(): void;
}

export function createStreams(index: LogIndex, store: LogStore): Streams {
  let current = createGeneration();
  let apart: Generation | undefined;

  /** The newest first. */
  const tails = (stream: string): Tail[] => [current.tail(stream), apart?.tail(stream)].filter((tail) => tail !== undefined);

  const placedHead = (stream: string): StreamHead | undefined => (current.tail(stream) ?? apart?.tail(stream))?.head ?? index.head(stream);

  /** Where the record stands that holds a revision. */
  const locate = (stream: string, revision: number): { number: number; revision: number; ids?: readonly string[] } | undefined => {
    for (const { records } of tails(stream)) {
      const record = records[findRecord(records, revision)];
      if (record !== undefined) return record;
    }
    const head = index.head(stream);
    return head === undefined ? undefined : index.records(head.origin, revision, { backwards: true, limit: 1 })[0];
  };

  const facts = (stream: string): StreamFacts & { readonly head: StreamHead | undefined } => {
    const head = placedHead(stream);
    return {
      head,
      last: head?.revision,
      idAt(revision) {
        const record = locate(stream, revision);
        if (record === undefined) return undefined;
        const at = revision - record.revision;
        return record.ids === undefined ? store.get(record.number)?.events[at]?.id : record.ids[at];
      },
      revisionOf(id) {
        if (head === undefined) return undefined;
        const newest = current.tail(stream)?.revisions.get(id) ?? apart?.tail(stream)?.revisions.get(id);
        return newest ?? index.revisionOf(head.origin, id);
      },
    };
  };

  const findForwards = (stream: string, { revision, limit, durable }: Find): number[] => {
    const head = index.head(stream);
    const found = head === undefined || revision > head.revision ? [] : index.records(head.origin, revision, { backwards: false, limit });
    const numbers = found.map((record) => record.number).filter((number) => number < durable);
    for (const { records } of tails(stream).reverse()) {
      for (let i = Math.max(findRecord(records, revision), 0); i < records.length && numbers.length < limit; i++) {
        const { number, revision: first, ids } = records[i] as Indexable;
        if (first + ids.length <= revision) continue;
        if (number >= durable) return numbers;
        // While a generation is being indexed, its first records are found in both.
        if (number > (numbers.at(-1) ?? -1)) numbers.push(number);
      }
    }
    return numbers;
  };

  const findBackwards = (stream: string, { revision, limit, durable }: Find): number[] => {
    const numbers: number[] = [];
    let below = revision;
    for (const { records } of tails(stream)) {
      for (let i = findRecord(records, below); i >= 0 && numbers.length < limit; i--) {
        const record = records[i] as Indexable;
        if (record.number < durable) numbers.push(record.number);
        below = record.revision - 1;
      }
    }
    const head = index.head(stream);
    if (head === undefined || below < 0 || numbers.length >= limit) return numbers;
    for (const record of index.records(head.origin, below, { backwards: true, limit: limit - numbers.length })) numbers.push(record.number);
    return numbers;
  };

  return {
    head(stream, durable) {
      for (const { records } of tails(stream)) {
        for (let i = records.length - 1; i >= 0; i--) {
          const { number, revision, ids } = records[i] as Indexable;
          if (number < durable) return { revision: revision + ids.length - 1, number: number + ids.length - 1 };
        }
      }
      return index.head(stream);
    },
    facts,
    numberAt(stream, revision) {
      const record = locate(stream, revision);
      if (record === undefined) throw new RangeError(`stream ${stream} has no revision ${revision}`);
      return record.number + revision - record.revision;
    },
    find: (stream, wanted) => (wanted.backwards ? findBackwards(stream, wanted) : findForwards(stream, wanted)),
    add(record, head) {
      current.add(record, head?.origin ?? record.number);
    },
    get waiting() {
      return current.events;
    },
    setApart() {
      if (apart === undefined) {
        apart = current;
        current = createGeneration();
      }
      return apart.records;
    },
    indexed() {
      apart = undefined;
    },
    forget() {
      current = createGeneration();
      apart = undefined;
    },
  };
}
