import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { elementsOf } from '../../src/importers/x-json.js';
import { fixture, folderOf, readArchive } from './read-archive.js';
import { zipOf } from './zip-of.js';

const X = fixture('x');
const people = JSON.parse(readFileSync(fixture('people.json'), 'utf8')) as unknown;

/** A copy of the fixture that may be changed. */
function copy(t: { testdir(): string }): string {
  const folder = t.testdir();
  cpSync(X, folder, { recursive: true });
  return folder;
}

t.test('messages, those of groups and tweets, from all parts', async (t) => {
  const { format, events, at, report } = await readArchive(X, { people });
  t.equal(format, 'x-archive');
  const of = (id: string) => events.find((event) => event.id === id);
  t.equal(events.length, 12);
  t.match(of('dm:1111111111111111111'), {
    occurredAt: '2016-09-21T03:31:21.123Z',
    when: { precision: 'millisecond' },
    seq: Number(1111111111111111111n & 0x3fffffn),
    visibility: 'private',
    data: {
      from: 'ann',
      to: ['bob'],
      channel: 'X direct message',
      text: 'Can you send the minutes?\nThose of "Monday" \u0007 & wlsearch.tk',
      links: ['wlsearch.tk'],
    },
    sources: [{ locator: 'Conversation 100-200, message 1111111111111111111', digest: /^sha256:/ }],
  });
  t.match(of('dm:1111111111111111112'), { data: { from: 'bob', to: ['ann'], links: ['https://example.org/minutes'] } });
  t.match(of('dm:1111111111111111113'), {
    occurredAt: '1970-01-01T00:00:00.000Z',
    data: { from: 'x-300' },
    sources: [{}, { locator: '1111111111111111113-pic.jpg', digest: /^sha256:f8146b6/ }, { locator: /gone\.jpg/, note: /not in the archive/ }],
  });
  t.match(of('dm:1811111111111111114'), { data: { text: 'Ten years on' }, sources: [{}, { note: /edited/ }] }, 'of the second part');
  t.match(of('dm:1211111111111111111'), { data: { from: 'ann', to: ['bob', 'x-400'], channel: 'X group message' } });
  t.match(of('tweet:1300000000000000001'), {
    type: 'TweetPosted',
    occurredAt: '2025-07-22T02:05:43+00:00',
    when: { precision: 'second', stated: 'Tue Jul 22 02:05:43 +0000 2025' },
    visibility: 'public',
    data: { by: 'ann', mentions: ['bob'], inReplyTo: 'tweet:1299999999999999999', links: ['https://example.org/x'] },
  });
  t.match(of('tweet:1300000000000000002'), { occurredAt: '2106-02-07T06:28:15+00:00' });
  t.match(
    report.dropped.map(({ what }) => what),
    [/reactions/, /conversationNameUpdate/, /joinConversation/].sort(),
  );
  const place = at[events.findIndex(({ id }) => id === 'dm:1111111111111111111')] ?? '';
  const [, name = '', byte = ''] = /^(.*), byte (\d+)$/.exec(place) ?? [];
  t.match(readFileSync(join(X, name)).subarray(Number(byte)).toString(), /^\{\s*"messageCreate"/, 'the place is where it begins');
});

t.test('words of tweets are as they were written, whole where the archive has the whole', async (t) => {
  const { events, report } = await readArchive(X, { people });
  const of = (id: string) => events.find((event) => event.id === `tweet:${id}`);
  const long = of('1300000000000000004');
  t.match(long, {
    data: {
      text: 'Five & more documents are <here>, says the first part of a very long post that the archive cuts off, and that goes on: <the rest> of it.\n\nTo the end.',
    },
    sources: [{ locator: 'Tweet 1300000000000000004' }, { locator: 'Note 1299999999999999990', digest: /^sha256:/ }],
  });
  t.notOk(Object.hasOwn(long?.data ?? {}, 'incomplete'));
  t.match(report.assumed, [/group/, /long post has the words of the note/]);
  t.match(
    of('1300000000000000003'),
    {
      data: { text: /^RT @bob: R&amp;D &lt;soon&gt; &quot;kept&quot;/, incomplete: true, mentions: ['bob'] },
    },
    'what else stands for something is not known: nothing is undone',
  );
  t.match(of('1300000000000000005'), { data: { text: 'Tom & Ann: 1 < 2 > 0, and &lt; is how one writes it' } });
  t.match(of('1300000000000000006'), { data: { text: 'Fish & chips, which no archive should have so, &amp; this stays' } });
  t.match(of('1300000000000000007'), {
    data: { text: 'Gone by now' },
    sources: [{}, { note: 'The archive says that this tweet was deleted: 2025-07-23T07:00:00.000Z.' }],
  });
});

t.test('a long post keeps what the tweets have where no note is surely its own', async (t) => {
  const LONG = 'tweet:1300000000000000004';
  for (const [name, change] of [
    ['too long before', (text: string) => text.replaceAll('2025-07-22T04:00:00.900Z', '2025-07-22T03:59:50.900Z')],
    ['other words', (text: string) => text.replace('Five &amp;', 'Six &amp;')],
    [
      'two of them',
      (text: string) => text.replace('Another long post', readFileSync(join(X, 'data/tweets.js'), 'utf8').match(/Five [^"]*cuts off/)?.[0] ?? ''),
    ],
    ['no time', (text: string) => text.replaceAll('2025-07-22T04:00:00.900Z', 'then')],
  ] as const) {
    const folder = copy(t);
    const path = join(folder, 'data/note-tweet.js');
    const before = readFileSync(path, 'utf8');
    t.not(change(before), before, name);
    writeFileSync(path, change(before));
    const { events, report } = await readArchive(folder);
    t.match(
      events.find(({ id }) => id === LONG),
      { data: { text: /^Five & more .*cuts off… https:\/\/t\.co\/long$/ }, sources: [{}] },
      name,
    );
    t.strictSame(
      report.assumed.filter((what) => /long post/.test(what)),
      [],
      name,
    );
  }
  const alone = copy(t);
  for (const name of ['tweets', 'deleted-tweets', 'direct-messages', 'direct-messages-part1', 'direct-messages-group', 'manifest'])
    rmSync(join(alone, `data/${name}.js`), { force: true });
  await t.rejects(readArchive(alone), { code: 'unknown-format' });
});

t.test('a ZIP with a folder in it, and one data file alone, are the same', async (t) => {
  const names = [
    'data/account.js',
    'data/tweets.js',
    'data/manifest.js',
    'data/direct-messages.js',
    'data/direct-messages-part1.js',
    'data/deleted-tweets.js',
    'data/note-tweet.js',
  ];
  const zip = zipOf(names.map((name) => ({ name: `twitter-2026/${name}`, bytes: readFileSync(join(X, name)) })));
  const { events, format } = await readArchive(join(folderOf(t, { 'x.zip': zip }), 'x.zip'));
  t.equal(format, 'x-archive');
  t.equal(events.length, 11);
  t.equal((await readArchive(join(X, 'data/direct-messages.js'))).events.length, 3);
});

t.test('what is not whole, or no archive, is refused with file and byte', async (t) => {
  const cut = copy(t);
  const size = readFileSync(join(cut, 'data/direct-messages.js')).length;
  truncateSync(join(cut, 'data/direct-messages.js'), size - 40);
  await t.rejects(readArchive(cut), { code: 'bad-archive', message: new RegExp(`data/direct-messages\\.js, byte ${size - 40}: .*cut off`) });
  const lost = copy(t);
  rmSync(join(lost, 'data/direct-messages-part1.js'));
  await t.rejects(readArchive(lost), { code: 'bad-archive', message: /manifest\.js: it names data\/direct-messages-part1\.js, and that is not there/ });
  const nobody = copy(t);
  rmSync(join(nobody, 'data/account.js'));
  rmSync(join(nobody, 'data/manifest.js'));
  await t.rejects(readArchive(nobody), { code: 'bad-archive', message: /tweets\.js: whose tweets/ });
  for (const [change, says] of [
    [(text: string) => text.replace('"senderId": "200"', '"senderId": ""'), /names no sender/],
    [(text: string) => text.replace('2016-09-21T15:31:21.456Z', '2016-02-30T15:31:21.456Z'), /"2016-02-30T15:31:21\.456Z" is no time/],
    [(text: string) => text.replace('"text": "Here', '"text": Here'), /data\/direct-messages\.js, byte \d+: in what begins here or follows: /],
    [(text: string) => `${text}[]`, /data\/direct-messages\.js, byte \d+: /],
  ] as const) {
    const folder = copy(t);
    const path = join(folder, 'data/direct-messages.js');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    await t.rejects(readArchive(folder), { code: 'bad-archive', message: says });
  }
  const broken = copy(t);
  const bytes = readFileSync(join(broken, 'data/direct-messages.js'));
  bytes[400] = 0xff;
  writeFileSync(join(broken, 'data/direct-messages.js'), bytes);
  await t.rejects(readArchive(broken), { code: 'bad-archive', message: /data\/direct-messages\.js, byte 400: it is not UTF-8/ });
});

t.test('half of a surrogate pair is told of, and the rest is kept', async (t) => {
  const folder = copy(t);
  const path = join(folder, 'data/direct-messages.js');
  writeFileSync(path, readFileSync(path, 'utf8').replace('From the first', '\\ud83d\\ude00 \\ud83d From the first'));
  const { events, report } = await readArchive(folder);
  t.match(
    events.find(({ id }) => id === 'dm:1111111111111111113'),
    { data: { text: '😀 \ufffd From the first second' } },
  );
  t.match(
    report.ambiguities.map(({ what }) => what),
    [/surrogate/],
  );
});

t.test('each element comes with its own bytes, however they come', async (t) => {
  const json = fc.json({ stringUnit: 'grapheme' }).map((text) => JSON.parse(text) as unknown);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: json, 'ü"\\': json }, { noNullPrototype: true })),
      fc.integer({ min: 1, max: 64 }),
      fc.boolean(),
      async (values, size, pretty) => {
        const text = `window.YTD.tweets.part0 = ${JSON.stringify(values, undefined, pretty ? 2 : 0)}\n`;
        const file = Buffer.from(text);
        async function* read() {
          for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
        }
        const entry = { name: 'tweets.js', size: file.length, read, head: async () => file };
        const found: unknown[] = [];
        for await (const { value, raw, start } of elementsOf(entry, ['$.*'], 2)) {
          t.strictSame(JSON.parse(raw?.toString() ?? ''), value);
          t.ok(raw?.equals(file.subarray(start, start + raw.length)));
          found.push(value);
        }
        t.strictSame(found, values);
      },
    ),
  );
});
