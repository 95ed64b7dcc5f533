import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { lineOf, progressLine } from '../../src/cli/progress.js';
import { columnsOf } from '../../src/cli/commands/import.js';
import { Ledger } from '../../src/cli/ledger.js';
import { Spool, SpoolFiles } from '../../src/cli/spool.js';

t.test('the first of an id is new, the same again a copy, and anything else another', (t) => {
  const id = fc.constantFrom('a', 'b', 'c\u2028', '🦊');
  const told = fc.array(fc.record({ id, digest: fc.constantFrom('x', 'y') }));
  fc.assert(
    fc.property(told, told, (known, events) => {
      const ledger = new Ledger();
      for (const one of known) ledger.know(one.id, one.digest);
      for (const [n, one] of events.entries()) ledger.add(one.id, one.digest, `line ${n}`, `${one.digest}${n}`);
      const first = new Map<string, string>();
      for (const one of known) if (!first.has(one.id)) first.set(one.id, one.digest);
      const conflicts: string[] = [];
      const counts = ledger.settle(({ n, at }) => conflicts.push(`${n} ${at}`));
      const wanted = events.map((one) => {
        const before = first.get(one.id);
        if (before === undefined) first.set(one.id, one.digest);
        return before === undefined ? 'new' : before === one.digest ? 'copy' : 'other';
      });
      t.strictSame(
        events.map((_, n) => ledger.verdict(n)),
        wanted,
      );
      t.strictSame(counts, { new: wanted.filter((one) => one === 'new').length, copy: wanted.filter((one) => one === 'copy').length, other: conflicts.length });
      const checked = ledger.checked();
      for (const [n, one] of events.entries()) t.equal(checked.next().value, `${one.digest}${n}`);
      t.ok(checked.next().done);
      ledger.close();
    }),
  );
  t.end();
});

t.test('many are sorted out as few are', (t) => {
  const ledger = new Ledger();
  t.teardown(() => ledger.close());
  const count = 200_000;
  for (let i = 0; i < count; i++) ledger.add(`id ${i % 150_000}`, 'x'.repeat(22), `line ${i}`);
  t.strictSame(ledger.settle(), { new: 150_000, copy: 50_000, other: 0 });
  t.equal(ledger.verdict(149_999), 'new');
  t.equal(ledger.verdict(150_000), 'copy');
  let read = 0;
  for (const checked = ledger.checked(); checked.next().done !== true; ) read++;
  t.equal(read, count);
  t.end();
});

t.test('a spool gives back its lines, in memory or not', (t) => {
  const folder = t.testdir();
  const { TMPDIR: before } = process.env;
  process.env.TMPDIR = folder;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const files = new SpoolFiles();
  t.teardown(() => files.remove());
  for (const count of [0, 1, 10, 30_000]) {
    const spool = new Spool(files);
    const lines = Array.from({ length: count }, (_, i) => (i % 9_000 === 8_999 ? 'ü'.repeat(70_000) : `${'ä🦊'.repeat(i % 7)}${i === 5 ? '' : i}`));
    for (const line of lines) spool.push(line);
    t.strictSame([...spool.read()], lines, `${count}`);
    t.strictSame(readdirSync(folder), [], 'nothing that could be left behind');
    spool.close();
  }
  t.end();
});

t.test('a mapping of columns', (t) => {
  t.strictSame(
    [...columnsOf('from=Sender,to="To, ""all""",at=Date sent')],
    [
      ['from', 'Sender'],
      ['to', 'To, "all"'],
      ['at', 'Date sent'],
    ],
  );
  for (const text of ['from', '=x', 'from=a,from=b', 'from=a,,to=b', 'from="a']) t.throws(() => columnsOf(text), { code: 'bad-request' }, text);
  t.end();
});

t.test('progress is one line on a terminal, with the rate and the time left, and none elsewhere', (t) => {
  t.equal(lineOf({ stage: 'reading', bytes: 50e6, ofBytes: 200e6, events: 30_000 }, 10_000), 'reading 25 % of 200.0 MB, 3,000 events/s, 0:30 left');
  t.equal(lineOf({ stage: 'looking', bytes: 0, ofBytes: 900, events: 0 }, 0), 'looking 0 % of 1 kB');
  const written: string[] = [];
  let now = 0;
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;
  const silent = progressLine(stream(false), () => now);
  silent.show({ stage: 'reading', bytes: 1, ofBytes: 2, events: 1 });
  silent.end();
  t.strictSame(written, []);
  const line = progressLine(stream(true), () => now);
  for (; now < 1_000; now += 10) line.show({ stage: 'reading', bytes: now, ofBytes: 1_000, events: now });
  line.end();
  t.equal(written.length, 6, 'not more often than anybody reads');
  t.ok(written.every((text) => text.startsWith('\r') && !text.includes('\n')));
  t.end();
});
