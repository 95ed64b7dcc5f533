/**
 * Imports: events a second and the most memory, for CloudEvents, a mailbox and an X archive of 20,000 messages (--full:
 * 1,000,000; --events=…), beside the same file read once by what is usual for its format, which is the limit. An import reads
 * the file twice, checks every event, stores it durably and verifies the story; a dry run is the first of its two readings.
 * Interleaved rounds, each in a process of its own. Then the most memory of an import of 10,000 and of all, where V8 may keep
 * 64 MB: what is held for longer than it is needed shows, and garbage does not.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import type { Done, Importing, Job } from './support/importing.js';
import { numberOption } from './support/options.js';
import { compare, median } from './support/rounds.js';
import { brief, table } from './support/stats.js';

const EVENTS = numberOption('events', process.argv.includes('--full') ? 1_000_000 : 20_000);
const SMALL = 10_000;
const HEAP = ['--max-semi-space-size=4', '--max-old-space-size=64'];
const MOST_GROWTH_MB = 32;
const ROUNDS = numberOption('rounds', 3);
const PEOPLE = 200;
const FIRST = Date.UTC(2015, 0, 1);
const STEP = 97_000;
const MEGABYTE = 1024 * 1024;

const words = (i: number) =>
  `Words of message ${i}, which says as much as people say: see https://example.org/${i % 1_000} for "more" of it. `.repeat(1 + (i % 3));
const person = (i: number) => i % PEOPLE;
const time = (i: number) => new Date(FIRST + i * STEP).toISOString();

const ARCHIVES: Readonly<Record<Job['format'], { name: string; before: string; after: string; item(i: number): string }>> = {
  cloudevents: {
    name: 'story.ndjson',
    before: '',
    after: '',
    item: (i) =>
      `${JSON.stringify({ specversion: '1.0', id: `m${i}`, source: '/stories/x', type: 'hindcast.MessageSent', time: time(i), datacontenttype: 'application/json', schemaversion: 1, data: { occurredAt: time(i), visibility: 'private', data: { from: `person-${person(i)}`, to: [`person-${person(i * 7 + 1)}`], channel: 'mail', text: words(i), links: [] } } })}\n`,
  },
  mail: {
    name: 'all.mbox',
    before: '',
    after: '',
    item: (i) =>
      `From p${person(i)}@example.org Thu Jan  1 00:00:00 2015\nFrom: "Person ${person(i)}" <p${person(i)}@example.org>\nTo: p${person(i * 7 + 1)}@example.org\nSubject: Message ${i}\nDate: ${new Date(FIRST + i * STEP).toUTCString().replace('GMT', '+0000')}\nMessage-ID: <m${i}@example.org>\nIn-Reply-To: <m${Math.max(0, i - 3)}@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${words(i)}\n\n`,
  },
  'x-archive': {
    name: 'direct-messages.js',
    before: 'window.YTD.direct_messages.part0 = [ { "dmConversation" : { "conversationId" : "1-2", "messages" : [ ',
    after: ' ] } } ]\n',
    item: (i) =>
      `${i === 0 ? '' : ', '}${JSON.stringify({ messageCreate: { recipientId: String(1 + (i % 2)), reactions: [], urls: [], text: words(i), mediaUrls: [], senderId: String(2 - (i % 2)), id: String(1_100_000_000_000_000_000n + BigInt(i)), createdAt: time(i) } }, undefined, 2)}`,
  },
};

function written(format: Job['format'], count: number): string {
  const { name, before, after, item } = ARCHIVES[format];
  const path = join(benchFolder('import-archive'), name);
  const file = openSync(path, 'w');
  writeSync(file, before);
  let block = '';
  for (let i = 0; i < count; i++) {
    block += item(i);
    if (block.length > MEGABYTE) {
      writeSync(file, block);
      block = '';
    }
  }
  writeSync(file, block + after);
  closeSync(file);
  return path;
}

/** The most memory of one import, in MB, in a heap of its own. */
async function mostInSmallHeap(format: Job['format'], path: string): Promise<number> {
  const helper = startHelper<Importing>('importing', [], HEAP);
  const folder = benchFolder('import-log');
  const { peak } = await helper.ask('import', { path, format, folder });
  await helper.end();
  removeBenchFolders(folder);
  return peak / MEGABYTE;
}

try {
  const held: (string | number)[][] = [['most memory in a heap of 64 MB, MB', brief(SMALL), brief(EVENTS), '']];
  for (const format of Object.keys(ARCHIVES) as Job['format'][]) {
    const path = written(format, EVENTS);
    const peaks = new Map<string, number[]>();
    const round = (name: string, deed: keyof Importing) => async () => {
      const helper = startHelper<Importing>('importing');
      const folder = benchFolder('import-log');
      const { events, milliseconds, peak }: Done = await helper.ask(deed, { path, format, folder });
      await helper.end();
      removeBenchFolders(folder);
      if (events !== EVENTS) throw new Error(`${name} of ${format}: ${events} events`);
      peaks.set(name, [...(peaks.get(name) ?? []), peak / MEGABYTE]);
      return { operations: events, milliseconds };
    };
    await compare(
      `${format}, ${EVENTS.toLocaleString('en')} messages`,
      [
        { name: 'import', role: 'ours', round: round('import', 'import') },
        { name: 'dry run', role: 'other', round: round('dry run', 'dryRun') },
        { name: 'bare reading', role: 'limit', round: round('bare reading', 'bare') },
      ],
      ROUNDS,
    );
    console.log(table([['most memory, MB', 'median'], ...[...peaks].map(([name, list]) => [name, median(list)])]));
    const small = written(format, SMALL);
    const [least, most] = [await mostInSmallHeap(format, small), await mostInSmallHeap(format, path)];
    held.push([format, least, most, most - least <= MOST_GROWTH_MB ? 'flat' : 'GROWS']);
    removeBenchFolders(join(path, '..'), join(small, '..'));
  }
  console.log(`\n${table(held)}`);
} finally {
  await endHelpers();
  removeBenchFolders();
}
