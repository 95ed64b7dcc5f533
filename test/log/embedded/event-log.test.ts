/** The embedded log keeps the contract of the port, and goes on keeping it when it is reopened and reindexed in between. */
import t from 'tap';
import { type EmbeddedLog, openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { eventLogContract } from '../event-log.contract.js';

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
