/**
 * Warm start: how long it takes to open a read model that is up to date, until it is known to be. 100,000 events; with
 * --full 1,000,000; or as many as --events=… says. Limit: opening the same file as bare LMDB and reading one key.
 * Interleaved rounds; milliseconds; medians over the rounds.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { openStore } from '../src/timeline/store.js';
import { openTimeline } from '../src/timeline/timeline.js';
import { bigLog, STORY } from './support/big-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { numberOption } from './support/options.js';
import { builtTimeline } from './support/read-model.js';
import { median } from './support/rounds.js';
import { brief, percentile, table } from './support/stats.js';

const SMALL = 10_000;
const EVENTS = numberOption('events', process.argv.includes('--full') ? 1_000_000 : 100_000);
const ROUNDS = 11;
const TARGET_MS = 1_000;

async function warm(folder: string, events: number): Promise<{ ready: number; read: number }> {
  const log = bigLog({ events });
  const began = performance.now();
  const timeline = await openTimeline({ folder, log });
  while (timeline.behind() !== undefined) await turn();
  const ready = performance.now() - began;
  await timeline.folds(STORY, timeline.projections);
  const read = performance.now() - began;
  await timeline.close();
  return { ready, read };
}

async function bare(folder: string): Promise<number> {
  const began = performance.now();
  const store = openStore(folder);
  if (store.stories.get(STORY) === undefined) throw new Error('the story is missing');
  const took = performance.now() - began;
  await store.close();
  return took;
}

const folders = new Map<number, string>();
for (const events of [SMALL, EVENTS]) {
  const folder = benchFolder(`warm-start-${events}`);
  await (await builtTimeline(folder, bigLog({ events }))).close();
  folders.set(events, folder);
}
const took = new Map<string, number[]>();
const note = (name: string, ms: number) => took.set(name, [...(took.get(name) ?? []), ms]);
for (let round = 0; round <= ROUNDS; round++) {
  if (round === 1) took.clear();
  for (const [events, folder] of folders) {
    const { ready, read } = await warm(folder, events);
    note(`${brief(events)} events, ready`, ready);
    note(`${brief(events)} events, every view read`, read);
    note(`${brief(events)} events, bare LMDB`, await bare(folder));
  }
}
console.log(table([['ms', 'p50', 'max'], ...[...took].map(([name, list]) => [name, median(list), percentile(list, 1)])]));
const ready = median(took.get(`${brief(EVENTS)} events, ready`) ?? []);
console.log(
  `(${ROUNDS} rounds) ready after ${brief(ready)} ms: ≤ ${brief(TARGET_MS)} ${ready <= TARGET_MS ? 'met' : 'MISSED'}${EVENTS < 1_000_000 ? ', of a target for 1,000,000 events' : ''}`,
);
removeBenchFolders();
