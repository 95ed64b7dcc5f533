/**
 * What comes late. First, an archive that is recorded conversation by conversation (each in order, all covering the same
 * years, so that nearly everything lies before what is there already), beside the same events in story order: events a
 * second until nothing is left to do; 20,000 events, with --full 200,000, or as many as --events=… says.
 * Then how late the frames of a replay of 1,000 events a second are while views are folded anew over a long past, again and
 * again, because one event comes at the beginning of a long story; beside the same replay with nothing else to do.
 * Interleaved rounds; milliseconds; medians over the rounds.
 */
import { formatInstant } from '../events/story-time.js';
import { catalogue } from '../events/catalogue.js';
import type { LogEventData } from '../src/log/log.js';
import { bigStory, byConversation, FIRST, STORY, storyLog, type Told } from './support/big-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { numberOption } from './support/options.js';
import { builtTimeline } from './support/read-model.js';
import { type Lateness, replay } from './support/replay.js';
import { compare, type Measure, median, timed } from './support/rounds.js';
import { percentile, table } from './support/stats.js';

const FULL = process.argv.includes('--full');
const EVENTS = numberOption('events', FULL ? 200_000 : 20_000);
const PAST = numberOption('past', FULL ? 200_000 : 20_000);
const ROUNDS = numberOption('rounds', 5);
const PER_SECOND = 1_000;
const SECONDS = 2;
const TARGET_MS = 4;

const inOrder: readonly Told[] = [...bigStory({ events: EVENTS })];
const archive = byConversation(inOrder);

async function taken(events: readonly LogEventData[]): Promise<Measure> {
  const folder = benchFolder('late-archive');
  let close = async () => {};
  const measured = await timed(async () => {
    const timeline = await builtTimeline(
      folder,
      storyLog(events.length, () => events),
    );
    close = () => timeline.close();
    return events.length;
  });
  await close();
  removeBenchFolders(folder);
  return measured;
}

/** How many events come after one that is placed later. */
function outOfOrder(events: readonly Told[]): number {
  let count = 0;
  let latest = '';
  for (const { data } of events) {
    const { occurredAt } = data as { occurredAt?: string };
    if (occurredAt === undefined) continue;
    if (occurredAt < latest) count++;
    else latest = occurredAt;
  }
  return count;
}

console.log(`${((100 * outOfOrder(archive)) / EVENTS).toFixed(0)} % of the archive is placed before what had come`);
await compare(
  `${EVENTS.toLocaleString('en')} events, until settled`,
  [
    { name: 'conversation by conversation', role: 'ours', round: () => taken(archive) },
    { name: 'in story order', role: 'limit', round: () => taken(inOrder) },
  ],
  ROUNDS,
);

// ---- a replay beside a refold -------------------------------------------------------------------

const PLAYED = 'played';
const past = storyLog(PAST, () => bigStory({ events: PAST }));
function message(story: string, id: string, at: number, seq = 0): void {
  const data = { from: 'person-1', to: ['person-2'], channel: 'mail', text: `words of ${id}`, links: [] };
  const parsed = catalogue.parseDraft({ id, type: 'MessageSent', occurredAt: formatInstant(at), seq, data }, () => id);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  past.push(story, { id: '', ...catalogue.toStored(parsed.event) });
}
for (let i = 0; i < PER_SECOND * SECONDS; i++) message(PLAYED, `m${i}`, FIRST + Math.round((i * 1_000) / PER_SECOND), i);
const timeline = await builtTimeline(benchFolder('late-archive-past'), past);

let sent = 0;
let refolds = 0;
let refolding = false;
function lateEvent(): void {
  message(STORY, `late-${++sent}`, FIRST + 1_000 * sent);
}
timeline.onFolded((story) => {
  if (story !== STORY) return;
  refolds++;
  if (refolding) lateEvent();
});

const results = new Map<string, Lateness[]>();
for (let round = 0; round <= ROUNDS; round++) {
  if (round === 1) results.clear();
  for (const name of ['nothing else to do', 'a long past folded anew']) {
    refolding = name !== 'nothing else to do';
    await timeline.settled();
    if (refolding) lateEvent();
    results.set(name, [...(results.get(name) ?? []), await replay(timeline, past, PLAYED)]);
  }
  refolding = false;
}
const over = (name: string, of: (late: readonly number[]) => number) => median((results.get(name) ?? []).map(({ late: list }) => of(list)));
const rows: (string | number)[][] = [[`${PER_SECOND}/s late by, ms`, 'p50', 'p99', 'max', 'target']];
for (const name of results.keys()) {
  const p99 = over(name, (list) => percentile(list, 0.99));
  rows.push([name, over(name, median), p99, over(name, (list) => percentile(list, 1)), `≤ ${TARGET_MS} ${p99 <= TARGET_MS ? 'met' : 'MISSED'}`]);
}
await timeline.settled();
console.log(`\n${table(rows)}\n(medians of ${ROUNDS} rounds; ${refolds} refolds of ${PAST.toLocaleString('en')} events were finished)`);
await timeline.close();
removeBenchFolders();
