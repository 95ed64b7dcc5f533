import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { StoryDescribed } from '../../events/descriptions.js';
import { type ImportRequest, importStory, type Progress } from '../../src/cli/import-story.js';
import type { EventLog } from '../../src/log/log.js';
import { parsedEvents } from '../../src/recording/recorded-events.js';
import { fixture, folderOf } from '../importers/read-archive.js';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.js';

const STORY = 'mine';
const people = JSON.parse(readFileSync(fixture('people.json'), 'utf8')) as unknown;
const columns = new Map(Object.entries({ id: 'No', at: 'When', from: 'Sender', to: 'Recipients', text: 'Message', inReplyTo: 'Answer to' }));
const zone = 'Europe/Berlin';

const REQUESTS: Readonly<Record<string, Omit<ImportRequest, 'story'>>> = {
  mail: { path: fixture('mail'), people },
  csv: { path: fixture('table.csv'), people, zone, columns },
  whatsapp: { path: fixture('whatsapp'), people, zone },
  'x-archive': { path: fixture('x'), people },
};

async function described(log: EventLog): Promise<StoryDescribed[]> {
  const all: StoryDescribed[] = [];
  for await (const parsed of parsedEvents(log, STORY)) if ('event' in parsed && parsed.event.type === 'StoryDescribed') all.push(parsed.event);
  return all;
}

t.test('the same archive again adds nothing, whatever it is', async (t) => {
  for (const [format, request] of Object.entries(REQUESTS)) {
    const log = createMemoryLog();
    const dry = await importStory(log, { ...request, story: STORY, dryRun: true });
    t.equal(log.events.length, 0, `${format}: a dry run stores nothing`);
    const first = await importStory(log, { ...request, story: STORY });
    t.match(first, { format, added: dry.added, known: dry.known });
    t.equal(log.events.length, first.added);
    const again = await importStory(log, { ...request, story: STORY });
    t.match(again, { added: 0, known: first.added - 1 + first.known, contentDigest: first.contentDigest });
    t.equal(log.events.length, first.added);
  }
});

t.test('a longer archive adds what is new, and the description goes on from the one before', async (t) => {
  const log = createMemoryLog();
  const folder = folderOf(t, {});
  cpSync(fixture('whatsapp/_chat.txt'), join(folder, '_chat.txt'));
  const request = { path: join(folder, '_chat.txt'), story: STORY, zone };
  const first = await importStory(log, { ...request, title: 'A chat', possibleAnswersWithin: 'PT72H' });
  appendFileSync(join(folder, '_chat.txt'), '[02/01/2025, 00:00:00] Dora: new here\r\n');
  const second = await importStory(log, request);
  t.match(second, { added: 2, known: 11, kept: { MessageSent: 12 } });
  t.strictSame(
    second.ambiguous.map(({ what }) => what),
    first.ambiguous.map(({ what }) => what),
    'that a message went to one more is no other message',
  );
  const [before, after, ...others] = await described(log);
  t.strictSame(others, []);
  t.match(after?.data, { title: 'A chat', timeZone: zone, possibleAnswersWithin: 'PT72H', sources: [{ title: '_chat.txt' }, { title: '_chat.txt' }] });
  t.equal(after?.data.participants.length, (before?.data.participants.length ?? 0) + 1);

  const other = await importStory(log, { path: fixture('mail'), story: STORY, people });
  t.equal(other.added, 9, 'another archive goes into the same story');
  const last = (await described(log)).at(-1);
  t.match(last?.data, { title: 'A chat', possibleAnswersWithin: 'PT72H' });
  t.ok(last?.data.participants.some(({ id }) => id === 'dora'));
  t.ok(
    last?.data.participants.some(({ id, name }) => id === 'ann' && name === 'Ann Lee'),
    'the file of people says what somebody is called',
  );
  t.equal((await importStory(log, request)).added, 0, 'the first one again adds nothing still');
});

t.test('one fault keeps all of it out, unless it is asked for to leave it out', async (t) => {
  const log = createMemoryLog();
  const folder = folderOf(t, {});
  cpSync(fixture('mail'), folder, { recursive: true });
  writeFileSync(join(folder, 'draft.eml'), 'To: bob@example.net\nDate: Tue, 1 Mar 2016 09:00:00 +0000\nMessage-ID: <d@x>\n\nnobody sent it\n');
  const request = { path: folder, story: STORY };
  await t.rejects(importStory(log, request), { code: 'bad-archive', message: /draft\.eml, byte 0: the message names no sender.*--skip-faults/ });
  t.equal(log.events.length, 0);
  const left = await importStory(log, { ...request, skipFaults: true });
  t.match(left, { added: 9, dropped: [{ what: /no sender/, count: 1, at: ['draft.eml, byte 0'] }] });
});

t.test('two bodies under one id: a table is refused, of a mailbox the first is kept and the other told of', async (t) => {
  const log = createMemoryLog();
  const rows = 'id,from,to,at,text\n1,Ann,Bob,2020-01-01T00:00:00Z,one\n';
  const path = join(folderOf(t, { 'x.csv': `${rows}1,Ann,Bob,2020-01-01T00:00:00Z,other\n` }), 'x.csv');
  await t.rejects(importStory(log, { path, story: STORY }), {
    code: 'id-reused',
    message: /x\.csv, line 3: "row:1" says something else in the same file, at x\.csv, line 2/,
  });
  t.equal(log.events.length, 0);
  t.match((await importStory(log, { path: fixture('mail/letters.mbox'), story: STORY })).ambiguous.at(-1), {
    what: /first of those with one id is kept/,
    at: [/letters\.mbox, byte \d+ \("mail:m2@example\.net", as letters\.mbox, byte \d+\)/],
  });
});

t.test('a full disk of the log is told of, and the same again goes on from there', async (t) => {
  const memory = createMemoryLog();
  const log: EventLog = { ...memory, append: () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })) };
  const request = { ...(REQUESTS.mail as Omit<ImportRequest, 'story'>), story: STORY };
  await t.rejects(importStory(log, request), {
    code: 'log-unavailable',
    message: /ENOSPC: no space left on device.* 0 of 9 events were stored; the same command goes on/,
  });
  t.equal((await importStory(memory, request)).added, 9);
});

t.test('an archive that changes between its readings is told of', async (t) => {
  for (const name of ['letters.mbox', 'later.eml']) {
    const folder = folderOf(t, {});
    cpSync(fixture('mail'), folder, { recursive: true });
    const memory: MemoryLog = createMemoryLog();
    let reads = 0;
    const onProgress = ({ stage }: Progress) => {
      if (stage === 'storing' && reads++ === 0)
        writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').replaceAll('Subject: ', 'Subject: changed '));
    };
    await t.rejects(importStory(memory, { path: folder, story: STORY }, onProgress), { code: 'bad-request', message: /changed|is not what it was/ }, name);
  }
});

t.test('what describes itself takes no title, and what is no story id none either', async (t) => {
  const log = createMemoryLog();
  const path = join(folderOf(t, { 'x.ndjson': '{}\n' }), 'x.ndjson');
  await t.rejects(importStory(log, { path, story: STORY, title: 'x' }), { code: 'bad-request', message: /cloudevents says itself/ });
  await t.rejects(importStory(log, { path, story: 'No Story' }), { code: 'bad-request', message: /no story id/ });
  await t.rejects(importStory(log, { path, story: STORY, zone: 'Nowhere' }), { code: 'bad-request', message: /no time zone/ });
});
