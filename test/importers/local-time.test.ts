import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import t from 'tap';
import { instantOf } from '../../events/story-time.js';
import { isZone, Zone } from '../../src/importers/local-time.js';

const berlin = new Zone('Europe/Berlin');

t.test('a time that was shown once is one instant, at the precision that is stated', (t) => {
  t.match(berlin.place({ year: 2020, month: 1, day: 2, hour: 3, minute: 4, second: 5 }, 'x'), {
    occurredAt: '2020-01-02T03:04:05+01:00',
    when: { precision: 'second', earliest: '2020-01-02T03:04:05+01:00', latest: '2020-01-02T03:04:05+01:00', stated: 'x', zone: 'Europe/Berlin' },
    shown: 'once',
  });
  t.match(berlin.place({ year: 2020, month: 7, day: 2, hour: 3, minute: 4 }, 'x'), {
    when: { precision: 'minute', earliest: '2020-07-02T03:04:00+02:00', latest: '2020-07-02T03:04:59.999+02:00' },
  });
  t.match(
    berlin.place({ year: 2020, month: 3, day: 29 }, 'x'),
    {
      when: { precision: 'day', earliest: '2020-03-29T00:00:00+01:00', latest: '2020-03-29T23:59:59.999+02:00' },
      shown: 'once',
    },
    'a day of 23 hours',
  );
  t.end();
});

t.test('a time that was shown twice or never has bounds around all it can mean', (t) => {
  t.match(berlin.place({ year: 2019, month: 10, day: 27, hour: 2, minute: 30 }, 'x'), {
    when: { earliest: '2019-10-27T02:30:00+02:00', latest: '2019-10-27T02:30:59.999+01:00' },
    shown: 'twice',
  });
  t.match(berlin.place({ year: 2020, month: 3, day: 29, hour: 2, minute: 30, second: 0 }, 'x'), {
    when: { earliest: '2020-03-29T01:30:00+01:00', latest: '2020-03-29T03:30:00+02:00' },
    shown: 'never',
  });
  t.end();
});

t.test('what is no day, no time or no zone is none', (t) => {
  for (const time of [
    { month: 2, day: 30 },
    { month: 13, day: 1 },
    { month: 1, day: 0 },
    { month: 1, day: 1, hour: 24 },
    { month: 1, day: 1, hour: 1, minute: 60 },
  ])
    t.equal(berlin.place({ year: 2020, ...time }, 'x'), undefined);
  t.ok(isZone('America/New_York'));
  for (const zone of ['', 'Nowhere/City', '+02:00', 'Europe/Berlin; x']) t.notOk(isZone(zone), zone);
  t.end();
});

t.test('in any zone it is what the zone says, and the bounds hold every instant that was shown so', (t) => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC'].map((name) => new Zone(name));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2106, 1, 7) / 1_000 }), fc.constantFrom(...zones), (second, zone) => {
      const ms = second * 1_000;
      const wall = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone.name);
      const { year, month, day, hour, minute } = wall;
      const placed = zone.place({ year, month, day, hour, minute, second: wall.second }, '');
      const [earliest, latest] = [instantOf(placed?.when.earliest ?? ''), instantOf(placed?.when.latest ?? '')];
      t.ok(earliest <= ms && ms <= latest);
      t.equal(placed?.shown, earliest === latest ? 'once' : 'twice');
      const whole = zone.place({ year, month, day }, '');
      t.ok(instantOf(whole?.when.earliest ?? '') <= ms && ms <= instantOf(whole?.when.latest ?? ''));
    }),
    { numRuns: 2_000 },
  );
  t.end();
});
