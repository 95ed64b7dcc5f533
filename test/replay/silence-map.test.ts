import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Clock, dueAt, storyAt } from '../../src/replay/clock.js';
import { paceOf, solveFit } from '../../src/replay/silence-map.js';

t.test('a gap lasts as long as the rate says, up to the idle limit', (t) => {
  t.strictSame(paceOf(10_000, 10, Infinity), { rate: 10, wallMs: 1_000, shortened: false });
  t.strictSame(paceOf(10_000, 10, 500), { rate: 20, wallMs: 500, shortened: true });
  t.strictSame(paceOf(10_000, 10, 1_000), { rate: 10, wallMs: 1_000, shortened: false });
  t.strictSame(paceOf(0, 10, 1), { rate: 10, wallMs: 0, shortened: false });
  t.end();
});

t.test('the clock is where it should be, and due when it is there', (t) => {
  const clock: Clock = { at: 5_000, mono: 100, rate: 60 };
  t.equal(storyAt(clock, 100), 5_000);
  t.equal(storyAt(clock, 200), 11_000);
  t.equal(storyAt(clock, 50), 5_000, 'it does not run backwards before its anchor');
  t.equal(dueAt(clock, 11_000), 200);
  t.equal(dueAt(clock, 4_000), 100);
  t.equal(dueAt({ ...clock, rate: 0 }, 11_000), Infinity);
  const rate = fc.double({ min: 0.01, max: 10_000_000, noNaN: true });
  fc.assert(
    fc.property(rate, fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e9 }), (rate, ahead, mono) => {
      const running: Clock = { at: 1e12, mono, rate };
      const due = dueAt(running, 1e12 + ahead);
      assert.ok(Math.abs(storyAt(running, due) - (1e12 + ahead)) <= Math.max(1, rate * 1e-3), 'to the precision of a double');
    }),
  );
  t.end();
});

const stretches = fc.array(fc.record({ gapMs: fc.integer({ min: 1, max: 1e11 }), share: fc.double({ min: 0.01, max: 1, noNaN: true }) }), {
  minLength: 1,
  maxLength: 60,
});
const total = (list: readonly { gapMs: number; share: number }[], rate: number, idleMs: number) =>
  list.reduce((sum, { gapMs, share }) => sum + share * paceOf(gapMs, rate, idleMs).wallMs, 0);

t.test('a fit lasts what was asked, raising the idle limit only where it must', (t) => {
  fc.assert(
    fc.property(
      stretches,
      fc.integer({ min: 1_000, max: 600_000 }),
      fc.oneof(fc.constant(Infinity), fc.integer({ min: 100, max: 60_000 })),
      (list, fitMs, idleMs) => {
        const fit = solveFit(list, fitMs, idleMs, 0.01);
        const slowest = total(list, 0.01, Infinity);
        assert.ok(Math.abs(total(list, fit.rate, fit.idleMs) - Math.min(fitMs, slowest)) < fitMs * 1e-6 + 1e-6);
        assert.equal(fit.raised, fit.idleMs !== idleMs);
        if (total(list, 0.01, idleMs) >= fitMs) assert.equal(fit.raised, false);
        assert.ok(fit.idleMs >= idleMs || !fit.raised);
      },
    ),
    { numRuns: 500 },
  );
  t.strictSame(solveFit([], 1_000, 500, 0.01), { rate: 1, idleMs: 500, raised: false });
  t.end();
});
