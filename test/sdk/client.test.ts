/** The HTTP client of the SDK against the real app, over real sockets. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { client, isPassing, replay, type Session, type StoryDetail } from '../../src/sdk/index.js';
import { buildApp } from '../support/app.js';
import { answer, hour, message, request, retraction, tweet } from '../support/drafts.js';

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

t.test('what is told of a story is what its author wrote of it', async (t) => {
  const hindcast = client(await (await buildApp(t)).listen());
  const about = {
    title: 'Mine',
    description: 'A story.',
    timeZone: 'Europe/Berlin',
    participants: [{ id: 'ann', name: 'Ann', aliases: ['A.'], kind: 'person' as const, description: 'She writes.' }],
    sources: [{ id: 's', title: 'A book', author: 'One', publisher: 'Another', url: 'https://example.org/', published: '1999', note: 'Out of print.' }],
    chapters: [{ event: 'm1', title: 'The first' }],
    doubts: ['Who else read it?'],
  };
  await hindcast.append('mine', [{ type: 'StoryDescribed', data: about }, message('m1', hour(9))]);
  const told: StoryDetail = await hindcast.story('mine');
  t.match(told, { ...about, participants: [...about.participants, { id: /./, kind: 'unknown', aliases: [] }] });
  t.strictSame(Object.keys(told.sources[0] ?? {}).sort(), Object.keys(about.sources[0] ?? {}).sort());
  await hindcast.append('other', [message('m1', hour(9))]);
  t.match(await hindcast.story('other'), { title: 'other', sources: [], chapters: [], doubts: [] });
});

t.test('an event says whether it plays a part, and what took it back', async (t) => {
  const hindcast = client(await (await buildApp(t)).listen());
  await hindcast.append('mine', [message('m1', hour(9)), message('m2', hour(10)), request('r1', 'm1'), retraction('x1', 'm2')]);
  const [played, note, gone] = await Promise.all(['m1', 'r1', 'm2'].map((id) => hindcast.event('mine', id)));
  t.ok(typeof played?.cursor === 'string' && played.when.earliest !== null);
  t.match(note, { type: 'RequestIdentified', cursor: undefined, story: 'mine', revision: 2, data: { event: 'm1' } });
  t.match(gone, { type: 'MessageSent', cursor: undefined, retractedBy: 'x1' });
});

t.test('a shared session is opened, asked about and ended', async (t) => {
  const address = await (await buildApp(t)).listen();
  const hindcast = client(address);
  const opened = await hindcast.openSession(STORY, {
    from: '2016-10-01T00:00:00Z',
    until: new Date('2017-01-01T00:00:00Z'),
    rate: 3_600,
    idleLimit: 5,
    loop: [Date.parse('2016-10-01T00:00:00Z'), '2016-11-01T00:00:00Z'],
    paused: true,
    as: 'wikileaks',
  });
  t.match(opened, { story: STORY, id: /./, hostToken: /./, expiresAt: /Z$/ });
  const { openedAt, expiresAt, serverNow, clock, ...session }: Session = await hindcast.session(opened.id);
  t.strictSame(session, {
    id: opened.id,
    story: STORY,
    idleLimit: 5,
    until: '2017-01-01T00:00:00Z',
    loop: { from: '2016-10-01T00:00:00Z', to: '2016-11-01T00:00:00Z' },
    as: 'wikileaks',
    watchers: 0,
    hosts: 0,
  });
  t.equal(expiresAt, opened.expiresAt);
  t.ok(Date.parse(openedAt) < Date.parse(expiresAt) && Math.abs(serverNow - Date.now()) < 60_000);
  t.match(clock, { status: 'paused', at: '2016-10-01T00:00:00Z', rate: 0, nominalRate: 3_600, wall: Number, pass: 1, cursor: /./ });
  await t.rejects(hindcast.endSession(opened.id), { code: 'forbidden' });
  await hindcast.endSession(opened.id, { token: opened.hostToken });
  await t.rejects(hindcast.session(opened.id), { code: 'session-over' });
  await t.rejects(hindcast.session('no-such/session'), { code: 'unknown-session' });
  await t.rejects(hindcast.openSession('nowhere'), { code: 'unknown-story' });
  await t.rejects(hindcast.openSession(STORY, { from: 'noon' }), { code: 'bad-time' });
  await t.rejects(hindcast.openSession(STORY, { from: Number.NaN }), RangeError);
  t.match(await hindcast.session((await hindcast.openSession(STORY)).id), { idleLimit: null, until: null, loop: null, as: null, clock: { status: 'playing' } });
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
  await t.rejects(client(address, { token: TOKEN }).openSession(STORY), { code: 'forbidden' });
});

t.test("a host's token reads its session where the client has none, and a ticket opens one socket", async (t) => {
  const { tokens } = readConfig({ HINDCAST_TOKENS: `host:${TOKEN}` });
  const address = await (await buildApp(t, { tokens })).listen();
  const [hindcast, stranger] = [client(address, { token: TOKEN }), client(address)];
  const { id, hostToken } = await hindcast.openSession(STORY, { paused: true });
  await t.rejects(stranger.session(id), { code: 'unauthenticated' });
  t.match(await stranger.session(id, { token: hostToken }), { id });
  await t.rejects(stranger.ticket(), { code: 'unauthenticated' });
  t.match(await hindcast.ticket(), { ticket: /./, expiresInMs: 60_000 });
  const watched = replay(new URL(`sessions/${id}`, hindcast.url), { ticket: async () => (await hindcast.ticket()).ticket });
  t.match(await watched.opened, { role: 'viewer' });
  watched.close();
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
  const away = await client(address)
    .story('a')
    .catch((error: unknown) => error);
  t.match(away, { code: 'bad-answer', message: /502/, status: 502 });
  t.ok(isPassing(away));
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
