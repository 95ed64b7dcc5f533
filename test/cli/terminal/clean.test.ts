import fc from 'fast-check';
import t from 'tap';
import { clean, cleanJson, cleanLine } from '../../../src/cli/terminal/clean.js';

/** Letters, controls, marks of direction, halves of pairs, emoji. */
const words = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\u0007',
      '\u202e',
      '\u2066',
      '\u200f',
      '\ufeff',
      '\r',
      '\n',
      '\u2028',
      '\ud800',
      '\udc00',
      '\u007f',
      '\t',
      'א',
      '👩‍👩‍👧',
      'a',
      ' ',
      '[',
    ),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
  maxLength: 60,
});
const HARMFUL = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

t.test('nothing is left that a terminal obeys, and cleaning twice is cleaning once', async (t) => {
  fc.assert(
    fc.property(words, (text) => {
      const cleaned = clean(text);
      for (const line of cleaned.split('\n')) t.notMatch(line, HARMFUL);
      t.equal(clean(cleaned), cleaned);
      t.notMatch(cleanLine(text), HARMFUL);
    }),
  );
});

t.test('JSON says the same, and nothing in it is obeyed either', async (t) => {
  fc.assert(
    fc.property(words, (text) => {
      const json = cleanJson({ text });
      t.strictSame(JSON.parse(json), { text });
      t.notMatch(json, HARMFUL);
    }),
  );
});

t.test('letters, emoji and new lines stay; what is taken out is seen', async (t) => {
  t.equal(clean('שלום 👩‍👩‍👧 a\r\nb\u2028c\u0085d'), 'שלום 👩‍👩‍👧 a\nb\nc\nd');
  t.equal(clean('\u001b]0;title\u0007x'), '�]0;title�x');
  t.equal(clean('pay \u202eeno\u202c one'), 'pay �eno� one');
  t.equal(clean('\ufeff\u200eattached'), 'attached');
  t.equal(clean('half \ud83d'), 'half �');
  t.equal(cleanLine(' a \n\n b '), 'a b');
});
