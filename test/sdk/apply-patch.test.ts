import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyPatch as other, type Operation } from 'rfc6902';
import t from 'tap';
import type { PatchOperation } from '../../src/protocol.js';
import { patchOf } from '../../src/replay/state-patch.js';
import { applyPatch } from '../../src/sdk/apply-patch.js';
import { freeze } from '../support/views.js';

// The other implementation loses fields of this name.
const json = (fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>).filter((value) => !JSON.stringify(value).includes('__proto__'));

t.test('what the server makes of two states gives the second, and leaves the first as it was', (t) => {
  fc.assert(
    fc.property(json, json, (before, after) => assert.deepEqual(applyPatch(freeze(structuredClone(before)), patchOf(before, after)), structuredClone(after))),
    { numRuns: 1_000 },
  );
  t.end();
});

/** Any operations, many of which do not fit. */
const token = fc.constantFrom('a', 'b', '0', '1', '-', '01', '', 'x~1y', 'm~0n');
const path = fc.array(token, { minLength: 1, maxLength: 2 }).map((tokens) => tokens.map((one) => `/${one}`).join(''));
const operation: fc.Arbitrary<PatchOperation> = fc.oneof(
  fc.record({ op: fc.constantFrom('add' as const, 'replace' as const), path, value: json }),
  fc.record({ op: fc.constant('remove' as const), path }),
);
const document = fc.letrec<Record<'leaf' | 'list' | 'record' | 'node' | 'root', unknown>>((tie) => ({
  leaf: fc.integer(),
  list: fc.array(tie('node'), { maxLength: 3 }),
  record: fc.dictionary(fc.constantFrom('a', 'b', '0', '1', '', 'x/y', 'm~n'), tie('node'), { noNullPrototype: true }),
  node: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('list'), tie('record')),
  root: fc.oneof(tie('list'), tie('record')),
})).root;

t.test('a patch that is taken does what another implementation of RFC 6902 makes of it', (t) => {
  let fitted = 0;
  fc.assert(
    fc.property(document, fc.array(operation, { minLength: 1, maxLength: 3 }), (before, patch) => {
      let mine: unknown;
      try {
        mine = applyPatch(freeze(structuredClone(before)), patch);
      } catch {
        return;
      }
      fitted++;
      const theirs = structuredClone({ root: before });
      const under = patch.map((one) => ({ ...one, path: `/root${one.path}` }));
      const errors = other(theirs, structuredClone(under) as Operation[]);
      assert.ok(errors.every((error) => error === null));
      assert.deepEqual(mine, theirs.root);
    }),
    { numRuns: 3_000 },
  );
  t.ok(fitted > 200, `${fitted} patches fitted`);
  t.end();
});

t.test('what a patch does not touch stays the same object', (t) => {
  const before = freeze({ rows: [{ id: 1 }, { id: 2 }], totals: { rows: 2 } });
  const after = applyPatch(before, [
    { op: 'add', path: '/rows/-', value: { id: 3 } },
    { op: 'replace', path: '/rows/0/id', value: 7 },
  ]) as typeof before;
  t.strictSame(after, { rows: [{ id: 7 }, { id: 2 }, { id: 3 }], totals: { rows: 2 } });
  t.equal(after.rows[1], before.rows[1]);
  t.equal(after.totals, before.totals);
  t.end();
});

t.test('what does not fit is refused', (t) => {
  const cases: [unknown, PatchOperation][] = [
    [{}, { op: 'remove', path: '/a' }],
    [{}, { op: 'replace', path: '/a', value: 1 }],
    [{}, { op: 'add', path: '/a/b', value: 1 }],
    [[], { op: 'remove', path: '/0' }],
    [[], { op: 'add', path: '/1', value: 1 }],
    [[1], { op: 'replace', path: '/-', value: 1 }],
    [[1], { op: 'replace', path: '/00', value: 1 }],
    [[1], { op: 'replace', path: '/', value: 1 }],
    [{ a: 1 }, { op: 'add', path: 'a', value: 1 }],
    [{ a: 1 }, { op: 'add', path: '/~2', value: 1 }],
    [{ a: 1 }, { op: 'remove', path: '' }],
    [5, { op: 'add', path: '/a', value: 1 }],
    [{}, { op: 'add', path: '/toString/a', value: 1 }],
  ];
  for (const [before, operation] of cases) t.throws(() => applyPatch(before, [operation]), RangeError, operation.path);
  const named = applyPatch({}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]) as Record<string, unknown>;
  t.ok(Object.hasOwn(named, '__proto__'));
  t.equal(named.x, undefined);
  t.end();
});
