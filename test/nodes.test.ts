/**
 * Nodes on the log that a process serves, as a user has it; and what is told where there is no log.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import t from 'tap';
import { freePort, nodesContract, type ServeLog } from './nodes.contract.js';
import { failing, fakeEventStore } from './support/fake-eventstore.js';
import { startServer } from './support/process.js';

const serve: ServeLog = async (t, folder, port = 0) => {
  const process = startServer(t, { HINDCAST_DATA: folder, HINDCAST_ESDB_PORT: String(port) });
  await process.address;
  const url = await process.log;
  const end = async () => {
    process.child.kill('SIGKILL');
    await process.ended;
  };
  return { url, port: Number(new URL(url.replace('esdb', 'http')).port), end };
};

nodesContract(t, serve);

t.test('a client cannot take anything away from a story', async (t) => {
  const { url } = await serve(t, join(t.testdir(), 'truth'));
  const client = EventStoreDBClient.connectionString(url);
  t.teardown(() => client.dispose());
  await t.rejects(client.deleteStream('story-wikileaks-trump-jr'), 'a record is not deleted');
  await t.rejects(client.tombstoneStream('story-wikileaks-trump-jr'));
  await t.rejects(client.setStreamMetadata('story-wikileaks-trump-jr', { maxCount: 1 }));
});

t.test('a node whose log is none, or does not let it in, says so, and repeats no password', async (t) => {
  const web = createHttpServer((_, reply) => reply.writeHead(404).end('nothing here')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.teardown(() => web.close());
  const refused = () => failing(status.UNAUTHENTICATED);
  const strict = await fakeEventStore(t, { onRead: (call) => call.emit('error', refused()), features: refused });
  for (const [port, why] of [
    [(web.address() as AddressInfo).port, /cannot be reached/],
    [strict.port, /does not accept the name and the password in EVENTSTORE_URL/],
  ] as const) {
    const EVENTSTORE_URL = `esdb://admin:a-secret@127.0.0.1:${port}?tls=false`;
    const node = startServer(t, { HINDCAST_DATA: join(t.testdir(), `node-${port}`), EVENTSTORE_URL, LOG_LEVEL: 'trace' });
    const address = await node.address;
    let reasons = '';
    while (!why.test(reasons)) reasons = JSON.stringify(await (await fetch(`${address}/health/ready`)).json());
    t.notMatch(reasons, /a-secret/);
    node.child.kill('SIGTERM');
    t.equal(await node.ended, 0);
    t.notMatch(node.written(), /a-secret/);
  }
});

t.test('a node whose log stays away ends when it is told to', async (t) => {
  const node = startServer(t, { HINDCAST_DATA: join(t.testdir(), 'node'), EVENTSTORE_URL: `esdb://127.0.0.1:${await freePort()}?tls=false` });
  await node.address;
  node.child.kill('SIGTERM');
  t.equal(await node.ended, 0);
});
