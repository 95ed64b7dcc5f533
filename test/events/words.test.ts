import t from 'tap';
import { completeTime, type DraftTime } from '../../events/story-time.js';
import { duration, lapse, wordsIn } from '../../events/words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The time of a draft, completed. */
function timed(draft: DraftTime) {
  const read = completeTime(draft);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.time;
}

t.test('a time is said as precisely as its source says it, and no more', (t) => {
  const words = wordsIn('America/New_York');
  const cases: [DraftTime, string][] = [
    [{ occurredAt: '2016-09-20T23:59:30-04:00' }, 'at 11:59:30 pm on September 20, 2016'],
    [{ occurredAt: '2016-09-20T23:59:00-04:00', when: { precision: 'minute' } }, 'at 11:59 pm on September 20, 2016'],
    [{ occurredAt: '2016-09-20T23:59:00-04:00', when: { precision: 'hour' } }, 'at 11 pm on September 20, 2016, minute not stated'],
    [{ occurredAt: '2016-09-20T12:00:00-04:00', when: { precision: 'day' } }, 'on September 20, 2016, hour not stated'],
    [{ occurredAt: '2016-09-20T12:00:00-04:00', when: { precision: 'month' } }, 'in September 2016, day not stated'],
    [
      {
        occurredAt: '2016-09-20T23:59:00-04:00',
        when: { precision: 'minute', approximate: true, earliest: '2016-09-20T23:00:00-04:00', latest: '2016-09-20T23:59:59.999-04:00' },
      },
      'some time between 11:00 pm and 11:59 pm on September 20, 2016',
    ],
    [{ when: { latest: '2016-11-08T23:59:59.999-05:00' } }, 'not dated: by November 8, 2016'],
    [{ when: { earliest: '2016-09-20T23:00:00-04:00' } }, 'not dated: after 11:00 pm on September 20, 2016'],
    [{ when: {} }, 'not dated: at a time that nothing bounds'],
  ];
  for (const [draft, said] of cases) t.equal(words.when(timed(draft)), said);
  t.equal(wordsIn('UTC').when(timed({ occurredAt: '2016-09-20T23:59:30-04:00' })), 'at 3:59:30 am on September 21, 2016');
  t.throws(() => wordsIn('Nowhere/Else'), RangeError);
  t.end();
});

t.test('bounds are said as they are; where they are one instant, it is said once', (t) => {
  const words = wordsIn('UTC');
  const bounds = (earliest: string | null, latest: string | null) => words.bounds({ when: { earliest, latest } });
  t.equal(bounds('2020-03-01T00:00:00Z', '2020-03-01T23:59:59.999Z'), 'on March 1, 2020');
  t.equal(bounds('2020-03-01T00:00:00Z', '2020-03-02T12:00:00Z'), 'between March 1, 2020 and 12:00 pm on March 2, 2020');
  t.equal(bounds('2020-03-01T09:00:00Z', '2020-03-01T09:00:00Z'), 'at 9:00 am on March 1, 2020');
  t.equal(bounds('2020-03-01T09:00:00Z', '2020-03-01T09:00:59.999Z'), 'at 9:00 am on March 1, 2020', 'within a minute');
  t.equal(bounds('2020-03-01T09:00:30Z', '2020-03-01T09:00:30Z'), 'at 9:00:30 am on March 1, 2020');
  t.end();
});

t.test('a length of time is rounded as a person would, and said as a range where it is one', (t) => {
  t.equal(duration(999), 'less than a second');
  t.equal(duration(90 * MINUTE), '1 hour 30 minutes');
  t.equal(duration(12 * HOUR + 20 * MINUTE), '12 hours');
  t.equal(duration(37.5 * DAY), '37 days');
  t.equal(lapse(5 * MINUTE, 5 * MINUTE), '5 minutes');
  t.equal(lapse(8 * HOUR, 12.5 * HOUR), '8 to 13 hours');
  t.equal(lapse(0, 3 * DAY), 'at most 3 days');
  t.equal(lapse(HOUR, null), 'at least 1 hour');
  t.equal(lapse(null, null), 'a time that is not stated');
  t.end();
});
