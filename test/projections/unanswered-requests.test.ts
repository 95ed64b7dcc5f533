import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { stories } from '../../events/stories/all.js';
import { resolveStory } from '../../events/resolve.js';
import { endOf, compareKeys, parseInstant } from '../../events/story-time.js';
import { fold } from '../../projections/projection.js';
import { UnansweredRequests, unansweredRequests } from '../../projections/unanswered-requests.js';
import { answer, claim, followUp, hour, message, mooted, recorded, request, retraction } from '../support/drafts.js';
import { shuffledStory, storyDrafts } from '../support/stories.js';
import { given, viewOf } from '../support/views.js';

const view = (drafts: readonly unknown[], at?: string) => {
  const limit = at === undefined ? Number.MAX_VALUE : (parseInstant(at) as number);
  const steps = resolveStory(recorded(drafts)).filter((step) => compareKeys(step.key, endOf(limit)) <= 0);
  return unansweredRequests.view(fold(unansweredRequests, steps));
};
const lists = ({ unanswered, answered, moot }: UnansweredRequests) => ({
  unanswered: unanswered.map((r) => r.id),
  answered: answered.map((r) => r.id),
  moot: moot.map((r) => r.id),
});

const asked = [message('m1', hour(1)), request('r1', 'm1')];

t.test('a request is open from the moment it is asked', (t) => {
  t.strictSame(lists(view(asked, hour(0))), { unanswered: [], answered: [], moot: [] });
  t.strictSame(lists(view(asked, hour(1))), { unanswered: ['r1'], answered: [], moot: [] });
  t.match(view(asked).unanswered[0], { from: 'ann', to: 'bob', event: 'm1', askedAt: hour(1), text: 'request r1', followUps: [] });
  t.end();
});

t.test('an answer closes it at the answering event, with how long it took', (t) => {
  const drafts = [...asked, message('m2', hour(3)), answer('a1', 'r1', 'm2', { afterStated: 'two hours later' })];
  t.strictSame(lists(view(drafts, hour(2))), { unanswered: ['r1'], answered: [], moot: [] });
  t.strictSame(lists(view(drafts, hour(3))), { unanswered: [], answered: ['r1'], moot: [] });
  t.strictSame(view(drafts).answered[0]?.answer, {
    event: 'm2',
    at: hour(3),
    afterMs: 7_200_000,
    afterMinMs: 7_200_000,
    afterMaxMs: 7_200_000,
    afterStated: 'two hours later',
    basis: 'stated',
    saidBy: 'the-editor',
  });
  t.end();
});

t.test('a follow-up and a claim stand beside it and close nothing', (t) => {
  const drafts = [...asked, message('m2', hour(3), { from: 'cyd' }), followUp('f1', 'r1', 'm2'), claim('k1', 'm2', { request: 'r1' })];
  const { unanswered, totals } = view(drafts);
  t.match(unanswered[0]?.followUps, [{ id: 'f1', event: 'm2', by: 'cyd', visibility: 'private', afterMs: 7_200_000 }]);
  t.match(unanswered[0]?.claims, [{ id: 'k1', event: 'm2', claim: 'claim k1' }]);
  t.strictSame(totals, { requests: 1, answered: 0, claimedAnswers: 0, inferredAnswers: 0, unanswered: 1, moot: 0 });
  t.end();
});

t.test('a mooted request has a list of its own, and an answer beats it', (t) => {
  const drafts = [...asked, mooted('x', 'r1', hour(2)), message('m2', hour(3))];
  t.strictSame(lists(view(drafts, hour(1))), { unanswered: ['r1'], answered: [], moot: [] });
  t.strictSame(lists(view(drafts, hour(2))), { unanswered: [], answered: [], moot: ['r1'] });
  t.strictSame(lists(view([...drafts, answer('a', 'r1', 'm2')])), { unanswered: [], answered: ['r1'], moot: [] });
  t.end();
});

t.test('a row is uncertain while its bounds go beyond the moment', (t) => {
  const bounds = { when: { precision: 'hour', approximate: true, earliest: hour(0), latest: hour(4) } };
  const drafts = [
    message('m1', hour(1), {}, bounds),
    request('r1', 'm1'),
    message('m2', hour(3), {}, { when: { precision: 'hour', approximate: true, earliest: hour(2), latest: hour(6) } }),
    answer('a', 'r1', 'm2'),
  ];
  t.equal(view(drafts, hour(2)).unanswered[0]?.uncertain, true);
  t.equal(view(drafts, hour(5)).answered[0]?.uncertain, true, 'the answer may not have come yet');
  t.equal(view(drafts, hour(6)).answered[0]?.uncertain, undefined);
  t.strictSame(view(drafts).answered[0]?.answer, {
    event: 'm2',
    at: hour(3),
    earliest: hour(2),
    latest: hour(6),
    afterMs: 2 * 3_600_000,
    afterMinMs: 0,
    afterMaxMs: 6 * 3_600_000,
    basis: 'stated',
    saidBy: 'the-editor',
  });
  t.end();
});

t.test('an answer, a follow-up or a mooting that is placed before its request is not lost', (t) => {
  const day = { when: { precision: 'day', earliest: hour(0), latest: '2020-03-01T23:59:59.999Z' } };
  const late = (id: string) => message(id, null, {}, day);
  const tie = [late('q1'), request('r1', 'q1'), late('a1'), answer('x1', 'r1', 'a1')];
  t.strictSame(lists(view(tie)), { unanswered: [], answered: ['r1'], moot: [] }, 'of two at one instant the id decides, and it must not decide this');
  const sameDay = [
    late('q1'),
    request('r1', 'q1'),
    message('z', hour(15)),
    answer('x1', 'r1', 'z'),
    followUp('f', 'r1', 'z'),
    claim('c', 'z', { request: 'r1' }),
  ];
  t.strictSame(lists(view(sameDay, hour(20))), { unanswered: [], answered: [], moot: [] }, 'not asked yet');
  const [row] = view(sameDay).answered;
  t.match(
    row,
    { answer: { event: 'z', afterMs: 0, afterMinMs: 0, afterMaxMs: 15 * 3_600_000 }, followUps: [{ id: 'f' }], claims: [{ id: 'c' }] },
    'it came after, by at most so much',
  );
  t.strictSame(lists(view([late('q1'), request('r1', 'q1'), mooted('k', 'r1', hour(12))])), { unanswered: [], answered: [], moot: ['r1'] });
  t.end();
});

t.test('a time that nothing bounds stays uncertain', (t) => {
  t.equal(view([message('m1', hour(1), {}, { when: { earliest: null, latest: null } }), request('r1', 'm1')]).unanswered[0]?.uncertain, true);
  t.end();
});

t.test('a state that is written down and read again folds on the same', (t) => {
  fc.assert(
    fc.property(
      storyDrafts,
      (drafts) =>
        void viewOf(
          unansweredRequests,
          drafts.filter(({ id }) => !id.startsWith('c')),
        ),
    ),
  );
  t.pass();
  t.end();
});

t.test('the lists show their latest rows, and the totals count all', (t) => {
  const drafts = Array.from({ length: 1_200 }, (_, i) => message(`m${String(i).padStart(4, '0')}`, hour(1), { requests: [{ id: `r${i}`, text: 'ask' }] }));
  const { totals, unanswered } = view(drafts);
  t.match([totals.unanswered, unanswered.length, unanswered[0]?.id, unanswered.at(-1)?.id], [1_200, 1_000, 'r200', 'r1199']);
  t.end();
});

t.test('a retraction takes back a request, an answer, a mooting', (t) => {
  const drafts = [...asked, message('m2', hour(3)), answer('a', 'r1', 'm2'), mooted('x', 'r1', hour(2))];
  t.strictSame(lists(view([...drafts, retraction('t1', 'a')])), { unanswered: [], answered: [], moot: ['r1'] });
  t.strictSame(lists(view([...drafts, retraction('t1', 'a'), retraction('t2', 'x')])), { unanswered: ['r1'], answered: [], moot: [] });
  t.strictSame(lists(view([...drafts, retraction('t1', 'm1')])), { unanswered: [], answered: [], moot: [] });
  t.strictSame(lists(view([...drafts, retraction('t1', 'r1')])), { unanswered: [], answered: [], moot: [] });
  t.end();
});

t.test('the state fits its schema, the lists are disjoint and the totals are theirs, whatever happened', (t) => {
  const schema = Compile(UnansweredRequests);
  fc.assert(
    fc.property(storyDrafts, (drafts) => {
      const state = view(drafts);
      assert.ok(schema.Check(JSON.parse(JSON.stringify(state))), JSON.stringify(schema.Errors(state)));
      const ids = [...state.unanswered, ...state.answered, ...state.moot].map((row) => row.id);
      assert.equal(new Set(ids).size, ids.length);
      const only = (basis: string) => state.answered.filter((row) => row.answer?.basis === basis).length;
      assert.deepEqual(state.totals, {
        requests: ids.length,
        answered: state.answered.length,
        claimedAnswers: only('claimed'),
        inferredAnswers: only('inferred'),
        unanswered: state.unanswered.length,
        moot: state.moot.length,
      });
    }),
  );
  t.pass();
  t.end();
});

t.test('the same events recorded in any order give the same view', (t) => {
  fc.assert(
    fc.property(shuffledStory, ({ drafts, shuffled }) => assert.deepEqual(view(shuffled), view(drafts))),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

const reply = (id: string, h: number, to: string, data: Record<string, unknown> = {}) =>
  message(id, hour(h), { from: 'bob', to: ['ann'], inReplyTo: to, ...data });

t.test('a reply by the one who was asked, to the message that asked, is an answer by rule', (t) => {
  given(unansweredRequests, ...asked)
    .when(reply('m2', 3, 'm1'))
    .gives(({ answered }) => t.match(answered, [{ id: 'r1', answer: { event: 'm2', basis: 'inferred', rule: 'in-reply-to', afterMs: 7_200_000 } }]));
  given(unansweredRequests, ...asked, reply('m2', 3, 'm1', { from: 'cyd' })).gives(({ unanswered }) => t.equal(unanswered.length, 1, 'another replied'));
  given(unansweredRequests, ...asked, reply('m2', 3, 'm1', { to: ['cyd'] })).gives(({ unanswered }) => t.equal(unanswered.length, 1, 'it went to another'));
  given(unansweredRequests, ...asked, reply('m2', 3, 'm0')).gives(({ unanswered }) => t.equal(unanswered.length, 1, 'it replies to something else'));
  t.end();
});

t.test('each answer, follow-up, claim and mooting names who says so, or its rule', (t) => {
  const rule = { basis: 'inferred', rule: 'same-link' };
  const back = [message('m2', hour(3), { from: 'bob', to: ['ann'] }), followUp('f1', 'r1', 'm2', { by: 'cyd' }), followUp('f2', 'r1', 'm2', rule)];
  const claims = [claim('k1', 'm2', { request: 'r1', by: 'cyd' }), claim('k2', 'm2', { request: 'r1', ...rule })];
  given(unansweredRequests, ...asked, ...back, ...claims)
    .when(mooted('x1', 'r1', hour(4), { by: 'an-author' }))
    .gives(({ moot }) => {
      t.match(moot, [
        {
          mootedBy: { id: 'x1', saidBy: 'an-author', rule: undefined },
          followUps: [
            { id: 'f1', saidBy: 'cyd' },
            { id: 'f2', saidBy: undefined, rule: 'same-link' },
          ],
          claims: [
            { id: 'k1', basis: 'stated', saidBy: 'cyd' },
            { id: 'k2', saidBy: undefined, rule: 'same-link' },
          ],
        },
      ]);
    });
  given(unansweredRequests, ...asked, ...back)
    .when(answer('a1', 'r1', 'm2', { basis: 'claimed', by: 'bob' }))
    .gives(({ answered }) => t.match(answered, [{ answer: { basis: 'claimed', saidBy: 'bob' } }]));
  given(unansweredRequests, ...asked)
    .when(reply('m2', 3, 'm1'))
    .gives(({ answered }) => t.match(answered, [{ answer: { rule: 'in-reply-to', saidBy: undefined } }]));
  t.end();
});

t.test('it is counted how many answers rest on a claim alone, or on a rule alone', (t) => {
  const only = ({ totals: { answered, claimedAnswers, inferredAnswers } }: UnansweredRequests) => [answered, claimedAnswers, inferredAnswers];
  const story = given(unansweredRequests, ...asked, request('r2', 'm1'), request('r3', 'm1'), reply('m2', 3, 'm1'));
  story.gives((view) => t.strictSame(only(view), [3, 0, 3]));
  const more = [message('m3', hour(4)), answer('a1', 'r1', 'm3', { basis: 'claimed' }), message('m4', hour(6)), answer('a2', 'r2', 'm4')];
  story.when(...more).gives((view) => t.strictSame(only(view), [3, 1, 2], 'what somebody recorded took the place of the rule'), hour(5));
  story.when(...more).gives((view) => t.strictSame(only(view), [3, 1, 1]));
  story.when(...more, mooted('x3', 'r3', hour(7)), mooted('x1', 'r1', hour(7))).gives((view) => t.strictSame(only(view), [2, 1, 0]));
  story.when(...more, answer('a3', 'r1', 'm4')).gives((view) => t.strictSame(only(view), [3, 1, 1], 'of several answers the first stays'));
  t.end();
});

t.test('what is only bounded is not shown as if it were exact', (t) => {
  const bounds = (low: number, high: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(low), latest: hour(high) } });
  const back = [message('m2', hour(3), {}, bounds(2, 6)), followUp('f1', 'r1', 'm2'), claim('k1', 'm2', { request: 'r1' })];
  const placed = { at: hour(3), earliest: hour(2), latest: hour(6) };
  given(unansweredRequests, ...asked, ...back).gives(({ unanswered }) => t.match(unanswered, [{ followUps: [placed], claims: [placed] }]));
  given(unansweredRequests, ...asked)
    .when(mooted('x1', 'r1', hour(4), bounds(2, 5)))
    .gives(({ moot }) => t.match(moot, [{ mootedBy: { at: hour(4), atEarliest: hour(2), atLatest: hour(5) } }]));
  given(unansweredRequests, ...asked)
    .when(mooted('x1', 'r1', hour(4)))
    .gives(({ moot }) =>
      t.strictSame(moot[0]?.mootedBy, { id: 'x1', at: hour(4), reason: 'it lost its object', basis: 'stated', saidBy: 'the-editor' }, 'exactly then'),
    );
  t.end();
});

t.test('what somebody recorded wins over the rule, and taking it back lets the rule speak again', (t) => {
  const story = given(unansweredRequests, ...asked, reply('m2', 3, 'm1'), message('m3', hour(5), { from: 'bob', to: ['ann'] }));
  story.when(claim('k', 'm2', { request: 'r1' })).gives(({ unanswered }) => t.match(unanswered, [{ id: 'r1', claims: [{ id: 'k' }] }]));
  story.when(followUp('f', 'r1', 'm2')).gives(({ unanswered }) => t.match(unanswered, [{ id: 'r1', followUps: [{ id: 'f' }] }]));
  story.when(followUp('f', 'r1', 'm2'), retraction('x', 'f')).gives(({ answered }) => t.match(answered, [{ answer: { basis: 'inferred' } }]));
  story.when(answer('a', 'r1', 'm3')).gives(({ answered }) => t.match(answered, [{ answer: { event: 'm3', basis: 'stated', rule: undefined } }]));
  story.when(answer('a', 'r1', 'm3')).gives(({ answered }) => t.match(answered, [{ answer: { event: 'm2', basis: 'inferred' } }]), hour(4));
  story.when(mooted('k', 'r1', hour(4))).gives(({ moot }) => t.match(moot, [{ possibleAnswer: { event: 'm2', rule: 'in-reply-to' }, answer: undefined }]));
  story.when(retraction('x', 'm2')).gives(({ unanswered }) => t.equal(unanswered.length, 1), hour(9));
  t.end();
});

t.test('a message back is a possible answer only where the story opts into that rule, and moves nothing', (t) => {
  const about = (data: Record<string, unknown>) => ({
    id: 'about',
    type: 'StoryDescribed',
    data: { title: 'a story', description: '', timeZone: 'UTC', participants: [], sources: [], ...data },
  });
  const back = message('m2', hour(3), { from: 'bob', to: ['ann'] });
  given(unansweredRequests, ...asked, back, about({})).gives(({ unanswered }) => t.match(unanswered, [{ possibleAnswer: undefined }]));
  const story = given(
    unansweredRequests,
    about({ possibleAnswersWithin: 'PT2H' }),
    ...asked,
    message('m0', hour(0), { requests: [{ id: 'r0', text: 'older' }] }),
  );
  story.when(back).gives(({ unanswered, totals }) => {
    t.match(unanswered, [
      { id: 'r0', possibleAnswer: undefined },
      { id: 'r1', possibleAnswer: { event: 'm2', basis: 'inferred', rule: 'next-message-within', afterMs: 7_200_000 } },
    ]);
    t.strictSame(totals, { requests: 2, answered: 0, claimedAnswers: 0, inferredAnswers: 0, unanswered: 2, moot: 0 });
  });
  story.when(message('m2', hour(4), { from: 'bob', to: ['ann'] })).gives(({ unanswered }) => t.match(unanswered, [{}, { possibleAnswer: undefined }]));
  story.when(back, claim('k', 'm2', { request: 'r1' })).gives(({ unanswered }) => t.match(unanswered, [{}, { possibleAnswer: undefined }]));
  story.when(back, message('m3', hour(5), { from: 'bob', to: ['ann'] }), answer('a', 'r1', 'm3')).gives(({ answered }) => {
    t.match(answered, [{ id: 'r1', answer: { event: 'm3' }, possibleAnswer: undefined }]);
  });
  t.end();
});

t.test('of the founding story, as of moments checked by hand', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const at = (moment: string) => lists(view(drafts, moment));
  t.strictSame(at('2016-09-21T02:00:00-04:00'), { unanswered: ['request-comment-on-putintrump'], answered: [], moot: [] });
  t.strictSame(at('2016-09-21T12:00:00-04:00'), { unanswered: [], answered: ['request-comment-on-putintrump'], moot: [] });
  t.strictSame(at('2016-10-04T00:00:00-04:00'), {
    unanswered: ['request-push-story', 'request-explain-wednesday-leak'],
    answered: ['request-comment-on-putintrump'],
    moot: [],
  });
  t.strictSame(at('2016-10-20T00:00:00-04:00'), {
    unanswered: ['request-push-story', 'request-explain-wednesday-leak', 'request-tweet-link'],
    answered: ['request-comment-on-putintrump'],
    moot: [],
  });
  t.strictSame(at('2016-11-08T20:00:00-05:00').unanswered.slice(-2), ['request-challenge-result', 'request-not-concede']);
  t.strictSame(at('2016-11-09T02:00:00-05:00').moot, ['request-challenge-result', 'request-not-concede']);
  t.strictSame(at('2017-07-12T00:00:00-04:00').unanswered, [
    'request-push-story',
    'request-explain-wednesday-leak',
    'request-tweet-link',
    'request-leak-other-negative-stuff',
    'request-leak-tax-returns',
    'request-assange-ambassador',
    'request-publish-emails',
  ]);
  t.match(view(drafts, '2016-10-20T00:00:00-04:00').unanswered[2]?.followUps, [
    { event: 'tj-2016-10-14-tweets-link', by: 'donald-trump-jr', visibility: 'public', afterStated: 'two days later' },
  ]);
  t.match(view(drafts, '2016-09-21T12:00:00-04:00').answered[0]?.answer, { afterMs: 43_200_000, afterMinMs: 30_960_001, afterMaxMs: 46_799_999 });
  t.strictSame(view(drafts).unanswered.find(({ id }) => id === 'request-anonymity')?.followUps, []);
  t.match(view(drafts, '2016-10-20T00:00:00-04:00').unanswered[0]?.claims, [{ event: 'tj-2016-10-03-already-did' }]);
  t.end();
});

t.test('an answer whose time was settled before its request was asked leaves no doubt behind, nor does one that no longer counts', (t) => {
  const bounds = (low: number, high: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(low), latest: hour(high) } });
  const asked = [message('m1', hour(9), {}, bounds(1, 9)), request('r1', 'm1')];
  given(unansweredRequests, ...asked, message('m2', hour(3), { from: 'bob', to: ['ann'] }, bounds(2, 4)), answer('a1', 'r1', 'm2')).gives(({ answered }) =>
    t.match(answered, [{ id: 'r1', uncertain: undefined }]),
  );
  const unsure = message('m2', hour(10), { from: 'bob', to: ['ann'], inReplyTo: 'm1' }, bounds(10, 20));
  given(unansweredRequests, ...asked, unsure, mooted('k', 'r1', hour(11))).gives(({ moot }) => t.match(moot, [{ id: 'r1', uncertain: undefined }]), hour(12));
  t.end();
});
