import { once } from 'node:events';
import t from 'tap';
import { WebSocket } from 'ws';
import type { FrameOf, ServerFrame } from '../../src/protocol.js';
import { buildApp } from '../support/app.js';
import { message } from '../support/drafts.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const STORY = 'wikileaks-trump-jr';

/** A client over a real socket that keeps what it is sent. */
async function serve(t: T) {
  const app = await buildApp(t);
  const address = await app.listen();
  const open = (query = '', options: { headers?: Record<string, string>; protocol?: string; story?: string } = {}) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/stories/${options.story ?? STORY}/replay?${query}`, options.protocol ?? 'hindcast.v1', {
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
  return { app, address, open };
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
