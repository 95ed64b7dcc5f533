/**
 * A seek: the state of every view as of a random moment of a long story, in stories of 10,000 and 100,000 events; with
 * --full also of 1 and 10 million, or of as many as --events=… says. Then the same with what each view shows of it, which is
 * what a client is sent. At most 1,000 requests are open in each story.
 * Limit: one get from a bare LMDB of a text as long as the states read. Interleaved rounds; milliseconds; medians over the rounds.
 */
import { open } from 'lmdb';
import { endOf } from '../events/story-time.js';
import { Ledger } from '../projections/ledger.js';
import { Table } from '../projections/table.js';
import type { Fold, Timeline } from '../src/timeline/timeline.js';
import { bigLog, STORY, seeded } from './support/big-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { numberOption } from './support/options.js';
import { builtTimeline } from './support/read-model.js';
import { median } from './support/rounds.js';
import { brief, percentile, table } from './support/stats.js';

const SMALL = 10_000;
const SIZES = process.argv.includes('--full') ? [SMALL, 100_000, 1_000_000, 10_000_000] : [SMALL, numberOption('events', 100_000)];
const ROUNDS = 5;
const SEEKS = numberOption('seeks', 100);
const TARGET_MS = 5;
const TARGET_GROWTH = 2;

interface Subject {
  readonly size: number;
  readonly timeline: Timeline;
  readonly from: number;
  readonly to: number;
}

/** As many characters as the state has when it is written down. */
function sizeOf(state: unknown): number {
  const fields = Object.entries(state as object).map(([name, value]) => [
    name,
    value instanceof Table ? value.save() : value instanceof Ledger ? value.counts() : value,
  ]);
  return JSON.stringify(Object.fromEntries(fields)).length;
}

const random = seeded(11);
const subjects: Subject[] = [];
for (const size of SIZES) {
  const timeline = await builtTimeline(benchFolder(`as-of-${size}`), bigLog({ events: size }));
  const { from, to } = timeline.story(STORY) as { from: string; to: string };
  subjects.push({ size, timeline, from: Date.parse(from), to: Date.parse(to) });
}
const at = ({ from, to }: Subject) => endOf(from + Math.floor(random() * (to - from)));
const statesAt = (subject: Subject): Promise<Fold[]> => subject.timeline.folds(STORY, subject.timeline.projections, { upTo: at(subject) });

/** The views whose states are largest, as they are kept. */
const sizes = new Map<string, number[]>();
const lengths: number[] = [];
for (let i = 0; i < 20; i++) {
  let sum = 0;
  for (const { projection, state } of await statesAt(subjects.at(-1) as Subject)) {
    const size = sizeOf(state);
    sum += size;
    sizes.set(projection.name, [...(sizes.get(projection.name) ?? []), size]);
  }
  lengths.push(sum);
}
const length = Math.round(median(lengths));
const bare = open({ path: benchFolder('as-of-bare'), noSubdir: false, encoding: 'string' });
const KEYS = 200;
for (let i = 0; i < KEYS; i++) await bare.put(i, 'x'.repeat(length));

type Seek = (subject: Subject) => Promise<unknown> | unknown;
const ours: [string, Seek][] = [
  ['states', statesAt],
  ['states and what they show', async (subject) => (await statesAt(subject)).map((fold) => fold.view())],
];
const limit: Seek = () => bare.get(Math.floor(random() * KEYS));

const results = new Map<string, { p50: number[]; p99: number[] }>();
async function measure(name: string, subject: Subject, seek: Seek): Promise<void> {
  const took: number[] = [];
  for (let i = 0; i < SEEKS; i++) {
    const began = performance.now();
    await seek(subject);
    took.push(performance.now() - began);
  }
  const result = results.get(name) ?? { p50: [], p99: [] };
  results.set(name, result);
  result.p50.push(median(took));
  result.p99.push(percentile(took, 0.99));
}
const nameOf = (size: number, what: string) => `${brief(size)} events, ${what}`;
const LIMIT = `bare LMDB, a get of ${brief(length / 1_000)} kB`;
for (let round = 0; round <= ROUNDS; round++) {
  // A first round, to warm up, is not counted.
  if (round === 1) results.clear();
  for (const [what, seek] of ours) for (const subject of subjects) await measure(nameOf(subject.size, what), subject, seek);
  await measure(LIMIT, subjects[0] as Subject, limit);
}

const limits = results.get(LIMIT) as { p50: number[]; p99: number[] };
const ratio = (own: readonly number[], base: readonly number[]) => median(own.map((ms, i) => ms / (base[i] as number)));
const rows: (string | number)[][] = [['one seek, ms', 'p50', 'p99', 'to limit (p50)', `p99 to ${brief(SMALL)}`, 'target']];
for (const [what] of ours) {
  const small = results.get(nameOf(SMALL, what)) as { p50: number[]; p99: number[] };
  for (const { size } of subjects) {
    const { p50, p99 } = results.get(nameOf(size, what)) as { p50: number[]; p99: number[] };
    const growth = ratio(p99, small.p99);
    const met = median(p99) <= TARGET_MS && growth <= TARGET_GROWTH;
    rows.push([
      nameOf(size, what),
      median(p50),
      median(p99),
      ratio(p50, limits.p50),
      growth,
      `≤ ${TARGET_MS} ms, ≤ ${TARGET_GROWTH} times ${met ? 'met' : 'MISSED'}`,
    ]);
  }
}
rows.push([LIMIT, median(limits.p50), median(limits.p99), 1, '', '']);
console.log(`${table(rows)}\n(medians of ${ROUNDS} rounds of ${SEEKS} seeks)`);
const largest = [...sizes].map(([name, of]) => [name, median(of) / 1_000] as const).sort((a, b) => b[1] - a[1]);
console.log(`\n${table([['state of a view, as kept', 'kB'], ...largest])}`);

for (const { timeline } of subjects) await timeline.close();
await bare.close();
removeBenchFolders();
