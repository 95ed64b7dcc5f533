import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { atRank, counted, type Histogram, uncounted } from '../../../projections/parts/histogram.js';

const LONGEST = 9_998 * 366 * 86_400_000;
const durations = fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 100_000_000 }), fc.integer({ min: 0, max: LONGEST })), {
  minLength: 1,
  maxLength: 60,
});
const histogramOf = (all: readonly number[]) => all.reduce<Histogram>(counted, []);

t.test('each rank is at most 1 % from the duration itself', (t) => {
  fc.assert(
    fc.property(durations, (all) => {
      const histogram = histogramOf(all);
      for (const [i, exact] of [...all].sort((a, b) => a - b).entries()) {
        const figure = atRank(histogram, i + 1) as number;
        assert.ok(Math.abs(figure - exact) <= exact / 100, `${figure} for ${exact}`);
      }
      assert.equal(atRank(histogram, all.length + 1), null);
    }),
    { numRuns: 500 },
  );
  t.pass();
  t.end();
});

t.test('order does not matter, nor what was taken out again', (t) => {
  fc.assert(
    fc.property(durations, durations, (stay, go) => {
      assert.deepEqual(histogramOf([...stay].reverse()), histogramOf(stay));
      assert.deepEqual(go.reduce(uncounted, histogramOf([...go, ...stay])), histogramOf(stay));
    }),
  );
  t.strictSame(uncounted(histogramOf([5]), 5), []);
  t.end();
});

t.test('it is bounded, however much is counted', (t) => {
  let histogram: Histogram = [];
  for (let ms = 1; ms < LONGEST; ms *= 1.001) histogram = counted(histogram, Math.floor(ms));
  t.ok(histogram.length / 2 < 3_400, `${histogram.length / 2} buckets`);
  t.end();
});
