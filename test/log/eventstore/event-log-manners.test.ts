/**
 * The contract of the log on EventStoreDB's official client, to a server with the manners of a real one: it drops live subscribers,
 * forgets, writes events of its own, answers slowly, begins anew and changes its leader.
 */
import t from 'tap';
import { REAL_MANNERS } from '../../../src/esdb-server/manners.js';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import { serveLog } from '../../support/served-log.js';
import { eventLogContract } from '../event-log.contract.js';

const disturbed: { count: number } = { count: 0 };
const servers = new Map<string, Awaited<ReturnType<typeof serveLog>>>();

eventLogContract(
  t,
  async (folder) => {
    const served = await serveLog(folder, { manners: REAL_MANNERS });
    servers.set(folder, served);
    const adapter = openEventStoreLog({ connectionString: served.url });
    return {
      ...adapter,
      async close() {
        await adapter.close();
        await served.close();
      },
    };
  },
  {
    forgets: true,
    // Which the client sees only in what it has to try again.
    async disturb(log, folder) {
      if (disturbed.count++ % 2 === 0) await servers.get(folder)?.restart();
      else servers.get(folder)?.changeLeader();
      return log;
    },
  },
);
