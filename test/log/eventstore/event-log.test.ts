/**
 * The contract of the log on EventStoreDB's official client: over real gRPC, to the embedded log that is served in
 * EventStoreDB's protocol.
 */
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import { serveEventStore } from '../../../src/esdb-server/server.js';
import { eventLogContract } from '../event-log.contract.js';

eventLogContract(t, async (folder) => {
  const log = await openEmbeddedLog({ folder });
  const server = await serveEventStore({ log, port: 0 });
  const adapter = openEventStoreLog({ connectionString: `esdb://127.0.0.1:${server.port}?tls=false` });
  return {
    ...adapter,
    async close() {
      await adapter.close();
      await server.close();
      await log.close();
    },
  };
});
