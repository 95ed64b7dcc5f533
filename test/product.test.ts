/**
 * The product on each kind of log: the embedded one, and EventStoreDB as our own server speaks it.
 */
import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { serveEventStore } from '../src/esdb-server/server.js';
import { openEmbeddedLog } from '../src/log/embedded/embedded-log.js';
import { productContract } from './product.contract.js';

t.test('on the embedded log', (t) => {
  productContract(t, {});
  t.end();
});

/** A served log, and what others write to it. */
async function served(t: Test) {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  const server = await serveEventStore({ log, port: 0 });
  t.teardown(async () => {
    await server.close();
    await log.close();
  });
  const others = async (count: number, isSystem: boolean) => {
    const events = Array.from({ length: count }, () => ({ id: randomUUID(), type: isSystem ? '$>' : 'OrderPlaced', data: { by: 'another' }, metadata: {} }));
    await log.append(`${isSystem ? '$ce-' : ''}order-${randomUUID()}`, events, 'no_stream');
  };
  return { url: `esdb://127.0.0.1:${server.port}?tls=false`, others };
}

t.test('on EventStoreDB as it is served here', async (t) => {
  productContract(t, await served(t));
});
