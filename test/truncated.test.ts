/**
 * Other people's hands on the log: the beginning of a story is taken away, all of it is, or it is closed for good. Every node says so,
 * whether it read the story before or after, and nothing that is incomplete passes for whole.
 */
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import t, { type Test } from 'tap';
import type { App } from '../src/app.js';
import { buildApp } from './support/app.js';
import { hour, message } from './support/drafts.js';
import { serveLog } from './support/served-log.js';

const STORY = 'cut';
const STREAM = `story-${STORY}`;
const host = { host: '127.0.0.1' };

async function opened(t: Test) {
  const folder = t.testdir();
  const served = await serveLog(join(folder, 'truth'), { protects: false });
  t.teardown(() => served.close());
  const client = EventStoreDBClient.connectionString(served.url);
  t.teardown(() => client.dispose());
  const node = (name: string) => buildApp(t, { data: join(folder, name), eventStore: served.url }, { seeded: [] });
  const warm = await node('warm');
  const get = async (app: App, path = '', story = STORY) => {
    const reply = await app.server.inject({ url: `/stories/${story}${path}`, headers: host });
    const isJson = /json/.test(String(reply.headers['content-type'])) && !/ndjson|jsonl|seq/.test(String(reply.headers['content-type']));
    return { status: reply.statusCode, headers: reply.headers, text: reply.payload, body: isJson ? (reply.json() as Record<string, unknown>) : {} };
  };
  const post = async (app: App, drafts: unknown, story = STORY) => {
    const reply = await app.server.inject({
      method: 'POST',
      url: `/stories/${story}/events`,
      headers: { ...host, 'content-type': 'application/json' },
      payload: JSON.stringify(drafts),
    });
    return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
  };
  await post(
    warm,
    Array.from({ length: 60 }, (_, i) => message(`m${i}`, hour(1))),
  );
  t.match(await post(warm, [message('whole', hour(1))], 'other'), { status: 201 });
  await warm.timeline.settled();
  return { client, node, warm, get, post };
}

/** Asks until it says so: what others do comes by the log, like everything else. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

t.test('the beginning of a story is taken away', async (t) => {
  const { client, node, warm, get, post } = await opened(t);
  const before = Date.now();
  await client.setStreamMetadata(STREAM, { truncateBefore: 30 });
  await until(async () => (await get(warm)).body.truncated === true);
  const cold = await node('cold');
  await cold.timeline.settled();
  await until(async () => (await get(cold)).body.truncated === true);
  for (const [name, app] of [
    ['warm', warm],
    ['cold', cold],
  ] as const) {
    t.match((await get(app)).body, { truncated: true, firstRevision: 30, revision: 59 }, `${name}: the story says from where`);
    for (const format of ['cloudevents', 'csv', 'text']) {
      t.match(await get(app, `/export?format=${format}`), { status: 409, body: { code: 'story-truncated', detail: /only from revision 30 on/ } }, format);
      const taken = await get(app, `/export?format=${format}&truncated=accept`);
      t.match(taken, { status: 200, headers: { 'hindcast-truncated': 'first-revision=30' } });
      if (format === 'cloudevents') t.equal(taken.text.trim().split('\n').length, 30);
    }
    t.match(await get(app, `/projections/participants?recordedAt=${new Date(before + 60_000).toISOString()}`), {
      status: 409,
      body: { code: 'story-truncated' },
    });
    t.match(await get(app, '/export?format=cloudevents', 'other'), { status: 200 }, 'the other story is whole');
    t.notOk('truncated' in (await get(app, '', 'other')).body);
  }
  t.match(await post(cold, message('later', hour(3))), { status: 201, body: { revision: 60 } }, 'it goes on');
  t.match(await post(warm, message('later', hour(3))), { status: 200 });
});

t.test('all of a story is taken away, and one that was cut while nobody looked', async (t) => {
  const { client, node, warm, get, post } = await opened(t);
  await client.deleteStream(STREAM);
  await until(async () => (await get(warm)).body.truncated === true);
  t.match(await get(warm), { status: 200, body: { firstRevision: null, events: 60 } }, 'it is not unknown');
  t.match(await get(warm, '/export?format=cloudevents'), { status: 409, body: { code: 'story-truncated' } });
  t.match(await get(warm, '/export?format=cloudevents&truncated=accept'), { status: 200, text: '' });
  await warm.close();
  await client.setStreamMetadata('story-other', { maxCount: 1 });
  const again = await node('warm');
  t.match(await post(again, [message('second', hour(2)), message('third', hour(2))], 'other'), { status: 201 });
  await until(async () => (await get(again, '', 'other')).body.truncated === true);
  t.match((await get(again, '', 'other')).body, { events: 3, firstRevision: 2 });
});

t.test('a story is closed for good', async (t) => {
  const { client, node, warm, get, post } = await opened(t);
  await client.tombstoneStream(STREAM);
  await until(async () => (await get(warm)).body.tombstoned === true);
  const cold = await node('cold');
  await until(async () => (await get(cold)).body.tombstoned === true);
  for (const app of [warm, cold]) {
    t.match((await get(app)).body, { events: 60, revision: 59, tombstoned: true }, 'it is read on, and no number is rounded');
    t.match(await post(app, message('later', hour(3))), { status: 410, body: { code: 'story-tombstoned' } });
    t.match(await get(app, '/export?format=cloudevents'), { status: 410, body: { code: 'story-tombstoned' } });
    t.match(await get(app, '/export?format=cloudevents&truncated=accept'), { status: 410 });
    t.match(await get(app, '/export?format=text&truncated=accept'), { status: 200 }, 'what was read before can be had');
    t.match(await get(app, '/projections'), { status: 200 });
    t.match(await post(app, message('more', hour(3)), 'other'), { status: /20[01]/ }, 'the other story goes on');
    await until(async () => (await app.server.inject({ url: '/health/ready', headers: host })).statusCode === 200);
  }
});
