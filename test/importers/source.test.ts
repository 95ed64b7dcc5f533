import { createHash } from 'node:crypto';
import { appendFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Entry } from '../../src/importers/entry.js';
import { formatOf } from '../../src/importers/formats.js';
import { openSource } from '../../src/importers/source.js';
import { folderOf } from './read-archive.js';
import { type Packed, zipOf } from './zip-of.js';

async function text(entry: Entry | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry?.read() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

t.test('a file, a folder and a ZIP are entries in the order of their names, each with its digest', async (t) => {
  const files = { 'b/two.txt': 'two', 'a.txt': 'one' };
  const folder = folderOf(t, files);
  symlinkSync('/etc/hostname', join(folder, 'link.txt'));
  const zip = zipOf(Object.entries(files).map(([name, bytes]) => ({ name, bytes })));
  writeFileSync(join(folder, '..', 'x.zip'), zip);
  for (const [path, kind, digest] of [
    [folder, 'folder', sha256(`${sha256('one')}  a.txt\n${sha256('two')}  b/two.txt\n`)],
    [join(folder, '..', 'x.zip'), 'zip', sha256(zip)],
  ] as const) {
    const source = await openSource(path);
    t.equal(source.kind, kind);
    t.strictSame(
      source.entries.map(({ name, size }) => [name, size]),
      [
        ['a.txt', 3],
        ['b/two.txt', 3],
      ],
    );
    t.equal((await source.entries[0]?.head())?.toString(), 'one');
    t.equal(await text(source.entries[0]), 'one');
    t.equal(await text(source.entries[1]), 'two');
    t.equal(await text(source.entries[1]), 'two', 'as often as it is asked for');
    t.equal(await source.digest(), `sha256:${digest}`);
    t.strictSame(source.left, kind === 'folder' ? [{ name: 'link.txt', why: 'not a plain file: a link is not followed' }] : []);
    await source.close();
  }
  const one = await openSource(join(folder, 'a.txt'));
  t.match(one, { name: 'a.txt', kind: 'file', entries: [{ name: 'a.txt', size: 3 }] });
  t.equal(await one.digest(), `sha256:${sha256('one')}`);
  await one.close();
  await t.rejects(openSource(join(folder, 'nowhere')), { code: 'bad-request', message: /ENOENT/ });
});

t.test('what changes while it is read is told of, in a folder and in a ZIP', async (t) => {
  const folder = folderOf(t, { 'a.txt': 'one', 'x.zip': zipOf([{ name: 'a', bytes: 'one' }]) });
  const source = await openSource(folder);
  await text(source.entries[0]);
  appendFileSync(join(folder, 'a.txt'), 'more');
  await t.rejects(text(source.entries[0]), { code: 'bad-request', message: /changed/ });
  const zip = await openSource(join(folder, 'x.zip'));
  t.teardown(() => zip.close());
  await text(zip.entries[0]);
  writeFileSync(join(folder, 'x.zip'), zipOf([{ name: 'a', bytes: 'two' }]));
  await t.rejects(text(zip.entries[0]), { code: 'bad-archive' }, 'another checksum than the one that was looked up');
});

t.test('a ZIP that is damaged, or would do damage, is refused before anything of it is read', async (t) => {
  const big = Buffer.alloc(3 * 1024 * 1024);
  const cases: [name: string, zip: Buffer, says: RegExp][] = [
    ['cut off', zipOf([{ name: 'a', bytes: 'one' }]).subarray(0, 40), /x\.zip: it cannot be read as a ZIP/],
    ['a bomb', zipOf([{ name: 'a', bytes: big }]), /x\.zip, a: it would expand to more than 100 times/],
    [
      'many small bombs',
      zipOf(Array.from({ length: 9 }, (_, i) => ({ name: `${i}`, bytes: big.subarray(0, 900_000) }))),
      /x\.zip: it would expand to more than 100 times/,
    ],
    ['a path outside', zipOf([{ name: '../a', bytes: 'one' }]), /invalid relative path: \.\.\/a/],
    ['an absolute path', zipOf([{ name: '/etc/a', bytes: 'one' }]), /absolute path: \/etc\/a/],
    [
      'one name twice',
      zipOf([
        { name: 'a', bytes: 'one' },
        { name: 'a', bytes: 'two' },
      ]),
      /two entries have this name/,
    ],
  ];
  for (const [name, zip, says] of cases) {
    const path = join(folderOf(t, { 'x.zip': zip }), 'x.zip');
    await t.rejects(openSource(path), { code: 'bad-archive', message: says }, name);
  }
  const many = zipOf([{ name: 'a', bytes: 'one' }]);
  many.writeUInt32LE(0xffff, many.length - 12);
  await t.rejects(openSource(join(folderOf(t, { 'x.zip': many }), 'x.zip')), { code: 'bad-archive' });
  const inside: [name: string, file: Packed, says: RegExp][] = [
    ['another checksum', { name: 'a', bytes: 'one', sum: 1 }, /x\.zip, a: its checksum/],
    ['longer than it says', { name: 'a', bytes: 'one two three', size: 3 }, /too many bytes/],
    ['shorter than it says', { name: 'a', bytes: 'one', size: 30 }, /not enough bytes/],
  ];
  for (const [name, file, says] of inside) {
    const source = await openSource(join(folderOf(t, { 'x.zip': zipOf([file]) }), 'x.zip'));
    await t.rejects(text(source.entries[0]), { code: 'bad-archive', message: says }, name);
    await source.close();
  }
  const locked = await openSource(join(folderOf(t, { 'x.zip': zipOf([{ name: 'a', bytes: 'one', flags: 1 }]) }), 'x.zip'));
  t.match(locked, { entries: [], left: [{ name: 'a', why: 'encrypted' }] });
  await locked.close();
});

t.test('what is of no format is told of with what there is, and what is not a format either', async (t) => {
  for (const [name, content] of [
    ['x.zip', zipOf([{ name: 'holiday.jpg', bytes: 'jpg' }])],
    ['x.txt', 'nothing that anybody knows'],
  ] as const) {
    const source = await openSource(join(folderOf(t, { [name]: content }), name));
    await t.rejects(formatOf(source), {
      code: 'unknown-format',
      message: new RegExp(`${name} is none of cloudevents, x-archive, mail, whatsapp, csv.*--format`),
    });
    await t.rejects(formatOf(source, 'nonsense'), { code: 'bad-request', message: /no format; there are cloudevents/ });
    t.equal((await formatOf(source, 'mail')).name, 'mail');
    await source.close();
  }
});
