/**
 * Nodes on a server with the manners of a real EventStoreDB.
 */
import t from 'tap';
import { REAL_MANNERS } from '../src/esdb-server/manners.js';
import { nodesContract } from './nodes.contract.js';
import { serveLog } from './support/served-log.js';

nodesContract(t, async (t, folder, port = 0) => {
  const served = await serveLog(folder, { manners: REAL_MANNERS, port });
  let isOver = false;
  const end = async () => {
    if (!isOver) await served.close();
    isOver = true;
  };
  t.teardown(end);
  return { url: served.url, port: served.port, end };
});
