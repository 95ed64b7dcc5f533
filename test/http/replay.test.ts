import { once } from 'node:events';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { WebSocket } from 'ws';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { createAccess } from '../../src/http/access.js';
import { type Replay, replaySockets } from '../../src/http/replay-socket.js';
import type { Services } from '../../src/http/services.js';
import { createTickets } from '../../src/http/tickets.js';
import type { FrameOf, ServerFrame } from '../../src/protocol.js';
import { systemTimers } from '../../src/sessions/scheduler.js';
import { createSessions } from '../../src/sessions/sessions.js';
import { message } from '../support/drafts.js';
import { type HandTimers, handTimers } from '../support/hand-timers.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const STORY = 'wikileaks-trump-jr';

/** A client over a real socket that keeps what it is sent. */
async function serve(t: T, env: Record<string, string> = {}, timers?: HandTimers, more: (app: Awaited<ReturnType<typeof createApp>>) => void = () => {}) {
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const config = readConfig({ PORT: '0', HINDCAST_DATA: join(t.testdir(), 'data'), ...env });
  const app = await createApp(config, logger, timers === undefined ? {} : { timers });
  t.teardown(() => app.close());
  more(app);
  const address = await app.listen();
  const open = (query = '', options: { headers?: Record<string, string>; protocol?: string; story?: string; path?: string } = {}) => {
    const path = options.path ?? `/stories/${options.story ?? STORY}/replay`;
    const socket = new WebSocket(`${address.replace('http', 'ws')}${path}?${query}`, options.protocol ?? 'hindcast.v1', {
      headers: options.headers ?? {},
    });
    const frames: ServerFrame[] = [];
    const waiting: { when: (frame: ServerFrame) => boolean; resolve: (frame: ServerFrame) => void }[] = [];
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      frames.push(frame);
      for (const one of waiting.splice(0)) {
        if (one.when(frame)) one.resolve(frame);
        else waiting.push(one);
      }
    });
    t.teardown(() => {
      if (socket.readyState !== socket.CONNECTING) socket.terminate();
    });
    return {
      socket,
      frames,
      send: (value: unknown) => socket.send(typeof value === 'string' ? value : JSON.stringify(value)),
      /** The first frame, sent already or yet to come, of which this holds. */
      until: <F extends ServerFrame>(when: (frame: ServerFrame) => boolean) => {
        const sent = frames.find(when);
        return sent === undefined
          ? new Promise<F>((resolve) => waiting.push({ when, resolve: resolve as (frame: ServerFrame) => void }))
          : Promise.resolve(sent as F);
      },
      closed: () => once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) })),
    };
  };
  return { app, address, open, logged };
}
const clock = (frame: ServerFrame): frame is FrameOf<'clock'> => frame.type === 'clock';

t.test('a real socket plays the story to its end, each placed happening once, in story order', async (t) => {
  const { app, open } = await serve(t);
  const client = open('fit=2&idleLimit=0.2&projections=unanswered-requests');
  await client.until((frame) => clock(frame) && frame.status === 'ended');
  const { events } = (await app.server.inject({ url: `/stories/${STORY}/events?limit=1000`, headers: { host: 'localhost' } })).json() as {
    events: { id: string; occurredAt: string | null }[];
  };
  t.strictSame(
    client.frames.filter((frame) => frame.type === 'event').map((frame) => frame.event.id),
    events.filter((event) => event.occurredAt !== null).map((event) => event.id),
  );
  t.equal(client.socket.protocol, 'hindcast.v1');
});

t.test('a seek sends the state as of then first, and it is the one HTTP gives', async (t) => {
  const { address, open } = await serve(t);
  const client = open('paused=true&projections=unanswered-requests');
  await client.until((frame) => frame.type === 'projection');
  client.send({ type: 'seek', at: '2016-10-20T00:00:00-04:00', requestId: 'there' });
  const told = await client.until<FrameOf<'clock'>>((frame) => clock(frame) && frame.requestId === 'there');
  t.match(told, { at: '2016-10-20T04:00:00Z', status: 'paused', didSeek: true });
  const projection = await client.until<FrameOf<'projection'>>((frame) => frame.type === 'projection' && frame.generation === 2);
  const http = (await (await fetch(`${address}/stories/${STORY}/projections/unanswered-requests?at=2016-10-20T00:00:00-04:00`)).json()) as { state: unknown };
  t.strictSame(projection.state, http.state);
});

t.test('an event appended while a session plays comes to it, as late where it lies behind', async (t) => {
  const { address, open } = await serve(t);
  const client = open('from=2016-11-08T12:00:00-05:00&paused=true');
  await client.until(clock);
  const append = (draft: unknown) =>
    fetch(`${address}/stories/${STORY}/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(draft) });
  t.equal((await append(message('added', '2016-10-05T12:00:00-04:00'))).status, 201);
  t.match(await client.until((frame) => frame.type === 'event'), { late: true, event: { id: 'added' } });
  t.equal((await append(message('added', '2016-10-05T12:00:00-04:00'))).status, 200);
  const { position } = (await (await append(message('ahead', '2016-11-08T13:00:00-05:00'))).json()) as { position: string };
  await fetch(`${address}/stories?minPosition=${position}`);
  client.send({ type: 'step', unit: 'event' });
  t.match(await client.until((frame) => frame.type === 'event' && frame.event.id !== 'added'), { event: { id: 'ahead' } });
  t.equal(client.frames.filter((frame) => frame.type === 'event').length, 2);
});

t.test('what cannot be understood is answered with an error, and the session goes on', async (t) => {
  const { open } = await serve(t);
  const client = open('paused=true');
  await client.until(clock);
  const cases: [unknown, string, string?][] = [
    ['{"type":', 'bad-frame'],
    ['[]', 'bad-frame'],
    [{ type: 'dance', requestId: 'a' }, 'bad-frame', '/type'],
    ['{"type":{"toString":null}}', 'bad-frame', '/type'],
    ['{"type":["x"]}', 'bad-frame', '/type'],
    [{ type: 'rate', rate: 0, requestId: 'b' }, 'bad-rate', '/rate'],
    ['{"type":"rate","rate":1e99,"requestId":"c"}', 'bad-rate', '/rate'],
    ['{"type":"rate","rate":null,"requestId":"d"}', 'bad-frame', '/rate'],
    ['{"type":"rate","rate":NaN}', 'bad-frame'],
    [{ type: 'seek', at: 'tomorrow', requestId: 'e' }, 'bad-time', '/at'],
    [{ type: 'seek', at: 5, requestId: 'f' }, 'bad-frame', '/at'],
    [{ type: 'step', unit: 'aeon', requestId: 'g' }, 'bad-frame', '/unit'],
    [{ type: 'play', loudly: true, requestId: 'h' }, 'bad-frame', '/'],
    ['x'.repeat(10_000_000), 'frame-too-large'],
  ];
  for (const [sent, code, at] of cases) {
    const before = client.frames.length;
    client.send(sent);
    const error = await client.until<FrameOf<'error'>>((frame) => client.frames.indexOf(frame) >= before && frame.type === 'error');
    t.match(error, {
      code,
      ...(at === undefined ? {} : { faults: [{ at }] }),
      ...(typeof sent === 'object' ? { requestId: (sent as { requestId: string }).requestId } : {}),
    });
  }
  client.socket.send(Buffer.from('{}'), { binary: true });
  await client.until((frame) => frame.type === 'error' && frame.message.includes('binary'));
  client.send({ type: 'ping', t: 1 });
  await client.until((frame) => frame.type === 'pong');
  t.strictSame(client.frames.filter(clock).length, 1, 'nothing changed');
});

t.test('what cannot be opened is told, then closed with a code of its own', async (t) => {
  const { open } = await serve(t);
  const cases: [string, string, number, string?][] = [
    ['rate=0', 'bad-rate', 4400],
    ['rate=NaN', 'bad-rate', 4400],
    ['rate=1e99', 'bad-rate', 4400],
    ['rate=', 'bad-rate', 4400],
    ['fit=10&rate=2', 'fit-with-rate', 4400],
    ['fit=-1', 'bad-request', 4400],
    ['fit=0.001', 'bad-rate', 4400],
    ['rate=0x10', 'bad-rate', 4400],
    ['from=yesterday', 'bad-time', 4400],
    ['from=2017-01-01T00:00:00Z&until=2016-01-01T00:00:00Z', 'bad-request', 4400],
    ['colour=red', 'bad-request', 4400],
    ['rate=1&rate=2', 'bad-request', 4400],
    ['projections=nonsense', 'unknown-projection', 4404],
    ['after=nonsense', 'bad-cursor', 4400],
    ['', 'unknown-story', 4404, 'nowhere'],
  ];
  for (const [query, code, close, story] of cases) {
    const client = open(query, story === undefined ? {} : { story });
    const closed = client.closed();
    t.match(await client.until((frame) => frame.type === 'error'), { code }, query);
    t.match(await closed, { code: close, reason: code }, query);
  }
});

t.test('a page of another origin, and another host, are turned away before there is a socket', async (t) => {
  const { open } = await serve(t);
  for (const [headers, status] of [
    [{ origin: 'https://elsewhere.example' }, 403],
    [{ host: 'rebound.example' }, 421],
  ] as const) {
    const { socket } = open('', { headers });
    socket.on('error', () => {});
    const [request, response] = await once(socket, 'unexpected-response');
    t.equal(response.statusCode, status);
    request.destroy();
  }
});

t.test('a flood is closed with its code', async (t) => {
  const { open } = await serve(t);
  const client = open('paused=true');
  await client.until(clock);
  const closed = client.closed();
  for (let i = 0; i < 1_000; i++) client.send({ type: 'pause' });
  t.match(await closed, { code: 4429, reason: 'flood' });
});

t.test('a socket that goes takes its session with it; a server that stops says so', async (t) => {
  const { app, open } = await serve(t);
  const gone = open('paused=true');
  await gone.until(clock);
  gone.socket.terminate();
  const staying = open('paused=true');
  await staying.until(clock);
  const closed = staying.closed();
  await app.close();
  t.match(await closed, { code: 1001 });
});

// ---- who may watch ------------------------------------------------------------------------------

const READ = 'the-token-that-reads';
const HOST = 'the-token-that-hosts';
const READ_MINE = 'the-token-that-reads-mine';
const GUARDED = { HINDCAST_TOKENS: `read:${READ},host:${HOST},read:${READ_MINE}@mine` };
const WRONG = 'a-token-of-nobody-here';
const opened = (client: { socket: WebSocket }) => once(client.socket, 'open');

type Client = ReturnType<Awaited<ReturnType<typeof serve>>['open']>;
interface Assertions {
  match(value: unknown, pattern: unknown, message: string): boolean;
  notMatch(value: unknown, pattern: unknown): boolean;
  equal(value: unknown, other: unknown, message: string): boolean;
}

/** What a socket is told where it is closed for who asks: one error, and nothing else. */
async function refused(t: Assertions, client: Client, code: 'unauthenticated' | 'forbidden', what: string) {
  t.match(await client.closed(), { code: code === 'forbidden' ? 4403 : 4401, reason: code }, what);
  t.match(client.frames, [{ type: 'error', code }], what);
  t.equal(client.frames.length, 1, 'and nothing else');
  for (const token of [READ, HOST, READ_MINE, WRONG]) t.notMatch(JSON.stringify(client.frames), token);
}

t.test('with tokens the first message says who is there, and nothing is sent before it', async (t) => {
  const timers = handTimers();
  const { open, logged } = await serve(t, GUARDED, timers);
  for (const token of [READ, HOST]) {
    const client = open('paused=true&projections=unanswered-requests');
    await opened(client);
    await timers.pass(9_999);
    t.strictSame(client.frames, []);
    client.send({ type: 'auth', token, requestId: 1 });
    client.send({ type: 'ping', t: 7 });
    await client.until((frame) => frame.type === 'pong');
    t.match(client.frames[0], { type: 'hello', story: STORY });
    await timers.pass(60_000);
    client.send({ type: 'ping', t: 8 });
    await client.until((frame) => frame.type === 'pong' && frame.t === 8);
    client.send({ type: 'auth', token: WRONG });
    client.send({ type: 'auth', requestId: 'again' });
    t.match(await client.until((frame) => frame.type === 'error'), { code: 'bad-frame', requestId: 'again' });
    t.equal(client.frames.filter((frame) => frame.type === 'error').length, 1, 'who has said so once is not asked again');
  }
  const bearer = open('paused=true', { headers: { authorization: `Bearer ${READ}` } });
  await bearer.until(clock);
  for (const token of [READ, HOST, WRONG]) t.notMatch(logged.join(''), token);
});

t.test('who does not say it, says something else, says it too late or may not, is told and closed', async (t) => {
  const timers = handTimers();
  const { open, logged } = await serve(t, GUARDED, timers);
  const firsts: [string, unknown][] = [
    ['another message', { type: 'play' }],
    ['a ping', { type: 'ping', t: 1 }],
    ['no JSON', '{"type":"auth"'],
    ['a list', [{ type: 'auth', token: READ }]],
    ['null', 'null'],
    ['no token', { type: 'auth' }],
    ['a token that is no text', { type: 'auth', token: { is: READ } }],
    ['something beside it', { type: 'auth', token: READ, as: 'admin' }],
    ['something long', { type: 'auth', token: READ.repeat(10_000) }],
    ['a wrong token', { type: 'auth', token: WRONG }],
  ];
  for (const [what, first] of firsts) {
    const client = open('paused=true');
    await opened(client);
    client.send(first);
    // Whatever comes after it comes too late.
    client.send({ type: 'auth', token: READ });
    await refused(t, client, 'unauthenticated', what);
  }
  const binary = open('');
  await opened(binary);
  binary.socket.send(Buffer.from(JSON.stringify({ type: 'auth', token: READ })), { binary: true });
  await refused(t, binary, 'unauthenticated', 'binary');

  const silent = open('');
  await opened(silent);
  const late = refused(t, silent, 'unauthenticated', 'too late');
  await timers.pass(10_000);
  await late;

  const elsewhere = open('');
  await opened(elsewhere);
  elsewhere.send({ type: 'auth', token: READ_MINE });
  await refused(t, elsewhere, 'forbidden', 'a token for another story');
  await refused(t, open('', { headers: { authorization: `Bearer ${WRONG}` } }), 'unauthenticated', 'a wrong token in the header');
  await refused(t, open('', { headers: { authorization: `Bearer ${READ_MINE}` } }), 'forbidden', 'a token for another story in the header');

  const unknown = open('colour=red', { story: 'none' });
  await opened(unknown);
  unknown.send({ type: 'auth', token: READ_MINE });
  await refused(t, unknown, 'forbidden', 'whether there is such a story is not told either');

  const gone = open('');
  await opened(gone);
  gone.socket.terminate();
  await timers.pass(10_000);
  for (const token of [READ, READ_MINE, WRONG]) t.notMatch(logged.join(''), token);
  t.notMatch(logged.join(''), '"level":50', 'none of this is a failure of the server');
});

t.test('a flood is one before anyone has said who he is, too', async (t) => {
  const { open } = await serve(t, GUARDED);
  const client = open('paused=true');
  await opened(client);
  const closed = client.closed();
  client.send({ type: 'auth', token: READ });
  for (let i = 0; i < 1_000; i++) client.send({ type: 'auth', token: READ });
  t.match(await closed, { code: 4429, reason: 'flood' });
});

for (const [where, env] of [
  ['on a public story', { ...GUARDED, HINDCAST_PUBLIC: STORY }],
  ['without tokens', {}],
] as [string, Record<string, string>][])
  t.test(`${where} nobody is asked, and an auth message does no harm`, async (t) => {
    const { open } = await serve(t, env);
    for (const token of [undefined, READ, READ_MINE, WRONG]) {
      const client = open('paused=true');
      await opened(client);
      if (token !== undefined) client.send({ type: 'auth', token });
      client.send({ type: 'ping', t: 1 });
      await client.until((frame) => frame.type === 'pong');
      t.equal(client.frames[0]?.type, 'hello');
      t.notOk(client.frames.some((frame) => frame.type === 'error'));
    }
    await open('paused=true&ticket=unknown').until(clock);
    await open('paused=true', { headers: { authorization: `Bearer ${WRONG}` } }).until(clock);
  });

t.test('a ticket opens one socket, once, within a minute, with the rights of its token', async (t) => {
  const timers = handTimers();
  const { address, open, logged } = await serve(t, GUARDED, timers);
  const ticketOf = async (token: string) => {
    const reply = await fetch(`${address}/tickets`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    return ((await reply.json()) as { ticket: string }).ticket;
  };
  const ticket = await ticketOf(READ);
  const client = open(`paused=true&ticket=${ticket}`);
  await client.until(clock);
  t.equal(client.frames[0]?.type, 'hello');
  client.send({ type: 'auth', token: WRONG });
  client.send({ type: 'ping' });
  await client.until((frame) => frame.type === 'pong');
  await refused(t, open(`paused=true&ticket=${ticket}`), 'unauthenticated', 'used');

  const old = await ticketOf(READ);
  const inTime = await ticketOf(READ);
  await timers.pass(59_999);
  await open(`paused=true&ticket=${inTime}`).until(clock);
  await timers.pass(1);
  await refused(t, open(`paused=true&ticket=${old}`), 'unauthenticated', 'expired');
  await refused(t, open('ticket=unknown'), 'unauthenticated', 'unknown');
  await refused(t, open(`ticket=${await ticketOf(READ)}&ticket=${await ticketOf(READ)}`), 'unauthenticated', 'two of them');
  await refused(t, open(`ticket=${await ticketOf(READ_MINE)}`), 'forbidden', 'for another story');

  // A page of another origin does not even use it up.
  const kept = await ticketOf(READ);
  for (const [query, headers, status] of [
    [`ticket=${kept}`, { origin: 'https://elsewhere.example' }, 403],
    [`ticket=${kept}`, { host: 'rebound.example' }, 421],
    [`token=${READ}`, {}, 400],
    [`access_token=${READ}&ticket=${kept}`, {}, 400],
  ] as const) {
    const { socket } = open(query, { headers });
    socket.on('error', () => {});
    const [request, response] = await once(socket, 'unexpected-response');
    t.equal(response.statusCode, status, query.replace(/=.*/, ''));
    request.destroy();
  }
  const wrongDoor = open(`ticket=${kept}`, { path: '/openapi.json' });
  wrongDoor.socket.on('error', () => {});
  const [request, response] = await once(wrongDoor.socket, 'unexpected-response');
  t.equal(response.statusCode, 400);
  request.destroy();
  await open(`paused=true&ticket=${kept}`).until(clock);
  for (const secret of [READ, READ_MINE, WRONG, ticket, kept, old]) t.notMatch(logged.join(''), secret);
});

t.test('another route may let in who shows a token of its own, and is told of one that comes later', async (t) => {
  const OWN = 'a-token-of-that-session';
  const seen: (string | undefined)[] = [];
  const { open } = await serve(t, { ...GUARDED, HINDCAST_PUBLIC: 'open-to-all' }, undefined, ({ server, timeline, log }) => {
    const sessions = createSessions({ timeline, log });
    t.teardown(() => sessions.close());
    const config = readConfig({ ...GUARDED, HINDCAST_PUBLIC: 'open-to-all' });
    const access = createAccess({ grants: config.tokens, publicStories: config.publicStories });
    const parts: Partial<Services> = { sessions, access, tickets: createTickets(() => 0), timers: systemTimers };
    const serveReplay = replaySockets(server, parts as Services);
    server.get<{ Params: { id: string } }>('/proof/:id', { websocket: true, config: { access: 'socket' } }, (socket, request) => {
      const replay: Replay = {
        story: request.params.id === 'none' ? null : request.params.id,
        admits: ({ token }) => token === OWN,
        open: (opening, watcher, { token }) => {
          seen.push(token);
          return sessions.open(STORY, opening, watcher);
        },
        authenticated: (_player, { token, rights }) => seen.push(`later: ${token} ${rights.allows('host', STORY)}`),
      };
      serveReplay(socket, request, () => replay);
    });
  });
  const guest = open('paused=true', { path: `/proof/${STORY}` });
  await opened(guest);
  guest.send({ type: 'auth', token: OWN });
  await guest.until(clock);
  t.strictSame(seen.splice(0), [OWN]);

  const stranger = open('paused=true', { path: `/proof/${STORY}` });
  await opened(stranger);
  stranger.send({ type: 'auth', token: WRONG });
  await refused(t, stranger, 'unauthenticated', 'neither of ours nor its own');

  const reader = open('paused=true', { path: '/proof/none' });
  await opened(reader);
  reader.send({ type: 'auth', token: READ_MINE });
  await refused(t, reader, 'forbidden', 'where no story is known it takes who reads all');

  const viewer = open('paused=true', { path: '/proof/open-to-all' });
  await opened(viewer);
  for (const token of [OWN, HOST]) viewer.send({ type: 'auth', token });
  viewer.send({ type: 'ping' });
  await viewer.until((frame) => frame.type === 'pong');
  t.strictSame(seen, [undefined, `later: ${OWN} false`, `later: ${HOST} true`]);
});
