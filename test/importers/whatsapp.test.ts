import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { fixture, folderOf, readArchive, type ReadOptions } from './read-archive.js';
import { zipOf } from './zip-of.js';

const zone = 'Europe/Berlin';
const people = JSON.parse(readFileSync(fixture('people.json'), 'utf8')) as unknown;

const read = (t: { testdir(): string }, text: string | Uint8Array, options: ReadOptions = { zone }, name = '_chat.txt') =>
  readArchive(join(folderOf(t, { [name]: text }), name), options);

t.test('a chat with its attachments is its messages, in the words of those who sent them', async (t) => {
  const { format, events, at, report } = await readArchive(fixture('whatsapp'), { zone, people });
  t.equal(format, 'whatsapp');
  t.equal(events.length, 11);
  t.match(events[0], {
    id: /^whatsapp:/,
    occurredAt: '2015-02-13T09:00:01+01:00',
    when: { precision: 'second', stated: '13/02/2015, 09:00:01', zone },
    seq: 0,
    visibility: 'private',
    data: { from: 'ann', to: ['bob', /^cid--/, /^49-170-1234567--/], text: 'Can you send the minutes?\nThose of Monday: with a colon\n[not a time] but words' },
  });
  t.match(events[1], { seq: 1, data: { text: 'And the list 📝' } }, 'in the same second the order of the file counts');
  t.match(events[2], {
    data: { text: '' },
    sources: [{ digest: /^sha256:/ }, { locator: '00000003-minutes.pdf', digest: 'sha256:4603ab14ec68df40dbc6d86b8adfed8ddc3ed2df09aebb4ca5db75ef60916932' }],
  });
  t.match(events[3], { data: { from: /^cid--/, text: 'שלום \u202eright\u202c https://example.org/a', links: ['https://example.org/a'] } });
  t.match(events[4], { when: { earliest: '2015-03-29T01:30:00+01:00', latest: '2015-03-29T03:30:00+02:00' } });
  t.match(events[5], {
    when: { earliest: '2015-10-25T02:30:00+02:00', latest: '2015-10-25T02:30:00+01:00' },
    data: { text: 'In the hour that came twice' },
    sources: [{}, { note: /edited/ }],
  });
  t.match(events[6], { data: { text: '', incomplete: true }, sources: [{}, { note: /deleted/ }] });
  t.match(events[7], { data: { from: /^49-170/, text: '' }, sources: [{}, { note: /image omitted/ }] });
  t.not(events[8]?.id, events[9]?.id, 'the same words twice are two messages');
  t.match(events[10], { occurredAt: '2025-01-01T00:00:00+01:00', data: { text: 'Ten years on \u0007' } });
  t.match(report.dropped, [{ what: /note of the app/, count: 2, at: ['_chat.txt, line 1', '_chat.txt, line 12'] }]);
  t.match(report.ambiguities, [
    { what: /showed never/, at: ['_chat.txt, line 8'] },
    { what: /showed twice/, count: 2 },
  ]);
  t.match(report.assumed, [/times are in Europe\/Berlin/, /written dmy, as _chat\.txt, line 1 /, /everybody else/]);
  t.equal(at[1], '_chat.txt, line 5');
});

t.test('the other way of writing a chat, with halves of the day', async (t) => {
  const { events, report } = await readArchive(fixture('WhatsApp Chat with Bob.txt'), { zone });
  t.match(events, [
    {
      when: { precision: 'minute', earliest: '2015-02-13T09:00:00+01:00', latest: '2015-02-13T09:00:59.999+01:00' },
      data: { to: ['bob'], text: 'Can you send the minutes?\nThose of Monday' },
    },
    {
      when: { earliest: '2015-02-13T21:00:00+01:00' },
      data: { text: 'Here is the caption' },
      sources: [{}, { locator: 'IMG-20150213-WA0001.jpg', note: /not in the archive/ }],
    },
    { when: { earliest: '2015-02-14T00:15:00+01:00' }, data: { text: '' } },
    { data: { from: 'ann', text: 'Thanks' } },
  ]);
  t.match(report.assumed, [/times are in/, /two digits are of this century/, /written mdy, as WhatsApp Chat with Bob\.txt, line 1 /, /everybody else/]);
});

t.test('neither the zone nor the order of day and month is guessed', async (t) => {
  const chat = '[03/04/2020, 12:00:00] Ann: one\n[05/06/2020, 12:00:00] Bob: two\n';
  await t.rejects(read(t, chat, {}), { code: 'bad-request', message: /names no time zone.*--tz/ });
  await t.rejects(read(t, chat), { code: 'bad-request', message: /_chat\.txt, line 1 .*--day-order/ });
  t.match((await read(t, chat, { zone, dayOrder: 'mdy' })).events, [{ occurredAt: '2020-03-04T12:00:00+01:00' }, {}]);
  t.match((await read(t, chat, { zone, dayOrder: 'dmy' })).events, [{ occurredAt: '2020-04-03T12:00:00+02:00' }, {}]);
  t.match((await read(t, '[2020-04-03, 12:00:00] Ann: one\n[2020-04-03, 12:00:01] Bob: two\n')).events, [{ occurredAt: '2020-04-03T12:00:00+02:00' }, {}]);
  await t.rejects(read(t, `${chat}[32/12/2020, 12:00:00] Ann: three\n`, { zone, dayOrder: 'dmy' }), {
    code: 'bad-archive',
    message: /"32\/12\/2020, 12:00:00" is no time/,
    faults: [{ at: '_chat.txt, line 3' }],
  });
});

t.test('whoever speaks alone speaks to whom the file is called after, or to others', async (t) => {
  const chat = '[2020-04-03, 12:00:00] Ann: one\n';
  t.match((await read(t, chat, { zone }, 'WhatsApp Chat with Bob.txt')).events, [{ data: { to: ['bob'] } }]);
  t.match((await read(t, chat)).report.ambiguities, [{ what: /others in the chat/ }]);
  const zip = join(folderOf(t, { 'WhatsApp Chat - Bob.zip': zipOf([{ name: '_chat.txt', bytes: chat }]) }), 'WhatsApp Chat - Bob.zip');
  t.match((await readArchive(zip, { zone })).events, [{ data: { to: ['bob'] } }]);
});

t.test('what is no chat, or no text, is refused with its line', async (t) => {
  await t.rejects(read(t, 'Dear all\n', { zone, format: 'whatsapp' }), { code: 'bad-archive', message: /_chat\.txt, line 1: no message begins here/ });
  const bytes = Buffer.from('[2020-04-03, 12:00:00] Ann: one\n[2020-04-03, 12:00:01] Ann: x\n');
  bytes[bytes.length - 2] = 0xff;
  await t.rejects(read(t, bytes), { code: 'bad-archive', message: new RegExp(`_chat\\.txt, line 2: byte ${bytes.length - 2} of the file is not UTF-8`) });
});

t.test('a longer export of the same chat has the same messages, and those that are new', async (t) => {
  const chat = readFileSync(fixture('whatsapp/_chat.txt'), 'utf8');
  const first = await read(t, chat);
  const later = await read(t, `${chat}[02/01/2025, 00:00:00] Dora: new here\r\n`);
  t.strictSame(
    later.events.slice(0, -1).map(({ id }) => id),
    first.events.map(({ id }) => id),
  );
});

t.test('whatever is said in a chat is what the events say', async (t) => {
  const words = fc
    .array(
      fc.string({ unit: 'grapheme' }).map((line) => `x${line.replace(/[\n\r\u200e]/g, ' ')}`),
      { minLength: 1, maxLength: 3 },
    )
    .map((lines) => lines.join('\n'));
  let n = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ text: words, from: fc.constantFrom('Ann', 'Bob Lee', 'Cid: x'), second: fc.integer({ min: 0, max: 59 }) }), { minLength: 1 }),
      async (said) => {
        const spoken = said.map((one) => ({ ...one, from: one.from.replace(': x', '') }));
        const chat = spoken.map(({ text, from, second }) => `[2020-04-03, 12:00:${String(second).padStart(2, '0')}] ${from}: ${text}\n`).join('');
        const { events } = await read({ testdir: () => t.testdir({ [String(n++)]: {} }) }, chat, { zone: 'UTC' });
        t.strictSame(
          events.map(({ data, ...rest }) => [(data as { text: string }).text, (rest as { occurredAt: string }).occurredAt]),
          spoken.map(({ text, second }) => [text, `2020-04-03T12:00:${String(second).padStart(2, '0')}Z`]),
        );
        t.equal(new Set(events.map(({ id }) => id)).size, spoken.length);
      },
    ),
    { numRuns: 40 },
  );
});
