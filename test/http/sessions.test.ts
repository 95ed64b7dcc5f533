import { join } from 'node:path';
import t from 'tap';
import { replay } from '../../src/sdk/index.js';
import type { Replay } from '../../src/sdk/replay.js';
import { buildApp } from '../support/app.js';
import { readConfig } from '../../src/config.js';
import { startServer } from '../support/process.js';

const STORY = 'wikileaks-trump-jr';
const HOST = 'a-token-that-opens-0';
const READ = 'a-token-that-reads-0';
const ADMIN = 'a-token-that-may-all';
type Reply = { status: number; body: Record<string, unknown> & { id: string; hostToken: string; code: string } };

const call = async (address: string, method: string, path: string, body?: unknown, token?: string): Promise<Reply> => {
  const reply = await fetch(`${address}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? {} : JSON.parse(text) } as Reply;
};

/** A client that keeps the ids of what it is sent, and is closed with the test. */
function client(t: { teardown(fn: () => unknown): void }, url: string, options: Parameters<typeof replay>[1] = {}): { watched: Replay; ids: string[] } {
  const watched = replay(url, { items: false, reconnect: { firstMs: 50, longestMs: 200 }, ...options });
  const ids: string[] = [];
  watched.on('item', (item) => {
    if (item.kind === 'event') ids.push(item.event.id);
  });
  t.teardown(() => watched.close());
  return { watched, ids };
}
const ended = (watched: Replay) =>
  new Promise<void>((resolve) => {
    watched.on('clock', ({ status }) => {
      if (status === 'ended') resolve();
    });
  });

t.test('a shared session over HTTP and sockets: opened, watched, moved by its host, asked about, closed', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const opened = await call(address, 'POST', '/sessions', { story: STORY, rate: 10_000_000, idleLimit: 0.05, paused: true });
  t.match(opened, { status: 201, body: { story: STORY, id: /^[\w-]{21}$/, hostToken: /^[\w-]{32}$/ } });
  const { id, hostToken } = opened.body;
  const url = `${address}/sessions/${id}`;
  const host = client(t, url, { token: hostToken });
  const viewers = [client(t, url, { views: ['unanswered-requests'] }), client(t, url)] as const;
  t.match(await host.watched.opened, { session: id, role: 'host' });
  for (const { watched } of viewers) t.match(await watched.opened, { role: 'viewer' });
  await t.rejects(viewers[0].watched.pause(), { code: 'forbidden' });
  t.match((await call(address, 'GET', `/sessions/${id}`)).body, { id, story: STORY, watchers: 3, hosts: 1, clock: { status: 'paused', pass: 1 } });
  const ends = [host, ...viewers].map(({ watched }) => ended(watched));
  await host.watched.play();
  await Promise.all(ends);
  for (const { ids } of viewers) t.strictSame(ids, host.ids);
  t.equal(host.ids.length, new Set(host.ids).size);
  t.ok(host.ids.length > 40);
  t.equal((await call(address, 'DELETE', `/sessions/${id}`)).status, 403);
  t.equal((await call(address, 'DELETE', `/sessions/${id}`, undefined, hostToken)).status, 204);
  for (const { watched } of [host, ...viewers]) await t.rejects(watched.closed, { code: 'session-over' });
  t.match(await call(address, 'GET', `/sessions/${id}`), { status: 410, body: { code: 'session-over' } });
});

t.test('what cannot be opened or found is refused by name', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const open = (body: unknown) => call(address, 'POST', '/sessions', body);
  t.match(await open({ story: 'none' }), { status: 404, body: { code: 'unknown-story' } });
  t.match(await open({ story: STORY, rate: 0 }), { status: 400, body: { code: 'bad-rate' } });
  t.match(await open({ story: STORY, rate: 5, fit: 5 }), { status: 400, body: { code: 'fit-with-rate' } });
  t.match(await open({ story: STORY, from: 'yesterday' }), { status: 400, body: { code: 'bad-time', faults: [{ at: 'from' }] } });
  t.match(await open({ story: STORY, as: 'nobody' }), { status: 400, body: { code: 'bad-request', faults: [{ at: 'as' }] } });
  t.match(await open({ story: STORY, loop: ['2016-10-12T00:00:00Z'] }), { status: 400, body: { code: 'bad-request' } });
  t.match(await open({ story: STORY, color: 'red' }), { status: 400, body: { code: 'bad-request', faults: [{ at: 'color' }] } });
  t.match(await call(address, 'GET', '/sessions/none'), { status: 404, body: { code: 'unknown-session' } });
  await t.rejects(client(t, `${address}/sessions/none`).watched.opened, { code: 'unknown-session' });
  const { id } = (await open({ story: STORY, paused: true })).body;
  await t.rejects(client(t, `${address}/sessions/${id}?rate=5`).watched.opened, {
    code: 'bad-request',
    faults: [{ at: 'rate', message: 'not for this address' }],
  });
  await t.rejects(client(t, `${address}/sessions/${id}?as=nobody`).watched.opened, { code: 'bad-request' });
  await t.rejects(client(t, `${address}/sessions/${id}?projections=none`).watched.opened, { code: 'unknown-projection' });
  await t.rejects(client(t, `${address}/sessions/${id}?after=none`).watched.opened, { code: 'bad-cursor' });
});

t.test('where tokens are in force: who may open, who may watch, and the host by his own token alone', async (t) => {
  const { tokens } = readConfig({ HINDCAST_TOKENS: `host:${HOST}@${STORY},read:${READ},admin:${ADMIN}` });
  const app = await buildApp(t, { tokens });
  const address = await app.listen();
  const body = { story: STORY, paused: true };
  t.equal((await call(address, 'POST', '/sessions', body)).status, 401);
  t.equal((await call(address, 'POST', '/sessions', body, READ)).status, 403);
  const { id, hostToken } = (await call(address, 'POST', '/sessions', body, HOST)).body;
  const url = `${address}/sessions/${id}`;
  t.equal((await call(address, 'GET', `/sessions/${id}`)).status, 401);
  t.equal((await call(address, 'GET', '/sessions/none')).status, 401, 'who may see nothing is not told what there is');
  for (const token of [READ, hostToken]) t.equal((await call(address, 'GET', `/sessions/${id}`, undefined, token)).status, 200);
  const host = client(t, url, { token: hostToken });
  const viewer = client(t, url, { token: READ });
  t.match(await host.watched.opened, { role: 'host' });
  t.match(await viewer.watched.opened, { role: 'viewer' });
  t.match(await host.watched.seek('2016-10-20T00:00:00Z'), { status: 'paused' });
  await t.rejects(viewer.watched.seek('2016-10-20T00:00:00Z'), { code: 'forbidden' });
  await t.rejects(client(t, url, { token: 'a-token-of-nobody-00' }).watched.opened, { code: 'unauthenticated' });
  const ticket = async () => (await call(address, 'POST', '/tickets', undefined, READ)).body.ticket as string;
  t.match(await client(t, url, { ticket }).watched.opened, { role: 'viewer' });
  t.equal((await call(address, 'DELETE', `/sessions/${id}`, undefined, READ)).status, 403);
  t.equal((await call(address, 'DELETE', `/sessions/${id}`, undefined, ADMIN)).status, 204);
});

t.test('killed with -9 and started again, the session goes on at the right moment: nobody misses or doubles an event', async (t) => {
  const data = join(t.testdir(), 'data');
  const env = { HINDCAST_DATA: data };
  const first = startServer(t, env);
  const address = await first.address;
  const port = new URL(address).port;
  const { id, hostToken } = (await call(address, 'POST', '/sessions', { story: STORY, fit: 12, idleLimit: 1, paused: true })).body;
  const url = `${address}/sessions/${id}`;
  const all = [client(t, url, { token: hostToken, views: ['unanswered-requests'] }), client(t, url, { views: ['unanswered-requests'] }), client(t, url)];
  const [host] = all as [(typeof all)[0]];
  for (const { watched } of all) await watched.opened;
  const ends = all.map(({ watched }) => ended(watched));
  const due = new Map<string, number[]>();
  const noted = new Promise<void>((resolve) => {
    for (const { watched } of all)
      watched.on('item', (item) => {
        if (item.kind !== 'event') return;
        due.set(item.event.id, [...(due.get(item.event.id) ?? []), item.dueWall]);
        if (due.size >= 8) resolve();
      });
  });
  await host.watched.play();
  await noted;
  first.child.kill('SIGKILL');
  await first.ended;
  await startServer(t, { ...env, PORT: port }).address;
  await Promise.all(ends);
  const whole = (await (await fetch(`${address}/stories/${STORY}/events?limit=1000`)).json()) as { events: { id: string; occurredAt: string | null }[] };
  const played = whole.events.filter(({ occurredAt }) => occurredAt !== null).map(({ id }) => id);
  for (const { ids } of all) t.strictSame(ids, played, 'each event once, in story order');
  // What is played after the restart is due at one instant for all, and at the one at which it would have been without.
  const dues = [...due.values()];
  const [first1 = 0, last1 = 0, last2 = 0] = [dues[0]?.[0], Math.min(...(dues.at(-1) ?? [])), Math.max(...(dues.at(-1) ?? []))];
  t.ok(last2 - last1 <= 25, `${last2 - last1} ms apart`);
  t.ok(Math.abs(last1 - first1 - 12_000) <= 50, `${last1 - first1} ms from the first to the last`);
});
