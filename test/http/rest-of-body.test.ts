/** A body that is too long: its answer can be read, by whoever sends all of it first, and nobody may send for ever. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { MOST_DROPPED_BYTES, MOST_DROPPED_MS } from '../../src/http/rest-of-body.js';
import { buildApp } from '../support/app.js';
import { handTimers } from '../support/hand-timers.js';

const MIB = 1024 * 1024;
let houses = 0;
type T = Parameters<typeof buildApp>[0];

async function client(t: T, timers = handTimers()) {
  const app = await buildApp(t, { data: join(t.testdir(), `data-${houses++}`) }, { timers, seeded: [] });
  const { port } = new URL(await app.listen());
  const socket = connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const send = (bytes: string | Buffer) => new Promise<void>((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  const begin = (length: string) =>
    send(`POST /stories/a-story/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`);
  return { socket, send, begin, timers };
}

t.test('whoever sends the whole body before reading has its answer', async (t) => {
  for (const length of [`Content-Length: ${24 * MIB}`, 'Transfer-Encoding: chunked']) {
    const { socket, send, begin } = await client(t);
    await begin(length);
    const piece = Buffer.alloc(MIB, ' ');
    for (let i = 0; i < 24; i++) {
      if (length.startsWith('T')) await send(`${MIB.toString(16)}\r\n`);
      await send(piece);
      if (length.startsWith('T')) await send('\r\n');
    }
    if (length.startsWith('T')) await send('0\r\n\r\n');
    const answer = await text(socket);
    t.match(answer, /^HTTP\/1\.1 413 /, length);
    t.match(answer, /connection: close/i);
    t.match(answer, /"code":"body-too-large"/);
  }
});

t.test('whoever stops on the way has the answer at once, and is let go after some time', async (t) => {
  const { socket, send, begin, timers } = await client(t);
  await begin(`Content-Length: ${24 * MIB}`);
  await send(Buffer.alloc(100, ' '));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.match(String(answer), /^HTTP\/1\.1 413 /);
  const closed = once(socket, 'close');
  await timers.pass(MOST_DROPPED_MS + 1);
  await closed;
});

t.test('nobody sends for ever', async (t) => {
  const { socket, begin, send } = await client(t);
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await begin(`Content-Length: ${MOST_DROPPED_BYTES * 100}`);
  const piece = Buffer.alloc(4 * MIB, ' ');
  let sent = 0;
  socket.resume();
  while (!socket.destroyed && sent < MOST_DROPPED_BYTES * 4) {
    await send(piece).catch(() => socket.destroy());
    sent += piece.length;
  }
  await closed;
  t.ok(sent < MOST_DROPPED_BYTES * 2, `${sent} bytes`);
});
