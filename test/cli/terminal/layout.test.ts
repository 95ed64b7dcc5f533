import fc from 'fast-check';
import t from 'tap';
import { cut, fitted, hanging, table, widthOf, wrap } from '../../../src/cli/terminal/layout.js';
import { PLAIN, styleFor } from '../../../src/cli/terminal/style.js';
import { clean } from '../../../src/cli/terminal/clean.js';

const words = fc
  .string({ unit: fc.oneof(fc.constantFrom('日', '本', '👩‍👩‍👧', 'é', ' ', 'x', '한', '🇩🇪'), fc.string({ minLength: 1, maxLength: 3 })), maxLength: 80 })
  .map(clean);

t.test('no line is wider than it may be, and wrapping loses no letter', async (t) => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 40 }), (text, width) => {
      const lines = wrap(text, width);
      for (const line of lines) t.ok(widthOf(line) <= width, JSON.stringify({ line, width }));
      t.equal(lines.join('').replace(/\s/g, ''), text.replace(/\s/g, ''));
      t.ok(widthOf(cut(text, width)) <= width);
      t.equal(widthOf(fitted(cut(text, 1_000).replace(/\n/g, ' '), width)), width);
    }),
  );
});

t.test('a cut text says so, a hanging one keeps its indent, and wide letters count twice', async (t) => {
  t.equal(cut('日本語', 5), '日本…');
  t.equal(cut('日本語', 6), '日本語');
  t.equal(cut('abc', 0), '');
  t.equal(fitted('日', 4), '日  ');
  t.equal(fitted('7', 3, 'right'), '  7');
  t.strictSame(hanging('one two three', 9, '- '), ['- one two', '  three']);
  t.equal(widthOf('👩‍👩‍👧'), 2);
});

t.test('a table gives way where it is widest', async (t) => {
  const rows = table(
    [{ head: 'Id' }, { head: 'Title' }, { head: 'N', side: 'right' }],
    [
      ['a', 'A very long title of a story', '7'],
      ['b', '短い', '1,000'],
    ],
    24,
  );
  for (const row of rows) t.ok(widthOf(row) <= 24, row);
  t.match(rows[1], /^a {3}A very long… {2,}7$/);
});

t.test('there is colour in a terminal alone, and not where it is not wanted', async (t) => {
  t.equal(styleFor({ isTTY: true }, {}).bold('x'), '\u001b[1mx\u001b[22m');
  t.equal(styleFor({ isTTY: true }, { NO_COLOR: '1' }), PLAIN);
  t.equal(styleFor({ isTTY: true }, { TERM: 'dumb' }), PLAIN);
  t.equal(styleFor({}, {}), PLAIN);
});
