import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  boundsOf,
  compareKeys,
  completeTime,
  type DraftTime,
  endOf,
  formatInstant,
  lapse,
  type OrderKey,
  parseInstant,
  parseOffset,
  relativeFault,
  type StoryTime,
  startOf,
  unitSpan,
} from '../../events/story-time.js';

const complete = (draft: DraftTime): StoryTime => {
  const result = completeTime(draft);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.time;
};
const faultsOf = (draft: DraftTime) => {
  const result = completeTime(draft);
  return 'faults' in result ? result.faults.map((fault) => fault.at) : [];
};

t.test('reads real instants with an offset, and nothing else', (t) => {
  t.equal(parseInstant('2016-09-20T23:59:00-04:00'), Date.UTC(2016, 8, 21, 3, 59));
  t.equal(parseInstant('2016-02-29T00:00:00.25Z'), Date.UTC(2016, 1, 29, 0, 0, 0, 250));
  t.equal(parseInstant('0050-01-01T00:00:00Z'), new Date('0050-01-01T00:00:00Z').getTime());
  t.equal(parseInstant('1970-01-01T00:00:00Z'), 0);
  t.equal(parseInstant('2106-02-07T06:28:16Z'), 2 ** 32 * 1000);
  for (const text of [
    '2016-09-20',
    '2016-09-20T23:59:00',
    '2017-02-29T00:00:00Z',
    '2016-13-01T00:00:00Z',
    '2016-04-31T00:00:00Z',
    '2016-01-01T24:00:00Z',
    '2016-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '2016-01-01T00:00:00+24:00',
    ' 2016-01-01T00:00:00Z',
    '2016-01-01T00:00:00Zx',
    '',
    'now',
  ])
    t.equal(parseInstant(text), undefined, text);
  t.end();
});

t.test('what is written is read as the same instant, at any offset', (t) => {
  const instant = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9998, 0, 1) });
  fc.assert(fc.property(instant, fc.integer({ min: -23 * 60, max: 23 * 60 }), (ms, offset) => assert.equal(parseInstant(formatInstant(ms, offset)), ms)));
  t.pass();
  t.end();
});

t.test('a time without bounds gets those of its precision, at the offset it is written with', (t) => {
  const when = (occurredAt: string, precision: NonNullable<DraftTime['when']>['precision']) => {
    const { earliest, latest } = complete({ occurredAt, when: { precision } } as DraftTime).when;
    return [earliest, latest];
  };
  t.strictSame(when('2016-10-14T12:00:00-04:00', 'day'), ['2016-10-14T00:00:00-04:00', '2016-10-14T23:59:59.999-04:00']);
  t.strictSame(when('2016-11-08T18:35:00-05:00', 'minute'), ['2016-11-08T18:35:00-05:00', '2016-11-08T18:35:59.999-05:00']);
  t.strictSame(when('2016-02-10T00:00:00+02:00', 'month'), ['2016-02-01T00:00:00+02:00', '2016-02-29T23:59:59.999+02:00']);
  t.strictSame(when('2016-02-10T00:00:00-03:30', 'year'), ['2016-01-01T00:00:00-03:30', '2016-12-31T23:59:59.999-03:30']);
  t.strictSame(when('2016-02-10T00:00:00Z', 'second'), ['2016-02-10T00:00:00Z', '2016-02-10T00:00:00Z']);
  t.equal(complete({ occurredAt: '2016-02-10T00:00:00.5Z' }).when.precision, 'millisecond');
  t.end();
});

t.test('the unit of any precision holds the instant it was made from', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(1600, 0, 1), max: Date.UTC(2400, 0, 1) }),
      fc.constantFrom('minute' as const, 'hour' as const, 'day' as const, 'month' as const, 'year' as const),
      fc.integer({ min: -720, max: 720 }),
      (ms, precision, offset) => {
        const { earliest, latest } = unitSpan(ms, precision, offset);
        assert.ok(earliest <= ms && ms <= latest);
        assert.deepEqual(unitSpan(latest, precision, offset), { earliest, latest });
        assert.notDeepEqual(unitSpan(latest + 1, precision, offset), { earliest, latest });
      },
    ),
  );
  t.pass();
  t.end();
});

t.test('without a placing instant, latest places; undated things say so; unbounded things are not placed', (t) => {
  const undated = complete({ when: { earliest: '2017-01-01T00:00:00Z', latest: '2017-06-30T00:00:00Z', stated: 'in the winter and spring' } });
  t.match(undated, { occurredAt: '2017-06-30T00:00:00Z', undated: true, when: { precision: 'unknown' } });
  t.equal(complete({ when: { precision: 'day', earliest: '2017-01-01T00:00:00Z', latest: '2017-01-01T23:59:59Z' } }).undated, undefined);
  t.match(complete({}), { occurredAt: null, when: { earliest: null, latest: null, precision: 'unknown' } });
  t.match(complete({ when: { earliest: '2017-01-01T00:00:00Z' } }), { occurredAt: null });
  t.equal(boundsOf(complete({})), undefined);
  t.end();
});

t.test('what contradicts itself is refused where it does', (t) => {
  t.strictSame(faultsOf({ occurredAt: '2017-02-30T00:00:00Z' }), ['/occurredAt']);
  t.strictSame(faultsOf({ when: { earliest: '2017-02-02T00:00:00Z', latest: '2017-02-01T00:00:00Z' } }), ['/when/latest']);
  t.strictSame(faultsOf({ occurredAt: '2017-02-03T00:00:00Z', when: { earliest: '2017-02-01T00:00:00Z', latest: '2017-02-02T00:00:00Z' } }), ['/occurredAt']);
  t.strictSame(faultsOf({ occurredAt: '2017-02-03T00:00:00Z', when: { approximate: true } }), ['/when']);
  t.strictSame(faultsOf({ occurredAt: '2017-02-03T00:00:00Z', when: { relative: { to: 'x', offset: 'a while', approximate: true } } }), [
    '/when/relative/offset',
  ]);
  t.end();
});

t.test('at the edges of story time everything stays a time', (t) => {
  for (const text of ['0000-06-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00']) t.equal(parseInstant(text), undefined, text);
  for (const occurredAt of ['0001-01-03T00:00:00Z', '9998-12-29T00:00:00Z']) {
    for (const precision of ['hour', 'month', 'year'] as const) {
      const { when } = complete({ occurredAt, when: { precision } });
      t.ok(parseInstant(when.earliest ?? '') !== undefined && parseInstant(when.latest ?? '') !== undefined, `${occurredAt} ${precision}`);
    }
  }
  t.end();
});

t.test('completing a completed time changes nothing', (t) => {
  for (const draft of [
    {},
    { occurredAt: '2016-02-10T00:00:00Z' },
    { occurredAt: '2016-02-10T09:00:00+01:00', when: { precision: 'day' } },
    { when: { latest: '2017-06-30T00:00:00Z' } },
    { occurredAt: '2017-06-30T00:00:00Z', when: { earliest: null, latest: null } },
  ] as DraftTime[]) {
    const once = complete(draft);
    t.strictSame(complete(once), once);
  }
  t.end();
});

t.test('story order is total: it never calls two places the same, and agrees with itself', (t) => {
  const key = fc.tuple(
    fc.integer({ min: -2, max: 2 }),
    fc.integer({ min: -1, max: 1 }),
    fc.string({ maxLength: 3, unit: 'grapheme' }),
  ) as fc.Arbitrary<OrderKey>;
  fc.assert(
    fc.property(key, key, key, (a, b, c) => {
      const codePoints = (text: string) => Buffer.from(text).toString('hex');
      assert.equal(Math.sign(compareKeys(a, b)) + Math.sign(compareKeys(b, a)), 0);
      assert.equal(compareKeys(a, b) === 0, a[0] === b[0] && a[1] === b[1] && a[2] === b[2]);
      if (compareKeys(a, b) <= 0 && compareKeys(b, c) <= 0) assert.ok(compareKeys(a, c) <= 0);
      if (a[0] === b[0] && a[1] === b[1] && a[2] !== b[2]) assert.equal(compareKeys(a, b) < 0, codePoints(a[2]) < codePoints(b[2]));
      assert.ok(compareKeys(startOf(a[0]), a) < 0 && compareKeys(a, endOf(a[0])) < 0);
    }),
    { numRuns: 2_000 },
  );
  t.pass();
  t.end();
});

t.test('offsets are ISO 8601 durations, or only an order', (t) => {
  t.strictSame(parseOffset('PT1H30M'), { kind: 'clock', ms: 5_400_000, unitMs: 60_000 });
  t.strictSame(parseOffset('-P1D'), { kind: 'days', days: -1 });
  t.strictSame(parseOffset('P2W'), { kind: 'days', days: 14 });
  t.strictSame(parseOffset('P1Y2M'), { kind: 'months', months: 14 });
  t.strictSame(parseOffset('after'), { kind: 'order', sign: 1 });
  for (const text of ['P', 'PT', 'P1DT', '1H', 'PT1.5H', 'P1M2D', 'later']) t.equal(parseOffset(text), undefined, text);
  t.end();
});

t.test('a relative time holds, or says how it does not', (t) => {
  const at = (occurredAt: string, offset?: string, approximate = false) =>
    complete({
      occurredAt,
      ...(offset === undefined ? {} : { when: { relative: { to: 'x', offset, approximate }, ...(approximate ? { earliest: null, latest: null } : {}) } }),
    });
  const first = at('2016-10-03T10:00:00-04:00');
  t.equal(relativeFault(at('2016-10-03T11:30:00-04:00', 'PT1H30M'), first), undefined);
  t.match(relativeFault(at('2016-10-03T11:32:00-04:00', 'PT1H30M'), first), /92 minutes/);
  t.equal(relativeFault(at('2016-10-03T21:00:00-04:00', 'PT12H', true), first), undefined);
  t.type(relativeFault(at('2016-10-03T15:00:00-04:00', 'PT12H', true), first), 'string');
  t.equal(relativeFault(at('2016-10-05T23:59:00-04:00', 'P2D'), first), undefined, 'days count on the calendar');
  t.match(relativeFault(at('2016-10-06T00:00:00-04:00', 'P2D'), first), /3 days/);
  t.equal(relativeFault(at('2016-10-03T10:00:00-04:00', 'after'), first), undefined);
  t.type(relativeFault(at('2016-10-03T09:00:00-04:00', 'after'), first), 'string');
  t.equal(relativeFault(at('2016-11-09T00:00:00-05:00', 'P1M'), first), undefined);
  t.end();
});

t.test('a lapse between uncertain times is a range that holds the lapse between the placing instants', (t) => {
  const from = {
    id: 'x',
    ...complete({ occurredAt: '2016-09-20T23:59:00-04:00', when: { earliest: '2016-09-20T23:00:00-04:00', latest: '2016-09-20T23:59:59-04:00' } }),
  };
  const to = complete({ occurredAt: '2016-09-21T11:59:00-04:00', when: { earliest: '2016-09-21T10:00:00-04:00', latest: '2016-09-21T12:00:00-04:00' } });
  t.strictSame(lapse(from, to), { ms: 12 * 3_600_000, minMs: 10 * 3_600_000 + 1_000, maxMs: 13 * 3_600_000 });
  const exact = complete({ occurredAt: '2016-09-21T01:29:00-04:00', when: { precision: 'day', relative: { to: 'x', offset: 'PT1H30M', approximate: false } } });
  t.strictSame(lapse(from, exact), { ms: 5_400_000, minMs: 5_400_000, maxMs: 5_400_000 }, 'what is stated of the two wins over their bounds');
  t.equal(lapse(from, complete({})), undefined);
  const unbounded = complete({ when: { latest: '2016-09-21T12:00:00-04:00' } });
  t.strictSame(lapse({ id: 'y', ...unbounded }, unbounded), { ms: 0, minMs: 0, maxMs: null }, 'nothing bounds how long it can have taken');
  t.end();
});
