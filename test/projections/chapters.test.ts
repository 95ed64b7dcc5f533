import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { throughLens } from '../../events/lens.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { formatInstant } from '../../events/story-time.js';
import { stories } from '../../events/stories/all.js';
import { Chapters, chapters } from '../../projections/chapters.js';
import { fold } from '../../projections/projection.js';
import { WIDTHS } from '../../projections/parts/windows.js';
import { correction, hour, message, retraction } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

type Data = Record<string, unknown>;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EPOCH = Date.UTC(2020, 0, 1);
const described = (...named: [event: string, title: string][]) => ({
  id: 'description',
  type: 'StoryDescribed',
  data: { title: 'a story', description: '', timeZone: 'UTC', participants: [], sources: [], chapters: named.map(([event, title]) => ({ event, title })) },
});
/** Placed at an hour, and possibly as late as another. */
const until = (latest: string, earliest = hour(0)) => ({ when: { precision: 'hour', approximate: true, earliest, latest } });
/** Happenings at so many ms after the beginning, named by their numbers. */
const happen = (...ms: number[]) => ms.map((after, i) => message(`m${String(i).padStart(3, '0')}`, formatInstant(EPOCH + after)));
const every = (gap: number, count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * gap);
const events = (view: Chapters) => view.chapters.map(({ event }) => event);
const derived = (drafts: readonly unknown[]) => chapters.view(fold(chapters, stepsOf(drafts)));

// ---- the author's -----------------------------------------------------------------------------

t.test('the chapters that the author names begin as their happenings come, in story order', (t) => {
  const { when, gives } = given(
    chapters,
    described(['m3', 'The end'], ['m1', 'The beginning'], ['gone', 'Never']),
    message('m1', hour(1)),
    message('m2', hour(2)),
    message('m3', hour(3)),
  );
  gives((view) => t.strictSame(view, { basis: 'stated', totals: { chapters: 0 }, chapters: [] }), hour(0));
  gives((view) => t.strictSame(view.chapters, [{ number: 1, event: 'm1', at: hour(1), title: 'The beginning', basis: 'stated', by: 'author' }]), hour(2));
  gives((view) => t.strictSame([events(view), view.totals], [['m1', 'm3'], { chapters: 2 }]));
  when(correction('c', 'm3', { occurredAt: hour(0) })).gives((view) =>
    t.match(view.chapters, [
      { number: 1, event: 'm3', at: hour(0) },
      { number: 2, event: 'm1' },
    ]),
  );
  when(retraction('x', 'm1')).gives((view) => t.strictSame(events(view), ['m3']));
  t.end();
});

t.test('where the author names some, none are derived', (t) => {
  given(chapters, described(['m002', 'The one']), ...happen(0, HOUR, 2 * HOUR, 90 * DAY)).gives((view) =>
    t.match(view, { basis: 'stated', chapters: [{ event: 'm002' }] }),
  );
  given(chapters, described(), ...happen(0, HOUR)).gives((view) => t.match(view, { basis: 'inferred', chapters: [{ event: 'm000', title: null }] }));
  t.end();
});

t.test('a chapter is uncertain while its happening may not have happened yet', (t) => {
  const story = given(
    chapters,
    described(['m1', 'One'], ['m2', 'Two']),
    message('m1', hour(1), {}, until(hour(3))),
    message('m2', hour(2), {}, { when: { earliest: null, latest: null } }),
  );
  story.gives(
    (view) =>
      t.strictSame(
        view.chapters.map(({ uncertain }) => uncertain),
        [true, true],
      ),
    hour(2),
  );
  story.gives(
    (view) =>
      t.strictSame(
        view.chapters.map(({ uncertain }) => uncertain),
        [undefined, true],
        'what nothing bounds stays so',
      ),
    hour(3),
  );
  story.gives((view) =>
    t.match(
      view.chapters,
      [
        { at: hour(1), earliest: hour(0), latest: hour(3) },
        { at: hour(2), earliest: null, latest: null },
      ],
      'what is only bounded is not shown as if it were exact',
    ),
  );
  t.end();
});

t.test('one happening may begin two chapters, and any id may begin one', (t) => {
  given(
    chapters,
    described(['constructor', 'One'], ['__proto__', 'Two'], ['constructor', 'Three']),
    message('constructor', hour(1)),
    message('__proto__', hour(2)),
    message('toString', hour(3)),
  ).gives((view) =>
    t.strictSame(
      view.chapters.map(({ number, event, title }) => [number, event, title]),
      [
        [1, 'constructor', 'One'],
        [2, 'constructor', 'Three'],
        [3, '__proto__', 'Two'],
      ],
    ),
  );
  t.end();
});

t.test('of many chapters the latest are shown, and pages lead through all of them', (t) => {
  const drafts = happen(...every(HOUR, 1_200));
  const state = fold(chapters, stepsOf([described(...drafts.map(({ id }): [string, string] => [id, `of ${id}`])), ...drafts]));
  const view = chapters.view(state);
  t.strictSame([view.totals.chapters, view.chapters.length, view.chapters[0]?.number], [1_200, 1_000, 201]);
  const list = chapters.lists?.(state).chapters;
  t.match(list?.page(2, 200).rows, [
    { number: 200, by: 'author' },
    { number: 199, title: 'of m198' },
  ]);
  t.end();
});

// ---- derived ----------------------------------------------------------------------------------

t.test('without any, a chapter begins at the first happening and after each silence that is long for the story', (t) => {
  const drafts = happen(...every(HOUR, 10), ...every(HOUR, 10, 20 * DAY));
  given(chapters, ...drafts).gives((view) => {
    t.match(view, { basis: 'inferred', totals: { chapters: 2 } });
    t.strictSame(view.chapters[0], {
      number: 1,
      event: 'm000',
      at: '2020-01-01T00:00:00Z',
      title: null,
      basis: 'inferred',
      rule: 'after-a-silence',
      reason: { first: true },
    });
    const silence = 20 * DAY - 9 * HOUR;
    const { reason, ...second } = view.chapters[1] ?? {};
    t.strictSame(second, { number: 2, event: 'm010', at: '2020-01-21T00:00:00Z', title: null, basis: 'inferred', rule: 'after-a-silence' });
    t.match(reason, { silenceMs: silence, silenceMinMs: silence, silenceMaxMs: silence });
    const { medianMs } = reason as { medianMs: number };
    t.ok(Math.abs(medianMs - HOUR) <= HOUR / 100);
  });
  t.end();
});

t.test('a silence of less than ten times the median begins none', (t) => {
  t.strictSame(events(derived(happen(...every(HOUR, 20), 19 * HOUR + 9.8 * HOUR))), ['m000']);
  t.strictSame(events(derived(happen(...every(HOUR, 20), 19 * HOUR + 10.2 * HOUR))), ['m000', 'm020']);
  t.strictSame(events(derived(happen(0, DAY))), ['m000'], 'one gap is its own median');
  t.strictSame(events(derived(happen(0, 0, 0, DAY))), ['m000', 'm003'], 'where most come at once any time is long');
  t.end();
});

t.test('of many long silences the twelve longest count, of equal ones the earlier', (t) => {
  const pairs = Array.from({ length: 20 }, (_, i) => [i * DAY, i * DAY + 1_000]).flat();
  const view = derived(happen(...pairs));
  t.strictSame(
    events(view).slice(1),
    Array.from({ length: 12 }, (_, i) => `m${String(2 * i + 2).padStart(3, '0')}`),
  );
  const growing = Array.from({ length: 20 }, (_, i) => [i * i * DAY, i * i * DAY + 1, i * i * DAY + 2]).flat();
  t.strictSame(
    events(derived(happen(...growing))).slice(1),
    Array.from({ length: 12 }, (_, i) => `m${String(3 * (i + 8)).padStart(3, '0')}`),
  );
  t.end();
});

t.test('a silence between uncertain times is a range, and its chapter uncertain until it is settled', (t) => {
  const many = happen(...every(60_000, 12)).map(({ occurredAt, ...draft }) => ({
    ...draft,
    occurredAt: new Date(Date.parse(occurredAt ?? '') - EPOCH + Date.parse(hour(0))).toISOString(),
  }));
  const story = given(chapters, ...many, message('z', hour(12), {}, until(hour(20), hour(10))));
  story.gives(
    (view) =>
      t.match(view.chapters.at(-1), {
        event: 'z',
        at: hour(12),
        earliest: hour(10),
        latest: hour(20),
        uncertain: true,
        reason: { silenceMs: 12 * HOUR - 660_000, silenceMinMs: 10 * HOUR - 660_000, silenceMaxMs: 20 * HOUR - 660_000 },
      }),
    hour(12),
  );
  story.gives((view) => t.strictSame(view.chapters.at(-1)?.uncertain, undefined), hour(20));
  t.end();
});

t.test('a chapter begins where much happens at once', (t) => {
  // A hundred days with one happening each, and ten within one of these.
  const drafts = happen(...every(DAY, 40), ...every(HOUR, 10, 39 * DAY + 2 * HOUR), ...every(DAY, 50, 40 * DAY));
  const view = derived(drafts);
  t.match(view.chapters, [
    { event: 'm000', rule: 'after-a-silence' },
    { event: 'm039', rule: 'burst', title: null, basis: 'inferred', reason: { happenings: 11, withinMs: DAY } },
  ]);
  t.end();
});

t.test('neighbouring dense windows are one burst, and the six densest count', (t) => {
  // A hundred days. On eight of them much happens, each time more; and in the night before the 85th, most.
  const days = [3, 13, 23, 33, 43, 53, 63, 73];
  const dense = days.flatMap((day, i) => every(60_000, 40 + i, day * DAY + 60_000));
  const night = every(60_000, 160, 84 * DAY - 80 * 60_000);
  const view = derived(happen(...[...every(DAY, 100), ...dense, ...night].sort((a, b) => a - b)));
  t.strictSame(
    view.chapters.filter(({ rule }) => rule === 'burst').map(({ at, reason }) => [at, reason]),
    [
      ...days.slice(3).map((day, i) => [formatInstant(EPOCH + day * DAY), { happenings: 44 + i, withinMs: DAY }]),
      [formatInstant(EPOCH + 83 * DAY), { happenings: 162, withinMs: 2 * DAY }],
    ],
  );
  t.end();
});

t.test('a burst that follows a silence is told by the silence', (t) => {
  t.match(derived(happen(...every(60_000, 30), ...every(60_000, 50, 20 * DAY))).chapters, [
    { event: 'm000', rule: 'after-a-silence' },
    { event: 'm030', rule: 'after-a-silence' },
  ]);
  t.end();
});

t.test('through a lens silences are those between what comes into sight', (t) => {
  const drafts = [
    ...happen(...every(60_000, 20)),
    message('told', formatInstant(EPOCH + 30_000), {}, { disclosures: [{ to: 'public', at: formatInstant(EPOCH + 5 * DAY) }] }),
  ];
  const inPublic = drafts.map((draft) => (draft.id === 'told' ? draft : { ...draft, visibility: 'public' }));
  const steps = stepsOf(inPublic);
  const find = (id: string) => steps.find((step): step is EffectiveHappening => step.kind === 'happening' && step.event.id === id)?.event;
  const seen = steps
    .map((step) => throughLens(step, 'public', find))
    .filter((step): step is Step => step !== undefined)
    .sort((a, b) => a.key[0] - b.key[0]);
  const last = chapters.view(fold(chapters, seen)).chapters.at(-1);
  t.match(last, { event: 'told', at: formatInstant(EPOCH + 30_000), inSightAt: formatInstant(EPOCH + 5 * DAY), reason: { silenceMs: 5 * DAY - 19 * 60_000 } });
  t.equal(last?.uncertain, undefined);
  t.end();
});

t.test('derived chapters can be paged like the others', (t) => {
  const state = fold(chapters, stepsOf(happen(...every(HOUR, 10), 20 * DAY)));
  t.match(chapters.lists?.(state).chapters?.page(1), { rows: [{ number: 2, event: 'm010' }] });
  t.end();
});

// ---- whatever happens -------------------------------------------------------------------------

const undescribed = (drafts: readonly Data[]) => drafts.filter(({ type }) => type !== 'StoryDescribed');

/** The chapters derived anew from all happenings in story order; the median as the view tells it. */
function naive(steps: readonly Step[], medianMs: number): string[] {
  const happenings = steps.filter((step): step is EffectiveHappening => step.kind === 'happening');
  const gaps = happenings.slice(1).map((step, i) => ({ event: step.event.id, i, ms: step.key[0] - (happenings[i] as EffectiveHappening).key[0] }));
  const long = gaps.filter(({ ms }) => ms > 0 && ms >= 10 * medianMs).sort((a, b) => b.ms - a.ms || a.i - b.i);
  const chosen = new Set([happenings[0]?.event.id, ...long.slice(0, 12).map(({ event }) => event)]);
  return happenings.map(({ event }) => event.id).filter((id) => chosen.has(id));
}

t.test('the view fits its schema, is the same in any order of recording, and is what deriving anew gives', (t) => {
  const schema = Compile(Chapters);
  fc.assert(
    fc.property(shuffledStory, fc.subarray(['m0', 'm1', 'm2', 'm3']), (story, named) => {
      const [drafts, shuffled] = [story.drafts, story.shuffled].map(undescribed) as [Data[], Data[]];
      const more: Data[] = named.length === 0 ? [] : [described(...named.map((event): [string, string] => [event, `of ${event}`]))];
      const view = viewOf(chapters, [...drafts, ...more]);
      assert.deepEqual(viewOf(chapters, [...more, ...shuffled]), view);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      assert.deepEqual(
        view.chapters.map(({ number }) => number),
        view.chapters.map((_, i) => i + 1),
      );
      const steps = stepsOf(drafts);
      if (named.length > 0) {
        const happened = steps.flatMap((step) => (step.kind === 'happening' ? [step.event.id] : []));
        assert.deepEqual(
          events(view),
          happened.filter((id) => named.includes(id)),
        );
        return;
      }
      const medians = steps.flatMap((step, i) => (step.kind === 'happening' ? [i] : [])).map((i) => steps[i]?.key[0] ?? 0);
      const gaps = medians
        .slice(1)
        .map((at, i) => at - (medians[i] ?? 0))
        .sort((a, b) => a - b);
      const median = gaps[Math.ceil(gaps.length / 2) - 1] ?? 0;
      // Instants are whole hours here: no gap lies within 1 % of ten times the median, unless it is exactly that.
      if (gaps.some((gap) => gap > 0 && gap === 10 * median)) return;
      assert.deepEqual(
        view.chapters.filter(({ rule }) => rule === 'after-a-silence').map(({ event }) => event),
        naive(steps, median),
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

/** The beginnings of bursts, from a story cut anew. */
function naiveBursts(instants: readonly number[]): number[] {
  const [first = 0, last = 0] = [instants[0], instants.at(-1)];
  const number = (instant: number, width: number) => Math.floor((instant - Date.parse('0001-01-01T00:00:00Z')) / width);
  const width = WIDTHS.find((one) => number(last, one) - number(first, one) < 100) ?? 1;
  const from = number(first, width);
  const windows = Array.from({ length: number(last, width) - from + 1 }, (_, i) => instants.filter((instant) => number(instant, width) === from + i));
  const isDense = (i: number) => (windows[i]?.length ?? 0) >= 5 && (windows[i]?.length ?? 0) >= (4 * instants.length) / windows.length;
  const found = windows.flatMap((window, i) => {
    if (!isDense(i) || isDense(i - 1)) return [];
    let end = i;
    while (isDense(end)) end++;
    return [{ begins: window[0] ?? 0, density: windows.slice(i, end).flat().length / (end - i) }];
  });
  return found
    .sort((a, b) => b.density - a.density || a.begins - b.begins)
    .slice(0, 6)
    .map(({ begins }) => begins);
}

t.test('bursts are what cutting the story anew gives, however long it is', (t) => {
  const story = fc.tuple(
    fc.constantFrom(1_000, 60_000, HOUR, 30 * DAY),
    fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 20 }),
  );
  let bursts = 0;
  fc.assert(
    fc.property(story, ([unit, groups]) => {
      const calm = every(unit, 120);
      const steps = stepsOf(happen(...[...calm, ...groups.flatMap(([place, count]) => every(1, count, place * unit + 1))].sort((a, b) => a - b)));
      const { chapters: rows } = chapters.view(fold(chapters, steps));
      const placeOf = (event: string) => steps.find((step) => step.kind === 'happening' && step.event.id === event)?.key[0] ?? 0;
      const silences = rows.filter(({ rule }) => rule === 'after-a-silence').map(({ event }) => event);
      const found = rows.filter(({ rule }) => rule === 'burst').map(({ event }) => placeOf(event));
      const expected = naiveBursts(steps.map(({ key }) => key[0])).filter((instant) => !silences.some((event) => placeOf(event) === instant));
      assert.deepEqual(
        found,
        expected.sort((a, b) => a - b),
      );
      bursts += found.length;
    }),
    { numRuns: 300 },
  );
  t.ok(bursts > 0);
  t.end();
});

t.test('of the founding story: the chapters of its author', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const view = viewOf(chapters, drafts);
  t.match(view, { basis: 'stated', totals: { chapters: 13 } });
  t.strictSame(
    view.chapters.slice(0, 3).map(({ title }) => title),
    ['A meeting in June', 'The first message', 'An e-mail to senior officials'],
  );
  t.strictSame(view.chapters.at(-1), {
    number: 13,
    event: 'atlantic-publication',
    at: '2017-12-31T23:59:59.999-05:00',
    earliest: '2017-07-11T09:29:00-04:00',
    latest: '2017-12-31T23:59:59.999-05:00',
    title: 'The article',
    basis: 'stated',
    by: 'author',
  });
  const alone = viewOf(chapters, undescribed(drafts as readonly Data[]));
  t.equal(alone.basis, 'inferred');
  t.ok(alone.chapters.length > 1 && alone.chapters.every(({ title, rule }) => title === null && rule !== undefined));
  t.end();
});
