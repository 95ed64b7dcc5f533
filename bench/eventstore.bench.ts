/**
 * EventStoreDB's protocol: what the adapter adds to the official client, and what the protocol adds to the embedded log. Writes
 * and catching up, beside a bare loop of the client on the same server (the peer) and the embedded log without any protocol
 * (the limit). The server is a process of its own.
 */
import { EventStoreDBClient, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { openEmbeddedLog } from '../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../src/log/eventstore/eventstore-log.js';
import type { EventLog, LogEventData } from '../src/log/log.js';
import { storyEvent } from './support/append-contestants.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import type { LogServing } from './support/log-serving.js';
import { compare, type Measure, timed } from './support/rounds.js';

/** Events of the story that is caught up with. */
const STORY = 50_000;

type Append = (stream: string, events: readonly LogEventData[]) => Promise<unknown>;

const serving = startHelper<LogServing>('log-serving');
const connectionString = `esdb://127.0.0.1:${await serving.ask('port')}?tls=false`;
const embedded = await openEmbeddedLog({ folder: benchFolder('eventstore') });
const adapter = openEventStoreLog({ connectionString });
const client = EventStoreDBClient.connectionString(connectionString);

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
const bare: Append = (stream, events) =>
  client.appendToStream(
    stream,
    events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data: data as never, metadata: metadata as never })),
  );

async function workload(title: string, writers: number, size: number, count: number): Promise<void> {
  await compare(title, [
    { name: 'adapter, over the protocol', role: 'ours', round: () => append(writesTo(adapter), writers, size, count) },
    { name: 'bare client, over the protocol', role: 'peer', round: () => append(bare, writers, size, count) },
    { name: 'embedded log', role: 'limit', round: () => append(writesTo(embedded), writers, size, count) },
  ]);
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

async function bareCatchUp(): Promise<Measure> {
  return timed(async () => {
    let seen = 0;
    const filter = streamNameFilter({ prefixes: ['story-caught-up'], checkpointInterval: 16 });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
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
  await compare(`catching up with ${STORY.toLocaleString('en')} events`, [
    { name: 'adapter, over the protocol', role: 'ours', round: () => catchUp(adapter) },
    { name: 'bare client, over the protocol', role: 'peer', round: bareCatchUp },
    { name: 'embedded log', role: 'limit', round: () => catchUp(embedded) },
  ]);
  await workload('64 in flight', 64, 1, 2_000);
  await workload('batches of 500', 1, 500, 16);
} finally {
  await adapter.close();
  await embedded.close();
  await endHelpers();
  removeBenchFolders();
}
process.exit();
