/**
 * A helper: servers that send ready events to all who watch, so many at a tick, in the ways there are: the bytes alone on plain
 * TCP, `ws` with each frame written down for each watcher, `ws` with each written down once, and Socket.IO's broadcast.
 * Invariant: ticks are aimed from an absolute anchor; what is late is sent at once.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { serverFrame } from './bare-socket.js';
import { help } from './helpers.js';
import { cpu } from './usage.js';

interface Way {
  readonly port: number;
  readonly watchers: () => number;
  /** What is made before a round, and what is done at each tick of it. */
  readonly prepare: (frames: readonly string[]) => (from: number, to: number) => void;
}

export interface Load {
  /** As texts, in order. */
  readonly frames: readonly string[];
  readonly perTick: number;
  readonly tickMs: number;
}

const HOST = '127.0.0.1';
const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;

async function plainTcp(): Promise<Way> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: portOf(server),
    watchers: () => sockets.size,
    prepare(frames) {
      const bytes = frames.map(serverFrame);
      return (from, to) => {
        const together = Buffer.concat(bytes.slice(from, to));
        for (const socket of sockets) socket.write(together);
      };
    },
  };
}

async function plainWs(isWrittenOnce: boolean): Promise<Way> {
  const server = new WebSocketServer({ port: 0, host: HOST, perMessageDeflate: false });
  await once(server, 'listening');
  return {
    port: portOf(server),
    watchers: () => server.clients.size,
    prepare(frames) {
      if (isWrittenOnce) {
        return (from, to) => {
          for (const text of frames.slice(from, to)) {
            const bytes = Buffer.from(text);
            for (const socket of server.clients) socket.send(bytes, { binary: false });
          }
        };
      }
      const events = frames.map((text) => JSON.parse(text) as unknown);
      return (from, to) => {
        for (const event of events.slice(from, to)) for (const socket of server.clients) socket.send(JSON.stringify(event));
      };
    },
  };
}

async function socketIo(): Promise<Way> {
  const http = createHttpServer();
  const io = new SocketIo(http, { transports: ['websocket'], serveClient: false, perMessageDeflate: false, pingInterval: 60_000 });
  http.listen(0, HOST);
  await once(http, 'listening');
  return {
    port: portOf(http),
    watchers: () => io.sockets.sockets.size,
    prepare(frames) {
      const events = frames.map((text) => JSON.parse(text) as unknown);
      return (from, to) => {
        for (const event of events.slice(from, to)) io.emit('event', event);
      };
    },
  };
}

const WAYS: Readonly<Record<string, () => Promise<Way>>> = {
  tcp: plainTcp,
  ws: () => plainWs(false),
  'ws-once': () => plainWs(true),
  'socket.io': socketIo,
};

const open = WAYS[process.argv[2] ?? ''];
if (open === undefined) throw new Error(`there is no way ${process.argv[2]}; there are ${Object.keys(WAYS).join(', ')}`);
const way = await open();

const deeds = {
  port: () => way.port,
  sockets: way.watchers,
  /** Sends all of it, and answers when the last has been handed to the sockets. */
  async play({ frames, perTick, tickMs }: Load): Promise<void> {
    const send = way.prepare(frames);
    const began = performance.now();
    for (let from = 0, tick = 0; from < frames.length; from += perTick, tick++) {
      const early = began + tick * tickMs - performance.now();
      // Also where it is late: what was sent must leave before more is made.
      await wait(Math.max(0, early));
      send(from, from + perTick);
    }
  },
  cpu,
};
export type FanOutServer = typeof deeds;

help(deeds);
