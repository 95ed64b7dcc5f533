import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { actorOf, participantsOf, type RecordedHappening } from '../../events/event.js';
import { throughLens } from '../../events/lens.js';
import { stories } from '../../events/stories/all.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { compareKeys } from '../../events/story-time.js';
import { opens } from '../../projections/parts/certainty.js';
import { named as shownAs, placedOf } from '../../projections/parts/placed.js';
import { Participants, participants } from '../../projections/participants.js';
import { fold } from '../../projections/projection.js';
import { answer, correction, hour, message, request, retraction, tweet } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const within = (from: number, to: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(from), latest: hour(to) } });
const action = (id: string, at: string, data = {}) => ({
  id,
  type: 'ActionTaken',
  occurredAt: at,
  data: { by: 'ann', action: 'meeting', description: `deed ${id}`, links: [], ...data },
});
const byBob = { from: 'bob', to: ['ann'] };
const rowOf = (view: Participants, id: string) => view.participants.find((row) => row.id === id);

t.test('a message counts for who sent it and for each it is addressed to', (t) => {
  given(participants, message('m1', hour(1), { to: ['bob', 'cyd', 'bob'] })).gives((view) => {
    const seen = { event: 'm1', at: hour(1) };
    const nothing = {
      messagesSent: 0,
      messagesReceived: 0,
      privateSent: 0,
      publicSent: 0,
      tweets: 0,
      actions: 0,
      mentioned: 0,
      with: 0,
      wroteTo: 0,
      heardFrom: 0,
    };
    const received = { ...nothing, messagesReceived: 1, heardFrom: 1, oneSidedness: -1, firstSeen: seen, lastSeen: seen };
    t.strictSame(view, {
      participants: [
        { ...nothing, id: 'ann', messagesSent: 1, privateSent: 1, wroteTo: 2, oneSidedness: 1, firstSeen: seen, lastSeen: seen },
        { ...received, id: 'bob' },
        { ...received, id: 'cyd' },
      ],
      pairs: [
        { from: 'ann', to: 'bob', messages: 1, first: seen, last: seen },
        { from: 'ann', to: 'cyd', messages: 1, first: seen, last: seen },
      ],
    });
  });
  t.end();
});

t.test('a message is private or public', (t) => {
  given(participants, message('m1', hour(1)), message('m2', hour(2), {}, { visibility: 'public' }), message('m3', hour(3), {}, { visibility: 'public' })).gives(
    (view) => t.match(rowOf(view, 'ann'), { messagesSent: 3, privateSent: 1, publicSent: 2 }),
  );
  t.end();
});

t.test('tweets and actions count for their actor, and for who is named in them', (t) => {
  given(participants, tweet('t1', hour(1), { mentions: ['ann', 'cyd'] }), tweet('t2', hour(2)), action('d1', hour(3), { with: ['bob'] })).gives((view) => {
    t.match(rowOf(view, 'bob'), { tweets: 2, with: 1, messagesSent: 0, oneSidedness: null, wroteTo: 0 });
    t.match(rowOf(view, 'ann'), { mentioned: 1, actions: 1, heardFrom: 0, firstSeen: { event: 't1' }, lastSeen: { event: 'd1' } });
    t.match(rowOf(view, 'cyd'), { mentioned: 1, lastSeen: { event: 't1' } });
    t.strictSame(view.pairs, [], 'only messages go from one to another');
  });
  t.end();
});

t.test('how one-sidedly somebody wrote is told, and with how many others they did', (t) => {
  given(participants, message('m1', hour(1)), message('m2', hour(2)), message('m3', hour(3), { to: ['cyd'] }), message('m4', hour(4), byBob)).gives((view) => {
    t.match(rowOf(view, 'ann'), { messagesSent: 3, messagesReceived: 1, oneSidedness: 0.5, wroteTo: 2, heardFrom: 1 });
    t.match(rowOf(view, 'bob'), { messagesSent: 1, messagesReceived: 2, oneSidedness: -1 / 3, wroteTo: 1, heardFrom: 1 });
    t.match(view.pairs, [
      { from: 'ann', to: 'bob', messages: 2, first: { event: 'm1' }, last: { event: 'm2' } },
      { from: 'ann', to: 'cyd', messages: 1 },
      { from: 'bob', to: 'ann', messages: 1, first: { event: 'm4' } },
    ]);
  });
  t.end();
});

t.test('a message to oneself counts as sent and received, and to nobody else', (t) => {
  given(participants, message('m1', hour(1), { to: ['ann', 'bob'] })).gives((view) => {
    t.match(rowOf(view, 'ann'), { messagesSent: 1, messagesReceived: 1, oneSidedness: 0, wroteTo: 1, heardFrom: 0 });
    t.strictSame(
      view.pairs.map(({ from, to }) => `${from} ${to}`),
      ['ann bob', 'ann ann'],
    );
  });
  t.end();
});

t.test('annotations are nobody doing', (t) => {
  given(participants, message('m1', hour(1)), message('m2', hour(2), byBob))
    .when(request('r1', 'm1'), answer('a1', 'r1', 'm2', { by: 'cyd' }))
    .gives((view) =>
      t.strictSame(
        view.participants.map(({ id }) => id),
        ['ann', 'bob'],
      ),
    );
  t.end();
});

t.test('a row is uncertain while one of its happenings may not have happened yet', (t) => {
  const drafts = [
    message('m1', hour(1), {}, within(0, 3)),
    message('m2', hour(2), { to: ['bob', 'cyd'] }, within(1, 5)),
    message('m3', hour(4), { from: 'dan', to: ['cyd'] }),
  ];
  const at = (moment: number) => {
    const view = viewOf(participants, drafts, hour(moment));
    return [...view.participants.map((row) => [row.id, row.uncertain]), ...view.pairs.map((row) => [`${row.from} ${row.to}`, row.uncertain])]
      .filter(([, uncertain]) => uncertain)
      .map(([id]) => id)
      .join(', ');
  };
  t.equal(at(1), 'ann, bob, ann bob');
  t.equal(at(2), 'ann, bob, cyd, ann bob, ann cyd');
  t.equal(at(4), 'ann, bob, cyd, ann bob, ann cyd');
  t.equal(at(5), '');
  given(participants, ...drafts)
    .when(message('m4', hour(6), byBob, { when: { earliest: hour(6), latest: null } }))
    .gives((view) => t.match([rowOf(view, 'ann')?.uncertain, rowOf(view, 'cyd')?.uncertain], [true, undefined], 'what nothing bounds stays uncertain'));
  t.end();
});

t.test('first and last are shown with their bounds where they are not exact', (t) => {
  given(participants, message('m1', hour(2), {}, within(1, 3)), message('m2', hour(4)), message('m3', hour(6), {}, { when: { latest: null } })).gives(
    (view) => {
      const first = { event: 'm1', at: hour(2), earliest: hour(1), latest: hour(3) };
      const last = { event: 'm3', at: hour(6), earliest: hour(6), latest: null };
      t.strictSame([view.participants[0]?.firstSeen, view.participants[0]?.lastSeen, view.pairs[0]?.first, view.pairs[0]?.last], [first, last, first, last]);
    },
  );
  given(participants, message('m1', hour(2))).gives((view) => t.strictSame(view.pairs[0]?.first, { event: 'm1', at: hour(2) }));
  t.end();
});

t.test('what is late, corrected, retracted or unplaced is as if it had been so from the beginning', (t) => {
  given(participants, message('m2', hour(2)))
    .when(message('m1', hour(1)))
    .gives((view) => t.match(rowOf(view, 'ann'), { firstSeen: { event: 'm1', at: hour(1) }, lastSeen: { event: 'm2' } }));
  given(participants, message('m1', hour(1)), message('m2', hour(2)))
    .when(correction('c1', 'm1', { data: { to: ['cyd'] }, visibility: 'public' }))
    .gives((view) =>
      t.match(
        [rowOf(view, 'bob'), rowOf(view, 'cyd'), rowOf(view, 'ann')],
        [{ messagesReceived: 1 }, { messagesReceived: 1 }, { publicSent: 1, privateSent: 1 }],
      ),
    );
  given(participants, message('m1', hour(1)), message('m2', hour(2), { to: ['cyd'] }))
    .when(retraction('x1', 'm2'), message('m3', null, { to: ['dan'] }, { when: { earliest: hour(3) } }))
    .gives((view) =>
      t.strictSame(
        view.participants.map(({ id }) => id),
        ['ann', 'bob'],
      ),
    );
  t.end();
});

t.test('of happenings at one instant the first in story order is the first seen, the last the last', (t) => {
  given(participants, message('b', hour(1)), message('a', hour(1)), message('c', hour(1), {}, { seq: -1 })).gives((view) =>
    t.match(rowOf(view, 'ann'), { firstSeen: { event: 'c' }, lastSeen: { event: 'b' } }),
  );
  t.end();
});

t.test('through a lens first and last are told by their own times, whenever they came into sight', (t) => {
  const drafts = [
    message('m1', hour(1), {}, { disclosures: [{ to: 'public', at: hour(9) }] }),
    message('m2', hour(2), {}, { disclosures: [{ to: 'public', at: hour(8) }] }),
    message('m3', hour(5), {}, { visibility: 'public' }),
  ];
  const steps = stepsOf(drafts);
  const find = (id: string) => steps.find((step): step is EffectiveHappening => step.kind === 'happening' && step.event.id === id)?.event;
  const seen = steps.flatMap((step) => throughLens(step, 'public', find) ?? []).sort((a, b) => compareKeys(a.key, b.key));
  const span = { first: { event: 'm1', at: hour(1) }, last: { event: 'm3', at: hour(5) } };
  const view = participants.view(fold(participants, seen));
  t.match(view.pairs, [span]);
  t.match(view.participants[0], { firstSeen: span.first, lastSeen: span.last });
  t.end();
});

t.test('ids may be anything', (t) => {
  given(
    participants,
    message('__proto__', hour(1), { from: 'constructor', to: ['valueof'] }),
    message('constructor', hour(2), { from: 'valueof', to: ['constructor'] }),
  ).gives((view) => {
    t.match(rowOf(view, 'constructor'), { messagesSent: 1, messagesReceived: 1, firstSeen: { event: '__proto__' }, lastSeen: { event: 'constructor' } });
    t.match(view.pairs, [{ from: 'constructor', to: 'valueof', messages: 1 }, { from: 'valueof' }]);
  });
  t.end();
});

t.test('a view shows its latest rows and the rest is paged; a row is the same object while nothing of it changes', (t) => {
  const many = Array.from({ length: 1_100 }, (_, i) => message(`m${String(i).padStart(4, '0')}`, hour(1), { from: `p${i}`, to: [`q${i}`] }));
  const state = fold(participants, stepsOf(many));
  const view = participants.view(state);
  t.match([view.participants.length, view.pairs.length, view.pairs[0]?.from], [1_000, 1_000, 'p100']);
  t.match(participants.lists?.(state).pairs?.page(5, 100), { rows: [{ from: 'p99' }], next: 95 });
  t.equal(participants.lists?.(state).participants?.size, 2_200);
  const next = participants.view(fold(participants, stepsOf([message('z', hour(2), { from: 'p1099', to: ['q1099'] })]), state));
  t.strictSame(next.pairs.map((row, i) => row === view.pairs[i]).indexOf(false), 999);
  t.equal(participants.evolve(state, { kind: 'settled', key: [1, 1, 'x'], event: 'x' }), state);
  t.end();
});

// ---- against a plain recomputation ------------------------------------------------------------

/** Random stories in which some messages are tweets and actions, are public, or go to several. */
const mixedStories = fc.tuple(storyDrafts, fc.array(fc.nat({ max: 9 }), { minLength: 14, maxLength: 14 })).map(([drafts, kinds]) =>
  drafts.map((draft, i) => {
    const data = draft.data as { from: string; to: string[]; text: string };
    const kind = kinds[i % kinds.length];
    if (draft.type !== 'MessageSent') return draft;
    if (kind === 0) return { ...draft, type: 'TweetPosted', data: { by: data.from, text: data.text, links: [], mentions: data.to } };
    if (kind === 1)
      return { ...draft, type: 'ActionTaken', data: { by: data.from, action: 'deed', description: data.text, links: [], with: [...data.to, 'bob'] } };
    if (kind === 2) return { ...draft, data: { ...data, to: [...data.to, 'cyd', 'ann'] } };
    return kind === 3 ? { ...draft, visibility: 'public' } : draft;
  }),
);

function model(steps: readonly Step[]) {
  const settled = new Set(steps.flatMap((step) => (step.kind === 'settled' ? [step.event] : [])));
  const events = steps.flatMap((step) => (step.kind === 'happening' ? [step.event] : []));
  const messages = events.filter((event) => event.type === 'MessageSent');
  const named = (event: RecordedHappening) => participantsOf(event).slice(1);
  const span = (those: readonly RecordedHappening[]) => [those[0], those.at(-1)].map((event) => shownAs(placedOf(event as RecordedHappening)));
  const mark = (those: readonly RecordedHappening[]) => (those.some((event) => opens(event) && !settled.has(event.id)) ? { uncertain: true } : {});
  const people = [...new Set(events.flatMap(participantsOf))].sort();
  const rows = people.map((id) => {
    const theirs = events.filter((event) => participantsOf(event).includes(id));
    const did = (type: string) => events.filter((event) => event.type === type && actorOf(event) === id);
    const isIn = (type: string) => events.filter((event) => event.type === type && named(event).includes(id));
    const sent = did('MessageSent');
    const received = isIn('MessageSent');
    const others = (ids: readonly string[]) => new Set(ids.filter((other) => other !== id)).size;
    const [firstSeen, lastSeen] = span(theirs);
    return {
      id,
      messagesSent: sent.length,
      messagesReceived: received.length,
      privateSent: sent.filter(({ visibility }) => visibility === 'private').length,
      publicSent: sent.filter(({ visibility }) => visibility === 'public').length,
      tweets: did('TweetPosted').length,
      actions: did('ActionTaken').length,
      mentioned: isIn('TweetPosted').length,
      with: isIn('ActionTaken').length,
      wroteTo: others(sent.flatMap(named)),
      heardFrom: others(received.map(actorOf)),
      oneSidedness: sent.length + received.length === 0 ? null : (sent.length - received.length) / (sent.length + received.length),
      firstSeen,
      lastSeen,
      ...mark(theirs),
    };
  });
  const pairs = people.flatMap((from) =>
    people.flatMap((to) => {
      const theirs = messages.filter((event) => actorOf(event) === from && named(event).includes(to));
      if (theirs.length === 0) return [];
      const [first, last] = span(theirs);
      return [{ from, to, messages: theirs.length, first, last, ...mark(theirs) }];
    }),
  );
  return { participants: rows, pairs };
}

t.test('the view is what a plain recomputation gives, at any moment, and fits its schema', (t) => {
  const schema = Compile(Participants);
  fc.assert(
    fc.property(mixedStories, fc.integer({ min: 0, max: 40 }), (drafts, h) => {
      const at = new Date(Date.UTC(2020, 0, 1, h)).toISOString();
      const view = viewOf(participants, drafts, at);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      const sorted = {
        participants: [...view.participants].sort((a, b) => (a.id < b.id ? -1 : 1)),
        pairs: [...view.pairs].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1)),
      };
      assert.deepEqual(sorted, model(stepsOf(drafts, at)));
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
  fc.assert(fc.property(shuffled, ([drafts, other]) => assert.deepEqual(viewOf(participants, other), viewOf(participants, drafts))));
  t.pass();
  t.end();
});

t.test('of the founding story', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const view = viewOf(participants, drafts);
  const wrote = (from: string, to: string) => view.pairs.find((row) => row.from === from && row.to === to)?.messages ?? 0;
  t.ok(wrote('wikileaks', 'donald-trump-jr') > wrote('donald-trump-jr', 'wikileaks'));
  t.ok((rowOf(view, 'wikileaks')?.oneSidedness ?? 0) > 0, 'they wrote more than they heard');
  t.end();
});
