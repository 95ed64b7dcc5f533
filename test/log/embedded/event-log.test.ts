/** The embedded log keeps the contract of the port, and goes on keeping it when it is reopened and reindexed in between. */
import t from 'tap';
import { type EmbeddedLog, openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { START } from '../../../src/log/log.js';
import { event, eventLogContract, follow } from '../event-log.contract.js';

let turn = 0;

eventLogContract(t, (folder) => openEmbeddedLog({ folder }), {
  async disturb(log, folder) {
    turn++;
    if (turn % 2 === 0) {
      await (log as EmbeddedLog).indexed();
      return log;
    }
    await log.close();
    return openEmbeddedLog({ folder });
  },
});

t.test('a subscription tells each time that it has reached the head, also past streams it does not want', async (t) => {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  t.teardown(() => log.close());
  const seen = follow(log, { streamPrefixes: ['story-'] });
  await seen.until(() => seen.caughtUp.length === 1);
  t.same(seen.caughtUp, [START], 'of an empty log too');
  const { position } = await log.append('story-a', [event()], 'any');
  await seen.until(() => seen.caughtUp.at(-1) === position);
  const other = await log.append('session-a', [event()], 'any');
  await seen.until(() => seen.caughtUp.at(-1) === other.position);
  t.same(seen.notices, ['caught-up', 'events', 'caught-up', 'caught-up']);
  await seen.stop();
});
