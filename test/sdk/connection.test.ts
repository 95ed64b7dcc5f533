/** What the SDK says to a server, and does with what that says: a server that does as it is told, and time by hand. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { replay, type ReplayError, type WebSocketConstructor, type WebSocketLike } from '../../src/sdk/index.js';
import { handTimers } from '../support/hand-timers.js';

const hello = { type: 'hello', protocol: 'hindcast.v1', session: 's', role: 'viewer', story: 'x', from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
const greeting = { ...hello, nominalRate: 1, idleLimit: null, serverNow: 1_000 };
const clock = { type: 'clock', status: 'playing', at: '2020-01-01T00:00:00Z', rate: 1, nominalRate: 1, wall: 1_000, cursor: 'c1', pass: 1, didSeek: true };

t.test('a token is the first message, a ticket stands in the address, anew each time; a viewer is told so', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.teardown(() => server.close());
  await once(server, 'listening');
  const heard: string[] = [];
  const addresses: string[] = [];
  server.on('connection', (socket: WebSocket, request) => {
    addresses.push(request.url ?? '');
    t.equal(socket.protocol, 'hindcast.v1');
    socket.on('message', (data) => {
      const said = JSON.parse(String(data)) as { type: string; requestId?: number };
      if (said.type === 'ping') return;
      heard.push(said.type);
      if (said.type === 'auth') for (const frame of [greeting, clock]) socket.send(JSON.stringify(frame));
      if (said.type === 'play') socket.send(JSON.stringify({ type: 'error', code: 'forbidden', message: 'The host controls it.', requestId: said.requestId }));
      if (said.type === 'pause') socket.close(1001, 'shutting-down');
    });
    if (request.url?.includes('ticket') === true) for (const frame of [greeting, clock]) socket.send(JSON.stringify(frame));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sessions/abc/`;
  const watched = replay(url, { token: async () => 'secret', views: ['links'], text: 'x', reconnect: { firstMs: 5 } });
  await t.rejects(watched.play(), { code: 'forbidden', message: 'The host controls it.' });
  t.equal(watched.info?.role, 'viewer');
  void watched.pause().catch(() => {});
  const again = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  await again;
  t.equal(heard[0], 'auth');
  t.strictSame(addresses, ['/sessions/abc/replay?text=x&projections=links&auth=true', '/sessions/abc/replay?text=x&projections=links&after=c1&auth=true']);
  watched.close();
  addresses.length = 0;
  let tickets = 0;
  const ticketed = replay(url, { ticket: () => `t${++tickets}`, reconnect: { firstMs: 5 } });
  await ticketed.opened;
  void ticketed.pause().catch(() => {});
  await once(server, 'connection');
  t.strictSame(addresses, ['/sessions/abc/replay?ticket=t1', '/sessions/abc/replay?after=c1&ticket=t2']);
  ticketed.close();
});

/** Sockets that a test opens, answers and closes by hand. */
function handSockets() {
  const sockets: (WebSocketLike & { sent: { type: string; t?: number }[]; say(...frames: unknown[]): void; die(code?: number, reason?: string): void })[] = [];
  class Hand {
    onopen: unknown;
    onmessage: unknown;
    onclose: unknown;
    onerror: unknown;
    readonly sent: { type: string; t?: number }[] = [];
    constructor() {
      sockets.push(this);
    }
    send(text: string) {
      this.sent.push(JSON.parse(text));
    }
    close() {}
    say(...frames: unknown[]) {
      for (const frame of frames) (this.onmessage as (event: { data: unknown }) => void)({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    }
    die(code = 1006, reason = '') {
      (this.onclose as (event: unknown) => void)({ code, reason });
    }
  }
  return { sockets, webSocket: Hand as unknown as WebSocketConstructor };
}
const last = <X>(list: readonly X[]) => list.at(-1) as X;

t.test('it waits longer each time, anew after a good connection; before it was ever open it gives up soon', async (t) => {
  const timers = handTimers();
  const { sockets, webSocket } = handSockets();
  const watched = replay('ws://example/stories/x', { timers, webSocket, random: () => 1, reconnect: { firstMs: 100, longestMs: 1_000 } });
  const waits: number[] = [];
  watched.on('connection', (state) => {
    if (state.status === 'waiting') waits.push(Math.round(state.retryInMs));
  });
  await timers.pass(0);
  last(sockets).say(greeting, clock);
  for (let i = 0; i < 5; i++) {
    last(sockets).die();
    await timers.pass(1_001);
  }
  last(sockets).say(greeting, clock);
  last(sockets).die();
  await timers.pass(1_001);
  last(sockets).say(greeting, clock);
  await timers.pass(6_000);
  last(sockets).die();
  t.strictSame(waits, [100, 200, 400, 800, 1_000, 1_000, 100]);
  watched.close();
  const count = sockets.length;
  await timers.pass(60_000);
  t.equal(sockets.length, count, 'who closed it wants no more');
  const never = replay('ws://example/stories/x', { timers, webSocket, random: () => 0 });
  const opened = never.opened.catch((error: ReplayError) => error.code);
  for (let i = 0; i < 4; i++) {
    await timers.pass(5_000);
    last(sockets).die();
  }
  t.equal(await opened, 'connection-lost');
  t.equal(sockets.length - count, 4);
});

t.test('a server that says nothing any more is left; its clock stands until there is another', async (t) => {
  const timers = handTimers();
  const { sockets, webSocket } = handSockets();
  const watched = replay('ws://example/stories/x', { timers, webSocket, random: () => 0 });
  await timers.pass(0);
  const [first] = sockets;
  first?.say({ ...greeting, serverNow: 1_000 }, { ...clock, rate: 60 });
  // Five pings, each answered at once by a server whose clock is 500,000 ahead.
  for (let i = 0; i < 5; i++) first?.say({ type: 'pong', t: last(first.sent).t, serverNow: timers.now() + 500_000 });
  t.equal(first?.sent.filter(({ type }) => type === 'ping').length, 5);
  t.equal(watched.clock.serverNow(), timers.now() + 500_000);
  first?.say({ ...clock, didSeek: false, rate: 60, wall: watched.clock.serverNow() });
  await timers.pass(1_000);
  t.equal(watched.clock.at, '2020-01-01T00:01:00Z');
  await timers.pass(40_000);
  t.match(watched.clock, { status: 'held', rate: 0 });
  const { at } = watched.clock;
  t.equal(sockets.length, 2);
  await timers.pass(1_000);
  t.equal(watched.clock.at, at);
  const heard: string[] = [];
  watched.on('item', ({ kind }) => heard.push(kind));
  first?.say({ type: 'silence', from: '', to: '', storyMs: 1, wallMs: 1 });
  t.strictSame(heard, [], 'of the old one nothing is heard');
  last(sockets).say(greeting, clock, { ...clock, pass: 2 });
  t.strictSame(heard, ['seek'], 'only what moves it is a seek, not that it goes on');
  t.equal(watched.clock.pass, 2);
  await timers.pass(20_000);
  last(sockets).die();
  await timers.pass(1_000);
  last(sockets).say(greeting, clock);
  t.equal(watched.clock.pass, 2, 'passes go on being counted');
  watched.close();
});

t.test('what is no answer of this protocol ends it; what is only newer does not', async (t) => {
  const timers = handTimers();
  for (const answer of ['nonsense', '[]', '{}', { ...greeting, protocol: 'other.v9' }]) {
    const { sockets, webSocket } = handSockets();
    const watched = replay('ws://example/stories/x', { timers, webSocket });
    await timers.pass(0);
    last(sockets).say(answer);
    await t.rejects(watched.opened, { code: 'bad-answer' });
  }
  const { sockets, webSocket } = handSockets();
  const watched = replay('ws://example/stories/x', { timers, webSocket });
  await timers.pass(0);
  const errors: string[] = [];
  watched.on('error', ({ code }) => errors.push(code));
  last(sockets).say(greeting, { type: 'weather', is: 'fine' }, { ...clock, moreover: 1 }, { type: 'error', code: 'bad-frame', message: 'm' });
  t.equal(watched.clock.status, 'playing');
  t.strictSame(errors, ['bad-frame']);
  // A stray error is not why a later loss ends.
  last(sockets).say({ type: 'pong', serverNow: 1 });
  last(sockets).die();
  await timers.pass(1_000);
  t.equal(sockets.length, 2);
  last(sockets).say({ type: 'error', code: 'unauthenticated', message: 'Say who you are.' });
  last(sockets).die(4401, 'unauthenticated');
  await t.rejects(watched.closed, { code: 'unauthenticated', message: 'Say who you are.' });
});
