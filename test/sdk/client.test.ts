/** The HTTP client of the SDK against the real app, over real sockets. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { client } from '../../src/sdk/index.js';
import { buildApp } from '../support/app.js';
import { answer, hour, message, request, tweet } from '../support/drafts.js';

const STORY = 'wikileaks-trump-jr';
const TOKEN = 'a-token-of-this-test';

t.test('stories, events, views and one event are what HTTP says', async (t) => {
  const address = await (await buildApp(t)).listen();
  const get = async (path: string) => (await fetch(`${address}${path}`)).json();
  const hindcast = client(address);
  t.equal(hindcast.url, `${address}/`);
  t.strictSame(await hindcast.stories(), ((await get('/stories')) as { stories: unknown }).stories);
  t.strictSame(await hindcast.story(STORY), await get(`/stories/${STORY}`));
  const at = '2016-10-20T00:00:00-04:00';
  t.strictSame(
    await hindcast.projection(STORY, 'unanswered-requests', { at, as: 'donald-trump-jr' }),
    await get(`/stories/${STORY}/projections/unanswered-requests?at=${at}&as=donald-trump-jr`),
  );
  t.strictSame(
    await hindcast.projection(STORY, 'links', { at: Date.parse(at), recordedAt: new Date('2100-01-01T00:00:00Z') }),
    await get(`/stories/${STORY}/projections/links?at=2016-10-20T04:00:00Z&recordedAt=2100-01-01T00:00:00Z`),
  );
  t.ok((await hindcast.projections(STORY)).some(({ name }) => name === 'silences'));
  t.strictSame(await hindcast.event(STORY, 'wl-2016-10-12-tweet-this-link'), await get(`/stories/${STORY}/events/wl-2016-10-12-tweet-this-link`));
});

t.test('events come page by page, and no page is asked for that nobody takes', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const asked: string[] = [];
  const hindcast = client(address, {
    fetch: (url, init) => {
      asked.push(url);
      return fetch(url, init);
    },
  });
  const all: string[] = [];
  for await (const event of hindcast.events(STORY, { limit: 10 })) all.push(event.id);
  t.equal(all.length, (await hindcast.story(STORY)).events);
  t.equal(new Set(all).size, all.length);
  const pages = asked.length;
  t.ok(pages > 4);
  for await (const _ of hindcast.events(STORY, { limit: 10 })) break;
  t.equal(asked.length, pages + 1);
  const { events } = await hindcast.page(STORY, {
    types: ['TweetPosted'],
    participants: ['donald-trump-jr', 'nobody'],
    from: '2016-10-01T00:00:00Z',
    text: 'wikileaks',
  });
  t.ok(events.length > 0 && events.every(({ type }) => type === 'TweetPosted'));
  const latest = await hindcast.page(STORY, { order: 'latest', limit: 3 });
  t.strictSame(
    latest.events.map(({ id }) => id),
    all.slice(-3).reverse(),
  );
  const place = latest.events[2]?.cursor;
  t.equal((await hindcast.page(STORY, { order: 'latest', limit: 1, place })).events[0]?.id, latest.events[2]?.id);
});

t.test('what is appended is read at once, twice adds nothing, and what is wrong is told by its code and place', async (t) => {
  const hindcast = client(await (await buildApp(t)).listen());
  const drafts = [message('m1', hour(9)), message('m2', hour(10)), request('r1', 'm1')];
  t.match(await hindcast.append('mine', drafts, { absent: true }), { revision: 2, repeated: false, events: [{ id: 'm1', revision: 0 }] });
  t.match(await hindcast.projection('mine', 'unanswered-requests'), { state: { totals: { requests: 1, answered: 0 } } });
  t.match(await hindcast.append('mine', drafts), { revision: 2, repeated: true });
  await t.rejects(hindcast.append('mine', [tweet('t1', hour(11))], { absent: true }), { code: 'story-exists' });
  await t.rejects(hindcast.append('mine', [tweet('t1', hour(11))], { revision: 1 }), { code: 'wrong-revision' });
  t.match(await hindcast.append('mine', [answer('a1', 'r1', 'm2')], { revision: 2 }), { revision: 3 });
  t.match(await hindcast.projection('mine', 'unanswered-requests'), { state: { totals: { answered: 1 } } });
  await t.rejects(hindcast.append('mine', [message('m3', 'yesterday')]), { code: 'bad-event', faults: [{ at: '/occurredAt' }] });
  await t.rejects(hindcast.append('mine', [message('m3', hour(12)), answer('a2', 'nothing', 'm3')]), { code: 'unknown-target', faults: [{ at: '/1/data' }] });
  await t.rejects(hindcast.event('mine', 'm3'), { code: 'unknown-event' }, 'all or none');
  await t.rejects(hindcast.story('nowhere'), { code: 'unknown-story' });
  await t.rejects(hindcast.projection(STORY, 'nothing'), { code: 'unknown-projection' });
  await t.rejects(hindcast.projection(STORY, 'links', { at: 'noon' }), { code: 'bad-time' });
});

t.test('an export is a stream of the very bytes, and leaving it ends the request', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const hindcast = client(address);
  const parts: Uint8Array[] = [];
  for await (const part of hindcast.export(STORY)) parts.push(part);
  t.equal(Buffer.concat(parts).toString(), await (await fetch(`${address}/stories/${STORY}/export?format=cloudevents`)).text());
  for await (const _ of hindcast.export(STORY)) break;
  await t.rejects(hindcast.export('nowhere').next(), { code: 'unknown-story' });
  await t.rejects(hindcast.export(STORY, { format: 'stone tablets' }).next(), { code: 'bad-request' });
});

t.test('a token goes with each request, and who may not is told so', async (t) => {
  const { tokens } = readConfig({ HINDCAST_TOKENS: `read:${TOKEN}` });
  const address = await (await buildApp(t, { tokens })).listen();
  await t.rejects(client(address).story(STORY), { code: 'unauthenticated' });
  t.match(await client(address, { token: async () => TOKEN }).story(STORY), { id: STORY });
  await t.rejects(client(address, { token: TOKEN }).append(STORY, [message('m1', hour(9))]), { code: 'forbidden' });
});

t.test('a server that is not there, is another, or is given up has a code or the reason that was given', async (t) => {
  let abort: AbortController | undefined;
  const other = createServer((request, response) => {
    if (request.url === '/stories') response.end('<html>');
    else if (request.url === '/stories/never') abort?.abort(new Error('enough'));
    else response.writeHead(502).end('bad gateway');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await t.rejects(client(address).stories(), { code: 'bad-answer' });
  await t.rejects(client(address).story('a'), { code: 'bad-answer', message: /502/ });
  abort = new AbortController();
  await t.rejects(client(address, { signal: abort.signal }).story('never'), { message: 'enough' });
  await t.rejects(client(address, { signal: AbortSignal.abort(new Error('before')) }).story('a'), { message: 'before' });
  other.closeAllConnections();
  other.close();
  await once(other, 'close');
  await t.rejects(client(address).stories(), { code: 'connection-lost', message: /cannot be reached \(/ });
  t.throws(() => client('ftp://127.0.0.1'), TypeError);
  t.throws(() => client('nowhere'), TypeError);
  t.equal(client('https://example.org/hindcast?x=1#y').url, 'https://example.org/hindcast/');
});
