/**
 * A helper: servers that store what they are sent, over HTTP, and hand it to their watchers once it is durable. The limit does
 * so with a file, what waits together synced together, and looks into nothing; the peer with event-storage, synced on each flush.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Json } from '../../events/catalogue.js';
import { eventStorage, rawFile } from './append-contestants.js';
import { removeBenchFolders } from './folders.js';
import { help } from './helpers.js';
import { cpu } from './usage.js';

const isLimit = process.argv[2] === 'raw';
const log = isLimit ? await rawFile() : await eventStorage();

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

async function take(body: string, reply: ServerResponse): Promise<void> {
  const data = isLimit ? body : (JSON.parse(body) as Json);
  await log.append([{ id: randomUUID(), type: 'MessageSent', data, metadata: {} }]);
  const frame = `{"type":"event","event":${isLimit ? body : JSON.stringify(data)}}`;
  for (const socket of sockets.clients) socket.send(frame);
  reply.writeHead(201, { 'content-type': 'application/json' }).end(body);
}

server.on('request', (request, reply) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void take(Buffer.concat(chunks).toString(), reply));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const deeds = {
  port: () => (server.address() as AddressInfo).port,
  cpu,
};
export type AppendServer = typeof deeds;

help(deeds, async () => {
  await log.close();
  removeBenchFolders();
});
