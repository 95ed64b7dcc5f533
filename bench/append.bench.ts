/**
 * Durable append: what one writer, 64 writers and batches of 500 get stored in a second, each answer given after the disk
 * has synced. Limit: the same events as ready bytes, written to a file and synced with fdatasync, those that wait together.
 * Peer: event-storage, synced on each flush. With --full also: whether an append costs more with 1,000,000 events in the
 * log than with 10,000, indexes included.
 */
import type { LogEventData } from '../src/log/log.js';
import { type Appender, eventStorage, ours, rawFile, storyEvent } from './support/append-contestants.js';
import { removeBenchFolders } from './support/folders.js';
import { type Contestant, compare, type Measure, timed } from './support/rounds.js';

/** Each waits for its answer before it appends again. */
async function append(log: Appender, writers: number, batches: readonly (readonly LogEventData[])[]): Promise<number> {
  let next = 0;
  let events = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
        await log.append(batch);
        events += batch.length;
      }
    }),
  );
  return events;
}

let made = 0;
function batchesOf(size: number, count: number): LogEventData[][] {
  return Array.from({ length: count }, () => Array.from({ length: size }, () => storyEvent(made++)));
}

/** What one workload gets out of each contestant. */
async function workload(title: string, writers: number, size: number, count: number, target: number): Promise<void> {
  const log = await ours();
  const raw = await rawFile();
  const peer = await eventStorage();
  const measure = async (to: Appender, settled = false): Promise<Measure> => {
    const batches = batchesOf(size, count);
    if (to === raw) for (const batch of batches) raw.bytes(batch);
    const measured = await timed(async () => {
      const events = await append(to, writers, batches);
      if (settled) await to.settle();
      return events;
    });
    await to.settle();
    return measured;
  };
  const contestants: Contestant[] = [
    { name: 'embedded log', role: 'ours', target, round: () => measure(log) },
    { name: 'embedded log, until indexed', role: 'other', round: () => measure(log, true) },
    { name: 'write + fdatasync', role: 'limit', round: () => measure(raw) },
    { name: 'event-storage', role: 'peer', round: () => measure(peer) },
  ];
  await compare(title, contestants);
  for (const one of [log, raw, peer]) await one.close();
}

/** The same appends to a short log and to a long one; each round goes on until all is indexed. */
async function growth(writers: number, count: number): Promise<void> {
  const [short, long] = [await ours(), await ours()];
  await append(short, 1, batchesOf(500, 20));
  for (let million = 0; million < 1_000_000; million += 10_000) await append(long, 1, batchesOf(1000, 10));
  await Promise.all([short.settle(), long.settle()]);
  const round = (log: Appender) => async (): Promise<Measure> => {
    const batches = batchesOf(1, count);
    return timed(async () => {
      const events = await append(log, writers, batches);
      await log.settle();
      return events;
    });
  };
  const results = await compare(`${writers} writers, as the log grows`, [
    { name: '1,000,000 events', role: 'ours', target: 1 / 1.3, round: round(long) },
    { name: '10,000 events', role: 'limit', round: round(short) },
  ]);
  console.log(`an append costs ${(1 / (results[0]?.toLimit ?? Number.NaN)).toFixed(2)} times as much at 1,000,000 events as at 10,000 (target: at most 1.3)`);
  await Promise.all([short.close(), long.close()]);
}

try {
  await workload('one writer', 1, 1, 400, 0.4);
  await workload('64 writers', 64, 1, 8000, 0.3);
  await workload('batches of 500', 1, 500, 30, 0.35);
  if (process.argv.includes('--full')) await growth(64, 20_000);
} finally {
  removeBenchFolders();
}
