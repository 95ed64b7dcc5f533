/** The contract of the log across a port, as the thread that serves the protocol has it. */
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { hostLog } from '../../src/esdb-server/log-host.js';
import { createRemoteLog } from '../../src/esdb-server/remote-log.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import type { WholeLog } from '../../src/log/log.js';
import { eventLogContract } from '../log/event-log.contract.js';
import { all, stored } from '../support/esdb-house.js';

function remote(log: WholeLog, now?: () => number) {
  const { port1, port2 } = new MessageChannel();
  const stop = hostLog(log, port1, now);
  return { log: createRemoteLog(port2, log), stop };
}

eventLogContract(t, async (folder) => {
  const log = await openEmbeddedLog({ folder });
  const far = remote(log);
  return {
    ...far.log,
    async close() {
      await far.log.close();
      await log.close();
    },
  };
});

t.test('a batch of a read ends with its time or its events, and no more than two are ahead of who reads', async (t) => {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  t.teardown(() => log.close());
  await log.append(
    'story-a',
    Array.from({ length: 2_000 }, () => stored()),
    'any',
  );
  const most = async (passing: number): Promise<number> => {
    let taken = 0;
    let clock = 0;
    const counted: WholeLog = {
      ...log,
      async *read(...args) {
        for await (const event of log.read(...args)) {
          taken++;
          clock += passing;
          yield event;
        }
      },
    };
    const far = remote(counted, () => clock);
    t.teardown(far.stop);
    let ahead = 0;
    let seen = 0;
    for await (const _ of far.log.read('story-a')) {
      seen++;
      ahead = Math.max(ahead, taken - seen);
    }
    t.equal(seen, 2_000);
    return ahead;
  };
  t.ok((await most(0)) <= 512);
  t.ok((await most(1)) <= 4, 'where an event takes a millisecond');
});

t.test('a reader that leaves is let go of, and so is one whose thread is gone', async (t) => {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  t.teardown(() => log.close());
  await log.append(
    'story-a',
    Array.from({ length: 2_000 }, () => stored()),
    'any',
  );
  let open = 0;
  const counted: WholeLog = {
    ...log,
    async *subscribe(options) {
      open++;
      try {
        yield* log.subscribe(options);
      } finally {
        open--;
      }
    },
  };
  const far = remote(counted);
  const leaving = new AbortController();
  const reading = all(far.log.subscribe({ signal: leaving.signal }));
  for await (const notice of far.log.subscribe()) if (notice.kind === 'caught-up') break;
  leaving.abort();
  t.ok((await reading).length > 0);
  const caught = far.log.subscribe()[Symbol.asyncIterator]();
  await caught.next();
  await far.log.close();
  while (open > 0) await new Promise(setImmediate);
  t.equal(open, 0);
  await t.rejects(far.log.append('story-a', [stored()], 'any'), { code: 'log-unavailable' });
});
