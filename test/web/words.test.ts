/** Times, lengths of time, bases and folds in words: nothing is said more precisely than it is known. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { duration, durationUp, lapse, pace } from '../../web/words/durations.js';
import { beginning } from '../../web/words/fold.js';
import { basisWords } from '../../web/words/basis.js';
import { listed } from '../../web/words/lanes.js';
import { wordsIn } from '../../web/words/times.js';
import { zoneOffset } from '../../web/words/zone.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: HOUR, day: DAY };

/** What words say, in ms: the least and the most. */
function saidMs(text: string): number {
  let ms = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d,]+) (second|minute|hour|day)s?/g)) ms += Number(amount.replaceAll(',', '')) * (UNITS[unit] ?? 0);
  return ms;
}

t.test('lengths of time', async (t) => {
  t.equal(duration(999), 'less than a second');
  t.equal(duration(90_000), '1 minute');
  t.equal(duration(2 * HOUR + 5 * 60_000), '2 hours 5 minutes');
  t.equal(duration(81 * DAY + HOUR), '81 days');
  t.equal(lapse(0, 0), 'less than a second');
  t.equal(lapse(DAY + 1, 3 * DAY - 1), '1 to 3 days');
  t.equal(lapse(0, 15 * HOUR - 1), 'at most 15 hours');
  t.equal(lapse(5 * DAY, null), 'at least 5 days');
  t.equal(lapse(null, null), 'a time that is not stated');
  t.equal(lapse(30_960_001, 46_799_999), '8 to 13 hours');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000 * DAY }), fc.integer({ min: 0, max: 4_000 * DAY }), (a, b) => {
      const [min, max] = a < b ? [a, b] : [b, a];
      assert.ok(saidMs(duration(min)) <= min, 'rounded down');
      assert.ok(saidMs(durationUp(max)) >= max || max < 1000, 'rounded up');
      const words = lapse(min, max);
      if (min === max || !words.includes(' to ')) return;
      const [low = '', high = ''] = words.split(' to ');
      const unit = /(second|minute|hour|day)/.test(low) ? low : `${low} ${high.split(' ').at(-1)}`;
      assert.ok(saidMs(unit) <= min && saidMs(high) >= max, `${words} holds ${min} to ${max}`);
    }),
  );
});

t.test('paces, bases and lists', async (t) => {
  t.equal(pace(1), 'real time');
  t.equal(pace(3_600), '1 hour a second');
  t.equal(pace(86_400), '1 day a second');
  t.equal(pace(7_020), '1.9 hours a second');
  const name = (id: string) => id.toUpperCase();
  t.equal(basisWords({ basis: 'stated', saidBy: 'ann' }, name), 'stated by ANN');
  t.equal(basisWords({ basis: 'claimed', saidBy: 'bob' }, name), 'claimed by BOB');
  t.match(basisWords({ basis: 'inferred', rule: 'in-reply-to' }, name), /^inferred by rule: it replies/);
  t.equal(listed(['a', 'b', 'c']), 'a, b and c');
  t.equal(listed(['1', '2', '3', '4', '5', '6', '7', '8']), '1, 2, 3, 4, 5 and 3 others');
});

t.test('times, by their precision', async (t) => {
  const { when, clock } = wordsIn('America/New_York');
  const event = (precision: string, earliest: string | null, latest: string | null, approximate = false) =>
    ({ when: { precision, approximate, earliest, latest, stated: null } }) as unknown as Parameters<typeof when>[0];
  const words = wordsIn('America/New_York');
  t.equal(clock(Date.parse('2016-10-19T22:00:00Z')), '6:00 pm EDT');
  t.equal(words.when(event('day', '2016-10-14T00:00:00-04:00', '2016-10-14T23:59:59.999-04:00')), 'on October 14, 2016, hour not stated');
  t.equal(
    words.when(event('minute', '2016-09-20T23:00:00-04:00', '2016-09-20T23:59:59.999-04:00', true)),
    'some time between 11:00 pm and 11:59 pm on September 20, 2016',
  );
  t.equal(words.when(event('unknown', null, '2016-12-07T23:59:59.999-05:00')), 'not dated: by December 7, 2016');
  t.equal(words.when(event('minute', '2016-11-08T18:35:00-05:00', '2016-11-08T18:35:59.999-05:00')), 'at 6:35 pm on November 8, 2016');
  t.equal(wordsIn('UTC').clock(Date.parse('2016-10-19T22:00:00Z')), '10:00 pm UTC');
  t.equal(zoneOffset('America/New_York', Date.parse('2016-10-19T22:00:00Z')), -4 * HOUR);
  t.equal(zoneOffset('Asia/Kolkata', 0), 5.5 * HOUR);
});

t.test('a long text is cut between characters', async (t) => {
  t.equal(beginning('short'), 'short');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, kept) => {
      const cut = beginning(text, kept);
      assert.ok(text.startsWith(cut));
      assert.ok(cut.length <= Math.max(kept, 1));
      assert.ok(!/\p{Surrogate}/u.test(cut));
    }),
  );
});
