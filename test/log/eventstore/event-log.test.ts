/**
 * The contract of the log on EventStoreDB's official client: over real gRPC, to the embedded log that is served in
 * EventStoreDB's protocol, across a port as the thread of the protocol has it.
 */
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import { hostLog } from '../../../src/esdb-server/log-host.js';
import { createRemoteLog } from '../../../src/esdb-server/remote-log.js';
import { serveEventStore } from '../../../src/esdb-server/server.js';
import { eventLogContract } from '../event-log.contract.js';

eventLogContract(t, async (folder) => {
  const log = await openEmbeddedLog({ folder });
  const { port1, port2 } = new MessageChannel();
  const stop = hostLog(log, port1);
  const server = await serveEventStore({ log: createRemoteLog(port2, log), port: 0 });
  const adapter = openEventStoreLog({ connectionString: `esdb://127.0.0.1:${server.port}?tls=false` });
  return {
    ...adapter,
    async close() {
      await adapter.close();
      await server.close();
      stop();
      await log.close();
    },
  };
});
