import fc from 'fast-check';
import t from 'tap';
import { jsonBytes, jsonIn } from '../../src/esdb-server/json.js';

const text = (value: string) => jsonIn(Buffer.from(value));

t.test('whatever is kept as a value says the same as its bytes', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const kept = jsonIn(bytes);
      if (kept === undefined) return;
      if (!Buffer.from(jsonBytes(kept)).equals(bytes)) throw new Error(bytes.toString());
    }),
  );
  t.same(text(' { "a" : [ 1.0, "\\u00e9" ] } '), { a: [1, 'é'] });
  t.same(text('{"a":"9223372036854775807","b":0.1234567890123456789,"c":1234567890123456}'), {
    a: '9223372036854775807',
    b: 0.12345678901234568,
    c: 1234567890123456,
  });
  t.same(text('[57690936524288730,-36893488147419103232]'), [57690936524288730, -(2 ** 65)], 'written so again, or exact');
  t.equal(text('null'), null);
});

t.test('what would come back as something else is not kept as a value', async (t) => {
  const texts = ['', 'no', '{"$tb":9223372036854775807}', '[-9007199254740993]', '1e400', '"\\ud800"', '{"\\udc00":1}', '{"__proto__":1}', '\ufeff1'];
  for (const one of texts) t.equal(text(one), undefined, one);
  t.equal(jsonIn(Uint8Array.of(34, 0xff, 34)), undefined, 'no UTF-8');
  t.equal(text(`${'['.repeat(101)}${']'.repeat(101)}`), undefined, 'too deep');
  t.not(text(`${'['.repeat(100)}${']'.repeat(100)}`), undefined, 'as deep as may be');
  t.equal(text(`${'['.repeat(500_000)}${']'.repeat(500_000)}`), undefined, 'deeper than any stack');
});
