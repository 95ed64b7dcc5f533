import fc from 'fast-check';
import t from 'tap';
import { LONGEST_LINE, linesOf } from '../../src/importers/lines.js';

interface Line {
  readonly number: number;
  readonly text: string;
}

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size = 3): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const { number, text } of linesOf(pieces(bytes, size))) lines.push({ number, text });
  return lines;
}

t.test('lines are the same, however the bytes come', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '\u2028'))),
      fc.integer({ min: 1, max: 9 }),
      async (texts, size) => {
        const lines = await read(Buffer.from(texts.map((text) => `${text}\n`).join('')), size);
        const first = texts[0]?.startsWith('\ufeff') === true ? [texts[0].slice(1), ...texts.slice(1)] : texts;
        t.strictSame(
          lines,
          first.map((text, i) => ({ number: i + 1, text })),
        );
      },
    ),
  );
  t.strictSame(await read(Buffer.from('\ufeffone\n\ufefftwo')), [
    { number: 1, text: 'one' },
    { number: 2, text: '\ufefftwo' },
  ]);
  t.strictSame(await read(Buffer.alloc(0)), []);
});

t.test('bytes that are not UTF-8 are refused with their line and place, and nothing is put in their stead', async (t) => {
  const cases: [bytes: number[], at: number][] = [
    [[0xff], 0],
    [[0x41, 0xc3, 0x28], 2],
    [[0xe2, 0x82], 2],
    [[0x41, 0xed, 0xa0, 0x80], 2],
    [[0xc0, 0xaf], 0],
  ];
  for (const [bytes, at] of cases) {
    const file = Buffer.concat([Buffer.from('äb\n'), Buffer.from(bytes), Buffer.from('\nc')]);
    await t.rejects(read(file), { code: 'bad-json', message: new RegExp(`line 2 is not UTF-8: look at byte ${4 + at} `) }, bytes.join());
  }
});

t.test('a line that is too long is refused when so much of it has come, and the rest is not asked for', async (t) => {
  let given = 0;
  async function* endless() {
    yield Buffer.from('short\n');
    for (;;) {
      given += 1024 * 1024;
      yield Buffer.alloc(1024 * 1024, 'x');
    }
  }
  const lines: Line[] = [];
  const reading = (async () => {
    for await (const { number, text } of linesOf(endless())) lines.push({ number, text });
  })();
  await t.rejects(reading, { code: 'body-too-large', message: /line 2 / });
  t.strictSame(lines, [{ number: 1, text: 'short' }]);
  t.equal(given, LONGEST_LINE + 1024 * 1024);
  const longest = Buffer.alloc(LONGEST_LINE, 'x');
  t.equal((await read(longest, 65_536))[0]?.text.length, LONGEST_LINE);
});
