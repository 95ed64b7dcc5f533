/** The indexes beside the log can be lost, late, foreign or damaged: what they say is taken from the log again. */
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { keyOfStream } from '../../../src/log/embedded/log-index.js';
import type { LogEventData } from '../../../src/log/log.js';
import { all, event, ids } from '../event-log.contract.js';

const STREAMS = ['story-a', 'story-b', 'story-c'];

/** Appends so many events in batches, in turn to each stream, and adds them to `written`. */
async function fill(folder: string, written: Map<string, LogEventData[]>, count: number): Promise<void> {
  const log = await openEmbeddedLog({ folder });
  await Promise.all(
    Array.from({ length: count / 10 }, (_, i) => {
      const stream = STREAMS[i % 3] as string;
      const events = Array.from({ length: 10 }, () => event());
      written.set(stream, [...(written.get(stream) ?? []), ...events]);
      return log.append(stream, events, 'any');
    }),
  );
  await log.close();
}

/** The log answers every question about its streams as it should. */
async function isWhole(t: Test, folder: string, written: Map<string, LogEventData[]>): Promise<void> {
  const log = await openEmbeddedLog({ folder });
  for (const [stream, events] of written) {
    const last = events.length - 1;
    // Asked at once: the answers wait for the index.
    const [repeat, middle, head] = await Promise.all([
      log.append(stream, events.slice(last - 2), 'any'),
      log.append(stream, events.slice(4, 14), 3),
      log.head(stream),
    ]);
    t.match(
      [repeat, middle, head],
      [
        { revision: last, repeated: true },
        { revision: 13, repeated: true },
        { revision: last, position: repeat.position },
      ],
    );
    t.same(
      await ids(log.read(stream)),
      events.map((one) => one.id),
      `${stream} is as it was written`,
    );
    t.same(
      (await all(log.read(stream, { from: 15, limit: 7 }))).map((one) => one.revision),
      [15, 16, 17, 18, 19, 20, 21],
    );
    t.same(
      (await all(log.read(stream, { from: 15, limit: 3, direction: 'backwards' }))).map((one) => one.revision),
      [15, 14, 13],
    );
    await t.rejects(log.append(stream, [event()], last - 1), { code: 'wrong-expected-revision', actual: last });
  }
  await log.close();
}

t.test('a deleted index is built again', async (t) => {
  const folder = t.testdir();
  const written = new Map<string, LogEventData[]>();
  await fill(folder, written, 2000);
  rmSync(join(folder, 'index'), { recursive: true });
  await isWhole(t, folder, written);
});

t.test('an index that is behind is caught up, and one that is ahead is built again', async (t) => {
  const spare = t.testdir();
  const folder = join(spare, 'log');
  const written = new Map<string, LogEventData[]>();
  await fill(folder, written, 900);
  cpSync(folder, join(spare, 'early'), { recursive: true });
  const early = new Map(written);
  await fill(folder, written, 1200);
  cpSync(folder, join(spare, 'late'), { recursive: true });

  rmSync(join(folder, 'index'), { recursive: true });
  cpSync(join(spare, 'early', 'index'), join(folder, 'index'), { recursive: true });
  await isWhole(t, folder, written);

  rmSync(join(spare, 'early', 'index'), { recursive: true });
  cpSync(join(spare, 'late', 'index'), join(spare, 'early', 'index'), { recursive: true });
  await isWhole(t, join(spare, 'early'), early);
});

t.test('an index that parted ways with the log is built again', async (t) => {
  const folder = t.testdir();
  const written = new Map<string, LogEventData[]>();
  await fill(join(folder, 'one'), written, 300);
  cpSync(join(folder, 'one'), join(folder, 'two'), { recursive: true });
  const other = new Map(written);
  await fill(join(folder, 'one'), written, 300);
  await fill(join(folder, 'two'), other, 300);
  rmSync(join(folder, 'one', 'index'), { recursive: true });
  cpSync(join(folder, 'two', 'index'), join(folder, 'one', 'index'), { recursive: true });
  await isWhole(t, join(folder, 'one'), written);
});

t.test('the index of another log is not believed', async (t) => {
  const folder = t.testdir();
  const written = new Map<string, LogEventData[]>();
  const other = new Map<string, LogEventData[]>();
  await fill(join(folder, 'one'), written, 300);
  await fill(join(folder, 'two'), other, 300);
  rmSync(join(folder, 'one', 'index'), { recursive: true });
  cpSync(join(folder, 'two', 'index'), join(folder, 'one', 'index'), { recursive: true });
  await isWhole(t, join(folder, 'one'), written);
});

t.test('an index that was open when the machine went down is not believed', async (t) => {
  const folder = t.testdir();
  const written = new Map<string, LogEventData[]>();
  await fill(folder, written, 300);
  writeFileSync(join(folder, 'index', 'open'), 'another boot');
  writeFileSync(join(folder, 'index', 'sign'), '');
  await isWhole(t, folder, written);
  t.notOk(existsSync(join(folder, 'index', 'sign')), 'the folder was emptied first');
});

t.test('a damaged index is built again', async (t) => {
  const folder = t.testdir();
  const written = new Map<string, LogEventData[]>();
  await fill(folder, written, 300);
  writeFileSync(join(folder, 'index', 'data.mdb'), Buffer.alloc(100_000, 'no index '));
  await isWhole(t, folder, written);
});

t.test('the index is written in several steps while appends go on, and reads see all of it all the time', async (t) => {
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder });
  t.teardown(() => log.close());
  const written: string[] = [];
  const other: string[] = [];
  let appended = 0;
  while (appended < 40_000) {
    const batch = Array.from({ length: 400 }, () => event({ data: null, metadata: null }));
    written.push(...batch.map((one) => one.id));
    appended += batch.length;
    const single = event();
    other.push(single.id);
    await Promise.all([log.append('big', batch, 'any'), log.append('small', [single], 'any')]);
    const { revision } = (await log.head('big')) as { revision: number };
    if (revision !== written.length - 1) throw new Error(`the head is ${revision} after ${written.length} events`);
    const from = Math.max(0, revision - 9000 + (appended % 700));
    const [early] = await all(log.read('big', { from, limit: 1 }));
    if (early?.id !== written[from]) throw new Error(`revision ${from} is not found`);
    if (appended % 4000 !== 0) continue;
    const some = await ids(log.read('big', { from, limit: 5000 }));
    if (some.some((id, i) => id !== written[from + i])) throw new Error('a read forwards is not whole');
    const back = await ids(log.read('big', { direction: 'backwards', limit: 12_000 }));
    if (back.some((id, i) => id !== written[written.length - 1 - i])) throw new Error('a read backwards is not whole');
    if (!(await log.append('big', [event({ id: written[from] as string })], 'any')).repeated) throw new Error('an id is not known');
  }
  t.same(await ids(log.read('small')), other);
  t.equal((await ids(log.read('big'))).length, written.length);
});

t.test('where the index cannot keep up, appends wait for it and keep their order', async (t) => {
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder });
  const batches = Array.from({ length: 300 }, () => Array.from({ length: 500 }, () => event({ data: null, metadata: null })));
  const answers = await Promise.all(batches.map((batch) => log.append('s', batch, 'any')));
  t.same(
    answers.map((one) => one.revision),
    batches.map((_, i) => i * 500 + 499),
  );
  await log.indexed();
  t.match(await log.append('s', batches[70] as LogEventData[], 'any'), { revision: 70 * 500 + 499, repeated: true });
  await log.close();
  const again = await openEmbeddedLog({ folder });
  t.teardown(() => again.close());
  t.same(
    await ids(again.read('s', { from: 149_000 })),
    batches
      .slice(298)
      .flat()
      .map((one) => one.id),
  );
});

t.test('events of very many kinds keep their fields after closing and opening', async (t) => {
  const folder = t.testdir();
  const first = await openEmbeddedLog({ folder });
  const written = Array.from({ length: 1500 }, (_, i) => event({ data: { [`field-${i}`]: i, both: { [`inner-${i % 600}`]: [i], always: true } } }));
  for (let i = 0; i < written.length; i += 30) await first.append('s', written.slice(i, i + 30), 'any');
  await first.close();
  const second = await openEmbeddedLog({ folder });
  t.teardown(() => second.close());
  t.same(
    (await all(second.read('s'))).map((one) => one.data),
    written.map((one) => one.data),
  );
  await second.append(
    's',
    written.slice(0, 1).map((one) => ({ ...event(), data: one.data })),
    'any',
  );
  t.same((await all(second.read('s', { from: 1500 })))[0]?.data, written[0]?.data);
});

t.test('a field that would not come back by its name is refused', async (t) => {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  t.teardown(() => log.close());
  const bad = JSON.parse('{"a":[{"__proto__":{"b":1}}]}');
  await t.rejects(log.append('s', [event(), event({ data: bad })], 'any'), { name: 'RangeError' });
  await t.rejects(log.append('s', [event({ metadata: bad })], 'any'), { name: 'RangeError' });
  t.equal(await log.head('s'), undefined);
  t.match(await log.append('s', [event({ data: 'about __proto__' }), event({ data: { a: '__proto__' } })], 'any'), { revision: 1 });
  t.same(
    (await all(log.read('s'))).map((one) => one.data),
    ['about __proto__', { a: '__proto__' }],
  );
});

t.test('the clock of the log never goes backwards', async (t) => {
  const folder = t.testdir();
  const times = [5000, 4000, 7000, 100];
  const first = await openEmbeddedLog({ folder, now: () => times.shift() ?? 0 });
  for (let i = 0; i < 4; i++) await first.append('s', [event()], 'any');
  await first.close();
  const second = await openEmbeddedLog({ folder, now: () => 6000 });
  t.teardown(() => second.close());
  await second.append('s', [event()], 'any');
  t.same(
    (await all(second.read('s'))).map((one) => one.created),
    [5000, 5000, 7000, 7000, 7000],
  );
});

t.test('names of any length are indexed, and none is taken for another', async (t) => {
  const folder = t.testdir();
  const start = 'x'.repeat(500);
  const long = 'é'.repeat(60_000);
  // The last is the key by which the index knows the second.
  const names = [start, `${start}y`, `${start}z`, `${start}\u{1f388}`, long, `${long}\0`, keyOfStream(`${start}y`)];
  const first = await openEmbeddedLog({ folder });
  for (const [i, name] of names.entries())
    await first.append(
      name,
      Array.from({ length: i + 1 }, () => event()),
      'no_stream',
    );
  await first.indexed();
  await first.close();
  const log = await openEmbeddedLog({ folder });
  t.teardown(() => log.close());
  for (const [i, name] of names.entries()) {
    t.match(await log.head(name), { revision: i });
    t.equal((await all(log.read(name))).length, i + 1);
  }
  t.equal(await log.head('x'.repeat(300_000)), undefined, 'longer than a name can be');
  await t.rejects(log.append('x'.repeat(131_073), [event()], 'any'), RangeError);
  await t.rejects(log.append('s', [event({ type: 'x'.repeat(1024 * 1024 + 1) })], 'any'), RangeError);
  await log.append('s', [event({ type: 'x'.repeat(1024 * 1024) })], 'any');
});
