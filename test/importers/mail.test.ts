import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { formatInstant } from '../../events/story-time.js';
import { instantText, mailDate } from '../../src/importers/mail-date.js';
import { messagesOf } from '../../src/importers/mbox.js';
import { fixture, folderOf, readArchive } from './read-archive.js';

const LETTERS = fixture('mail/letters.mbox');
const people = JSON.parse(readFileSync(fixture('people.json'), 'utf8')) as unknown;

t.test('a mailbox is its messages, with what each says of itself', async (t) => {
  const { format, events, report } = await readArchive(LETTERS, { people });
  t.equal(format, 'mail');
  const of = (id: string) => events.find((event) => event.id === id);
  t.match(of('mail:m1@example.org'), {
    type: 'MessageSent',
    occurredAt: '2016-03-01T09:00:00+01:00',
    when: { precision: 'second', stated: 'Tue, 1 Mar 2016 09:00:00 +0100' },
    visibility: 'private',
    originalRecordedAt: '2016-03-01T08:00:05Z',
    sources: [{ locator: 'Message-ID <m1@example.org>', digest: /^sha256:[0-9a-f]{64}$/ }],
    data: { from: 'ann', to: ['bob', 'cid-at-example-com'], subject: 'The minutes 📝', links: ['https://example.org/minutes', 'wlsearch.tk'] },
  });
  t.equal(
    (of('mail:m1@example.org')?.data as { text?: string } | undefined)?.text,
    'Can you send the minutes? See https://example.org/minutes and wlsearch.tk\nFrom the hall, with thanks ❤️\nשלום \u202eright to left\u202c\nFrom me, Ann\n',
    'one ">" is taken from a quoted line, and nothing else is another',
  );
  t.match(of('mail:m2@example.net'), {
    occurredAt: '2016-03-01T02:30:00-08:00',
    data: { from: 'bob', to: ['ann', 'cid-at-example-com', 'dora-at-example-com'], text: 'Here they are, café included.\n', inReplyTo: 'mail:m1@example.org' },
    sources: [
      {},
      {
        locator: 'minutes.pdf',
        note: 'Attachment, application/pdf, 12 bytes',
        digest: 'sha256:4603ab14ec68df40dbc6d86b8adfed8ddc3ed2df09aebb4ca5db75ef60916932',
      },
    ],
  });
  t.match(of('mail:m3@example.org'), {
    occurredAt: '2016-03-02T08:00:59.999+01:00',
    when: { precision: 'minute', earliest: '2016-03-02T08:00:00+01:00', latest: '2016-03-02T08:00:59.999+01:00' },
    data: { text: 'For your files.\n', forwardOf: 'mail:m2@example.net' },
  });
  t.match(of('mail:m4@example.org'), { occurredAt: '2016-03-27T01:30:00-05:00', data: { text: 'First line\n\nSecond & last' } });
  t.match(of('mail:m5@example.org'), { occurredAt: '2016-03-03T12:00:00Z', undated: true, when: { precision: 'unknown', earliest: null, stated: null } });
  t.match(of('mail:m6@example.org'), { occurredAt: '1970-01-01T00:00:00Z' });
  t.match(of('mail:m7@example.org'), { occurredAt: '2106-02-07T06:28:15Z', data: { text: 'Bell \u0007 and escape \u001b[31m stay as they are.\n' } });
  t.match(
    report.ambiguities.map(({ what }) => what),
    [/no plain text/, /names nobody/, /no date/],
  );
  t.end();
});

t.test('a folder is all the messages in it, and a file that is none is told of', async (t) => {
  const { events, report, at } = await readArchive(fixture('mail'), { people });
  t.equal(events.length, 10);
  t.equal(at[0], 'later.eml, byte 0');
  t.match(events[0], { id: 'mail:m8@example.org', data: { inReplyTo: 'mail:m2@example.net' } });
  t.strictSame(report.dropped, []);
  const folder = folderOf(t, { 'a.eml': 'From: a@example.org\nTo: b@example.org\nDate: Tue, 1 Mar 2016 09:00:00 +0000\n\nwords\n', 'notes.txt': 'nothing' });
  const other = await readArchive(folder);
  t.match(other.events, [{ id: /^mail:[\w-]{32}$/ }]);
  t.match(other.report.dropped, [{ count: 1, at: ['notes.txt'] }]);
  t.match(other.report.assumed, [/without a Message-ID/]);
});

t.test('what is no message is refused with its place, and left out where that is asked for', async (t) => {
  const good = 'From: a@example.org\nTo: b@example.org\nDate: Tue, 1 Mar 2016 09:00:00 +0000\nMessage-ID: <ok@x>\n\nwords\n';
  const cases: [name: string, message: string, says: RegExp][] = [
    ['no sender', good.replace('From: a@example.org\n', ''), /names no sender/],
    ['no such day', good.replace('1 Mar', '31 Feb'), /is no date/],
    ['no such hour', good.replace('09:00', '25:00'), /is no date/],
    ['no zone', good.replace(' +0000', ''), /names no offset.*--tz/],
    ['a zone nobody knows', good.replace('+0000', 'XYZ'), /names no offset/],
    ['cut off', good.replace('\n\n', '\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'), /ends before its last part/],
    ['no message', 'nothing of that kind', /no message/],
  ];
  for (const [name, message, says] of cases) {
    const folder = folderOf(t, { 'a.eml': message, 'b.eml': good });
    await t.rejects(readArchive(folder), { code: 'bad-archive', message: says, faults: [{ at: 'a.eml, byte 0' }] }, name);
    const lenient = await readArchive(folder, { skipFaults: true });
    t.equal(lenient.events.length, 1);
    t.match(lenient.report.dropped, [{ count: 1, at: ['a.eml, byte 0'] }]);
  }
  const cut = `From a Tue Mar  1 09:00:00 2016\n${good}\nFrom b Tue Mar  1 09:00:00 2016\n${good.replace('ok@x', 'other@x').trimEnd()}`;
  await t.rejects(readArchive(join(folderOf(t, { 'x.mbox': cut }), 'x.mbox')), {
    code: 'bad-archive',
    message: new RegExp(`x\\.mbox, byte ${cut.lastIndexOf('From: a')}: the file ends in the middle`),
  });
  await t.rejects(readArchive(join(folderOf(t, { 'x.mbox': `junk\n${cut}` }), 'x.mbox'), { format: 'mail' }), { code: 'bad-archive' });
  const local = await readArchive(folderOf(t, { 'a.eml': good.replace(' +0000', '') }), { zone: 'Europe/Berlin' });
  t.match(local.events, [{ occurredAt: '2016-03-01T09:00:00+01:00', when: { zone: 'Europe/Berlin' } }]);
  t.match(local.report.assumed, [/without an offset are in Europe\/Berlin/]);
});

t.test('HTML that is nested without end is read as far as it can be', async (t) => {
  const head = 'From: a@example.org\nTo: b@example.org\nDate: Tue, 1 Mar 2016 09:00:00 +0000\nMessage-ID: <ok@x>\nContent-Type: text/html; charset=utf-8\n\n';
  const { events } = await readArchive(folderOf(t, { 'a.eml': `${head}first${'<div>'.repeat(20_000)}last` }));
  t.match(events, [{ data: { text: /^first/ } }]);
});

t.test('bytes that their encoding does not have are told of', async (t) => {
  const head = 'From: a@example.org\nTo: b@example.org\nDate: Tue, 1 Mar 2016 09:00:00 +0000\nMessage-ID: <ok@x>\nContent-Type: text/plain; charset=utf-8\n\n';
  const { report } = await readArchive(folderOf(t, { 'a.eml': Buffer.concat([Buffer.from(head), Buffer.from([0x61, 0xff, 0x62])]) }));
  t.match(report.ambiguities, [{ what: /U\+FFFD/, at: ['a.eml, byte 0'] }]);
});

t.test('a date header is read as it was written, and what is none is none', (t) => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2106-02-07T06:28:15Z'), noInvalidDate: true }),
      fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
      (date, offset) => {
        const ms = Math.floor(date.getTime() / 1_000) * 1_000;
        const local = new Date(ms + offset * 60_000).toUTCString();
        const sign = `${offset < 0 ? '-' : '+'}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}${String(Math.abs(offset) % 60).padStart(2, '0')}`;
        const read = mailDate(local.replace('GMT', sign));
        t.strictSame(read?.offset, offset === 0 ? 0 : offset);
        t.equal(read === undefined ? undefined : instantText({ ...read, offset }), formatInstant(ms, offset));
      },
    ),
  );
  t.match(mailDate('1 Mar 16 09:00 Z (a (nested) comment)'), { wall: { year: 2016, month: 3, day: 1, hour: 9, minute: 0 }, offset: 0 });
  t.match(mailDate('Fri, 31 Dec 1999 23:59:60 +0000'), { wall: { second: 60 } });
  for (const text of [
    `a${' '.repeat(1_000_000)}`,
    '',
    'yesterday',
    '1 Foo 2016 09:00:00 +0000',
    '29 Feb 2015 09:00:00 +0000',
    '1 Mar 2016 09:00:00 +9999',
    '1 Mar 2016 24:00:00 +0000',
  ])
    t.equal(mailDate(text), undefined, text.slice(0, 80));
  t.end();
});

t.test('a mailbox gives back the messages that were put into it, however the bytes come', async (t) => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' ')),
    fc.constantFrom('', 'From here', '>From there', '>>From', 'From x 10:00'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(line, { minLength: 1 }), { minLength: 1 }), fc.integer({ min: 1, max: 50 }), async (messages, size) => {
      const quoted = messages.map((lines) => lines.map((text) => `${text.replace(/^(>*From )/, '>$1')}\n`).join(''));
      const file = Buffer.from(quoted.map((text) => `From a@example.org Tue Mar  1 09:00:00 2016\n${text}\n`).join(''));
      async function* pieces() {
        for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
      }
      const read: string[] = [];
      for await (const { bytes, isCut } of messagesOf(pieces(), 'x.mbox')) {
        t.notOk(isCut);
        read.push(bytes.toString());
      }
      t.strictSame(
        read,
        messages.map((lines) => lines.map((text) => `${text}\n`).join('')),
      );
    }),
  );
});
