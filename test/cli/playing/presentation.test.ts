import fc from 'fast-check';
import t from 'tap';
import { Presentation } from '../../../src/cli/playing/presentation.js';

const story = fc
  .record({
    gaps: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 30 }),
    rate: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    idleMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 1, max: 10_000, noNaN: true })),
  })
  .map(({ gaps, ...pacing }) => {
    const instants = [1_000];
    for (const gap of gaps) instants.push((instants.at(-1) as number) + gap);
    const [from, to] = [instants[0] as number, instants.at(-1) as number];
    return { presentation: new Presentation(instants, from, to, pacing), from, to, ...pacing };
  });

t.test('there and back is the same moment, later stays later, and the ends are the ends', async (t) => {
  fc.assert(
    fc.property(story, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), ({ presentation, from, to }, a, b) => {
      const instant = from + (to - from) * a;
      t.ok(Math.abs(presentation.instantAt(presentation.wallAt(instant)) - instant) <= 1e-6 * (to - from + 1));
      const [one, other] = [Math.min(a, b), Math.max(a, b)].map((share) => presentation.wallAt(from + (to - from) * share)) as [number, number];
      t.ok(one <= other + 1e-9);
      t.equal(presentation.instantAt(-1), from);
      t.equal(presentation.instantAt(presentation.durationMs + 1), to);
    }),
  );
});

t.test('no gap takes longer than the limit, and the whole takes what its gaps take', async (t) => {
  fc.assert(
    fc.property(story, ({ presentation, idleMs }) => {
      const { gaps, durationMs } = presentation;
      t.ok(gaps.every(({ wallFrom, wallTo }) => wallTo - wallFrom <= idleMs * (1 + 1e-6) + 1e-6));
      t.ok(Math.abs(gaps.reduce((sum, { wallFrom, wallTo }) => sum + wallTo - wallFrom, 0) - durationMs) <= 1e-6 * (durationMs + 1));
    }),
  );
  const { gaps, durationMs } = new Presentation([0, 1_000, 101_000], 0, 101_000, { rate: 10, idleMs: 500 });
  t.equal(durationMs, 600);
  t.strictSame(
    gaps.map(({ shortened }) => shortened),
    [false, true],
  );
});
