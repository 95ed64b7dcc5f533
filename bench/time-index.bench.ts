/**
 * Finding a moment in a story: the first step after a random instant, in the read model's step table of 10 thousand,
 * 1 million and (with --full) 10 million events. Beside the limit (a binary search in an array of doubles in memory) and
 * a peer (bare LMDB with nothing but the time as its key). Interleaved rounds; microseconds; medians over the rounds.
 */
import { join } from 'node:path';
import { open } from 'lmdb';
import type { EffectiveHappening } from '../events/steps.js';
import { startOf } from '../events/story-time.js';
import { openStore } from '../src/timeline/store.js';
import { openTimeline } from '../src/timeline/timeline.js';
import { message, recorded } from '../test/support/drafts.js';
import { createMemoryLog } from '../test/support/memory-log.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { median } from './support/rounds.js';
import { brief, percentile, table } from './support/stats.js';

const SIZES = process.argv.includes('--full') ? [10_000, 1_000_000, 10_000_000] : [10_000, 1_000_000];
const ROUNDS = 5;
const SEEKS = 2_000;
const START = Date.UTC(2016, 0, 1);
const GAP = 1_000;
const BATCH = 20_000;

const [sample] = recorded([message('m', '2016-01-01T00:00:00Z')]);
const step = (i: number, id: string): EffectiveHappening => ({
  kind: 'happening',
  key: [START + i * GAP, 0, id],
  event: { ...(sample as EffectiveHappening['event']), id },
  notes: { requests: [], answers: [], followUps: [], claims: [] },
});

const folder = benchFolder('time-index');
const rows: (string | number)[][] = [['one seek, µs', 'p50', 'p99', 'ours / it']];
for (const size of SIZES) {
  const store = openStore(join(folder, `ours-${size}`));
  const bare = open({ path: join(folder, `bare-${size}`), noSubdir: false });
  for (let from = 0; from < size; from += BATCH) {
    await store.root.transaction(() => {
      for (let i = from; i < Math.min(from + BATCH, size); i++) {
        const id = `m${i}`;
        store.steps.put(['a-story', START + i * GAP, 0, id], step(i, id));
      }
    });
    await bare.transaction(() => {
      for (let i = from; i < Math.min(from + BATCH, size); i++) bare.put(START + i * GAP, i);
    });
  }
  await store.close();
  const log = createMemoryLog();
  const timeline = await openTimeline({ folder: join(folder, `ours-${size}`), log });
  const array = Float64Array.from({ length: size }, (_, i) => START + i * GAP);
  const contestants: [string, (at: number) => number][] = [
    [
      'an array in memory',
      (at) => {
        let low = 0;
        let high = array.length;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if ((array[middle] as number) < at) low = middle + 1;
          else high = middle;
        }
        return array[low] as number;
      },
    ],
    ['Hindcast, with the event', (at) => timeline.steps('a-story', { after: startOf(at), limit: 1 })[0]?.key[0] as number],
    [
      'bare LMDB, the key alone',
      (at) => {
        for (const key of bare.getKeys({ start: at, limit: 1 })) return key as number;
        return Number.NaN;
      },
    ],
  ];
  const results = new Map<string, { p50: number; p99: number }[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, seek] of contestants) {
      const took: number[] = [];
      for (let i = 0; i < SEEKS; i++) {
        const at = START + Math.floor(Math.random() * (size - 1)) * GAP - 1;
        const began = performance.now();
        const found = seek(at);
        took.push((performance.now() - began) * 1_000);
        if (found !== at + 1) throw new Error(`${name} found ${found} for ${at}`);
      }
      results.set(name, [...(results.get(name) ?? []), { p50: median(took), p99: percentile(took, 0.99) }]);
    }
  }
  const ours = median((results.get('Hindcast, with the event') ?? []).map((one) => one.p50));
  for (const [name, list] of results) {
    const p50 = median(list.map((one) => one.p50));
    rows.push([`${brief(size)} events, ${name}`, p50, median(list.map((one) => one.p99)), ours / p50]);
  }
  await timeline.close();
  await bare.close();
}
process.stdout.write(`${table(rows)}\n`);
removeBenchFolders();
