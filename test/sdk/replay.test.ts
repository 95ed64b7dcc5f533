/** The SDK against the real app, over real sockets. */
import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import {
  replay,
  type Replay,
  type ReplayError,
  type ReplayEvents,
  type ReplayItem,
  type ReplayOptions,
  type WebSocketConstructor,
} from '../../src/sdk/index.js';
import { buildApp } from '../support/app.js';
import { hour, message } from '../support/drafts.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const STORY = 'wikileaks-trump-jr';
const VIEW = 'unanswered-requests';

async function serve(t: T) {
  const folder = join(t.testdir(), 'data');
  let app = await buildApp(t, { data: folder });
  const address = await app.listen();
  const open = (options: ReplayOptions = {}, story = STORY) => {
    const opened = replay(`${address}/stories/${story}`, { ...options, reconnect: { firstMs: 20, ...options.reconnect } });
    t.teardown(() => opened.close());
    return opened;
  };
  const get = async <Body>(path: string) => (await (await fetch(`${address}${path}`)).json()) as Body;
  const append = async (story: string, drafts: readonly unknown[]) => {
    const answer = await fetch(`${address}/stories/${story}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(drafts),
    });
    const { position } = (await answer.json()) as { position: string };
    await fetch(`${address}/stories?minPosition=${position}`);
  };
  /** Closes the server; what is answered opens it again, on the same folder and port. */
  const stop = async () => {
    await app.close();
    return async () => {
      app = await buildApp(t, { data: folder, port: Number(new URL(address).port) });
      await app.listen();
    };
  };
  return { address, open, get, append, stop };
}

const placed = async (get: <Body>(path: string) => Promise<Body>, story = STORY) =>
  (await get<{ events: { id: string; occurredAt: string | null }[] }>(`/stories/${story}/events?limit=1000`)).events
    .filter(({ occurredAt }) => occurredAt !== null)
    .map(({ id }) => id);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: ReplayError) => error.code,
  );
/** Resolves when this holds of what the replay tells next. */
const told = <E extends keyof ReplayEvents>(watched: Replay, type: E, holds: (value: ReplayEvents[E]) => boolean) =>
  new Promise<void>((resolve) => {
    const stop = watched.on(type, (value) => {
      if (!holds(value)) return;
      stop();
      resolve();
    });
  });
const idsOf = (items: readonly ReplayItem[]) => items.flatMap((item) => (item.kind === 'event' ? [item.event.id] : []));

t.test('the whole story in two seconds, each happening once, and the views are those of HTTP', async (t) => {
  const { open, get } = await serve(t);
  const watched = open({ fit: 2, idleLimit: 0.2, views: [VIEW, 'links'] });
  const told = new Set<string>();
  watched.on('view', ({ name }) => told.add(name));
  t.equal((await watched.view(VIEW)).name, VIEW);
  t.match(await watched.opened, { story: STORY, role: 'host', idleLimit: 0.2 });
  const items: ReplayItem[] = [];
  for await (const item of watched) {
    items.push(item);
    if (item.kind === 'event' && item.event.type === 'MessageSent') t.type(item.event.data.from, 'string');
  }
  t.strictSame(idsOf(items), await placed(get));
  t.ok(items.some(({ kind }) => kind === 'silence'));
  t.match(watched.clock, { status: 'ended', rate: 0, pass: 1 });
  for (const name of [VIEW, 'links'])
    t.strictSame(watched.views.get(name)?.state, (await get<{ state: unknown }>(`/stories/${STORY}/projections/${name}?at=${watched.clock.at}`)).state);
  t.strictSame([...told].sort(), ['links', VIEW]);
  await watched.closed;
  t.equal(await codeOf(watched.play()), 'closed', 'who iterates to the end has closed it');
});

t.test('every control is answered with the clock it makes', async (t) => {
  const { open, get } = await serve(t);
  const watched = open({ paused: true, rate: 3600 });
  const at = '2016-10-20T04:00:00Z';
  t.match(await watched.seek('2016-10-20T00:00:00-04:00'), { at, status: 'paused', clamped: false });
  t.match(await watched.seek(new Date(at)), { at });
  t.match(await watched.seek(Date.parse(at)), { at });
  t.equal(watched.clock.at, at);
  const { cursor } = await watched.seek(at);
  const placed = await get<{ events: { occurredAt: string }[] }>(`/stories/${STORY}/events?order=latest&limit=1&place=${cursor}`);
  t.ok(Date.parse(placed.events[0]?.occurredAt ?? '') <= Date.parse(at), 'what has happened by the clock can be read over HTTP');
  t.match(await watched.seek('1999-01-01T00:00:00Z'), { clamped: true });
  t.match(await watched.rate(10_000_000), { nominalRate: 10_000_000 });
  t.match(await watched.play(), { status: 'playing', rate: 10_000_000 });
  const before = watched.clock.now();
  t.ok(before > 0 && watched.clock.now() >= before);
  t.match(await watched.pause(), { status: 'paused', rate: 0 });
  t.match(await watched.step(), { status: 'paused' });
  t.match(await watched.step(2, 'day'), { status: 'paused' });
  t.match(await watched.step(-1, 'chapter'), { status: 'paused' });
  t.match(await watched.until('2017-01-01T00:00:00Z'), { status: 'paused' });
  t.match(await watched.until(null), {});
  t.match(await watched.loop(['2016-10-01T00:00:00Z', at]), { at: '2016-10-01T00:00:00Z' });
  t.match(await watched.loop(null), {});
  t.match(await watched.idleLimit(2), {});
  t.match(await watched.idleLimit(null), {});
  t.match(await watched.filter({ types: ['TweetPosted'], participants: ['wikileaks'], text: 'x' }), {});
  t.match(await watched.filter({ as: 'public' }), { status: 'paused' });
  await watched.filter({ as: null, types: null });
  await watched.seek(at);
  const view = await watched.subscribe<{ totals: { requests: number } }>(VIEW);
  t.strictSame(view.state, (await get<{ state: unknown }>(`/stories/${STORY}/projections/${VIEW}?at=${at}`)).state);
  t.equal(watched.views.get(VIEW), view);
  t.strictSame(watched.views.names, [VIEW]);
  await watched.unsubscribe(VIEW);
  t.equal(watched.views.get(VIEW), undefined);
  t.match(await watched.live(), { status: 'live' });
  t.ok(Number.isFinite(watched.clock.uncertaintyMs) && watched.clock.uncertaintyMs < 1_000);
});

t.test('what is refused rejects with the code of the register; what overtakes settles what it overtook', async (t) => {
  const { open } = await serve(t);
  const watched = open({ paused: true, views: [VIEW] });
  t.equal(await codeOf(watched.rate(0)), 'bad-rate');
  t.equal(await codeOf(watched.rate(Number.NaN)), 'bad-frame');
  t.equal(await codeOf(watched.seek('tomorrow')), 'bad-time');
  await t.rejects(watched.seek(Number.NaN), RangeError);
  t.equal(await codeOf(watched.subscribe('nonsense')), 'unknown-projection');
  t.equal(await codeOf(watched.view('nonsense')), 'unknown-projection');
  await t.rejects(watched.filter({ as: 'nobody' }), { code: 'bad-request', faults: [{ at: 'as' }] });
  const days = Array.from({ length: 20 }, (_, i) => `2016-10-${i + 10}T00:00:00Z`);
  const answers = await Promise.all(days.map((day) => codeOf(watched.seek(day))));
  t.equal(answers.at(-1), 'resolved');
  t.ok(answers.includes('superseded'));
  t.ok(answers.every((answer) => ['resolved', 'superseded'].includes(answer)));
  t.equal(watched.clock.at, days.at(-1));
});

t.test('what cannot be opened is told everywhere with its code, and is not tried again', async (t) => {
  const { open } = await serve(t);
  for (const [options, story, code] of [
    [{ rate: 0 }, STORY, 'bad-rate'],
    [{ after: 'nonsense' }, STORY, 'bad-cursor'],
    [{ views: ['nonsense'] }, STORY, 'unknown-projection'],
    [{}, 'nowhere', 'unknown-story'],
  ] as const) {
    const watched = open(options, story);
    const waits: string[] = [];
    watched.on('connection', ({ status }) => waits.push(status));
    const control = codeOf(watched.play());
    const view = codeOf(watched.view(VIEW));
    await t.rejects(watched[Symbol.asyncIterator]().next(), { code });
    t.strictSame(await Promise.all([codeOf(watched.opened), codeOf(watched.closed), control, view]), [code, code, code, code]);
    t.strictSame(waits, ['closed']);
  }
  class Elsewhere extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { origin: 'https://elsewhere.example' } });
    }
  }
  t.equal(await codeOf(open({ webSocket: Elsewhere as unknown as WebSocketConstructor }).opened), 'wrong-origin', 'refused before there is a socket');
  t.throws(() => replay('not an address'), TypeError);
  t.throws(() => open({ from: Number.NaN }), RangeError);
});

t.test('a server that goes and comes again: each event once, in order, and everything set as it was', async (t) => {
  const { open, get, stop } = await serve(t);
  const expected = await placed(get);
  const watched = open({ fit: 3, idleLimit: 0.3, views: [VIEW] });
  const { nominalRate } = await watched.opened;
  const ids: string[] = [];
  for await (const item of watched) {
    if (item.kind !== 'event') continue;
    t.equal(item.pass, 1);
    ids.push(item.event.id);
    if (ids.length !== 12 && ids.length !== 30) continue;
    const away = told(watched, 'connection', ({ status }) => status === 'waiting');
    const start = await stop();
    await away;
    t.not(watched.clock.status, 'playing');
    await start();
  }
  t.strictSame(ids, expected);
  t.equal(watched.clock.nominalRate, nominalRate);
  t.equal(watched.info?.idleLimit, 0.3);
  t.strictSame(watched.views.get(VIEW)?.state, (await get<{ state: unknown }>(`/stories/${STORY}/projections/${VIEW}?at=${watched.clock.at}`)).state);
});

t.test('what was set before the connection was lost holds after it, and what was asked for meanwhile is done', async (t) => {
  const { open, append, stop } = await serve(t);
  await append(
    'a-story',
    [1, 2, 3, 4, 5].map((h) => message(`m${h}`, hour(h))),
  );
  const watched = open({ rate: 3600, paused: true }, 'a-story');
  await watched.seek(hour(2));
  await watched.filter({ text: 'm3' });
  await watched.subscribe('participants');
  await watched.rate(10_000_000);
  const start = await stop();
  const step = codeOf(watched.step());
  const play = watched.play();
  await start();
  t.match(await play, { status: 'playing', nominalRate: 10_000_000 });
  t.equal(await step, 'resolved', 'it had not been sent when the connection was lost');
  const items: ReplayItem[] = [];
  for await (const item of watched) items.push(item);
  t.strictSame(idsOf(items), ['m3']);
  t.match(watched.views.get('participants')?.state, { participants: [{ id: 'ann', messagesSent: 5 }, {}] });
});

t.test('a live replay that was away is told what was appended meanwhile, once, and is live again', async (t) => {
  const { open, append, stop } = await serve(t);
  await append('a-story', [message('m1', hour(1)), message('m2', hour(2))]);
  const watched = open({ paused: true, rate: 36_000 }, 'a-story');
  const ids: string[] = [];
  watched.on('item', (item) => ids.push(...idsOf([item])));
  await watched.live();
  await append('a-story', [message('m3', hour(3))]);
  if (!ids.includes('m3')) await told(watched, 'item', (item) => idsOf([item]).includes('m3'));
  const start = await stop();
  // Nobody says which comes first, the replay or what is appended: each event comes once all the same.
  const live = told(watched, 'clock', ({ status, nominalRate }) => status === 'live' && nominalRate === 36_000);
  await start();
  await append('a-story', [message('m4', hour(4)), message('early', hour(1))]);
  await live;
  while (ids.length < 3) await told(watched, 'item', () => true);
  t.strictSame(ids.toSorted(), ['early', 'm3', 'm4']);
  t.match(await watched.seek(hour(1)), { status: 'playing', nominalRate: 36_000 });
});

t.test('an abort ends everything that waits, with its reason; so does close', async (t) => {
  const { open } = await serve(t);
  const controller = new AbortController();
  const watched = open({ paused: true, signal: controller.signal });
  await watched.opened;
  const reading = watched[Symbol.asyncIterator]().next();
  const reason = new Error('enough');
  const control = watched.play();
  const view = watched.view(VIEW);
  controller.abort(reason);
  for (const waiting of [reading, control, view, watched.closed, watched.pause(), watched.view(VIEW)]) await t.rejects(waiting as Promise<void>, reason);
  await t.rejects(open({ signal: AbortSignal.abort(reason) }).opened, reason);
  const other = open({ paused: true });
  await other.opened;
  const asked = codeOf(other.play());
  const next = other.stream().next();
  other.close();
  other.close();
  t.equal(await asked, 'closed');
  t.match(await next, { done: true });
  await other.closed;
  const left = open({ rate: 10_000_000 });
  for await (const item of left) if (item.kind === 'event') break;
  await left.closed;
  const stays = open({ rate: 10_000_000 });
  for await (const item of stays.stream()) if (item.kind === 'end') break;
  t.match(await stays.play(), { pass: 2 }, 'whoever streams may go on');
  await t.rejects(open({ items: false }).stream().next(), TypeError);
});

const many = Array.from({ length: 3_000 }, (_, i) =>
  message(`m${String(i).padStart(4, '0')}`, new Date(Date.UTC(2020, 0, 1) + i * 1_000).toISOString(), { text: 'x'.repeat(400) }),
);
async function serveMany(t: T) {
  const house = await serve(t);
  for (let i = 0; i < many.length; i += 500) await house.append('many', many.slice(i, i + 500));
  return house;
}

t.test('where nobody takes, the socket is not read on; a control is answered all the same; nothing is lost', async (t) => {
  const { open, get } = await serveMany(t);
  const watched = open({ rate: 1_000_000, buffer: 50 }, 'many');
  let come = 0;
  const full = told(watched, 'item', () => ++come >= 50);
  watched.on('item', () => come++);
  await full;
  for (let i = 0; i < 20; i++) await get('/stories');
  t.ok(come < 2_000, `${come} items have come`);
  const items = watched[Symbol.asyncIterator]();
  const ids = idsOf([(await items.next()).value as ReplayItem]);
  t.match(await watched.rate(2_000_000), { nominalRate: 2_000_000 });
  for (let next = await items.next(); next.done !== true; next = await items.next()) ids.push(...idsOf([next.value]));
  t.strictSame(
    ids,
    many.map(({ id }) => id),
  );
});

t.test('where the socket cannot be paused and nobody takes, it ends and says why, after what has come', async (t) => {
  const { open } = await serveMany(t);
  class AsInBrowsers extends WebSocket {
    override pause = undefined as unknown as () => void;
  }
  const watched = open({ rate: 1_000_000, buffer: 50, webSocket: AsInBrowsers as unknown as WebSocketConstructor }, 'many');
  t.equal(await codeOf(watched.closed), 'consumer-too-slow');
  const ids: string[] = [];
  const reading = (async () => {
    for await (const item of watched) ids.push(...idsOf([item]));
  })();
  t.equal(await codeOf(reading), 'consumer-too-slow');
  t.strictSame(
    ids,
    many.slice(0, ids.length).map(({ id }) => id),
  );
  t.ok(ids.length >= 49);
  const unkept = open({ rate: 10_000_000, buffer: 50, items: false, webSocket: AsInBrowsers as unknown as WebSocketConstructor }, 'many');
  await told(unkept, 'item', ({ kind }) => kind === 'end');
  t.equal(unkept.clock.status, 'ended', 'who only listens is not held up by what nobody takes');
});
