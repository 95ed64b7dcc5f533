/** A disk that cannot be written: what was not stored is refused, leaves no gap, and the log goes on when it can. */
import t from 'tap';
import { type EmbeddedLog, openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { type LogStore, openLogStore } from '../../../src/log/embedded/log-store.js';
import type { Appended, LogEventData } from '../../../src/log/log.js';
import { all, event, follow, ids } from '../event-log.contract.js';
import { childScript } from '../../support/child.js';

const REFUSED = { code: 'log-unavailable' };

/** A store whose next writes do as they are told; those beyond the plan are carried out. */
function faultyStore(plan: ((write: () => Promise<void>) => Promise<void>)[]): (folder: string) => Promise<LogStore> {
  return async (folder) => {
    const store = await openLogStore(folder);
    return {
      ...store,
      write(group, previous) {
        const act = plan.shift();
        const write = (): Promise<void> => store.write(group, previous);
        return act === undefined ? write() : act(write);
      },
    };
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Appends until the log takes it. */
async function appended(log: EmbeddedLog, stream: string, events: readonly LogEventData[]): Promise<Appended> {
  for (;;) {
    try {
      return await log.append(stream, events, 'any');
    } catch (error) {
      if ((error as { code?: string }).code !== 'log-unavailable') throw error;
      await turn();
    }
  }
}

t.test('a write that fails is refused with all that came behind it, and leaves no gap', async (t) => {
  const folder = t.testdir();
  const faults: unknown[] = [];
  const carryOut = (write: () => Promise<void>): Promise<void> => write();
  const fail = async (): Promise<void> => {
    throw new Error('no space left');
  };
  const log = await openEmbeddedLog({ folder, openStore: faultyStore([carryOut, carryOut, fail]), onFault: (error) => faults.push(error) });
  const events = [...Array(6)].map(() => event());
  const of = (i: number): LogEventData[] => [events[i] as LogEventData];
  await log.append('s', of(0), 'any');
  const seen = follow(log, {});
  const results: Promise<PromiseSettledResult<Appended>>[] = [];
  for (let i = 1; i < 5; i++) {
    results.push(Promise.allSettled([log.append(i === 4 ? 'other' : 's', of(i), 'any')]).then(([one]) => one));
    await turn();
  }
  const repeat = log.append('s', of(3), 'any');
  await t.rejects(repeat, REFUSED, 'a repeat of what was refused is refused');
  const settled = await Promise.all(results);
  t.same(
    settled.map((one) => one.status),
    ['fulfilled', 'rejected', 'rejected', 'rejected'],
  );
  for (const one of settled.slice(1)) t.match((one as PromiseRejectedResult).reason, REFUSED);
  t.match(faults, [{ message: 'no space left' }]);

  t.match(await appended(log, 's', of(5)), { revision: 2, repeated: false });
  t.match(await appended(log, 's', of(2)), { revision: 3, repeated: false }, 'what was refused can be appended again');
  t.equal(await log.head('other'), undefined);
  const due = [0, 1, 5, 2].map((i) => (events[i] as LogEventData).id);
  t.same(await ids(log.read('s')), due);
  await seen.until(() => seen.ids.length === 4);
  t.same(seen.ids, due, 'a subscriber saw nothing of what was refused');
  await seen.stop();
  await log.close();

  const again = await openEmbeddedLog({ folder });
  t.teardown(() => again.close());
  t.same(
    (await all(again.readAll())).map((one) => [one.id, one.revision]),
    due.map((id, i) => [id, i]),
  );
  t.equal((await appended(again, 's', of(1))).repeated, true);
});

t.test('a write that was carried out though it seemed to fail is found again', async (t) => {
  const folder = t.testdir();
  const seemToFail = async (write: () => Promise<void>): Promise<void> => {
    await write();
    throw new Error('the answer was lost');
  };
  const log = await openEmbeddedLog({ folder, openStore: faultyStore([seemToFail]) });
  t.teardown(() => log.close());
  const one = event();
  await t.rejects(log.append('s', [one], 'any'), REFUSED);
  t.match(await appended(log, 's', [one]), { revision: 0, repeated: true });
  t.match(await appended(log, 's', [event()]), { revision: 1, repeated: false });
});

t.test('an expectation that rests on what was refused is refused as well, not answered', async (t) => {
  let fail: (() => void) | undefined;
  const failLater = (): Promise<void> =>
    new Promise((_, reject) => {
      fail = () => reject(new Error('no space left'));
    });
  const log = await openEmbeddedLog({ folder: t.testdir(), openStore: faultyStore([failLater]) });
  t.teardown(() => log.close());
  const first = t.rejects(log.append('s', [event()], 'no_stream'), REFUSED);
  await turn();
  const second = t.rejects(log.append('s', [event()], 'no_stream'), REFUSED, 'not: wrong revision');
  while (fail === undefined) await turn();
  (fail as () => void)();
  await Promise.all([first, second]);
  const one = event();
  t.match(await appended(log, 's', [one]), { revision: 0 });
});

t.test('closing while a write fails refuses it and closes', async (t) => {
  let fail: (() => void) | undefined;
  const failLater = (): Promise<void> =>
    new Promise((_, reject) => {
      fail = () => reject(new Error('no space left'));
    });
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder, openStore: faultyStore([failLater]) });
  const refused = t.rejects(log.append('s', [event()], 'any'), REFUSED);
  while (fail === undefined) await turn();
  const closed = log.close();
  (fail as () => void)();
  await Promise.all([refused, closed]);
  const again = await openEmbeddedLog({ folder });
  t.equal(await again.end(), '');
  await again.close();
});

t.test('a full disk loses nothing that was acknowledged', { skip: process.platform === 'win32' }, async (t) => {
  const folder = t.testdir();
  // No file may grow beyond some megabytes. NODE_OPTIONS hold what watches processes for the test runner and acts on their signals.
  const limited = 'unset NODE_OPTIONS; ulimit -f 4000; exec "$0" "$@"';
  const child = childScript(new URL('fixtures/full-disk.js', import.meta.url))([folder], (command, args) => ['sh', ['-c', limited, command, ...args]]);
  t.equal(await child.ended, 0, 'the process lives on');
  const { acknowledged, refused } = JSON.parse(child.lines.at(-1) ?? '{}') as { acknowledged: string[]; refused: number };
  t.ok(acknowledged.length > 0 && refused > 0, `${acknowledged.length} were acknowledged and ${refused} refused`);
  const log = await openEmbeddedLog({ folder });
  t.teardown(() => log.close());
  const there = new Set(await ids(log.read('s')));
  t.same(
    acknowledged.filter((id) => !there.has(id)),
    [],
  );
  t.match(await log.append('s', [event()], 'any'), { revision: there.size }, 'and it goes on where there is room');
});
