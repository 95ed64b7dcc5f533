/**
 * How late event frames leave a private session, at 10, 1,000 and 10,000 events a second.
 * Beside the limit (one bare timer aimed from an absolute anchor, nothing read, nothing built) and a peer (a timer for
 * each event, set by its gap, as a simple player does it). Interleaved rounds of two seconds; milliseconds; medians over the rounds.
 */
import { formatInstant } from '../events/story-time.js';
import type { EventLog } from '../src/log/log.js';
import { openTimeline, type Timeline } from '../src/timeline/timeline.js';
import { message } from '../test/support/drafts.js';
import { createMemoryLog } from '../test/support/memory-log.js';
import { record } from '../test/support/record.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { bareTimer } from './support/bare-timer.js';
import { type Lateness, replay } from './support/replay.js';
import { median } from './support/rounds.js';
import { percentile, table } from './support/stats.js';

const RATES = [10, 1_000, 10_000];
const SECONDS = 2;
const ROUNDS = 5;
const START = Date.UTC(2020, 0, 1);

const now = () => performance.now();

const ours = (timeline: Timeline, log: EventLog, perSecond: number): Promise<Lateness> => replay(timeline, log, `at-${perSecond}`);

/** The peer: each event sets the timer of the next by the gap between them. */
async function timerEach(perSecond: number): Promise<Lateness> {
  const late: number[] = [];
  const began = now();
  const count = perSecond * SECONDS;
  const gap = 1_000 / perSecond;
  await new Promise<void>((resolve) => {
    const play = (i: number) => {
      late.push(now() - (began + i * gap));
      // As late as it may be, a round ends: what it had not played by then is as late as that.
      if (i + 1 === count || now() - began > SECONDS * 3_000) return resolve();
      setTimeout(play, gap, i + 1);
    };
    play(0);
  });
  return { late, wallMs: now() - began };
}

const folder = benchFolder('lateness');
const log = createMemoryLog();
const timeline = await openTimeline({ folder, log });
for (const perSecond of RATES) {
  const drafts = Array.from({ length: perSecond * SECONDS }, (_, i) =>
    message(`m${String(i).padStart(6, '0')}`, formatInstant(START + Math.round((i * 1_000) / perSecond)), {}, { seq: i }),
  );
  await timeline.waitFor(await record(log, `at-${perSecond}`, drafts, true), 120_000);
}
const rows: (string | number)[][] = [['late by, ms', 'p50', 'p99', 'max', 'wall ms', 'p99 − limit']];
for (const perSecond of RATES) {
  const results = new Map<string, Lateness[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of [
      ['one bare timer', (n: number) => bareTimer(n, SECONDS)],
      ['Hindcast', (n: number) => ours(timeline, log, n)],
      ['a timer an event', timerEach],
    ] as const)
      results.set(name, [...(results.get(name) ?? []), await run(perSecond)]);
  }
  const over = (name: string, of: (one: Lateness) => number) => median((results.get(name) ?? []).map(of));
  for (const name of results.keys()) {
    const p99 = over(name, ({ late }) => percentile(late, 0.99));
    rows.push([
      `${perSecond}/s ${name}`,
      over(name, ({ late }) => median(late)),
      p99,
      over(name, ({ late }) => percentile(late, 1)),
      over(name, ({ wallMs }) => wallMs),
      p99 - over('one bare timer', ({ late }) => percentile(late, 0.99)),
    ]);
  }
  const early = (results.get('Hindcast') ?? []).flatMap(({ late }) => late).filter((ms) => ms < 0).length;
  if (early > 0) throw new Error(`${early} frames left before they were due`);
}
process.stdout.write(`${table(rows)}\nnone of ours was early\n`);
await timeline.close();
removeBenchFolders();
