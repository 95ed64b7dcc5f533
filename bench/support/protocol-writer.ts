/**
 * A helper: writes events at a steady pace with EventStoreDB's own client, as any other program would, until it is told to stop.
 */
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { storyEvent } from './append-contestants.js';
import { help } from './helpers.js';

/** Events of one append. */
const TOGETHER = 10;

interface Writing {
  readonly port: number;
  readonly stream: string;
  readonly perSecond: number;
}

const clients = new Map<number, EventStoreDBClient>();
let made = 0;
let stop: (() => Promise<number>) | undefined;

function start({ port, stream, perSecond }: Writing): () => Promise<number> {
  const client = clients.get(port) ?? EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  clients.set(port, client);
  const began = performance.now();
  const underWay = new Set<Promise<unknown>>();
  let sent = 0;
  let stored = 0;
  const timer = setInterval(() => {
    // What is due by now, whatever was missed; nothing more where the server is a second behind.
    const due = ((performance.now() - began) * perSecond) / 1_000;
    while (sent + TOGETHER <= due && sent - stored < perSecond) {
      const events = Array.from({ length: TOGETHER }, () => {
        const { id, type, data, metadata } = storyEvent(made++);
        return jsonEvent({ id, type, data: data as never, metadata: metadata as never });
      });
      sent += TOGETHER;
      const done = client.appendToStream(stream, events).then(() => {
        stored += TOGETHER;
        underWay.delete(done);
      });
      underWay.add(done);
    }
  }, 5);
  return async () => {
    clearInterval(timer);
    const perSecondStored = (stored / (performance.now() - began)) * 1_000;
    await Promise.all(underWay);
    return perSecondStored;
  };
}

const deeds = {
  start(writing: Writing): void {
    stop = start(writing);
  },
  /** Answers how many events a second were stored. */
  stop: () => stop?.() ?? 0,
};
export type ProtocolWriter = typeof deeds;

help(deeds, async () => {
  for (const client of clients.values()) await client.dispose();
});
