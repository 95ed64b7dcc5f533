/** What a projection may be made of: the compiler says what cannot be kept, and tables and ledgers keep their rows. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import Type from 'typebox';
import { projections } from '../../projections/all.js';
import { Ledger } from '../../projections/ledger.js';
import { defineProjection, type Page } from '../../projections/projection.js';
import { Table } from '../../projections/table.js';

const common = { name: 'x', version: 1, description: 'for tests', schema: Type.Object({}), view: () => ({}) };

t.test('a state of what cannot be kept does not compile', (t) => {
  // @ts-expect-error: a Map cannot be kept
  defineProjection<{ readonly map: Map<string, number> }, object>({ ...common, initial: () => ({ map: new Map() }), evolve: (state) => state });
  // @ts-expect-error: nor can a set
  defineProjection<{ readonly set: ReadonlySet<string> }, object>({ ...common, initial: () => ({ set: new Set() }), evolve: (state) => state });
  // @ts-expect-error: nor can a function
  defineProjection<{ readonly call: () => number }, object>({ ...common, initial: () => ({ call: () => 1 }), evolve: (state) => state });
  defineProjection<{ readonly table: Table<number>; readonly ledger: Ledger<string>; readonly n: number | null }, object>({
    ...common,
    initial: () => ({ table: Table.empty(), ledger: Ledger.empty(), n: null }),
    evolve: (state) => state,
  });
  t.pass();
  t.end();
});

t.test('every view has a name of its own and says what it is', (t) => {
  const names = projections.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  for (const { name, version, description, schema } of projections) {
    t.match(name, /^[a-z]+(-[a-z]+)*$/);
    t.ok(Number.isInteger(version) && version > 0);
    t.ok(description.length > 60, name);
    t.equal((schema as { type?: string }).type, 'object');
  }
  t.end();
});

/** What is done to a table or a ledger, and to a list that stands for both. */
const doings = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), row: fc.option(fc.nat(), { freq: 3 }), keep: fc.boolean() }),
  { maxLength: 30 },
);

t.test('rows stand in the order in which they came; set again they keep their place', (t) => {
  fc.assert(
    fc.property(doings, fc.integer({ min: 1, max: 4 }), (steps, limit) => {
      let table = Table.empty<number>();
      let ledger = Ledger.empty<number>();
      // A key that is taken away and comes back is new to a table; a ledger keeps its place for it.
      let inTable: [string, number][] = [];
      const inLedger = new Map<string, number | null>();
      for (const { key, row, keep } of steps) {
        const before = [table, ledger] as const;
        const rows = [table.rows(), ledger.latest(99)];
        if (row === null) {
          table = table.delete(key);
          ledger = ledger.delete(key);
          inTable = inTable.filter(([other]) => other !== key);
          if (inLedger.has(key)) inLedger.set(key, null);
        } else {
          table = table.set(key, row);
          ledger = ledger.set(key, row);
          const known = inTable.find(([other]) => other === key);
          if (known === undefined) inTable.push([key, row]);
          else known[1] = row;
          inLedger.set(key, row);
        }
        assert.deepEqual([before[0].rows(), before[1].latest(99)], rows, 'what it was has not changed');
        if (keep) table = Table.empty<number>().load(JSON.parse(JSON.stringify(table.kept().save())));
      }
      const live = [...inLedger.values()].filter((row) => row !== null);
      assert.deepEqual([table.rows(), table.size, table.keys()], [inTable.map(([, row]) => row), inTable.length, inTable.map(([key]) => key)]);
      assert.deepEqual([ledger.latest(99), ledger.size], [live, live.length]);
      for (const [list, rows] of [
        [table, inTable.map(([, row]) => row)],
        [ledger, live],
      ] as const) {
        const read: number[] = [];
        for (let page: Page<number> = list.page(limit); ; page = list.page(limit, page.next)) {
          read.push(...page.rows);
          if (page.next === null) break;
        }
        assert.deepEqual(read.reverse(), rows);
      }
      const changes = table.kept().saveChanges();
      assert.equal(changes, undefined);
    }),
  );
  t.pass();
  t.end();
});

t.test('what changed since a table was kept, put on top of it, gives the table', (t) => {
  fc.assert(
    fc.property(doings, doings, (first, then) => {
      const run = (table: Table<number>, steps: typeof first) => steps.reduce((at, { key, row }) => (row === null ? at.delete(key) : at.set(key, row)), table);
      const kept = run(Table.empty<number>(), first).kept();
      const after = run(kept, then);
      const changes = after.saveChanges();
      const loaded = changes === undefined ? kept : kept.load(JSON.parse(JSON.stringify(changes)));
      assert.deepEqual([loaded.rows(), loaded.keys()], [after.rows(), after.keys()]);
    }),
  );
  t.pass();
  t.end();
});
