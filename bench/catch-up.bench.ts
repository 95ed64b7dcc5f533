/**
 * Catch-up: how many events of a long story the read model takes in a second, with every view and every write, until
 * nothing is left to do. 30,000 events; with --full 1,000,000; or as many as --events=… says.
 * Limit: the same reducers folded over steps that are resolved and in memory already, nothing written. Peer: event-storage,
 * with one consumer that keeps a count; beside it, one such consumer for each view. Then, of what was written, how many
 * bytes a million events take, table by table and view by view.
 */
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { BEFORE_ALL } from '../events/story-time.js';
import { projections } from '../projections/all.js';
import type { AnyProjection } from '../src/timeline/timeline.js';
import { bigLog, bigStory, STORY } from './support/big-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { numberOption } from './support/options.js';
import { builtTimeline, tableSizes, viewSizes } from './support/read-model.js';
import { compare, type Measure, timed } from './support/rounds.js';
import { table } from './support/stats.js';

const EVENTS = numberOption('events', process.argv.includes('--full') ? 1_000_000 : 30_000);
const ROUNDS = numberOption('rounds', 5);
const PIECE = 10_000;
const story = { events: EVENTS };

async function ours(): Promise<Measure> {
  let folder = '';
  const measured = await timed(async () => {
    folder = benchFolder('catch-up');
    const timeline = await builtTimeline(folder, bigLog(story));
    closing = () => timeline.close();
    return EVENTS;
  });
  await closing();
  removeBenchFolders(folder);
  return measured;
}
let closing: () => Promise<void> = async () => {};

/** The events are made while they are read: what that alone costs. */
async function generator(): Promise<Measure> {
  return timed(async () => {
    let count = 0;
    for await (const notice of bigLog(story).subscribe()) {
      if (notice.kind === 'caught-up') break;
      if (notice.kind === 'events') count += notice.events.length;
    }
    return count;
  });
}

const kept = benchFolder('catch-up-kept');
const timeline = await builtTimeline(kept, bigLog(story));

/** Piece by piece, so that the steps need not all be in memory; only the folds are timed. */
async function inMemory(): Promise<Measure> {
  const views = projections as readonly AnyProjection[];
  const states = views.map((view) => view.initial());
  let milliseconds = 0;
  let after = BEFORE_ALL;
  for (;;) {
    const steps = timeline.steps(STORY, { after, limit: PIECE });
    const last = steps.at(-1);
    if (last === undefined) return { operations: EVENTS, milliseconds };
    const began = performance.now();
    for (const step of steps) for (const [i, view] of views.entries()) states[i] = view.evolve(states[i], step);
    milliseconds += performance.now() - began;
    after = last.key;
    await turn();
  }
}

interface Consumer {
  on(event: 'data', listener: (event: { data?: { from?: string } }) => void): void;
}
interface EventStorage {
  readonly storage: NodeJS.EventEmitter;
  once(event: 'ready', listener: () => void): void;
  commit(stream: string, events: readonly unknown[], callback: () => void): void;
  getConsumer(stream: string, name: string): Consumer;
  close(): void;
}

const { EventStore } = createRequire(import.meta.url)('event-storage') as { EventStore: new (name: string, options: object) => EventStorage };
const peer = new EventStore('bench', { storageDirectory: benchFolder('event-storage') });
await new Promise<void>((resolve) => peer.once('ready', resolve));
// Its consumers listen on for what is new, and cannot be stopped.
peer.storage.setMaxListeners(0);
let batch: unknown[] = [];
for (const { data } of bigStory(story)) {
  batch.push(data);
  if (batch.length < 500) continue;
  await new Promise<void>((resolve) => peer.commit('story', batch, resolve));
  batch = [];
}
if (batch.length > 0) await new Promise<void>((resolve) => peer.commit('story', batch, resolve));

/** Consumers begin at the first event and keep their places as event-storage does; what they count they hold in memory. */
let consumers = 0;
async function eventStorage(count = 1): Promise<Measure> {
  return timed(async () => {
    const consume = async () => {
      const consumer = peer.getConsumer('story', `counts-${consumers++}`);
      const sent = new Map<string, number>();
      let events = 0;
      await new Promise<void>((resolve) => {
        consumer.on('data', ({ data }) => {
          const from = data?.from ?? '';
          sent.set(from, (sent.get(from) ?? 0) + 1);
          if (++events === EVENTS) resolve();
        });
      });
    };
    await Promise.all(Array.from({ length: count }, consume));
    return EVENTS;
  });
}

console.log(`${projections.length} views: ${projections.map(({ name }) => name).join(', ')}`);
const results = await compare(
  `${EVENTS.toLocaleString('en')} events`,
  [
    { name: 'Hindcast, until settled', role: 'ours', target: 0.25, round: ours },
    { name: 'the same folds in memory', role: 'limit', round: inMemory },
    { name: 'event-storage, one consumer', role: 'peer', round: () => eventStorage() },
    { name: 'event-storage, a consumer a view', role: 'other', round: () => eventStorage(projections.length) },
    { name: 'making the events alone', role: 'other', round: generator },
  ],
  ROUNDS,
);
console.log(`${(results[0]?.toPeer ?? Number.NaN).toFixed(2)} times event-storage (target: at least 3)`);

peer.close();
await timeline.close();
const sizes = await tableSizes(kept);
const million = 1_000_000 / EVENTS;
const mb = (bytes: number) => (bytes * million) / 1e6;
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(
  `\n${table([
    ['MB a million events', 'MB', 'share %', 'entries an event', 'bytes an entry'],
    ...sizes.map(({ name, entries, bytes }) => [name, mb(bytes), (100 * bytes) / total, entries / EVENTS, bytes / entries]),
    ['all tables', mb(total), 100, '', ''],
    ['the file', mb(statSync(join(kept, 'data.mdb')).size), '', '', ''],
  ])}`,
);
const views = await viewSizes(kept);
console.log(
  `\n${table([
    ['kept of a view, MB a million events', 'states', 'rows of ledgers', 'kB a state, whole', 'whole states', 'others'],
    ...views.map(({ name, states, rows, whole, wholes, changes }) => [name, mb(states), mb(rows), wholes === 0 ? 0 : whole / wholes / 1_000, wholes, changes]),
  ])}`,
);
removeBenchFolders();
