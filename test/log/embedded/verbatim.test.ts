/** JSON that is written otherwise than JSON.stringify writes it is kept byte for byte, and understood when it is read. */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { contentsOf, jsonIn, writtenAs } from '../../../src/log/embedded/verbatim.js';
import type { LogEvent } from '../../../src/log/log.js';

const text = (value: string) => jsonIn(Buffer.from(value));
const written = (data: string, isJson = true) => ({ isJson, data: Buffer.from(data), metadata: Buffer.from(data) });

t.test('whatever is written comes back byte for byte', async (t) => {
  fc.assert(
    fc.property(fc.boolean(), fc.oneof(fc.json({ noUnicodeString: false }), fc.string({ unit: 'binary' })), (isJson, value) => {
      const sent = written(value, isJson);
      const back = writtenAs(contentsOf(sent));
      if (back.isJson !== isJson || !Buffer.from(back.data).equals(sent.data) || !Buffer.from(back.metadata).equals(sent.metadata)) throw new Error(value);
    }),
  );
  t.equal(contentsOf(written('{"a":[1,"é",null]}')).verbatim, undefined, 'its value gives it back');
  t.equal(contentsOf(written('no', false)).verbatim, undefined, 'so do the bytes themselves');
  for (const one of ['{ "a":1}', '1.0', '-0', '{"a":1,"a":2}', '9007199254740993', '', 'no']) t.not(contentsOf(written(one)).verbatim, undefined, one);
});

t.test('what is understood: the value, as near as a program has it', async (t) => {
  t.same(text(' { "a" : [ 1.0, "\\u00e9" ] } '), { a: [1, 'é'] });
  t.same(text('{"$tb":9223372036854775807}'), { $tb: 2 ** 63 });
  t.same(text('{"a":1,"a":2}'), { a: 2 });
  t.equal(text('null'), null);
});

t.test('what is no JSON, or could harm its reader, stays bytes', async (t) => {
  for (const one of ['', 'no', '1e400', '"\\ud800"', '{"\\udc00":1}', '{"__proto__":{"polluted":1}}', '\ufeff1']) t.equal(text(one), undefined, one);
  t.equal(jsonIn(Uint8Array.of(34, 0xff, 34)), undefined, 'no UTF-8');
  t.equal(text(`${'['.repeat(101)}${']'.repeat(101)}`), undefined, 'too deep');
  t.not(text(`${'['.repeat(100)}${']'.repeat(100)}`), undefined, 'as deep as may be');
  t.equal(text(`${'['.repeat(500_000)}${']'.repeat(500_000)}`), undefined, 'deeper than any stack');
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});

t.test('the log keeps such events, and gives both their bytes and their values', async (t) => {
  const folder = t.testdir();
  const first = await openEmbeddedLog({ folder });
  const sent = ['{ "a" : 1.0 }', '{"__proto__":1}', 'no JSON', '{"a":1}'].map((one) => written(one));
  await first.append(
    'other',
    sent.map((one) => ({ id: randomUUID(), type: 'Said', ...contentsOf(one) })),
    'any',
  );
  await first.close();
  const log = await openEmbeddedLog({ folder });
  t.teardown(() => log.close());
  const events: LogEvent[] = [];
  for await (const event of log.read('other')) events.push(event);
  t.same(
    events.map((event) => event.data instanceof Uint8Array || event.data),
    [{ a: 1 }, true, true, { a: 1 }],
  );
  for (const [i, event] of events.entries()) {
    t.same(Buffer.from(writtenAs(event).data), sent[i]?.data);
    t.equal(writtenAs(event).isJson, true);
  }
  t.equal(events[3]?.verbatim, undefined);
});
