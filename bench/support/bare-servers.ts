/**
 * A helper: servers that hold sockets and do nothing with them, `ws` alone or under Fastify as the app has it. What a session
 * costs is what the app needs beyond these.
 */
import fastifyWebsocket from '@fastify/websocket';
import Fastify from 'fastify';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { help } from './helpers.js';
import { cpu, memory } from './usage.js';

const HELLO = '{"type":"hello"}';

interface Bare {
  readonly sockets: WebSocketServer;
  readonly address: AddressInfo | string | null;
}

async function alone(): Promise<Bare> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  sockets.on('connection', (socket) => socket.send(HELLO));
  await once(sockets, 'listening');
  return { sockets, address: sockets.address() };
}

async function underFastify(): Promise<Bare> {
  const server = Fastify();
  await server.register(fastifyWebsocket, { options: { perMessageDeflate: false } });
  // Routes that are sockets' are known only to what is registered after these.
  await server.register(async (routes) => {
    routes.get('/', { websocket: true }, (socket) => socket.send(HELLO));
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  return { sockets: server.websocketServer, address: server.server.address() };
}

const { sockets, address } = process.argv[2] === 'ws' ? await alone() : await underFastify();

const deeds = {
  port: () => (address as AddressInfo).port,
  sockets: () => sockets.clients.size,
  cpu,
  memory,
};
export type BareServer = typeof deeds;

help(deeds);
