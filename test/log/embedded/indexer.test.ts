/** The index is written behind what is durable, and an index that cannot be written is tried again where it stopped. */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createIndexer, type IndexerPorts, turnsOf } from '../../../src/log/embedded/indexer.js';
import type { Indexable, LogIndex } from '../../../src/log/embedded/log-index.js';
import type { LogStore } from '../../../src/log/embedded/log-store.js';
import { createRecordStructures } from '../../../src/log/embedded/record-structures.js';
import { createStreams } from '../../../src/log/embedded/streams.js';

/** An index that only remembers what it was given, and refuses as often as it is told to. */
function recordingIndex(): LogIndex & { readonly written: Indexable[]; refusals: number } {
  const written: Indexable[] = [];
  const index = {
    written,
    refusals: 0,
    get checkpoint() {
      const last = written.at(-1);
      return { next: last === undefined ? 0 : last.number + last.ids.length, lastId: '' };
    },
    head: () => undefined,
    records: () => [],
    revisionOf: () => undefined,
    async write(records: readonly Indexable[]) {
      if (written.length > 0 && index.refusals-- > 0) throw new Error('no space left');
      written.push(...records);
    },
    clear: () => undefined,
    close: async () => undefined,
  };
  return index;
}

function setUp(ports: Partial<IndexerPorts> = {}) {
  const index = recordingIndex();
  const streams = createStreams(index, {} as LogStore);
  const failures: unknown[] = [];
  const indexer = createIndexer({
    index,
    streams,
    settled: async () => undefined,
    full: () => undefined,
    room: () => undefined,
    failed: (error) => failures.push(error),
    ...ports,
  });
  const records = Array.from({ length: 30 }, (_, i) => ({
    stream: 's',
    number: i * 40,
    revision: i * 40,
    ids: Array.from({ length: 40 }, () => randomUUID()),
  }));
  for (const record of records) {
    streams.add(record, streams.facts('s').head);
    indexer.noticed();
  }
  return { index, streams, indexer, records, failures };
}

t.test('what waits is indexed once, in order', async (t) => {
  const { index, indexer, records, streams } = setUp();
  await indexer.finish();
  t.same(index.written, records);
  t.equal(streams.waiting, 0);
});

t.test('a step that failed half way goes on where it failed, and is told once', async (t) => {
  const { index, indexer, records, failures } = setUp();
  index.refusals = 3;
  for (let i = 0; i < 3; i++) await indexer.finish();
  t.ok(index.written.length > 0 && index.written.length < records.length, 'it stands half way');
  await indexer.finish();
  t.same(index.written, records);
  t.match(failures, [{ message: 'no space left' }]);
});

t.test('nothing is indexed before it is durable, nor what was refused', async (t) => {
  let refuse!: (error: Error) => void;
  const settled = new Promise<void>((_, reject) => {
    refuse = reject;
  });
  const { index, indexer } = setUp({ settled: () => settled });
  const finished = indexer.finish();
  await new Promise((resolve) => setImmediate(resolve));
  t.same(index.written, []);
  refuse(new Error('not stored'));
  await finished;
  t.same(index.written, []);
});

t.test('a paused indexer waits until it may go on', async (t) => {
  const { index, indexer, records } = setUp();
  await indexer.pause();
  t.same(index.written, []);
  indexer.resume();
  await indexer.finish();
  t.same(index.written, records);
});

t.test('turns are short, and no record is divided', async (t) => {
  const record = (size: number): Indexable => ({ stream: 's', number: 0, revision: 0, ids: Array.from({ length: size }, () => '') });
  const sizes = [1, 255, 1, 5000, 100, 100, 100, 3].map(record);
  t.same(
    [...turnsOf(sizes)].map((turn) => turn.map((one) => one.ids.length)),
    [[1, 255], [1, 5000], [100, 100, 100], [3]],
  );
});

t.test('the names of fields are handed out once to be written, and again where that failed', async (t) => {
  const structures = createRecordStructures(() => undefined);
  t.equal(structures.takeUnsaved(), undefined);
  structures.hooks.saveStructures([['a', 'b']]);
  t.same(structures.takeUnsaved(), [['a', 'b']]);
  t.equal(structures.takeUnsaved(), undefined);
  structures.saveAgain();
  t.same(structures.takeUnsaved(), [['a', 'b']]);
});
