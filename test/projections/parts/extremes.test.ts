import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Duration, type Extremes, fill, type Spread } from '../../../projections/parts/extremes.js';
import { Ledger } from '../../../projections/ledger.js';

function expected(slots: readonly (Duration | null)[]): Spread | null {
  const filled = slots.filter((slot): slot is Duration => slot !== null);
  const first = filled[0];
  if (first === undefined) return null;
  const pick = (better: (a: number, b: number) => boolean) => filled.reduce((best, slot) => (better(slot[0], best[0]) ? slot : best), first);
  return { longest: pick((a, b) => a > b), shortest: pick((a, b) => a < b) };
}

t.test('what is longest and shortest is so, whatever is filled, replaced and emptied', (t) => {
  const change = fc.record({ group: fc.constantFrom('a b', '__proto__ constructor'), slot: fc.nat(), ms: fc.option(fc.integer({ min: 0, max: 40 })) });
  const growing = fc.integer({ min: 0, max: 600 });
  fc.assert(
    fc.property(growing, fc.array(change, { maxLength: 120 }), (begun, changes) => {
      let extremes: Extremes = Ledger.empty();
      const groups = new Map<string, (Duration | null)[]>();
      const set = (group: string, slot: number, duration: Duration | null) => {
        const slots = groups.get(group) ?? [];
        slots[slot] = duration;
        groups.set(group, slots);
        const filled = fill(extremes, group, slot, duration);
        extremes = filled.extremes;
        assert.deepEqual(filled.spread, expected(slots));
      };
      for (let i = 0; i < begun; i++) set('a b', i, [(i * 7_919) % 101, `r${i}`]);
      for (const [i, { group, slot, ms }] of changes.entries()) {
        const there = groups.get(group)?.length ?? 0;
        set(group, slot % (there + 1), ms === null ? null : [ms, `c${i}`]);
      }
    }),
  );
  t.pass();
  t.end();
});

t.test('a slot costs as many rows as the tree has levels', (t) => {
  let extremes: Extremes = Ledger.empty();
  for (let i = 0; i < 5_000; i++) {
    const before = extremes;
    extremes = fill(extremes, 'a b', i, [i, `r${i}`]).extremes;
    if (extremes.size - before.size > 4) t.fail(`slot ${i}`);
  }
  t.equal(extremes.size, 313 + 20 + 2 + 1);
  t.end();
});

t.test('of equal durations that of the lower slot counts', (t) => {
  let extremes: Extremes = Ledger.empty();
  let spread: Spread | null = null;
  for (let i = 0; i < 40; i++) ({ extremes, spread } = fill(extremes, 'a b', i, [5, `r${i}`]));
  t.strictSame(spread, { longest: [5, 'r0'], shortest: [5, 'r0'] });
  t.strictSame(fill(extremes, 'a b', 0, null).spread, { longest: [5, 'r1'], shortest: [5, 'r1'] });
  t.end();
});
