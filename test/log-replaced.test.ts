/**
 * The log is replaced under a node that runs: by an older backup, by an empty one, by another log. Nothing is acknowledged that does
 * not stand in it, every answer says so, and the node goes on when the log is back, or when its read model is made anew.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { App } from '../src/app.js';
import { hindcast } from './cli/hindcast.js';
import { buildApp } from './support/app.js';
import { hour, message } from './support/drafts.js';
import { type ServedLogInTest, serveLog } from './support/served-log.js';

const STORY = 'mine';
const host = { host: '127.0.0.1' };

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const batch = (from: number, count: number) => Array.from({ length: count }, (_, i) => message(`m${from + i}`, hour(1)));

async function opened(t: Test) {
  const folder = t.testdir();
  const truth = join(folder, 'truth');
  let served: ServedLogInTest = await serveLog(truth);
  t.teardown(() => served.close());
  const open = () => buildApp(t, { data: join(folder, 'node'), eventStore: served.url }, { seeded: [] });
  const app = await open();
  const post = async (node: App, drafts: unknown, story = STORY) => {
    const reply = await node.server.inject({
      method: 'POST',
      url: `/stories/${story}/events`,
      headers: { ...host, 'content-type': 'application/json' },
      payload: JSON.stringify(drafts),
    });
    return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
  };
  const get = async (node: App, url: string) => {
    const reply = await node.server.inject({ url, headers: host });
    return { status: reply.statusCode, headers: reply.headers, text: reply.payload };
  };
  await post(app, batch(0, 20));
  await app.timeline.settled();
  await served.close();
  cpSync(truth, join(folder, 'older'), { recursive: true });
  served = await serveLog(truth, { port: served.port });
  await until(async () => (await get(app, '/health/ready')).status === 200);
  t.match(await post(app, batch(20, 30)), { status: 201 });
  await app.timeline.settled();
  /** Puts what `fill` makes in the place of the log. */
  const replace = async (fill: (truth: string) => Promise<void>) => {
    const { port } = served;
    await served.close();
    if (!existsSync(join(folder, 'newest'))) cpSync(truth, join(folder, 'newest'), { recursive: true });
    rmSync(truth, { recursive: true });
    await fill(truth);
    served = await serveLog(truth, { port });
  };
  return { folder, app, open, post, get, replace, url: () => served.url };
}

const REPLACEMENTS: Record<string, (folder: string) => (truth: string) => Promise<void>> = {
  'an older backup': (folder) => async (truth) => cpSync(join(folder, 'older'), truth, { recursive: true }),
  'an empty log': () => async () => {},
  'a longer log of others': () => async (truth) => {
    const other = await serveLog(truth);
    for (let i = 0; i < 100; i++)
      await other.log.append(
        'story-theirs',
        [{ id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, type: 'T', data: {}, metadata: {} }],
        i === 0 ? 'no_stream' : i - 1,
      );
    await other.close();
  },
};

for (const [name, fill] of Object.entries(REPLACEMENTS))
  t.test(`the log is replaced by ${name}`, async (t) => {
    const { folder, app, open, post, get, replace, url } = await opened(t);
    await replace(fill(folder));
    await until(async () => /log-replaced|another than the one/.test((await get(app, '/health/ready')).text));
    t.match(await post(app, batch(40, 1)), { status: 503, body: { code: 'log-replaced' } }, 'an event that is lost is not said to be stored');
    t.match(await post(app, batch(50, 1)), { status: 503, body: { code: 'log-replaced' } }, 'and a new one is not taken');
    t.match(await post(app, batch(0, 1), 'brand-new'), { status: 503, body: { code: 'log-replaced' } }, 'to no story');
    const told = await get(app, `/stories/${STORY}`);
    t.match(told, { status: 200, headers: { 'hindcast-log': 'replaced' } }, 'what was read can be read, and says so');
    t.match(JSON.parse(told.text), { events: 50 });
    const { position } = JSON.parse(told.text) as { position: string };
    t.match(await get(app, '/health/ready'), { status: 503, text: /another than the one that was read/ });
    await app.close();
    await t.rejects(open(), { code: 'log-replaced', detail: /hindcast rebuild/ }, 'nor does a node start on it as if nothing was');

    await replace(async (truth) => cpSync(join(folder, 'newest'), truth, { recursive: true }));
    const again = await open();
    await until(async () => (await get(again, '/health/ready')).status === 200);
    t.match(await post(again, batch(40, 1)), { status: 200 }, 'with the log back all is as it was');
    t.ok((JSON.parse((await get(again, `/stories/${STORY}`)).text) as { position: string }).position >= position);
    await again.close();

    await replace(fill(folder));
    const rebuilt = await hindcast({ EVENTSTORE_URL: url(), HINDCAST_DATA: join(folder, 'node') }, '--json', 'rebuild');
    t.equal(rebuilt.code, 0, rebuilt.err);
    const anew = await open();
    await until(async () => (await get(anew, '/health/ready')).status === 200);
    t.match(await post(anew, batch(50, 1)), { status: 201 }, 'or it goes on with the log as it is');
  });

t.test('a node whose log is back goes on by itself', async (t) => {
  const { folder, app, post, get, replace } = await opened(t);
  await replace(async () => {});
  await until(async () => app.timeline.isLogReplaced());
  await replace(async (truth) => cpSync(join(folder, 'newest'), truth, { recursive: true }));
  await until(async () => (await get(app, '/health/ready')).status === 200);
  t.notOk('hindcast-log' in (await get(app, `/stories/${STORY}`)).headers);
  t.match(await post(app, batch(50, 1)), { status: 201, body: { revision: 50 } });
});
