import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { throughLens } from '../../events/lens.js';
import { actorOf, type RecordedHappening } from '../../events/event.js';
import { stories } from '../../events/stories/all.js';
import type { EffectiveHappening, Request, Step } from '../../events/steps.js';
import { afterOf } from '../../projections/parts/after.js';
import { opens } from '../../projections/parts/certainty.js';
import { type ClaimedRow, type FollowUpRow, FollowUps, followUps } from '../../projections/follow-ups.js';
import { fold } from '../../projections/projection.js';
import { answer, claim, correction, followUp, hour, message, mooted, request, retraction, tweet } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const HOUR = 3_600_000;
const within = (from: number, to: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(from), latest: hour(to) } });
const asked = [message('m1', hour(1)), request('r1', 'm1')];
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

t.test('a request that nothing followed has no row', (t) => {
  given(followUps, ...asked)
    .when(message('m2', hour(2)), answer('a1', 'r1', 'm2'), mooted('x1', 'r1', hour(3)))
    .gives((view) => {
      t.strictSame(view.totals, { followed: 0, followUps: 0, byAsked: 0, byOthers: 0, public: 0, private: 0, claimed: 0 });
      t.strictSame([view.followUps, view.claimed], [[], []], 'an answer and a mooting are no follow-ups');
    });
  t.end();
});

t.test('a follow-up has a row that says who asked what, and what followed how long after', (t) => {
  const when = given(followUps, ...asked).when(tweet('t1', hour(3)), followUp('f1', 'r1', 't1', { afterStated: 'two hours later' }));
  when.gives((view) => {
    t.strictSame(view.followUps, [
      {
        id: 'f1',
        request: 'r1',
        requestEvent: 'm1',
        requestBasis: 'stated',
        from: 'ann',
        to: 'bob',
        text: 'request r1',
        askedAt: hour(1),
        event: 't1',
        at: hour(3),
        afterMs: 2 * HOUR,
        afterMinMs: 2 * HOUR,
        afterMaxMs: 2 * HOUR,
        afterStated: 'two hours later',
        by: 'bob',
        byAsked: true,
        visibility: 'public',
        basis: 'stated',
        saidBy: 'the-editor',
      },
    ]);
    t.strictSame(view.totals, { followed: 1, followUps: 1, byAsked: 1, byOthers: 0, public: 1, private: 0, claimed: 0 });
  });
  when.gives((view) => t.strictSame(view.followUps, [], 'not before it happened'), hour(2));
  t.end();
});

t.test('it is told apart whether the one who was asked acted, or another, and who could see it', (t) => {
  given(followUps, ...asked, request('r2', 'm1', { to: 'cyd' }))
    .when(message('m2', hour(2), { from: 'cyd' }), followUp('f1', 'r1', 'm2'), followUp('f2', 'r2', 'm2'), tweet('t1', hour(3)), followUp('f3', 'r1', 't1'))
    .gives((view) => {
      t.strictSame(
        view.followUps.map(({ id, by, byAsked, visibility }) => ({ id, by, byAsked, visibility })),
        [
          { id: 'f1', by: 'cyd', byAsked: false, visibility: 'private' },
          { id: 'f2', by: 'cyd', byAsked: true, visibility: 'private' },
          { id: 'f3', by: 'bob', byAsked: true, visibility: 'public' },
        ],
      );
      t.strictSame(view.totals, { followed: 2, followUps: 3, byAsked: 2, byOthers: 1, public: 1, private: 2, claimed: 0 });
    });
  t.end();
});

t.test('what is inferred says so, with its rule; else it is told who says so', (t) => {
  given(followUps, ...asked)
    .when(tweet('t1', hour(2)), followUp('f1', 'r1', 't1', { basis: 'inferred', rule: 'same-link' }), followUp('f2', 'r1', 't1', { basis: 'claimed' }))
    .gives((view) => {
      t.match(view.followUps[0], { basis: 'inferred', rule: 'same-link', saidBy: undefined });
      t.match(view.followUps[1], { basis: 'claimed', rule: undefined, saidBy: 'the-editor' });
      t.equal(view.totals.followed, 1, 'one request, however often it is followed');
    });
  t.end();
});

t.test('a claim about a request has a row of its own and is no follow-up', (t) => {
  given(followUps, ...asked)
    .when(message('m2', hour(4), { from: 'bob', to: ['ann'] }), claim('k1', 'm2', { request: 'r1', claim: 'already did that' }), claim('k2', 'm2'))
    .gives((view) => {
      t.strictSame(view.claimed, [
        {
          id: 'k1',
          request: 'r1',
          requestEvent: 'm1',
          event: 'm2',
          at: hour(4),
          afterMs: 3 * HOUR,
          afterMinMs: 3 * HOUR,
          afterMaxMs: 3 * HOUR,
          by: 'bob',
          claim: 'already did that',
          basis: 'stated',
          saidBy: 'the-editor',
        },
      ]);
      t.match(view.totals, { followed: 0, followUps: 0, claimed: 1 });
    });
  t.end();
});

t.test('the words for a time that is stated relative to the request are the words for how long after', (t) => {
  const when = { relative: { to: 'm1', offset: 'PT1H30M', approximate: false }, stated: 'an hour-and-a-half later' };
  const back = message('m2', '2020-03-01T02:30:00Z', { from: 'bob', to: ['ann'] }, { when });
  given(followUps, ...asked)
    .when(back, claim('k1', 'm2', { request: 'r1' }), followUp('f1', 'r1', 'm2'), followUp('f2', 'r1', 'm2', { afterStated: 'soon' }))
    .gives((view) => {
      t.match(view.claimed, [{ afterMs: 1.5 * HOUR, afterStated: 'an hour-and-a-half later' }]);
      t.match(view.followUps, [{ afterStated: 'an hour-and-a-half later' }, { afterStated: 'soon' }], 'what is given for the lapse itself comes first');
    });
  given(followUps, ...asked, message('m0', hour(0)), request('r0', 'm0'))
    .when(back, claim('k1', 'm2', { request: 'r0' }))
    .gives((view) => t.match(view.claimed, [{ afterStated: undefined }], 'of another happening they say nothing'));
  t.end();
});

t.test('what is only bounded is not shown as if it were exact', (t) => {
  given(followUps, message('m1', hour(1), {}, within(0, 4)), request('r1', 'm1'))
    .when(message('m2', hour(5), {}, { when: { earliest: hour(5), latest: null } }), followUp('f1', 'r1', 'm2'), claim('k1', 'm2', { request: 'r1' }))
    .gives((view) => {
      const placed = { at: hour(5), earliest: hour(5), latest: null };
      t.match(view.followUps, [{ askedAt: hour(1), askedEarliest: hour(0), askedLatest: hour(4), ...placed }]);
      t.match(view.claimed, [placed]);
    });
  t.end();
});

t.test('what is placed before its request waits for it', (t) => {
  const day = { when: { precision: 'day', earliest: hour(0), latest: '2020-03-01T23:59:59.999Z' } };
  const when = given(followUps, message('q', null, {}, day), request('r1', 'q')).when(
    message('z', hour(15)),
    followUp('f2', 'r1', 'z'),
    followUp('f1', 'r1', 'z'),
    claim('k1', 'z', { request: 'r1' }),
    message('a', hour(12)),
    followUp('f3', 'r1', 'a'),
  );
  when.gives((view) => t.strictSame([view.followUps, view.claimed], [[], []], 'not asked yet'), hour(20));
  when.gives((view) => {
    t.strictSame(ids(view.followUps), ['f3', 'f1', 'f2'], 'in story order');
    t.match(view.followUps[1], { afterMs: 0, afterMinMs: 0, afterMaxMs: 15 * HOUR });
    t.strictSame(ids(view.claimed), ['k1']);
    t.equal(view.followUps[0]?.uncertain, undefined, 'its bounds are all behind');
  });
  t.end();
});

t.test('a row is uncertain while its request or what followed may not have happened yet', (t) => {
  const when = given(followUps, message('m1', hour(1), {}, within(0, 4)), request('r1', 'm1')).when(
    message('m2', hour(2), {}, within(2, 6)),
    followUp('f1', 'r1', 'm2'),
    claim('k1', 'm2', { request: 'r1' }),
    message('m3', hour(5)),
    followUp('f2', 'r1', 'm3'),
    message('m4', hour(3)),
    followUp('f3', 'r1', 'm4'),
  );
  const marks = (view: FollowUps) => Object.fromEntries([...view.followUps, ...view.claimed].map(({ id, uncertain }) => [id, uncertain ?? false]));
  when.gives((view) => t.strictSame(marks(view), { f1: true, f3: true, k1: true }), hour(3));
  when.gives((view) => t.strictSame(marks(view), { f1: true, f3: false, f2: false, k1: true }), hour(5));
  when.gives((view) => {
    t.strictSame(marks(view), { f1: false, f3: false, f2: false, k1: false });
    t.match(view.followUps[0], { afterMs: HOUR, afterMinMs: 0, afterMaxMs: 6 * HOUR });
  });
  t.end();
});

t.test('what was settled before its request was asked is certain', (t) => {
  given(followUps, message('m1', hour(9)), request('r1', 'm1'))
    .when(message('m2', hour(2), {}, within(1, 3)), followUp('f1', 'r1', 'm2'))
    .gives((view) => t.strictSame([view.followUps.length, view.followUps[0]?.uncertain], [1, undefined]));
  t.end();
});

t.test('what nothing bounds stays uncertain, also where another happening of the row does', (t) => {
  const unbounded = { when: { earliest: null, latest: null } };
  given(followUps, message('m1', hour(1), {}, unbounded), request('r1', 'm1'))
    .when(message('m2', hour(2)), followUp('f1', 'r1', 'm2'))
    .gives((view) => t.match(view.followUps[0], { uncertain: true, afterMs: HOUR, afterMinMs: 0, afterMaxMs: null }));
  t.end();
});

t.test('an unplaced happening follows nothing', (t) => {
  given(followUps, ...asked)
    .when(message('m2', null, {}, { when: { earliest: hour(2) } }), followUp('f1', 'r1', 'm2'))
    .gives((view) => t.strictSame(view.followUps, []));
  t.end();
});

t.test('corrections and retractions are in force', (t) => {
  const followed = [...asked, message('m2', hour(3)), followUp('f1', 'r1', 'm2')];
  given(followUps, ...followed)
    .when(correction('c1', 'm2', { occurredAt: hour(5), data: { from: 'bob' } }))
    .gives((view) => t.match(view.followUps, [{ at: hour(5), afterMs: 4 * HOUR, by: 'bob', byAsked: true }]));
  for (const target of ['f1', 'm2', 'r1', 'm1'])
    given(followUps, ...followed)
      .when(retraction('x1', target))
      .gives((view) => t.strictSame([view.followUps, view.totals.followed], [[], 0], target));
  t.end();
});

t.test('ids may be anything', (t) => {
  given(followUps, message('constructor', hour(1), { to: ['constructor'], requests: [{ id: '__proto__', text: 'ask' }] }))
    .when(
      message('toString', hour(2), { from: 'constructor' }),
      followUp('hasOwnProperty', '__proto__', 'toString'),
      claim('valueOf', 'toString', { request: '__proto__' }),
    )
    .gives((view) => {
      t.match(view.followUps, [{ id: 'hasOwnProperty', request: '__proto__', to: 'constructor', byAsked: true }]);
      t.match(view.claimed, [{ id: 'valueOf', request: '__proto__' }]);
    });
  t.end();
});

t.test('through a lens a row comes when both are in sight, and is told with their own times', (t) => {
  const drafts = [
    message('m1', hour(1), {}, { disclosures: [{ to: 'public', at: hour(10) }] }),
    request('r1', 'm1'),
    tweet('t1', hour(3)),
    followUp('f1', 'r1', 't1'),
  ];
  const steps = stepsOf(drafts);
  const find = (id: string) => steps.find((step): step is EffectiveHappening => step.kind === 'happening' && step.event.id === id)?.event;
  const seen = steps.flatMap((step) => throughLens(step, 'public', find) ?? []).sort((a, b) => a.key[0] - b.key[0]);
  t.match(followUps.view(fold(followUps, seen)).followUps, [{ id: 'f1', askedAt: hour(1), at: hour(3), afterMs: 2 * HOUR }]);
  t.end();
});

t.test('a view shows its latest rows, its totals count all, and the rest is paged', (t) => {
  const many = Array.from({ length: 1_100 }, (_, i) => followUp(`f${String(i).padStart(4, '0')}`, 'r1', 'm2'));
  const state = fold(followUps, stepsOf([...asked, message('m2', hour(2)), ...many]));
  const view = followUps.view(state);
  t.match([view.totals.followUps, view.followUps.length, view.followUps[0]?.id], [1_100, 1_000, 'f0100']);
  const page = followUps.lists?.(state).followUps?.page(10, 100);
  t.match(page, { rows: [{ id: 'f0099' }], next: 90 });
  t.end();
});

t.test('a step that says nothing of requests leaves the state as it is', (t) => {
  const state = fold(followUps, stepsOf(asked));
  for (const step of stepsOf([message('m5', hour(5), {}, within(5, 6)), tweet('t1', hour(7)), claim('k', 'm5')]).filter(({ kind }) => kind !== 'happening'))
    t.equal(followUps.evolve(state, step), state);
  t.equal(followUps.evolve(state, stepsOf([message('m5', hour(5))])[0] as Step), state);
  t.end();
});

// ---- against a plain recomputation ------------------------------------------------------------

function model(steps: readonly Step[]) {
  const happenings = steps.filter((step): step is EffectiveHappening => step.kind === 'happening');
  const settled = new Set(steps.flatMap((step) => (step.kind === 'settled' ? [step.event] : [])));
  const open = (event: RecordedHappening) => opens(event) && !settled.has(event.id);
  const requests = new Map<string, { request: Request; event: RecordedHappening; n: number }>();
  for (const [n, { event, notes }] of happenings.entries())
    for (const request of notes.requests) if (!requests.has(request.id)) requests.set(request.id, { request, event, n });
  const rows: { id: string; n: number; row: Record<string, unknown> }[] = [];
  for (const [n, { event, notes }] of happenings.entries())
    for (const note of [...notes.followUps, ...notes.claims]) {
      const asked = requests.get(note.data.request ?? '');
      if (asked === undefined) continue;
      const by = actorOf(event);
      const row = { id: note.id, request: asked.request.id, event: event.id, by, ...afterOf(asked.event, event, undefined) };
      const mark = open(asked.event) || open(event) ? { uncertain: true } : {};
      const more = note.type === 'FollowUpIdentified' ? { byAsked: by === asked.request.to, visibility: event.visibility } : { claim: note.data.claim };
      rows.push({ id: note.id, n: Math.max(n, asked.n), row: { ...row, ...mark, ...more } });
    }
  const ofKind = (kind: string) => rows.filter(({ row }) => kind in row).sort((a, b) => a.n - b.n);
  return { followUps: ofKind('byAsked'), claimed: ofKind('claim') };
}

t.test('the view is what a plain recomputation gives, at any moment, and fits its schema', (t) => {
  const schema = Compile(FollowUps);
  fc.assert(
    fc.property(shuffledStory, fc.integer({ min: 0, max: 40 }), ({ drafts }, h) => {
      const at = new Date(Date.UTC(2020, 0, 1, h)).toISOString();
      const view = viewOf(followUps, drafts, at);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      const expected = model(stepsOf(drafts, at));
      for (const list of ['followUps', 'claimed'] as const) {
        const rows = new Map(expected[list].map(({ id, n, row }) => [id, { n, row }]));
        assert.equal(view[list].length, rows.size);
        for (const [i, shown] of (view[list] as readonly (FollowUpRow | ClaimedRow)[]).entries()) {
          const { n, row } = rows.get(shown.id) as { n: number; row: object };
          assert.deepEqual({ uncertain: undefined, ...shown, ...row }, { uncertain: undefined, ...shown });
          assert.equal(shown.uncertain, (row as { uncertain?: true }).uncertain);
          assert.ok(i === 0 || (rows.get(view[list][i - 1]?.id ?? '')?.n ?? 0) <= n, 'in the order in which they came to be');
        }
      }
      assert.deepEqual(view.totals, {
        followed: new Set(view.followUps.map((row) => row.request)).size,
        followUps: expected.followUps.length,
        byAsked: view.followUps.filter((row) => row.byAsked).length,
        byOthers: view.followUps.filter((row) => !row.byAsked).length,
        public: view.followUps.filter((row) => row.visibility === 'public').length,
        private: view.followUps.filter((row) => row.visibility === 'private').length,
        claimed: expected.claimed.length,
      });
    }),
  );
  t.pass();
  t.end();
});

t.test('the same events recorded in any order give the same view', (t) => {
  fc.assert(fc.property(shuffledStory, ({ drafts, shuffled }) => assert.deepEqual(viewOf(followUps, shuffled), viewOf(followUps, drafts))));
  t.pass();
  t.end();
});

t.test('of the founding story', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const view = viewOf(followUps, drafts);
  const tweeted = view.followUps.find(({ event }) => event === 'tj-2016-10-14-tweets-link');
  t.match(tweeted, {
    request: 'request-tweet-link',
    to: 'donald-trump-jr',
    by: 'donald-trump-jr',
    byAsked: true,
    visibility: 'public',
    afterStated: 'two days later',
  });
  t.match(view.claimed, [{ event: 'tj-2016-10-03-already-did', by: 'donald-trump-jr', afterStated: /^an hour-and-a-half later/ }]);
  t.strictSame(view.totals, { followed: 3, followUps: 3, byAsked: 3, byOthers: 0, public: 2, private: 1, claimed: 1 });
  t.end();
});
