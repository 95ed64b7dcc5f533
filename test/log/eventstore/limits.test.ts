/**
 * What is larger than EventStoreDB takes, through a node.
 */
import { join } from 'node:path';
import t from 'tap';
import { serveEventStore } from '../../../src/esdb-server/server.js';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { buildApp } from '../../support/app.js';
import { message } from '../../support/drafts.js';

t.test('an event over the limit is 413, nothing of it is stored, and what is smaller is taken after it', async (t) => {
  const folder = t.testdir();
  const truth = await openEmbeddedLog({ folder: join(folder, 'truth') });
  const server = await serveEventStore({ log: truth, port: 0 });
  t.teardown(async () => {
    await server.close();
    await truth.close();
  });
  const app = await buildApp(t, { data: join(folder, 'node'), eventStore: `esdb://127.0.0.1:${server.port}?tls=false` });
  const address = await app.listen();
  const link = `https://example.org/${'x'.repeat(1_980)}`;
  const draft = (id: string, links: number) => message(id, '2020-01-01T00:00:00Z', { links: Array.from({ length: links }, () => link) });
  const post = async (drafts: readonly unknown[]) => {
    const reply = await fetch(`${address}/stories/large/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(drafts),
    });
    return { status: reply.status, ...((await reply.json()) as object) };
  };
  t.match(await post([draft('one', 600)]), { status: 413, code: 'body-too-large' }, 'one event');
  t.match(await post([draft('two', 1), draft('three', 600)]), { status: 413, code: 'body-too-large' }, 'one of two');
  t.equal(await truth.head('story-large'), undefined);
  t.match(await post([draft('two', 300)]), { status: 201, revision: 0 });
  t.match(await post([draft('three', 300)]), { status: 201, revision: 1 });
});
