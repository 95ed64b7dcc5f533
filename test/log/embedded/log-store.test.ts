/** The records on disk: a group goes right behind the record it follows, whole, or not at all. */
import t from 'tap';
import { BEFORE_ALL, type Entry, type LogStore, openLogStore, SLICE_BYTES, type StoredRecord } from '../../../src/log/embedded/log-store.js';
import { event } from '../event-log.contract.js';

function entry(store: LogStore, number: number, events = 1): Entry {
  const record = {
    stream: 's',
    revision: number,
    created: number,
    events: Array.from({ length: events }, () => event({ data: { [`at-${number}`]: number } })),
  };
  return { number, bytes: store.encode(record) };
}

const numbers = (records: readonly StoredRecord[]): number[] => records.map((record) => record.number);

t.test('a group that does not follow what is there is refused, and nothing of it is stored', async (t) => {
  const folder = t.testdir();
  const store = await openLogStore(folder);
  t.equal(store.last(), undefined);
  await t.rejects(store.write([entry(store, 0), entry(store, 1)], 7), 'behind a record that is missing');
  t.equal(store.last(), undefined);
  await store.write([entry(store, 0, 3), entry(store, 3)], BEFORE_ALL);
  await t.rejects(store.write([entry(store, 5)], 4), 'behind a gap');
  await t.rejects(store.write([entry(store, 3), entry(store, 4)], 0), 'over a record that is there');
  t.same(numbers(store.slice({ from: 0, events: 100 })), [0, 3]);

  // All at once: what follows one that is refused is refused as well.
  const writes = [store.write([entry(store, 4)], 3), store.write([entry(store, 6)], 5), store.write([entry(store, 7)], 6), store.write([entry(store, 5)], 4)];
  t.same(
    (await Promise.allSettled(writes)).map((one) => one.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  t.same(numbers(store.slice({ from: 0, events: 100 })), [0, 3, 4, 5]);
  await store.close();

  const again = await openLogStore(folder);
  t.equal(again.id, store.id, 'a log keeps its name');
  t.same(
    again.slice({ from: 4, events: 100 }).map((record) => record.events[0]?.data),
    [{ 'at-4': 4 }, { 'at-5': 5 }],
  );
  await again.close();
});

t.test('the fields of a refused group are kept with the next one that has them', async (t) => {
  const folder = t.testdir();
  const store = await openLogStore(folder);
  const first = entry(store, 0);
  await t.rejects(store.write([first], 7));
  await store.write([first], BEFORE_ALL);
  await store.close();
  const again = await openLogStore(folder);
  t.teardown(() => again.close());
  t.same(again.last()?.events[0]?.data, { 'at-0': 0 });
});

t.test('slices begin with the record that holds an event, each way', async (t) => {
  const store = await openLogStore(t.testdir());
  t.teardown(() => store.close());
  await store.write([entry(store, 0, 4), entry(store, 4, 1), entry(store, 5, 10), entry(store, 15, 2)], BEFORE_ALL);
  t.same(numbers(store.slice({ from: 0, events: 100 })), [0, 4, 5, 15]);
  t.same(numbers(store.slice({ from: 3, events: 100 })), [0, 4, 5, 15]);
  t.same(numbers(store.slice({ from: 9, events: 100 })), [5, 15]);
  t.same(numbers(store.slice({ from: 2, to: 15, events: 100 })), [0, 4, 5]);
  t.same(numbers(store.slice({ from: 0, events: 5 })), [0, 4], 'until so many events are reached');
  t.same(numbers(store.slice({ from: 17, events: 5 })), [15], 'past the end the last one');
  t.same(numbers(store.slice({ from: 16, backwards: true, events: 100 })), [15, 5, 4, 0]);
  t.same(numbers(store.slice({ from: 14, backwards: true, events: 11 })), [5, 4]);
  t.same(numbers(store.slice({ from: 0, backwards: true, events: 1 })), [0]);
  t.equal(store.last()?.number, 15);
  t.equal(store.get(5)?.events.length, 10);
  t.equal(store.get(6), undefined);
});

t.test('a slice ends with the record in which its bytes are reached', async (t) => {
  const store = await openLogStore(t.testdir());
  t.teardown(() => store.close());
  const large = (number: number) => ({
    number,
    bytes: store.encode({ stream: 's', revision: number, created: number, events: [event({ data: 'x'.repeat(SLICE_BYTES / 4) })] }),
  });
  await store.write(
    Array.from({ length: 10 }, (_, i) => large(i)),
    BEFORE_ALL,
  );
  t.same(numbers(store.slice({ from: 0, events: 100 })), [0, 1, 2, 3]);
  t.same(numbers(store.slice({ from: 9, backwards: true, events: 100 })), [9, 8, 7, 6]);
  t.same(numbers(store.slice({ from: 8, events: 100 })), [8, 9]);
});
