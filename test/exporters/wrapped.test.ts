/**
 * Lines as a terminal counts them.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { linesOf } from '../../src/exporters/wrapped.js';

const wrap = (text: string, most: number) => [...linesOf(text, most)];

t.test('between words, and within one that is wider than a line', (t) => {
  t.strictSame(wrap('one two three', 7), ['one two', 'three']);
  t.strictSame(wrap('one  two\n\nthree', 20), ['one two', '', 'three']);
  t.strictSame(wrap('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl']);
  t.strictSame(wrap('a abcdefgh', 4), ['a', 'abcd', 'efgh']);
  t.end();
});

t.test('wide letters take two columns; marks and joined emoji are one letter', (t) => {
  t.strictSame(wrap('你好世界', 5), ['你好', '世界']);
  t.strictSame(wrap('e\u0301e\u0301e\u0301', 2), ['e\u0301e\u0301', 'e\u0301']);
  t.strictSame(wrap('👩‍👩‍👧👩‍👩‍👧🇩🇪', 4), ['👩‍👩‍👧👩‍👩‍👧', '🇩🇪']);
  t.strictSame(wrap('你', 1), ['你'], 'what is wider than a line has one for itself');
  t.end();
});

t.test('nothing is lost but blanks, and what is long does not take longer and longer', async () => {
  const bare = (text: string) => text.replace(/[ \n]/g, '');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (text, most) => {
      const lines = wrap(text, most);
      assert.equal(bare(lines.join('')), bare(text));
      for (const line of lines) if (/^[\u0020-\u007e]*$/.test(line)) assert.ok(line.length <= most);
    }),
  );
  for (const word of ['x', '世', 'e\u0301', ' ']) assert.ok(wrap(word.repeat(60_000), 74).length >= 1);
});
