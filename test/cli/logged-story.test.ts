import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { toNdjson } from '../../src/exporters/cloud-events.js';
import { verifyStory } from '../../src/cli/logged-story.js';
import { importStory } from '../../src/cli/import-story.js';
import type { EventLog, LogEventData } from '../../src/log/log.js';
import { message, recorded } from '../support/drafts.js';
import { createMemoryLog } from '../support/memory-log.js';
import { record } from '../support/record.js';

const AT = '2020-01-01T00:00:00Z';

/** A file of so many messages. */
async function fileOf(t: { testdir(): string }, count: number): Promise<string> {
  const path = join(t.testdir(), 'story.ndjson');
  const events = recorded(Array.from({ length: count }, (_, i) => message(`m${i}`, AT)));
  let text = '';
  for await (const line of toNdjson(
    (async function* () {
      yield* events;
    })(),
  ))
    text += line;
  writeFileSync(path, text);
  return path;
}

t.test('a file that changes while it is imported is told of, and what was not checked is not stored', async (t) => {
  for (const [change, stored] of [
    [(text: string) => text.replace('words of m599', 'changed'), 500],
    [(text: string) => text.replace('"m599"', '"other"'), 500],
    [(text: string) => `${text.slice(0, -100)}\n`, 500],
    [(text: string) => `${text}\n`, 500],
  ] as const) {
    const memory = createMemoryLog();
    const file = await fileOf(t, 600);
    const log: EventLog = {
      ...memory,
      async append(...given) {
        if (memory.events.length === 0) writeFileSync(file, change(readFileSync(file, 'utf8')));
        return memory.append(...given);
      },
    };
    await t.rejects(importStory(log, { path: file, story: 'a-story' }), {
      code: 'bad-request',
      message: new RegExp(`(changed|not what it was).* ${stored} of 600`),
    });
    t.equal(memory.events.length, stored);
  }
});

t.test('a byte that is no text is told with its line and its place; a mark of byte order, and a line separator in a text, are not', async (t) => {
  const log = createMemoryLog();
  const file = await fileOf(t, 3);
  const bytes = readFileSync(file);
  const second = bytes.indexOf('\n') + 1;
  bytes[second + 20] = 0xff;
  writeFileSync(`${file}.bytes`, bytes);
  await t.rejects(importStory(log, { path: `${file}.bytes`, story: 'a-story' }), {
    code: 'bad-json',
    message: new RegExp(`line 2 is not UTF-8: look at byte ${second + 20} `),
  });
  t.equal(log.events.length, 0);
  writeFileSync(`${file}.marked`, `\ufeff${readFileSync(file, 'utf8').replaceAll('words', 'wo\u2028rds').replaceAll('\n', '\r\n')}`);
  t.match(await importStory(log, { path: `${file}.marked`, story: 'a-story' }), { added: 3, known: 0 });
  t.match(log.events[2]?.data, { data: { text: 'wo\u2028rds of m2' } });
  await t.rejects(importStory(log, { path: file, story: 'No Story' }), { code: 'bad-request', message: /no story id/ });
});

t.test('a dry run and an empty file store nothing', async (t) => {
  const log = createMemoryLog();
  const file = await fileOf(t, 3);
  t.match(await importStory(log, { path: file, story: 'a-story', dryRun: true }), { story: 'a-story', added: 3, known: 0 });
  writeFileSync(file, '\n\n');
  await t.rejects(importStory(log, { path: file, story: 'a-story' }), { code: 'bad-request', message: /no event/ });
  t.equal(log.events.length, 0);
});

t.test('a story of which the log lacks events does not verify, and it is said where they are missing', async (t) => {
  const log = createMemoryLog();
  const drafts = Array.from({ length: 4 }, (_, i) => message(`m${i}`, AT));
  for (const story of ['whole', 'beheaded', 'holed']) await record(log, story, drafts);
  t.equal((await verifyStory(log, 'whole')).fault, undefined);
  log.drop('story-beheaded', [0, 1]);
  log.drop('story-holed', [2]);
  t.match((await verifyStory(log, 'beheaded')).fault, /begins at revision 2: what was before is missing/);
  t.match((await verifyStory(log, 'holed')).fault, /revision 3 follows revision 1/);
  const stored = log.events.find((event) => event.stream === 'story-whole');
  await log.append('story-elsewhere', [{ ...stored, id: '00000000-0000-4000-8000-000000000001' } as LogEventData], 'any');
  t.match((await verifyStory(log, 'elsewhere')).fault, /revision 0 \("m0"\) does not have the log id/);
});
