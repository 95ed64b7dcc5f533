/**
 * EventStoreDB's protocol: what the adapter adds to the official client, and what the protocol adds to the embedded log. Writes,
 * reads and catching up, beside a bare loop of the client on the same server (the peer), the same where the protocol is served
 * by the log's own thread, and the embedded log without any protocol (the limit). The server is a process of its own.
 */
import { EventStoreDBClient, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { openEmbeddedLog } from '../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../src/log/eventstore/eventstore-log.js';
import type { EventLog, LogEventData } from '../src/log/log.js';
import { storyEvent } from './support/append-contestants.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import type { LogServing } from './support/log-serving.js';
import { type Contestant, compare, type Measure, timed } from './support/rounds.js';

/** Events of the story that is read and caught up with. */
const STORY = 100_000;

type Append = (stream: string, events: readonly LogEventData[]) => Promise<unknown>;

const serving = startHelper<LogServing>('log-serving');
const connectionOf = async (which: 'worker' | 'thread') => `esdb://127.0.0.1:${await serving.ask('port', which)}?tls=false`;
const connectionString = await connectionOf('worker');
const embedded = await openEmbeddedLog({ folder: benchFolder('eventstore') });
const adapter = openEventStoreLog({ connectionString });
const client = EventStoreDBClient.connectionString(connectionString);
const toThread = EventStoreDBClient.connectionString(await connectionOf('thread'));

let made = 0;
async function append(to: Append, writers: number, size: number, count: number): Promise<Measure> {
  const batches = Array.from({ length: count }, () => Array.from({ length: size }, () => storyEvent(made++)));
  let next = 0;
  return timed(async () => {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) await to(`bench-${writer}`, batch);
      }),
    );
    return size * count;
  });
}

const writesTo =
  (log: EventLog): Append =>
  (stream, events) =>
    log.append(stream, events, 'any');
const bare =
  (to: EventStoreDBClient): Append =>
  (stream, events) =>
    to.appendToStream(
      stream,
      events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data: data as never, metadata: metadata as never })),
    );

const ADAPTER = 'adapter, over the protocol';
const BARE = 'bare client, over the protocol';
const THREAD = "bare client, served by the log's thread";
const EMBEDDED = 'embedded log';

/** One deed, done by each. */
const contestants = (ours: (log: EventLog) => Promise<Measure>, peer: (client: EventStoreDBClient) => Promise<Measure>): Contestant[] => [
  { name: ADAPTER, role: 'ours', round: () => ours(adapter) },
  { name: BARE, role: 'peer', round: () => peer(client) },
  { name: THREAD, role: 'other', round: () => peer(toThread) },
  { name: EMBEDDED, role: 'limit', round: () => ours(embedded) },
];

const workload = (title: string, writers: number, size: number, count: number) =>
  compare(
    title,
    contestants(
      (log) => append(writesTo(log), writers, size, count),
      (to) => append(bare(to), writers, size, count),
    ),
  );

async function read(log: EventLog): Promise<Measure> {
  return timed(async () => {
    let seen = 0;
    for await (const _ of log.read('story-caught-up')) seen++;
    return seen;
  });
}

async function bareRead(from: EventStoreDBClient): Promise<Measure> {
  return timed(async () => {
    let seen = 0;
    for await (const _ of from.readStream('story-caught-up')) seen++;
    return seen;
  });
}

async function catchUp(log: EventLog): Promise<Measure> {
  return timed(async () => {
    let seen = 0;
    for await (const notice of log.subscribe({ streamPrefixes: ['story-caught-up'] })) {
      if (notice.kind === 'events') seen += notice.events.length;
      if (seen >= STORY) return seen;
    }
    return seen;
  });
}

async function bareCatchUp(from: EventStoreDBClient): Promise<Measure> {
  return timed(async () => {
    let seen = 0;
    const filter = streamNameFilter({ prefixes: ['story-caught-up'], checkpointInterval: 16 });
    const subscription = from.subscribeToAll({ fromPosition: START, filter });
    for await (const _ of subscription) if (++seen >= STORY) break;
    await subscription.unsubscribe();
    return seen;
  });
}

try {
  for (const log of [embedded, adapter])
    for (let i = 0; i < STORY; i += 500)
      await log.append(
        'story-caught-up',
        Array.from({ length: 500 }, () => storyEvent(made++)),
        'any',
      );
  await compare(`reading ${STORY.toLocaleString('en')} events`, contestants(read, bareRead));
  await compare(`catching up with ${STORY.toLocaleString('en')} events`, contestants(catchUp, bareCatchUp));
  await workload('64 in flight', 64, 1, 2_000);
  await workload('batches of 500', 1, 500, 16);
} finally {
  await adapter.close();
  await embedded.close();
  await endHelpers();
  removeBenchFolders();
}
process.exit();
