import fc from 'fast-check';
import t from 'tap';
import { SLUG } from '../../events/envelope.js';
import { People } from '../../src/importers/people.js';
import { type HandleKind, handleOf, slugOf } from '../../src/importers/slug.js';

const kind = fc.constantFrom<HandleKind>('address', 'name', 'account', 'group');
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[a-zx.@ -]{0,12}$/),
  fc.stringMatching(/^(At|X|Ann|at|x)( (At|X|Org|1))*$/),
  fc.stringMatching(/^[a-x]{1,2}(\.at)?@at(\.[a-x]{1,2}){1,2}$/),
);

t.test('each handle has an id of its own, and always the same', (t) => {
  fc.assert(
    fc.property(kind, text, kind, text, (kindA, a, kindB, b) => {
      const [one, other] = [handleOf(kindA, a), handleOf(kindB, b)];
      const [idOne, idOther] = [slugOf(one), slugOf(other)];
      t.match(idOne, new RegExp(SLUG));
      t.equal(idOne === idOther, one.kind === other.kind && one.text === other.text, `${idOne} ${idOther}`);
    }),
    { numRuns: 2_000 },
  );
  const slug = (of: HandleKind, name: string) => slugOf(handleOf(of, name));
  t.equal(slug('address', 'Ann.Lee@Example.org'), 'ann-lee-at-example-org');
  t.equal(slug('name', '\u202aAnn Lee\u202c'), 'ann-lee');
  t.match(slug('name', 'ann lee'), /^ann-lee--[0-9a-f]{10}$/, 'another name');
  t.match(slug('name', '+49 170 1234567'), /^49-170-1234567--/);
  t.match(slug('name', 'אן'), /^name--/);
  t.equal(slug('account', '123'), 'x-123');
  t.end();
});

t.test('nobody is merged but by the map, which says who is who', (t) => {
  const people = new People([{ id: 'ann', name: 'Ann Lee', handles: ['ann@example.org', 'Ann', '@annlee'] }]);
  t.equal(people.idOf('address', 'ANN@example.org', 'A. Lee'), 'ann');
  t.equal(people.idOf('name', 'Ann'), 'ann');
  t.equal(people.idOf('account', '42', undefined, [handleOf('account', '@AnnLee')]), 'ann');
  t.equal(people.idOf('name', 'Ann Lee'), 'ann-lee', 'a name that the map gives, and does not list, is nobody it knows');
  t.equal(people.idOf('address', 'bob@example.org', 'Bob'), 'bob-at-example-org');
  t.strictSame(people.participants(), [
    { id: 'ann', name: 'Ann Lee', aliases: ['42', '@annlee', 'A. Lee', 'Ann', 'ann@example.org'], kind: 'person', mapped: true },
    { id: 'ann-lee', name: 'Ann Lee', aliases: [], kind: 'unknown', mapped: false },
    { id: 'bob-at-example-org', name: 'Bob', aliases: ['bob@example.org'], kind: 'unknown', mapped: false },
  ]);
  for (const [map, says] of [
    [{}, /file of people/],
    [[{ id: 'Ann', name: 'Ann', handles: ['a'] }], /\/0\/id/],
    [[{ id: 'a', name: 'A', handles: [] }], /handles/],
    [
      [
        { id: 'a', name: 'A', handles: ['x'] },
        { id: 'a', name: 'B', handles: ['y'] },
      ],
      /"a" stands twice/,
    ],
    [
      [
        { id: 'a', name: 'A', handles: ['ann@x.org'] },
        { id: 'b', name: 'B', handles: ['ANN@x.org'] },
      ],
      /given to "a" and to "b"/,
    ],
  ] as const)
    t.throws(() => new People(map), { code: 'bad-request', message: says });
  t.end();
});
