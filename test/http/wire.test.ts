import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { wireOf } from '../../src/http/wire.js';

t.test('whatever is written comes to a client as the same texts, each a frame of its own', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  t.teardown(() => server.close());
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => client.terminate());
  const connected = once(server, 'connection');
  await once(client, 'open');
  const [, request] = (await connected) as [WebSocket, { socket: { write(data: Buffer): boolean } }];
  const heard: string[] = [];
  let wake = () => {};
  client.on('message', (data, isBinary) => {
    heard.push(isBinary ? 'binary' : String(data));
    wake();
  });
  const length = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000);
  const frame = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.tuple(length, fc.constantFrom('a', 'é', '汉', '😀')).map(([n, char]) => char.repeat(n)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      heard.length = 0;
      request.socket.write(wireOf(frames));
      while (heard.length < frames.length)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      t.strictSame(heard, frames);
    }),
    { numRuns: 60 },
  );
});

t.test('a list is encoded once, however many are sent it', (t) => {
  const frames = ['one', 'two'];
  t.equal(wireOf(frames), wireOf(frames));
  t.not(wireOf(['one', 'two']), wireOf(['one', 'two']));
  t.end();
});
