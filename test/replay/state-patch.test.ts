import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import t from 'tap';
import { patchOf } from '../../src/replay/state-patch.js';

const applied = (before: unknown, after: unknown) => {
  const document = structuredClone({ root: before });
  const errors = applyPatch(document, patchOf({ root: before }, { root: after }) as Operation[]);
  assert.ok(errors.every((error) => error === null));
  return document.root;
};

t.test('a patch applied to the first state gives the second, by another implementation of RFC 6902', (t) => {
  // The other implementation loses fields of this name; no view has one, since nothing in it is keyed by input.
  const state = (fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>).filter((value) => !JSON.stringify(value).includes('__proto__'));
  fc.assert(
    fc.property(state, state, (before, after) => assert.deepEqual(applied(before, after), structuredClone(after))),
    { numRuns: 1_000 },
  );
  const rows = fc.array(fc.record({ id: fc.string(), n: fc.integer() }, { noNullPrototype: true }), { maxLength: 12 });
  fc.assert(
    fc.property(rows, rows, fc.nat(12), (kept, added, at) =>
      assert.deepEqual(applied(kept, [...kept.slice(0, at), ...added, ...kept.slice(at)]), [...kept.slice(0, at), ...added, ...kept.slice(at)]),
    ),
  );
  t.pass();
  t.end();
});

t.test('a row that comes, goes or changes costs one operation, wherever it stands', (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ id: i, text: `row ${i}` }));
  const [first] = rows;
  t.strictSame(patchOf(rows, rows), []);
  t.strictSame(patchOf(rows, rows.slice(1)), [{ op: 'remove', path: '/0' }]);
  t.strictSame(patchOf(rows, [...rows, first]), [{ op: 'add', path: '/100', value: first }]);
  t.strictSame(patchOf(rows, rows.with(50, { id: 50, text: 'new' })), [{ op: 'replace', path: '/50/text', value: 'new' }]);
  t.strictSame(patchOf({ 'a/b~c': 1 }, {}), [{ op: 'remove', path: '/a~1b~0c' }]);
  t.end();
});
