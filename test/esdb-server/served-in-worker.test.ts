/** The protocol in a thread of its own: served, closed, and taken up again where the thread breaks. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { EventStoreDBClient } from '@eventstore/db-client';
import t from 'tap';
import { serveInWorker } from '../../src/esdb-server/served-in-worker.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { all, json, listen, stored } from '../support/esdb-house.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };

async function opened(t: T) {
  const log = await openEmbeddedLog({ folder: t.testdir() });
  t.teardown(() => log.close());
  return log;
}

t.test('what is written by either side is read by the other, until it is closed', async (t) => {
  const log = await opened(t);
  const errors: unknown[] = [];
  const server = await serveInWorker({ log, port: 0, onError: (error) => errors.push(error) });
  const client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${server.port}?tls=false`;
  t.teardown(() => client.dispose());
  const heard = listen(client.subscribeToStream('story-a'));
  await heard.until(() => heard.said.includes('confirmed'));
  await client.appendToStream('story-a', json({ n: 1 }));
  const bytes = new Uint8Array(Buffer.from('a larger whole').subarray(2, 8));
  await log.append('story-a', [stored(bytes), stored({ n: 2 })], 0);
  await heard.until(() => heard.events.length === 3);
  t.match(await all(log.read('story-a')), [{ data: { n: 1 } }, { data: bytes }, { data: { n: 2 } }]);
  t.same(
    heard.events.map(({ data }) => (data instanceof Uint8Array ? Buffer.from(data).toString() : data)),
    [{ n: 1 }, 'larger', { n: 2 }],
  );
  await server.close();
  await heard.until(() => heard.said.includes('failed') || heard.said.includes('ended'));
  t.same(errors, []);
});

t.test('a port that is taken is refused', async (t) => {
  const log = await opened(t);
  const server = await serveInWorker({ log, port: 0 });
  t.teardown(() => server.close());
  await t.rejects(serveInWorker({ log, port: server.port }), /EADDRINUSE/);
});

t.test('a thread that breaks is told of, and another takes its place', async (t) => {
  const log = await opened(t);
  const errors: unknown[] = [];
  const script = new URL('./fixtures/breaking-worker.js', import.meta.url);
  const server = await serveInWorker({ log, port: 0, onError: (error) => errors.push(error), script, againMs: 1 });
  t.teardown(() => server.close());
  for (let times = 1; times <= 2; ) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close').catch(() => {});
    // Between two threads nobody listens.
    if (errors.length < times) await new Promise(setImmediate);
    else times++;
  }
  t.match(errors, [{ message: 'broken as it should be' }, { message: 'broken as it should be' }]);
});
