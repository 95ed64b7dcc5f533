import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { actorOf, participantsOf, type RecordedHappening } from '../../events/event.js';
import { throughLens } from '../../events/lens.js';
import { stories } from '../../events/stories/all.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { compareKeys, lapse } from '../../events/story-time.js';
import { opens } from '../../projections/parts/certainty.js';
import { boundsShown, boundsShownAs } from '../../projections/parts/placed.js';
import { fold } from '../../projections/projection.js';
import { Silences, silences } from '../../projections/silences.js';
import { correction, followUp, hour, message, mooted, request, retraction, tweet } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const HOUR = 3_600_000;
const within = (from: number, to: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(from), latest: hour(to) } });
const action = (id: string, at: string, data = {}) => ({
  id,
  type: 'ActionTaken',
  occurredAt: at,
  data: { by: 'ann', action: 'meeting', description: `deed ${id}`, links: [], ...data },
});
const byBob = { from: 'bob', to: ['ann'] };
const exact = (ms: number) => ({ ms, minMs: ms, maxMs: ms });

t.test('one happening begins a silence and breaks none', (t) => {
  given(silences, message('m1', hour(1))).gives((view) => {
    const quiet = { happenings: 1, since: { event: 'm1', at: hour(1) }, longest: null, longestSure: null };
    t.strictSame(view.pairs, [{ between: ['ann', 'bob'], lastBy: 'ann', unreturned: 1, ...quiet }]);
    t.strictSame(view.participants, [{ id: 'ann', ...quiet }], 'who only received has said nothing');
  });
  t.end();
});

t.test('the longest silence of a pair is told with who broke it, beside the one that goes on', (t) => {
  const when = given(silences, message('m1', hour(1)), message('m2', hour(2))).when(message('m3', hour(7), byBob), message('m4', hour(9)));
  when.gives((view) => t.match(view.pairs, [{ since: { event: 'm2' }, longest: { from: 'm1', to: 'm2', brokenBy: 'ann', ...exact(HOUR) } }]), hour(6));
  when.gives((view) => {
    const longest = { from: 'm2', fromAt: hour(2), to: 'm3', toAt: hour(7), brokenBy: 'bob', ...exact(5 * HOUR) };
    t.strictSame(view.pairs, [
      {
        between: ['ann', 'bob'],
        happenings: 4,
        lastBy: 'ann',
        unreturned: 1,
        since: { event: 'm4', at: hour(9) },
        longest,
        longestSure: longest,
      },
    ]);
  });
  t.end();
});

t.test('a participant is silent until they speak themselves', (t) => {
  given(silences, message('m1', hour(1)))
    .when(message('m2', hour(2), byBob), message('m3', hour(4)))
    .gives((view) =>
      t.match(view.participants, [
        { id: 'ann', happenings: 2, since: { event: 'm3' }, longest: { from: 'm1', to: 'm3', brokenBy: 'ann', ...exact(3 * HOUR) } },
        { id: 'bob', happenings: 1, since: { event: 'm2' }, longest: null },
      ]),
    );
  t.end();
});

t.test('it is counted how often in a row somebody had nothing back', (t) => {
  const drafts = [message('m1', hour(1)), message('m2', hour(2)), message('m3', hour(3)), message('m4', hour(4), byBob), message('m5', hour(5), byBob)];
  const at = (moment: number) => {
    const { lastBy, unreturned } = viewOf(silences, drafts, hour(moment)).pairs[0] as Silences['pairs'][number];
    return [lastBy, unreturned];
  };
  t.strictSame(
    [at(1), at(3), at(4), at(5)],
    [
      ['ann', 1],
      ['ann', 3],
      ['bob', 1],
      ['bob', 2],
    ],
  );
  t.end();
});

t.test('a tweet and an action count for their actor and each other who takes part, once', (t) => {
  given(silences, tweet('t1', hour(1), { mentions: ['ann', 'ann', 'bob'] }), action('d1', hour(3), { with: ['bob', 'cyd'] })).gives((view) => {
    t.match(view.pairs, [
      { between: ['ann', 'bob'], happenings: 2, lastBy: null, unreturned: 0, longest: { from: 't1', to: 'd1', brokenBy: 'ann' } },
      { between: ['ann', 'cyd'], happenings: 1, lastBy: null, unreturned: 0 },
    ]);
    t.equal(view.pairs.length, 2, 'bob and cyd were there together, and neither did it');
    t.strictSame(
      view.participants.map(({ id }) => id),
      ['bob', 'ann'],
    );
  });
  given(silences, message('m1', hour(1), { to: ['ann'] }), tweet('t1', hour(2))).gives((view) =>
    t.strictSame(view.pairs, [], 'with oneself or nobody there is no pair'),
  );
  t.end();
});

t.test('only a message gives something back: what is done together does not, nor a tweet that names somebody', (t) => {
  const others = [tweet('t1', hour(2), { mentions: ['ann'] }), action('d1', hour(3), { by: 'bob', with: ['ann'] })];
  const drafts = [message('m1', hour(1)), ...others, message('m2', hour(4)), message('m3', hour(5), byBob, { visibility: 'public' }), action('d2', hour(6))];
  const at = (moment: number) => {
    const { happenings, lastBy, unreturned } = viewOf(silences, drafts, hour(moment)).pairs[0] as Silences['pairs'][number];
    return [happenings, lastBy, unreturned];
  };
  t.strictSame(
    [at(1), at(3), at(4), at(5), at(6)],
    [
      [1, 'ann', 1],
      [3, 'ann', 1],
      [4, 'ann', 2],
      [5, 'bob', 1],
      [5, 'bob', 1],
    ],
    'a message in public is one',
  );
  given(silences, ...others).gives((view) => t.match(view.pairs, [{ happenings: 2, lastBy: null, unreturned: 0 }], 'there is no message between them'));
  given(silences, ...others)
    .when(message('m1', hour(4)))
    .gives((view) => t.match(view.pairs, [{ happenings: 3, lastBy: 'ann', unreturned: 1 }]));
  t.end();
});

t.test('what happens at the same instant is no silence, and of equally long ones the first stays', (t) => {
  given(silences, message('m1', hour(1)), message('m2', hour(1), byBob)).gives((view) => t.match(view.pairs, [{ happenings: 2, longest: null }]));
  given(silences, message('m1', hour(1)), message('m2', hour(3)), message('m3', hour(5), byBob)).gives((view) =>
    t.match(view.pairs, [{ longest: { from: 'm1', to: 'm2' } }]),
  );
  t.end();
});

t.test('of several at one instant the draft order decides who spoke last', (t) => {
  given(silences, message('a', hour(1), byBob, { seq: 2 }), message('b', hour(1), {}, { seq: 1 })).gives((view) =>
    t.match(view.pairs, [{ lastBy: 'bob', unreturned: 1, since: { event: 'a' } }]),
  );
  t.end();
});

t.test('annotations break no silence', (t) => {
  given(silences, message('m1', hour(1)), request('r1', 'm1'))
    .when(mooted('x1', 'r1', hour(5)), message('m2', hour(9), { from: 'cyd', to: ['ann'] }), followUp('f1', 'r1', 'm2'))
    .gives((view) => t.match(view.pairs[0], { happenings: 1, since: { event: 'm1' }, longest: null }));
  t.end();
});

t.test('a silence between uncertain times is a range, and its row uncertain until they are settled', (t) => {
  const drafts = [message('m1', hour(2), {}, within(1, 3)), message('m2', hour(5), byBob, within(4, 8))];
  const at = (moment: number) => {
    const { pairs, participants } = viewOf(silences, drafts, hour(moment));
    return [...pairs, ...participants].map(({ uncertain }) => uncertain ?? false);
  };
  t.strictSame(
    [at(2), at(3), at(5), at(8)],
    [
      [true, true],
      [false, false],
      [true, false, true],
      [false, false, false],
    ],
  );
  given(silences, ...drafts).gives((view) => t.match(view.pairs, [{ longest: { ms: 3 * HOUR, minMs: HOUR, maxMs: 7 * HOUR } }]));
  t.end();
});

t.test('what nothing bounds makes a row uncertain for good', (t) => {
  given(silences, message('m1', hour(2)), message('m2', hour(5), byBob, { when: { earliest: hour(4), latest: null } })).gives((view) =>
    t.match(view.pairs, [{ uncertain: true, longest: { ms: 3 * HOUR, minMs: 2 * HOUR, maxMs: null } }]),
  );
  t.end();
});

t.test('beside the longest silence by the placing instants stands the longest that is sure', (t) => {
  const undated = message('m2', null, byBob, { when: { earliest: null, latest: hour(9) } });
  const when = given(silences, message('m1', hour(1)), message('m4', hour(13))).when(undated, message('m3', hour(11)));
  when.gives(
    (view) =>
      t.match(view.pairs, [
        { longest: { from: 'm1', to: 'm2', toEarliest: null, toLatest: hour(9), ms: 8 * HOUR, minMs: 0, maxMs: 8 * HOUR }, longestSure: null },
      ]),
    hour(9),
  );
  when.gives((view) => {
    const longestSure = { from: 'm2', fromAt: hour(9), fromEarliest: null, fromLatest: hour(9), to: 'm3', toAt: hour(11), brokenBy: 'ann' };
    t.strictSame(view.pairs[0]?.longestSure, { ...longestSure, ms: 2 * HOUR, minMs: 2 * HOUR, maxMs: null }, 'of two that are equally sure the first stays');
    t.match(view.pairs, [{ longest: { from: 'm1', to: 'm2' } }]);
  });
  given(silences, message('m1', hour(1), {}, within(0, 3)), message('m2', hour(7), {}, within(4, 8)))
    .when(message('m3', hour(12), {}, within(11, 12)))
    .gives((view) =>
      t.match(view.pairs, [{ longest: { to: 'm2', ms: 6 * HOUR, minMs: HOUR }, longestSure: { to: 'm3', ms: 5 * HOUR, minMs: 3 * HOUR, maxMs: 8 * HOUR } }]),
    );
  given(silences, message('m1', hour(1), {}, { when: { earliest: hour(1), latest: null } }), message('m2', hour(7))).gives((view) =>
    t.match(view.pairs, [{ longest: { ms: 6 * HOUR, minMs: 0 }, longestSure: null }], 'what nothing bounds may have come just before'),
  );
  t.end();
});

t.test('what is only bounded is not shown as if it were exact', (t) => {
  given(silences, message('m1', hour(2), {}, within(1, 3)), message('m2', '2020-03-01T05:00:00.000Z', byBob)).gives((view) => {
    const [pair] = view.pairs;
    t.match(pair?.longest, { fromAt: hour(2), fromEarliest: hour(1), fromLatest: hour(3), toEarliest: undefined, toLatest: undefined });
    t.strictSame(pair?.since, { event: 'm2', at: '2020-03-01T05:00:00.000Z' }, 'however it is written, the instant is exact');
    t.strictSame(view.participants[0]?.since, { event: 'm1', at: hour(2), earliest: hour(1), latest: hour(3) });
  });
  t.end();
});

t.test('what is stated of two happenings says more than their places', (t) => {
  const when = { precision: 'hour', approximate: true, earliest: hour(2), latest: hour(6), relative: { to: 'm1', offset: 'PT2H', approximate: false } };
  given(silences, message('m1', hour(2), {}, within(1, 4)), message('m2', hour(4), byBob, { when })).gives((view) =>
    t.match(view.pairs, [{ longest: exact(2 * HOUR), longestSure: exact(2 * HOUR) }]),
  );
  t.end();
});

t.test('what is late, corrected or retracted is as if it had been so from the beginning', (t) => {
  given(silences, message('m1', hour(1)), message('m3', hour(9)))
    .when(message('m2', hour(4), byBob))
    .gives((view) => t.match(view.pairs, [{ longest: { from: 'm2', to: 'm3', brokenBy: 'ann' } }]));
  const drafts = [message('m1', hour(1)), message('m2', hour(4), byBob), message('m3', hour(9))];
  given(silences, ...drafts)
    .when(correction('c1', 'm2', { occurredAt: hour(8) }))
    .gives((view) => t.match(view.pairs, [{ longest: { from: 'm1', to: 'm2', toAt: hour(8), brokenBy: 'bob' } }]));
  given(silences, ...drafts)
    .when(retraction('x1', 'm2'))
    .gives((view) => t.match(view.pairs, [{ happenings: 2, unreturned: 2, longest: { from: 'm1', to: 'm3' } }]));
  given(silences, ...drafts)
    .when(message('m4', null, {}, { when: { earliest: hour(9) } }))
    .gives((view) => t.match(view.pairs, [{ happenings: 3 }], 'what is not placed breaks nothing'));
  t.end();
});

t.test('through a lens a silence lasts until something comes into sight', (t) => {
  const drafts = [
    message('m1', hour(1), {}, { visibility: 'public' }),
    message('m2', hour(2), byBob, { disclosures: [{ to: 'public', at: '2020-03-01T12:00:00+01:00' }] }),
    message('m3', hour(5), byBob, { visibility: 'public', disclosures: [{ to: 'cyd', at: hour(9) }] }),
    message('m4', hour(12)),
  ];
  const steps = stepsOf(drafts);
  const find = (id: string) => steps.find((step): step is EffectiveHappening => step.kind === 'happening' && step.event.id === id)?.event;
  const seen = steps.flatMap((step) => throughLens(step, 'public', find) ?? []).sort((a, b) => compareKeys(a.key, b.key));
  t.match(silences.view(fold(silences, seen)).pairs, [
    {
      happenings: 3,
      since: { event: 'm2', at: hour(11) },
      longest: { from: 'm3', fromAt: hour(5), to: 'm2', toAt: hour(11), brokenBy: 'bob', ...exact(6 * HOUR) },
    },
  ]);
  t.end();
});

t.test('ids may be anything', (t) => {
  given(
    silences,
    message('__proto__', hour(1), { from: 'constructor', to: ['valueof'] }, within(0, 2)),
    message('constructor', hour(3), { from: 'valueof', to: ['constructor'] }),
  ).gives((view) => {
    t.match(view.pairs, [{ between: ['constructor', 'valueof'], longest: { from: '__proto__', to: 'constructor', brokenBy: 'valueof' } }]);
    t.equal(view.pairs[0]?.uncertain, undefined);
  });
  t.end();
});

t.test('a view shows its latest rows and the rest is paged; a mark that settles nothing leaves the state as it is', (t) => {
  const state = fold(
    silences,
    stepsOf(Array.from({ length: 1_100 }, (_, i) => message(`m${String(i).padStart(4, '0')}`, hour(1), { from: `p${i}`, to: [`q${i}`] }))),
  );
  const view = silences.view(state);
  t.match([view.pairs.length, view.participants.length, view.pairs[0]?.between], [1_000, 1_000, ['p100', 'q100']]);
  t.match(silences.lists?.(state).pairs?.page(5, 100), { rows: [{ between: ['p99', 'q99'] }], next: 95 });
  t.match(silences.lists?.(state).participants?.size, 1_100);
  t.equal(silences.evolve(state, { kind: 'settled', key: [1, 1, 'x'], event: 'x' }), state);
  t.end();
});

// ---- against a plain recomputation ------------------------------------------------------------

/** Random stories in which some messages are tweets and actions, or go to several. */
const mixedStories = fc.tuple(storyDrafts, fc.array(fc.nat({ max: 9 }), { minLength: 14, maxLength: 14 })).map(([drafts, kinds]) =>
  drafts.map((draft, i) => {
    const data = draft.data as { from: string; to: string[]; text: string; requests?: unknown };
    const kind = kinds[i % kinds.length];
    if (draft.type !== 'MessageSent') return draft;
    if (kind === 0) return { ...draft, type: 'TweetPosted', data: { by: data.from, text: data.text, links: [], mentions: data.to } };
    if (kind === 1)
      return { ...draft, type: 'ActionTaken', data: { by: data.from, action: 'deed', description: data.text, links: [], with: [...data.to, 'bob'] } };
    return kind === 2 ? { ...draft, data: { ...data, to: [...data.to, 'cyd', 'ann'] } } : draft;
  }),
);

/** What a list of happenings that follow each other says of silences. */
function quietOf(events: readonly RecordedHappening[], isOpen: (event: RecordedHappening) => boolean) {
  let longest: object | null = null;
  let longestSure: object | null = null;
  let longestMs = 0;
  let sureMs = 0;
  for (const [i, to] of events.entries()) {
    const from = events[i - 1];
    const range = from === undefined ? undefined : lapse(from, to);
    if (from === undefined || range === undefined) continue;
    const [begins, ends] = [boundsShownAs('from', from), boundsShownAs('to', to)];
    const silence = { from: from.id, fromAt: from.occurredAt, ...begins, to: to.id, toAt: to.occurredAt, ...ends, brokenBy: actorOf(to), ...range };
    if (range.ms > longestMs) longest = silence;
    if ((range.minMs ?? 0) > sureMs) longestSure = { ...silence };
    longestMs = Math.max(longestMs, range.ms);
    sureMs = Math.max(sureMs, range.minMs ?? 0);
  }
  const last = events.at(-1) as RecordedHappening;
  const since = { event: last.id, at: last.occurredAt, ...boundsShown(last) };
  return { happenings: events.length, since, longest, longestSure, ...(events.some(isOpen) ? { uncertain: true } : {}) };
}

function model(steps: readonly Step[]) {
  const settled = new Set(steps.flatMap((step) => (step.kind === 'settled' ? [step.event] : [])));
  const isOpen = (event: RecordedHappening) => opens(event) && !settled.has(event.id);
  const events = steps.flatMap((step) => (step.kind === 'happening' ? [step.event] : []));
  const people = [...new Set(events.flatMap(participantsOf))].sort();
  const pairs = people.flatMap((a) =>
    people.flatMap((b) => {
      const theirs = events.filter(
        (event) => (actorOf(event) === a && participantsOf(event).includes(b)) || (actorOf(event) === b && participantsOf(event).includes(a)),
      );
      if (a >= b || theirs.length === 0) return [];
      const actors = theirs
        .filter(({ type }) => type === 'MessageSent')
        .map(actorOf)
        .reverse();
      const change = actors.findIndex((actor) => actor !== actors[0]);
      return [{ between: [a, b], lastBy: actors[0] ?? null, unreturned: change === -1 ? actors.length : change, ...quietOf(theirs, isOpen) }];
    }),
  );
  const participants = people.flatMap((id) => {
    const theirs = events.filter((event) => actorOf(event) === id);
    return theirs.length === 0 ? [] : [{ id, ...quietOf(theirs, isOpen) }];
  });
  return { pairs, participants };
}

t.test('the view is what a plain recomputation gives, at any moment, and fits its schema', (t) => {
  const schema = Compile(Silences);
  const sorted = ({ pairs, participants }: { pairs: readonly { between: readonly string[] }[]; participants: readonly { id: string }[] }) => ({
    pairs: [...pairs].sort((a, b) => (a.between.join(' ') < b.between.join(' ') ? -1 : 1)),
    participants: [...participants].sort((a, b) => (a.id < b.id ? -1 : 1)),
  });
  fc.assert(
    fc.property(mixedStories, fc.integer({ min: 0, max: 40 }), (drafts, h) => {
      const at = new Date(Date.UTC(2020, 0, 1, h)).toISOString();
      const view = viewOf(silences, drafts, at);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      assert.deepEqual(sorted(view), sorted(model(stepsOf(drafts, at))));
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

t.test('the same events recorded in any order give the same view', (t) => {
  const shuffled = mixedStories.chain((drafts) =>
    fc.tuple(fc.constant(drafts), fc.shuffledSubarray(drafts, { minLength: drafts.length, maxLength: drafts.length })),
  );
  fc.assert(fc.property(shuffled, ([drafts, other]) => assert.deepEqual(viewOf(silences, other), viewOf(silences, drafts))));
  t.pass();
  t.end();
});

t.test('of the founding story', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const pair = viewOf(silences, drafts).pairs.find(({ between }) => between.join(' ') === 'donald-trump-jr wikileaks');
  t.match(pair, { lastBy: 'wikileaks', longest: { brokenBy: 'wikileaks' } });
  t.ok((pair?.unreturned ?? 0) > 1, 'the last messages had nothing back');
  t.end();
});
