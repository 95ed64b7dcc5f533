import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { ReadOptions } from './read-archive.js';
import { fixture, folderOf, readArchive } from './read-archive.js';

const TABLE = fixture('table.csv');
const columns = new Map(Object.entries({ id: 'No', at: 'When', from: 'Sender', to: 'Recipients', text: 'Message', inReplyTo: 'Answer to' }));
const zone = 'Europe/Berlin';

const read = (t: { testdir(): string }, text: string | Uint8Array, options: ReadOptions = { zone }) =>
  readArchive(join(folderOf(t, { 'x.csv': text }), 'x.csv'), options);

t.test('a row is a message, as precise as it is stated', async (t) => {
  const { format, events, at, report } = await readArchive(TABLE, { columns, zone });
  t.equal(format, 'csv');
  t.strictSame([at[0], at[1]], ['table.csv, line 2', 'table.csv, line 4'], 'a row of two lines is where it begins');
  const of = (n: number) => events.find((event) => event.id === `row:${n}`);
  t.match(of(1), {
    occurredAt: '2011-03-13T09:00:59.999+01:00',
    when: { precision: 'minute', earliest: '2011-03-13T09:00:00+01:00', stated: '13/03/2011 09:00', zone },
    seq: 0,
    visibility: 'private',
    data: { from: 'ann', to: ['bob'], text: 'Can you send the minutes, please?\nThe ones of Monday.' },
    sources: [{ locator: 'row 1', digest: /^sha256:/ }],
  });
  t.match(of(2), { seq: 1, data: { to: ['ann', 'cid'], text: 'Which ones? "All" of them \u{1F600} שלום' } }, 'in the same minute the order of the rows counts');
  t.match(of(3), { when: { earliest: '2011-03-27T01:30:00+01:00', latest: '2011-03-27T03:30:59.999+02:00' }, data: { inReplyTo: 'row:2' } });
  t.match(of(4), { when: { earliest: '2011-10-30T02:30:00+02:00', latest: '2011-10-30T02:30:59.999+01:00' }, data: { links: ['www.example.org'] } });
  t.match(of(5), { when: { precision: 'day', earliest: '2011-10-31T00:00:00+01:00', latest: '2011-10-31T23:59:59.999+01:00' } });
  t.match(of(6), { occurredAt: '2011-11-01T12:00:05+01:00', when: { precision: 'second' }, data: { from: 'bob-at-example-net', text: 'By mail\u0007' } });
  t.match(of(7), { when: { precision: 'minute', earliest: '2020-12-24T18:05:00+01:00' } });
  t.match(report.assumed, [/without an offset are in Europe\/Berlin/, /dates are written dmy, as table\.csv, line 2 /]);
  t.match(report.ambiguities, [
    { what: /showed never/, at: ['table.csv, line 5'] },
    { what: /showed twice/, at: ['table.csv, line 6'] },
  ]);
});

t.test('what has to be given is asked for: columns, zone, and the order of day and month', async (t) => {
  await t.rejects(readArchive(TABLE, { zone }), { code: 'unknown-format', message: /line 1: the columns are "No", "When", "Sender".*--map/ });
  await t.rejects(readArchive(TABLE, { zone, columns: new Map([...columns, ['from', 'Nobody']]) }), { code: 'unknown-format' });
  await t.rejects(readArchive(TABLE, { zone, columns: new Map([['who', 'Sender']]) }), { code: 'bad-request', message: /"who" is no field/ });
  await t.rejects(readArchive(TABLE, { columns }), { code: 'bad-request', message: /line 2 .*names no zone.*--tz/ });
  const rows = 'from;to;at;text\nAnn;Bob;03/04/2020;x\nAnn;Bob;05/06/2020;y\n';
  await t.rejects(read(t, rows), { code: 'bad-request', message: /cannot be seen.*03\/04\/2020.*--day-order/ });
  t.match((await read(t, rows, { zone, dayOrder: 'mdy' })).events, [{ when: { earliest: '2020-03-04T00:00:00+01:00' } }, {}]);
  t.match((await read(t, rows, { zone, dayOrder: 'dmy' })).events, [{ when: { earliest: '2020-04-03T00:00:00+02:00' } }, {}]);
  await t.rejects(read(t, `${rows}Ann;Bob;13/04/2020;z\nAnn;Bob;04/13/2020;z\n`), { code: 'bad-request', message: /more than one order/ });
  const exact = await read(t, 'from,to,at,text\nAnn,Bob,2020-01-02T03:04:05.678-05:00,x\nAnn,Bob,2020-01-02T03:04:05Z,y\n', {});
  t.match(exact.events, [
    { occurredAt: '2020-01-02T03:04:05.678-05:00', when: { precision: 'millisecond' } },
    { occurredAt: '2020-01-02T03:04:05Z', when: { precision: 'second' } },
  ]);
  t.match(
    exact.events,
    [{}, {}].map(() => ({ seq: 0 })),
    'rows that go back in time have no order',
  );
  const parts = await read(t, 'date\ttime\tfrom\tto\ttext\n2020-01-02\t3:04 pm\tAnn\tBob\tx\n', { zone });
  t.match(parts.events, [{ when: { stated: '2020-01-02 3:04 pm', earliest: '2020-01-02T15:04:00+01:00' } }]);
});

t.test('what is no message is refused with its line, and left out where that is asked for', async (t) => {
  const rows = (row: string) => `from,to,at,text\n"A",B,2020-01-02,ok\n${row}\n`;
  const cases: [row: string, says: RegExp][] = [
    [',B,2020-01-02,x', /names no sender/],
    ['A,,2020-01-02,x', /names no recipient/],
    ['A,B,2020-02-30,x', /"2020-02-30" is no date/],
    ['A,B,soon,x', /"soon" is no date/],
    ['A,B,,x', /has no date/],
    ['A,B', /has 2 cells, and there are 4 columns/],
    ['A,B,2020-01-02,x,y', /has 5 cells/],
  ];
  for (const [row, says] of cases) {
    await t.rejects(read(t, rows(row)), { code: 'bad-archive', message: says, faults: [{ at: 'x.csv, line 3' }] }, row);
    const lenient = await read(t, rows(row), { zone, skipFaults: true });
    t.equal(lenient.events.length, 1);
    t.match(lenient.report.dropped, [{ count: 1, at: ['x.csv, line 3'] }]);
  }
  await t.rejects(read(t, rows('A,B,2020-01-02,"cut off')), { code: 'bad-archive', message: /x\.csv, line \d+: .*[Qq]uote/ });
  const bytes = Buffer.from(rows('A,B,2020-01-02,x'));
  bytes[bytes.length - 2] = 0xff;
  await t.rejects(read(t, bytes), { code: 'bad-archive', message: new RegExp(`x\\.csv, byte ${bytes.length - 2}: it is not UTF-8`) });
  t.match((await read(t, 'from,to,at,text\nA,B,1970-01-01 00:00,x\nA,B,2106-02-07 06:28,y\n', { zone: 'UTC' })).events, [
    { when: { earliest: '1970-01-01T00:00:00Z' } },
    { when: { earliest: '2106-02-07T06:28:00Z' } },
  ]);
});

t.test('rows that say the same are as many messages as there are rows', async (t) => {
  const { events } = await read(t, 'from,to,at,text\nA,B,2020-01-02,x\nA,B,2020-01-02,x\nA,B,2020-01-02,y\n');
  t.equal(new Set(events.map(({ id }) => id)).size, 3);
});

t.test('whatever a table says is what the events say', async (t) => {
  const words = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(words, fc.integer({ min: 0, max: 4_102_444_800 })), { minLength: 1, maxLength: 20 }), async (rows) => {
      const lines = rows.map(([text, second], i) => `${i},Ann,Bob,${new Date(second * 1_000).toISOString().replace('.000', '')},${cell(text)}`);
      const folder = folderOf({ testdir: () => t.testdir({ [String(n++)]: {} }) }, { 'x.csv': `id,from,to,at,text\r\n${lines.join('\r\n')}` });
      const { events } = await readArchive(join(folder, 'x.csv'));
      t.strictSame(
        events.map(({ id, data, ...rest }) => [id, (data as { text: string }).text, (rest as { occurredAt: string }).occurredAt]),
        rows.map(([text, second], i) => [`row:${i}`, text.replace(/\p{Cs}/gu, '\ufffd'), new Date(second * 1_000).toISOString().replace('.000', '')]),
      );
    }),
    { numRuns: 40 },
  );
});
