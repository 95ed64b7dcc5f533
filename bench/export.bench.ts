/**
 * A long story in each format: 20,000 events where nothing is said, with --full also 1 million, or as many as --events=… says.
 * Limit: JSON.stringify of the same happenings in a loop, read in the same way and thrown away. For CSV beside it the library
 * alone, over rows of as many columns that are made already, in as large batches. Interleaved rounds; happenings a second.
 * Then the most memory in use while each is written, of 10,000 events and of the largest. Unit: megabytes over what was in use
 * before.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { wordsIn } from '../events/words.js';
import { toNdjson } from '../src/exporters/cloud-events.js';
import { formatOf } from '../src/exporters/formats.js';
import { readHappenings } from '../src/http/happenings.js';
import { openReading } from '../src/http/story-reading.js';
import { eventsOf } from '../src/recording/recorded-events.js';
import type { Timeline } from '../src/timeline/timeline.js';
import { bigLog, STORY } from './support/big-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { numberOption } from './support/options.js';
import { builtTimeline } from './support/read-model.js';
import { type Contestant, compare, timed } from './support/rounds.js';
import { brief, table } from './support/stats.js';
import { memory } from './support/usage.js';

const SMALL = 10_000;
const SIZES = process.argv.includes('--full') ? [20_000, 1_000_000] : [numberOption('events', 20_000)];
const FORMATS = ['csv', 'timelinejs', 'webvtt', 'text'] as const;
const MOST_GROWTH_MB = 16;
/** So many characters are written between two looks at the memory. */
const LOOK = 500_000;
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as typeof globalThis.gc;
const query = { words: wordsIn('UTC'), zone: 'UTC' };

interface Subject {
  readonly size: number;
  readonly log: ReturnType<typeof bigLog>;
  readonly timeline: Timeline;
}

async function subjectOf(size: number): Promise<Subject> {
  const log = bigLog({ events: size });
  return { size, log, timeline: await builtTimeline(benchFolder(`export-${size}`), log) };
}

async function pieces({ log, timeline }: Subject, name: string): Promise<AsyncIterable<string>> {
  const format = formatOf(name);
  if (format.from === 'log') return toNdjson(eventsOf(log, STORY));
  if (format.from === 'requests') throw new Error('not measured');
  const read = await readHappenings(timeline, STORY, query, format.timed === 'never' ? undefined : { fitMs: 600_000, idleMs: 10_000 });
  if (read === undefined) throw new Error('there is no such story');
  return format.write(read.told, { bom: false });
}

/** Characters are counted, so that nobody can leave them unwritten. */
async function written(text: AsyncIterable<string>, look?: () => void): Promise<number> {
  let length = 0;
  let next = LOOK;
  for await (const piece of text) {
    length += piece.length;
    if (length < next) continue;
    next += LOOK;
    look?.();
  }
  return length;
}

async function rounds(subject: Subject): Promise<void> {
  const { timeline, size } = subject;
  const happenings = timeline.story(STORY)?.events as number;
  const rows = parse(await joined(await pieces(subject, 'csv'))) as string[][];
  const contestants: Contestant[] = [
    {
      name: 'JSON.stringify of each',
      role: 'limit',
      round: () =>
        timed(async () => {
          const reading = await openReading(timeline, STORY, query);
          if (reading === undefined) throw new Error('there is no such story');
          let length = 0;
          for await (const step of reading.steps()) if (step.kind === 'happening') length += JSON.stringify(step.event).length;
          return length > 0 ? happenings : 0;
        }),
    },
    ...FORMATS.map(
      (name): Contestant => ({ name, role: 'ours', round: () => timed(async () => ((await written(await pieces(subject, name))) > 0 ? happenings : 0)) }),
    ),
    {
      name: 'cloudevents, from the log',
      role: 'ours',
      round: () => timed(async () => ((await written(await pieces(subject, 'cloudevents'))) > 0 ? size : 0)),
    },
    {
      name: 'csv-stringify alone',
      role: 'other',
      round: () =>
        timed(async () => {
          let length = 0;
          for (let i = 0; i < rows.length; i += 64) length += stringify(rows.slice(i, i + 64), { record_delimiter: 'windows', escape_formulas: true }).length;
          return length > 0 ? happenings : 0;
        }),
    },
  ];
  await compare(`${brief(size)} events`, contestants, size > 100_000 ? 3 : 5);
}

async function joined(text: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const piece of text) whole += piece;
  return whole;
}

/** The most memory that is in use while a format is written, in MB over what was before. */
async function most(subject: Subject, name: string): Promise<number> {
  await turn();
  const { heap } = await memory();
  let peak = 0;
  const look = () => {
    globalThis.gc?.();
    peak = Math.max(peak, process.memoryUsage().heapUsed - heap);
  };
  await written(await pieces(subject, name), look);
  return peak / 1e6;
}

const subjects = [await subjectOf(SMALL)];
for (const size of SIZES) {
  const subject = await subjectOf(size);
  subjects.push(subject);
  await rounds(subject);
}

const largest = subjects.at(-1) as Subject;
const lines: (string | number)[][] = [['most in use, MB', brief(SMALL), brief(largest.size), '']];
for (const name of [...FORMATS, 'cloudevents']) {
  const [small, large] = [await most(subjects[0] as Subject, name), await most(largest, name)];
  lines.push([name, small, large, large - small <= MOST_GROWTH_MB ? 'flat' : 'GROWS']);
}
console.log(`\n${table(lines)}`);
for (const { timeline } of subjects) await timeline.close();
removeBenchFolders();
