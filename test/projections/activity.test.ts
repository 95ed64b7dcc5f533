import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { throughLens } from '../../events/lens.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { formatInstant, instantOf } from '../../events/story-time.js';
import { stories } from '../../events/stories/all.js';
import { Activity, activity, MOST_WINDOWS } from '../../projections/activity.js';
import { fold } from '../../projections/projection.js';
import { WIDTHS } from '../../projections/parts/windows.js';
import { correction, hour, message, retraction, tweet } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const SECOND = 1_000;
const WEEK = 7 * 86_400 * SECOND;

/** A happening at an instant, as far as this view looks at one. */
const at = (instant: number, visibility: 'public' | 'private' = 'private') =>
  ({ kind: 'happening', key: [instant, 0, ''], event: { visibility } }) as unknown as EffectiveHappening;
const viewAt = (...instants: number[]) =>
  activity.view(
    fold(
      activity,
      instants.map((instant) => at(instant)),
    ),
  );
const sums = ({ widths }: Activity) => widths.map(({ counts }) => [...counts.public, ...counts.private].reduce((a, b) => a + b, 0));

t.test('a story without happenings has no activity', (t) => {
  given(activity, message('m1', null)).gives((view) => t.strictSame(view, { from: null, to: null, events: 0, widths: [] }));
  t.end();
});

t.test('happenings are counted in windows of the finest width that suffices, and of the next two', (t) => {
  given(activity, message('m1', '2020-03-01T01:00:00Z'), message('m2', '2020-03-01T01:00:00.999Z'), tweet('t1', '2020-03-01T01:00:12+00:00')).gives((view) =>
    t.strictSame(view, {
      from: '2020-03-01T01:00:00Z',
      to: '2020-03-01T01:00:12Z',
      events: 3,
      widths: [
        {
          widthMs: 1_000,
          from: '2020-03-01T01:00:00Z',
          counts: { public: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], private: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        },
        { widthMs: 10_000, from: '2020-03-01T01:00:00Z', counts: { public: [0, 1], private: [2, 0] } },
        { widthMs: 60_000, from: '2020-03-01T01:00:00Z', counts: { public: [1], private: [2] } },
      ],
    }),
  );
  t.end();
});

t.test('it follows what is late, corrected, retracted, and shows the moment it is asked for', (t) => {
  const { when, gives } = given(activity, message('m1', hour(1)), message('m2', hour(2)));
  gives((view) => t.match(view, { events: 1, from: hour(1), to: hour(1) }), hour(1));
  gives((view) => t.match(view, { events: 2, widths: [{ widthMs: 10_000 }, { widthMs: 60_000 }, { widthMs: 600_000 }] }));
  when(message('m0', hour(0))).gives((view) => t.match(view, { events: 3, from: hour(0) }));
  when(correction('c', 'm2', { occurredAt: hour(3) })).gives((view) => t.match(view, { events: 2, to: hour(3) }));
  when(correction('c', 'm2', { visibility: 'public' })).gives((view) =>
    t.match(view.widths[2]?.counts, { public: [0, 0, 0, 0, 0, 0, 1], private: [1, 0, 0, 0, 0, 0, 0] }),
  );
  when(retraction('x', 'm1')).gives((view) => t.match(view, { events: 1, from: hour(2), widths: [{ widthMs: 1_000 }] }));
  t.end();
});

t.test('when the story outgrows a width it is put together into the next, and nothing is lost', (t) => {
  const within = (seconds: number) => viewAt(0, 500, seconds * SECOND);
  t.match(within(MOST_WINDOWS - 1), { widths: [{ widthMs: SECOND, counts: { private: { length: MOST_WINDOWS, 0: 2 } } }, {}, {}] });
  t.match(within(MOST_WINDOWS), { widths: [{ widthMs: 10 * SECOND, counts: { private: { 0: 2, 100: 1 } } }, {}, {}] });
  for (const width of WIDTHS) t.strictSame(new Set(sums(viewAt(0, 1, width * 500))), new Set([3]));
  t.end();
});

t.test('weeks begin on Monday, at midnight UTC, before 1970 too', (t) => {
  const friday = Date.UTC(1969, 6, 11, 12);
  const view = viewAt(friday, friday + 900 * WEEK);
  t.match(view, { widths: [{ widthMs: WEEK, from: '1969-07-07T00:00:00Z' }, { widthMs: 4 * WEEK }, { widthMs: 52 * WEEK }] });
  t.strictSame([view.widths[0]?.counts.private.length, view.widths[0]?.counts.private.at(-1)], [901, 1]);
  t.end();
});

t.test('all of story time can be shown', (t) => {
  const first = instantOf('0001-01-02T00:00:00Z');
  const last = instantOf('9998-12-30T00:00:00Z');
  const view = viewAt(last, first);
  t.match(view, { from: '0001-01-02T00:00:00Z', to: '9998-12-30T00:00:00Z', events: 2, widths: [{ from: '0001-01-01T00:00:00Z' }] });
  t.ok(view.widths.every(({ counts }) => counts.private.length <= MOST_WINDOWS && counts.private[0] === 1 && counts.private.at(-1) === 1));
  t.end();
});

t.test('through a lens a happening counts where it comes into sight', (t) => {
  const drafts = [message('m1', hour(1), {}, { disclosures: [{ to: 'public', at: hour(5) }] })];
  const [step] = stepsOf(drafts);
  const seen = throughLens(step as Step, 'public', () => (step as EffectiveHappening).event) as Step;
  t.match(activity.view(fold(activity, [seen])), { from: hour(5), events: 1 });
  t.end();
});

/** The same, counted anew from all happenings. */
function naive(happenings: readonly { instant: number; visibility: 'public' | 'private' }[]): Activity {
  if (happenings.length === 0) return { from: null, to: null, events: 0, widths: [] };
  const instants = happenings.map(({ instant }) => instant);
  const first = Math.min(...instants);
  const last = Math.max(...instants);
  const monday = Date.parse('0001-01-01T00:00:00Z');
  const number = (instant: number, width: number) => Math.floor((instant - monday) / width);
  const finest = WIDTHS.findIndex((width) => number(last, width) - number(first, width) < MOST_WINDOWS);
  const widths = WIDTHS.slice(finest, finest + 3).map((widthMs) => {
    const start = number(first, widthMs);
    const counts = (visibility: string) => {
      const list = new Array<number>(number(last, widthMs) - start + 1).fill(0);
      for (const one of happenings)
        if (one.visibility === visibility) list[number(one.instant, widthMs) - start] = (list[number(one.instant, widthMs) - start] ?? 0) + 1;
      return list;
    };
    return { widthMs, from: formatInstant(monday + start * widthMs), counts: { public: counts('public'), private: counts('private') } };
  });
  return { from: formatInstant(first), to: formatInstant(last), events: happenings.length, widths };
}

t.test('it depends on which happenings there are, never on the order in which they come, and is what counting anew gives', (t) => {
  const schema = Compile(Activity);
  const reach = fc.constantFrom(10, 1_000, 100_000, 10_000_000, 1_000_000_000, 100_000_000_000);
  const happening = fc.record({
    instant: fc.tuple(reach, fc.double({ min: -1, max: 1, noNaN: true })).map(([s, part]) => Math.round(s * part) * 1_000 + 7),
    visibility: fc.constantFrom('public' as const, 'private' as const),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const steps = happenings.map(({ instant, visibility }) => at(instant, visibility));
      const view = activity.view(fold(activity, steps));
      assert.deepEqual(view, naive(happenings));
      assert.deepEqual(activity.view(fold(activity, [...steps].reverse())), view);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
    }),
    { numRuns: 500 },
  );
  t.pass();
  t.end();
});

t.test('whatever a story holds, in any order of recording', (t) => {
  fc.assert(
    fc.property(shuffledStory, ({ drafts, shuffled }) => {
      const view = viewOf(activity, drafts);
      assert.deepEqual(viewOf(activity, shuffled), view);
      const happenings = stepsOf(drafts).flatMap((step) => (step.kind === 'happening' ? [{ instant: step.key[0], visibility: step.event.visibility }] : []));
      assert.deepEqual(view, naive(happenings));
    }),
  );
  t.pass();
  t.end();
});

t.test('of the founding story', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const view = viewOf(activity, drafts);
  const happenings = stepsOf(drafts).filter(({ kind }) => kind === 'happening').length;
  t.strictSame([view.events, view.to, ...sums(view)], [happenings, '2018-01-01T04:59:59.999Z', happenings, happenings, happenings]);
  t.end();
});
