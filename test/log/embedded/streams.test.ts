/** What is known of a stream is the same wherever its appends are: in the index, on their way into it, or not there yet. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { Indexable, LogIndex, StreamHead } from '../../../src/log/embedded/log-index.js';
import type { LogStore, StoredRecord } from '../../../src/log/embedded/log-store.js';
import { createStreams } from '../../../src/log/embedded/streams.js';

/** An index of one stream in an array. */
function arrayIndex(records: Indexable[]): LogIndex {
  const head = (): StreamHead | undefined => {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    return { origin: first.number, revision: last.revision + last.ids.length - 1, number: last.number + last.ids.length - 1 };
  };
  return {
    checkpoint: { next: 0, lastId: '' },
    head,
    records(_origin, revision, { backwards, limit }) {
      const at = records.findLastIndex((record) => record.revision <= revision);
      return (backwards ? records.slice(0, at + 1).reverse() : records.slice(Math.max(at, 0))).slice(0, limit);
    },
    revisionOf(_origin, id) {
      const record = records.findLast(({ ids }) => ids.includes(id));
      return record && record.revision + record.ids.lastIndexOf(id);
    },
    write: async (more) => void records.push(...more),
    clear: () => undefined,
    close: async () => undefined,
  };
}

t.test('reads and questions find the same, however far the index is', async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
  const share = fc.integer({ min: 0, max: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, share, share, share, share, async (counts, indexed, apart, halfway, durableRecords) => {
      // Records of this stream with gaps between them, where other streams have theirs.
      let [number, revision] = [0, 0];
      const records = counts.map((count, i) => {
        number += i % 3;
        const record = { stream: 's', number, revision, ids: Array.from({ length: count }, () => randomUUID()) };
        number += count;
        revision += count;
        return record;
      });
      const index: Indexable[] = records.slice(0, indexed);
      const stored = new Map<number, StoredRecord>();
      for (const { number, ids } of records) stored.set(number, { events: ids.map((id) => ({ id })) } as unknown as StoredRecord);
      const streams = createStreams(arrayIndex(index), { get: (at: number) => stored.get(at) } as LogStore);
      const place = (record: Indexable): void => streams.add(record, streams.facts('s').head);
      records.slice(indexed, indexed + apart).forEach(place);
      streams.setApart();
      records.slice(indexed + apart).forEach(place);
      // A part of what was set apart is in the index already.
      index.push(...records.slice(indexed, indexed + Math.min(halfway, apart)));

      const ids = records.flatMap((record) => record.ids);
      const facts = streams.facts('s');
      same(facts.last, ids.length - 1);
      for (const [i, id] of ids.entries()) {
        same(facts.revisionOf(id), i);
        same(facts.idAt(i), id);
        const record = records.findLast((one) => one.revision <= i) as Indexable;
        same(streams.numberAt('s', i), record.number + i - record.revision);
      }
      same(facts.revisionOf(randomUUID()), undefined);

      // Only what is durable gets into the index.
      const reach = records.slice(0, Math.max(durableRecords, index.length));
      const durable = reach.length === records.length ? number : (records[reach.length] as Indexable).number;
      const last = reach.at(-1);
      same(streams.head('s', durable)?.revision, last && last.revision + last.ids.length - 1);
      for (let from = 0; from < reach.flatMap((record) => record.ids).length; from++) {
        const holding = reach.findLastIndex((record) => record.revision <= from);
        for (const limit of [1, 2, 5, 100]) {
          const forwards = reach.slice(holding).map((record) => record.number);
          same(streams.find('s', { revision: from, backwards: false, limit, durable }), forwards.slice(0, limit));
          const backwards = reach.slice(0, holding + 1).map((record) => record.number);
          same(streams.find('s', { revision: from, backwards: true, limit, durable }), backwards.reverse().slice(0, limit));
        }
      }
    }),
    { numRuns: 300 },
  );
  t.pass('it is so');
});

t.test('what was set apart stays so until it is indexed', async (t) => {
  const index: Indexable[] = [];
  const streams = createStreams(arrayIndex(index), {} as LogStore);
  const one = { stream: 's', number: 0, revision: 0, ids: [randomUUID()] };
  const two = { stream: 's', number: 1, revision: 1, ids: [randomUUID(), randomUUID()] };
  streams.add(one, undefined);
  t.same(streams.setApart(), [one]);
  streams.add(two, streams.facts('s').head);
  t.same(streams.setApart(), [one], 'the same again');
  t.equal(streams.waiting, 2);
  index.push(one);
  streams.indexed();
  t.same(streams.setApart(), [two]);
  t.equal(streams.waiting, 0);
});

function same(got: unknown, due: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(due)) throw new Error(`got ${JSON.stringify(got)} instead of ${JSON.stringify(due)}`);
}
