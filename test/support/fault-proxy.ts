/**
 * A proxy on loopback that a test owns: it passes bytes between a client and a server, until it is told to cut, to hang or to
 * wait. It stands in for a network that fails.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** Ends every connection without warning. */
  cut(): void;
  /** No connection is taken any more, and those there are ended; or they are taken again. */
  refuse(isRefusing: boolean): void;
  /** Connections stay and nothing comes through, until it is told to go on. */
  hang(isHanging: boolean): void;
  /** Cuts all connections once so many more bytes have come from the server. */
  cutAfter(bytes: number): void;
  /** What comes is passed on so much later. */
  latency(ms: number): void;
  close(): Promise<void>;
}

export async function faultProxy(t: { teardown(fn: () => unknown): void }, target: () => number): Promise<FaultProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;
  let hanging = false;
  let delay = 0;
  let left = Infinity;

  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  const pass = (from: Socket, to: Socket, isAnswer: boolean): void => {
    from.on('data', (bytes: Buffer) => {
      if (isAnswer) {
        left -= bytes.length;
        if (left <= 0) {
          left = Infinity;
          return cut();
        }
      }
      const send = () => {
        if (!to.destroyed && !to.write(bytes)) {
          from.pause();
          to.once('drain', () => {
            if (!hanging) from.resume();
          });
        }
      };
      if (delay === 0) send();
      else setTimeout(send, delay);
    });
  };
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect(target(), '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    pass(client, upstream, false);
    pass(upstream, client, true);
    if (hanging) for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    cut();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  t.teardown(close);
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse(is) {
      refusing = is;
      if (is) cut();
    },
    hang(is) {
      hanging = is;
      for (const pair of pairs)
        for (const socket of pair) {
          if (is) socket.pause();
          else socket.resume();
        }
    },
    cutAfter(bytes) {
      left = bytes;
    },
    latency(ms) {
      delay = ms;
    },
    close,
  };
}
