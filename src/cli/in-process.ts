/**
 * Connections to a server of this process that listens nowhere: pairs of streams in memory, over which HTTP and WebSockets are
 * spoken as over any other. So a command that has a data folder for itself asks the same questions, and gets the same answers,
 * as one that asks a server.
 * Invariant: nobody outside of this process can reach it.
 */
import { request, type Server } from 'node:http';
import { Readable, duplexPair } from 'node:stream';
import { WebSocket } from 'ws';
import type { Fetch, WebSocketConstructor } from '../sdk/index.js';

/** Its address: it names nothing, and is what the server takes for its own. */
export const ADDRESS = 'http://localhost';

export interface InProcess {
  readonly fetch: Fetch;
  readonly webSocket: WebSocketConstructor;
}

export function connectTo(server: Server): InProcess {
  const createConnection = () => {
    const [ours, theirs] = duplexPair();
    server.emit('connection', theirs);
    return ours;
  };
  return {
    fetch: (address, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const asking = request(address, { method, headers, createConnection, ...(signal === undefined ? {} : { signal }) }, (answer) => {
          const { statusCode = 500, headers: given } = answer;
          const kept = Object.entries(given).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
          // Of an answer that has no body, such as 204, a Response takes not even an empty one.
          const isEmpty = statusCode === 204;
          if (isEmpty) answer.resume();
          resolve(new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status: statusCode, headers: kept }));
        });
        asking.on('error', reject);
        asking.end(body);
      }),
    webSocket: class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { createConnection: createConnection as never });
      }
    } as unknown as WebSocketConstructor,
  };
}
