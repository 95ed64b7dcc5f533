/**
 * Keeps what the client does with its connections of appends from ending the process. It holds the appends of all of them in one
 * table, empties that when any breaks, and throws where an answer then comes on another; and what it has put back, since a
 * connection took no more, it rejects unheard when that breaks.
 * Invariants: an answer that somebody waits for is heard, and the others are passed over, since their appends were tried again;
 * nothing is put back. It reaches for what the client keeps to itself: tests show that it still holds.
 */
import type { Duplex } from 'node:stream';
import type { EventStoreDBClient } from '@eventstore/db-client';

type Open = (service: unknown) => Duplex;
interface Inner {
  GRPCStreamCreator(service: unknown, name: string, open: Open, cache?: unknown): () => Promise<Duplex>;
}

/** The same client. */
export function withSafeAppends(client: EventStoreDBClient): EventStoreDBClient {
  const inner = client as unknown as Inner;
  const create = inner.GRPCStreamCreator;
  inner.GRPCStreamCreator = (service, name, open, cache) => create(service, name, name === 'appendToStream' ? (stub) => safe(open(stub)) : open, cache);
  return client;
}

function safe(stream: Duplex): Duplex {
  for (const hear of stream.listeners('data')) {
    stream.off('data', hear as () => void);
    stream.on('data', (answer) => {
      try {
        hear.call(stream, answer);
      } catch {
        // Nobody waits for it.
      }
    });
  }
  const write = stream.write.bind(stream) as (message: unknown) => boolean;
  // Whoever appends holds its events until they are answered, so that to send them at once holds little more.
  stream.write = (message: unknown) => {
    write(message);
    return true;
  };
  return stream;
}
