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

t.test('the edges of a bucket hold between them what is in it', (t) => {
  fc.assert(
    fc.property(durations, (all) => {
      const histogram = histogramOf(all);
      for (const [i, exact] of [...all].sort((a, b) => a - b).entries()) {
        const [lower, middle, upper] = (['lower', 'middle', 'upper'] as const).map((edge) => atRank(histogram, i + 1, edge)) as [number, number, number];
        assert.ok(lower <= exact && exact <= upper, `${lower} to ${upper} for ${exact}`);
        assert.ok(lower <= middle && middle <= upper);
        assert.ok(exact - lower <= exact / 100 && upper - exact <= exact / 100, `${lower} to ${upper} for ${exact}`);
        assert.deepEqual([counted(histogram, lower).length, counted(histogram, upper).length], [histogram.length, histogram.length], 'both lie in it');
      }
      assert.equal(atRank(histogram, all.length + 1, 'upper'), null);
    }),
    { numRuns: 500 },
  );
  const short = Array.from({ length: 90 }, (_, ms) => ms);
  t.strictSame(
    short.map((ms) => [atRank(histogramOf([ms]), 1, 'lower'), atRank(histogramOf([ms]), 1, 'upper')]),
    short.map((ms) => [ms, ms]),
    'short durations are told exactly',
  );
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
