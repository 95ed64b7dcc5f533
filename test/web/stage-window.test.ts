/** What is held for the stage: no event twice, no holes, never more than so many, and what is left out is known. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { PublishedEvent } from '../../events/published.js';
import { sidesOf } from '../../web/player/cast.js';
import { added, changed, EMPTY, filled, MOST_HELD, preceded, shownOf, type StageWindow, USUAL } from '../../web/player/stage-window.js';
import { gapBetween, silenceWords } from '../../web/stage/gap.js';

const event = (n: number, more: Partial<PublishedEvent> = {}) =>
  ({
    id: `e${n}`,
    type: 'TweetPosted',
    occurredAt: new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString(),
    position: String(n),
    seq: 0,
    when: { earliest: null, latest: null },
    visibility: 'public',
    data: {},
    ...more,
  }) as unknown as PublishedEvent;
const ids = ({ shown }: StageWindow) => shown.map((one) => one.event.id);
const from = (a: number, b: number) => Array.from({ length: b - a }, (_, i) => event(a + i));

t.test('whatever comes, the window stays whole and bounded', async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), many: fc.integer({ min: 0, max: 150 }), follows: fc.boolean() }),
    fc.record({ kind: fc.constant('older' as const), many: fc.integer({ min: 1, max: 150 }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const start = 1_000;
      let next = start;
      let window = filled(EMPTY, [], true, false);
      for (const one of acts) {
        if (one.kind === 'add') {
          const news = from(next, next + one.many).map((happening) => shownOf(happening, { fresh: true }));
          next += one.many;
          window = added(window, [...news, ...news.slice(0, 2)], one.follows);
        } else {
          const first = window.shown[0] === undefined ? next - window.newer : Number(window.shown[0].event.id.slice(1));
          window = preceded(window, from(Math.max(0, first - one.many), first), first > one.many);
        }
        const numbers = ids(window).map((id) => Number(id.slice(1)));
        assert.ok(numbers.length <= MOST_HELD);
        assert.ok(
          numbers.every((n, i) => i === 0 || n === (numbers[i - 1] ?? 0) + 1),
          'no holes, none twice',
        );
        if (numbers.length > 0) assert.equal((numbers.at(-1) ?? 0) + 1 + window.newer, next, 'what is not held at the end is counted');
      }
    }),
    { numRuns: 60 },
  );
});

t.test('while it follows, the oldest go; while somebody reads, nothing does', async (t) => {
  const many = from(0, USUAL + 50).map((one) => shownOf(one));
  const follows = added(EMPTY, many, true);
  t.equal(follows.shown.length, USUAL);
  t.ok(follows.older);
  t.equal(follows.base, 50);
  const reads = added(filled(EMPTY, from(0, 10), false, false), many.slice(10), false);
  t.equal(ids(reads)[0], 'e0');
});

t.test('a jump keeps what is the same, and a withdrawn note its place', async (t) => {
  const first = filled(EMPTY, from(0, 5), false, false);
  const again = filled(first, from(0, 5), false, true);
  t.ok(
    again.shown.every((one, i) => one === first.shown[i]),
    'the same objects',
  );
  const withdrawn = changed(first, 'e2', null);
  const kept = filled(
    withdrawn,
    [0, 1, 3, 4].map((n) => event(n)),
    false,
    true,
  );
  t.strictSame(ids(kept), ['e0', 'e1', 'e2', 'e3', 'e4']);
  t.ok(kept.shown[2]?.withdrawn);
  t.strictSame(
    ids(
      filled(
        kept,
        [0, 1, 3, 4].map((n) => event(n)),
        false,
        false,
      ),
    ),
    ['e0', 'e1', 'e3', 'e4'],
    'until the next jump',
  );
  t.equal(changed(first, 'unknown', null), first);
});

t.test('who speaks on which side', async (t) => {
  const pairs = [
    { from: 'a', to: 'b', messages: 9 },
    { from: 'b', to: 'a', messages: 4 },
    { from: 'b', to: 'c', messages: 2 },
    { from: 'd', to: 'd', messages: 8 },
  ];
  const sides = sidesOf(pairs);
  t.strictSame(
    [...sides],
    [
      ['a', 'left'],
      ['b', 'right'],
      ['c', 'left'],
    ],
  );
  t.strictSame([...sidesOf(pairs.toReversed())].sort(), [...sides].sort(), 'whatever order they are told in');
});

t.test('silences between two events', async (t) => {
  const at = (earliest: string, latest: string) => ({ at: Date.parse(latest), event: { occurredAt: latest, when: { earliest, latest } } });
  const day = at('2016-11-09T00:00:00Z', '2016-11-09T23:59:59.999Z');
  t.equal(silenceWords(gapBetween(day, at('2016-12-16T00:00:00Z', '2016-12-16T23:59:59.999Z')), 'of silence'), '36 to 38 days of silence');
  t.equal(silenceWords(gapBetween(day, at('2016-11-09T00:00:00Z', '2017-01-09T00:00:00Z')), 'of silence'), 'At most 61 days of silence');
  t.match(silenceWords(gapBetween({ ...day, event: { ...day.event, when: { earliest: null, latest: null } } }, day), 'of silence'), /not known/);
});
