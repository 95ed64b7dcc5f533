/**
 * Keeps an answer that nobody waits for from ending the process. The client keeps the appends of all its connections in one
 * table, empties it when any of them breaks, and throws where an answer then comes on another.
 * Invariant: an answer that somebody waits for is heard; the others are passed over, since their appends were tried again.
 * It reaches for what the client keeps to itself: a test shows that it still holds.
 */
import type { Duplex } from 'node:stream';
import type { EventStoreDBClient } from '@eventstore/db-client';

type Open = (service: unknown) => Duplex;
interface Inner {
  GRPCStreamCreator(service: unknown, name: string, open: Open, cache?: unknown): () => Promise<Duplex>;
}

/** The same client. */
export function passingOverLateAnswers(client: EventStoreDBClient): EventStoreDBClient {
  const inner = client as unknown as Inner;
  const create = inner.GRPCStreamCreator;
  inner.GRPCStreamCreator = (service, name, open, cache) => create(service, name, name === 'appendToStream' ? (stub) => hearing(open(stub)) : open, cache);
  return client;
}

function hearing(stream: Duplex): Duplex {
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
  return stream;
}
