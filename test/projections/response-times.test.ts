import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import type { RecordedHappening } from '../../events/event.js';
import { stories } from '../../events/stories/all.js';
import type { Request, Step } from '../../events/steps.js';
import { afterOf } from '../../projections/parts/after.js';
import { opens } from '../../projections/parts/certainty.js';
import { fold } from '../../projections/projection.js';
import { ResponseTimes, type ResponseTimesRow, responseTimes } from '../../projections/response-times.js';
import { unansweredRequests } from '../../projections/unanswered-requests.js';
import { answer, claim, correction, followUp, hour, message, mooted, request, retraction } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const HOUR = 3_600_000;
const within = (from: number, to: number) => ({ when: { precision: 'hour', approximate: true, earliest: hour(from), latest: hour(to) } });
const asked = [message('m1', hour(1)), request('r1', 'm1')];
const reply = (id: string, at: string, to: string, more = {}) => message(id, at, { from: 'bob', to: ['ann'], inReplyTo: to }, more);
/** Is a figure of a view a duration, as exactly as buckets tell it? */
const near = (figure: number | null | undefined, ms: number) => typeof figure === 'number' && Math.abs(figure - ms) <= ms / 100;
const RULE = { basis: 'inferred', rule: 'a-rule' };

t.test('a request counts for its direction, and is unanswered until it is answered', (t) => {
  given(responseTimes, ...asked, message('m2', hour(2), { from: 'bob', to: ['ann'] }), request('r2', 'm2', { to: 'ann' })).gives((view) =>
    t.strictSame(view.directions, [
      {
        from: 'ann',
        to: 'bob',
        requests: 1,
        answered: 0,
        moot: 0,
        unanswered: 1,
        answerRate: 0,
        claimedAnswers: 0,
        inferredAnswers: 0,
        medianMs: null,
        medianMinMs: null,
        medianMaxMs: null,
        p90Ms: null,
        p90MinMs: null,
        p90MaxMs: null,
        longest: null,
        shortest: null,
      },
      { ...view.directions[0], from: 'bob', to: 'ann' },
    ]),
  );
  t.end();
});

t.test('answers give the median, the ninth decile, the longest and the shortest', (t) => {
  const drafts = Array.from({ length: 10 }, (_, i) => [
    message(`q${i}`, hour(0), { requests: [{ id: `r${i}`, text: 'ask' }] }),
    message(`z${i}`, hour(i + 1)),
    answer(`a${i}`, `r${i}`, `z${i}`),
  ]).flat();
  given(responseTimes, ...drafts).gives((view) => {
    const [row] = view.directions;
    t.match(row, { requests: 10, answered: 10, unanswered: 0, answerRate: 1, inferredAnswers: 0 });
    for (const figure of [row?.medianMs, row?.medianMinMs, row?.medianMaxMs]) t.ok(near(figure, 5 * HOUR), 'by the nearest rank');
    for (const figure of [row?.p90Ms, row?.p90MinMs, row?.p90MaxMs]) t.ok(near(figure, 9 * HOUR));
    const taken = { afterMs: 10 * HOUR, afterMinMs: 10 * HOUR, afterMaxMs: 10 * HOUR };
    t.strictSame(row?.longest, { request: 'r9', event: 'z9', ...taken, basis: 'stated', saidBy: 'the-editor' });
    t.match(row?.shortest, { request: 'r0', event: 'z0', afterMs: HOUR });
  });
  given(responseTimes, ...drafts).gives(
    (view) => t.match(view.directions, [{ answered: 3, unanswered: 7, answerRate: 0.3, longest: { event: 'z2' } }]),
    hour(3),
  );
  t.end();
});

t.test('durations between uncertain times are ranges', (t) => {
  given(responseTimes, message('m1', hour(2), {}, within(1, 3)), request('r1', 'm1'))
    .when(message('m2', hour(5), {}, within(4, 8)), answer('a1', 'r1', 'm2', { afterStated: 'some hours later' }))
    .gives((view) => {
      const [row] = view.directions;
      t.match(row?.longest, { afterMs: 3 * HOUR, afterMinMs: HOUR, afterMaxMs: 7 * HOUR, afterStated: 'some hours later' });
      t.ok(near(row?.medianMs, 3 * HOUR) && near(row?.medianMinMs, HOUR) && near(row?.medianMaxMs, 7 * HOUR));
      t.ok(near(row?.p90Ms, 3 * HOUR) && near(row?.p90MinMs, HOUR) && near(row?.p90MaxMs, 7 * HOUR));
    });
  t.end();
});

t.test('the range of a figure is never narrower than that of the duration that it stands for', (t) => {
  given(responseTimes, message('m1', hour(2), {}, within(1, 3)), request('r1', 'm1'))
    .when(message('m2', hour(5), {}, within(4, 8)), answer('a1', 'r1', 'm2'))
    .gives((view) => {
      const row = view.directions[0] as ResponseTimesRow;
      for (const [least, middle, most] of [
        [row.medianMinMs, row.medianMs, row.medianMaxMs],
        [row.p90MinMs, row.p90Ms, row.p90MaxMs],
      ] as [number, number, number][]) {
        t.ok(least <= HOUR && near(least, HOUR), 'the least is a lower edge');
        t.ok(most >= 7 * HOUR && near(most, 7 * HOUR), 'the most is an upper edge');
        t.ok(least <= middle && middle <= most);
      }
    });
  t.end();
});

t.test('where nothing bounds enough of the answers, nothing bounds the figure', (t) => {
  const unbounded = { when: { earliest: hour(3), latest: null } };
  given(responseTimes, ...asked, request('r2', 'm1'))
    .when(message('m2', hour(3), {}, unbounded), answer('a1', 'r1', 'm2'), message('m3', hour(4)), answer('a2', 'r2', 'm3'))
    .gives((view) => {
      const [row] = view.directions;
      t.ok(near(row?.medianMaxMs, 3 * HOUR), 'half of them took no longer');
      t.equal(row?.p90MaxMs, null);
      t.match(row, { shortest: { afterMs: 2 * HOUR, afterMaxMs: null }, uncertain: true });
    });
  t.end();
});

t.test('a follow-up and a claim are no answers, and a mooted request is moot', (t) => {
  given(responseTimes, ...asked)
    .when(message('m2', hour(2)), followUp('f1', 'r1', 'm2'), claim('k1', 'm2', { request: 'r1' }))
    .gives((view) => t.match(view.directions, [{ answered: 0, moot: 0, unanswered: 1, longest: null }]));
  given(responseTimes, ...asked)
    .when(mooted('x1', 'r1', hour(2)), mooted('x2', 'r1', hour(3)))
    .gives((view) => t.match(view.directions, [{ answered: 0, moot: 1, unanswered: 0, answerRate: 0 }]));
  t.end();
});

t.test('an answer beats a mooting; of several answers the first stays', (t) => {
  given(responseTimes, ...asked, mooted('x1', 'r1', hour(2)))
    .when(message('m2', hour(3)), answer('a1', 'r1', 'm2'), message('m3', hour(4)), answer('a2', 'r1', 'm3'))
    .gives((view) => t.match(view.directions, [{ answered: 1, moot: 0, longest: { event: 'm2' }, shortest: { event: 'm2' } }]));
  t.end();
});

t.test('an answer that follows from a reply counts, and says so', (t) => {
  given(responseTimes, ...asked)
    .when(reply('m2', hour(3), 'm1'))
    .gives((view) =>
      t.match(view.directions, [
        {
          answered: 1,
          inferredAnswers: 1,
          claimedAnswers: 0,
          longest: { event: 'm2', afterMs: 2 * HOUR, basis: 'inferred', rule: 'in-reply-to', saidBy: undefined },
        },
      ]),
    );
  t.end();
});

t.test('an answer that is only claimed counts, and says so', (t) => {
  const when = given(responseTimes, ...asked, request('r2', 'm1')).when(
    message('m2', hour(3)),
    answer('a1', 'r1', 'm2', { basis: 'claimed', by: 'bob' }),
    answer('a2', 'r2', 'm2'),
    message('m3', hour(4)),
    answer('a3', 'r1', 'm3'),
  );
  when.gives((view) => t.match(view.directions, [{ answered: 2, claimedAnswers: 1, inferredAnswers: 0, longest: { basis: 'claimed', saidBy: 'bob' } }]));
  t.end();
});

t.test('an answer that somebody recorded takes the place of an inferred one, in all figures', (t) => {
  const when = given(responseTimes, ...asked, request('r2', 'm1')).when(
    reply('m2', hour(3), 'm1'),
    message('m3', hour(9)),
    answer('a1', 'r1', 'm3'),
    message('m4', hour(10)),
    answer('a2', 'r1', 'm4', RULE),
  );
  when.gives((view) => t.match(view.directions, [{ answered: 2, inferredAnswers: 2, longest: { afterMs: 2 * HOUR } }]), hour(8));
  when.gives((view) => {
    const [row] = view.directions;
    t.match(row, { answered: 2, inferredAnswers: 1, longest: { request: 'r1', afterMs: 8 * HOUR }, shortest: { request: 'r2', afterMs: 2 * HOUR } });
    t.ok(near(row?.medianMs, 2 * HOUR) && near(row?.p90Ms, 8 * HOUR));
  });
  t.end();
});

t.test('a mooting beats an inferred answer, and the figures are as if there had been none', (t) => {
  const drafts = [...asked, message('m5', hour(2)), request('r2', 'm5'), reply('m2', hour(6), 'm1'), reply('m6', hour(4), 'm5'), mooted('x1', 'r1', hour(8))];
  given(responseTimes, ...drafts).gives((view) => t.match(view.directions, [{ answered: 2, longest: { request: 'r1' } }]), hour(7));
  given(responseTimes, ...drafts).gives((view) => {
    const [row] = view.directions;
    t.match(row, { requests: 2, answered: 1, moot: 1, inferredAnswers: 1, longest: { request: 'r2', afterMs: 2 * HOUR }, shortest: { request: 'r2' } });
    t.ok(near(row?.p90Ms, 2 * HOUR));
  });
  given(responseTimes, ...drafts)
    .when(mooted('x2', 'r2', hour(9)), reply('m7', hour(10), 'm1'))
    .gives((view) => t.match(view.directions, [{ answered: 0, moot: 2, inferredAnswers: 0, medianMs: null, longest: null, shortest: null }]));
  t.end();
});

t.test('of answers that took equally long that of the request that was answered first counts', (t) => {
  given(responseTimes, message('m1', hour(1)), request('r1', 'm1'), message('m2', hour(2)), request('r2', 'm2'))
    .when(message('z1', hour(3)), answer('a2', 'r1', 'z1'), message('z2', hour(4)), answer('a1', 'r2', 'z2'))
    .gives((view) => t.match(view.directions, [{ longest: { request: 'r1' }, shortest: { request: 'r1' } }]));
  t.end();
});

t.test('what is placed before its request waits for it, and is certain where it is settled by then', (t) => {
  const late = message('q', hour(9), {}, within(1, 9));
  given(responseTimes, late, request('r1', 'q'))
    .when(message('z', hour(3), {}, within(2, 4)), answer('a1', 'r1', 'z'))
    .gives((view) => {
      t.match(view.directions, [{ answered: 1, longest: { event: 'z', afterMs: 0, afterMinMs: 0, afterMaxMs: 3 * HOUR } }]);
      t.equal(view.directions[0]?.uncertain, undefined);
    });
  given(responseTimes, late, request('r1', 'q'))
    .when(mooted('x1', 'r1', hour(4)))
    .gives((view) => t.match(view.directions, [{ moot: 1, unanswered: 0 }]));
  t.end();
});

t.test('a direction is uncertain while a request or an answer that counts may not have happened yet', (t) => {
  const drafts = [
    message('m1', hour(1), {}, within(0, 3)),
    request('r1', 'm1'),
    reply('m2', hour(4), 'm1', within(4, 9)),
    message('m3', hour(6)),
    answer('a1', 'r1', 'm3'),
  ];
  const at = (moment: number) => viewOf(responseTimes, drafts, hour(moment)).directions[0]?.uncertain ?? false;
  t.strictSame(
    [at(1), at(2), at(3), at(4), at(5), at(6), at(9)],
    [true, true, false, true, true, false, false],
    'the answer that is replaced counts no longer',
  );
  t.end();
});

t.test('corrections and retractions are in force', (t) => {
  const answered = [...asked, message('m2', hour(3)), answer('a1', 'r1', 'm2')];
  given(responseTimes, ...answered)
    .when(correction('c1', 'm2', { occurredAt: hour(6) }))
    .gives((view) => t.match(view.directions, [{ longest: { afterMs: 5 * HOUR } }]));
  for (const target of ['a1', 'm2'])
    given(responseTimes, ...answered)
      .when(retraction('x1', target))
      .gives((view) => t.match(view.directions, [{ requests: 1, answered: 0, longest: null }]));
  for (const target of ['m1', 'r1'])
    given(responseTimes, ...answered)
      .when(retraction('x1', target))
      .gives((view) => t.strictSame(view.directions, []));
  t.end();
});

t.test('an unplaced happening asks and answers nothing', (t) => {
  const unplaced = { when: { earliest: hour(2) } };
  given(responseTimes, ...asked, message('m2', null, {}, unplaced))
    .when(answer('a1', 'r1', 'm2'), request('r2', 'm2', { to: 'cyd' }))
    .gives((view) => t.match(view.directions, [{ requests: 1, answered: 0 }]));
  t.end();
});

t.test('ids may be anything', (t) => {
  given(
    responseTimes,
    message('__proto__', hour(1), {
      from: 'constructor',
      to: ['constructor'],
      requests: [
        { id: 'toString', text: 'ask' },
        { id: 'valueOf', text: 'ask' },
      ],
    }),
  )
    .when(message('hasOwnProperty', hour(2)), answer('constructor', 'toString', 'hasOwnProperty'))
    .gives((view) =>
      t.match(view.directions, [
        { from: 'constructor', to: 'constructor', requests: 2, answered: 1, longest: { request: 'toString', event: 'hasOwnProperty' } },
      ]),
    );
  t.end();
});

t.test('a row is the same object while nothing of it changes', (t) => {
  const state = fold(responseTimes, stepsOf([...asked, message('m2', hour(2), { from: 'cyd' }), request('r2', 'm2', { from: 'cyd' })]));
  const next = fold(responseTimes, stepsOf([message('m3', hour(3)), answer('a1', 'r2', 'm3'), request('r2', 'm3'), message('m4', hour(4))]), state);
  t.equal(responseTimes.view(next).directions[0], responseTimes.view(state).directions[0]);
  t.not(responseTimes.view(next).directions[1], responseTimes.view(state).directions[1]);
  t.equal(responseTimes.evolve(state, stepsOf([message('m5', hour(5))])[0] as Step), state, 'a step that says nothing leaves the state as it is');
  t.end();
});

// ---- against a plain recomputation ------------------------------------------------------------

/** Random stories in which messages reply to each other, and answers are recorded on every basis. */
const repliedStories = fc.tuple(storyDrafts, fc.array(fc.nat({ max: 999 }), { minLength: 60, maxLength: 60 })).map(([drafts, numbers]) => {
  let n = 0;
  const next = () => numbers[n++ % numbers.length] as number;
  const messages = drafts.filter(({ type }) => type === 'MessageSent').map(({ id }) => id);
  return drafts.map((draft) => {
    const data = draft.data as Record<string, unknown>;
    if (draft.type === 'MessageSent' && next() % 2 === 0) return { ...draft, data: { ...data, inReplyTo: messages[next() % messages.length] } };
    if (draft.type === 'AnswerIdentified' && next() % 2 === 0) return { ...draft, data: { ...data, ...(next() % 2 === 0 ? RULE : { basis: 'claimed' }) } };
    return draft;
  });
});

interface Outcome {
  request: Request;
  event: RecordedHappening;
  answer?: { event: RecordedHappening; basis: string };
  isMoot: boolean;
}

/** What came of each request, one by one. */
function outcomesOf(steps: readonly Step[]): Outcome[] {
  const outcomes = new Map<string, Outcome>();
  for (const step of steps)
    if (step.kind === 'happening')
      for (const request of step.notes.requests) if (!outcomes.has(request.id)) outcomes.set(request.id, { request, event: step.event, isMoot: false });
  for (const step of steps) {
    if (step.kind === 'mooted') {
      const outcome = outcomes.get(step.note.data.request);
      if (outcome === undefined) continue;
      outcome.isMoot = true;
      if (outcome.answer?.basis === 'inferred') delete outcome.answer;
    }
    if (step.kind !== 'happening') continue;
    const said = [
      ...step.notes.answers.map(({ data }) => ({ id: data.request, basis: data.basis })),
      ...(step.notes.inferred ?? []).map(({ request }) => ({ id: request, basis: 'inferred' })),
    ];
    for (const { id, basis } of said) {
      const outcome = outcomes.get(id);
      if (outcome === undefined) continue;
      const isFree = outcome.answer === undefined && (basis !== 'inferred' || !outcome.isMoot);
      if (isFree || (basis !== 'inferred' && outcome.answer?.basis === 'inferred')) outcome.answer = { event: step.event, basis };
    }
  }
  return [...outcomes.values()];
}

function check(row: ResponseTimesRow, outcomes: readonly Outcome[], open: (event: RecordedHappening) => boolean) {
  const answered = outcomes.filter(({ answer }) => answer !== undefined);
  const moot = outcomes.filter(({ answer, isMoot }) => answer === undefined && isMoot).length;
  const { requests, unanswered, claimedAnswers, inferredAnswers, answerRate } = row;
  assert.deepEqual(
    { requests, answered: row.answered, moot: row.moot, unanswered, claimedAnswers, inferredAnswers, answerRate },
    {
      requests: outcomes.length,
      answered: answered.length,
      moot,
      unanswered: outcomes.length - answered.length - moot,
      claimedAnswers: answered.filter(({ answer }) => answer?.basis === 'claimed').length,
      inferredAnswers: answered.filter(({ answer }) => answer?.basis === 'inferred').length,
      answerRate: answered.length / outcomes.length,
    },
  );
  const after = answered.map((outcome) => ({ request: outcome.request.id, ...afterOf(outcome.event, outcome.answer?.event as RecordedHappening, undefined) }));
  const rank = (values: readonly (number | null)[], share: number) =>
    [...values].sort((a, b) => (a ?? Infinity) - (b ?? Infinity))[Math.ceil(values.length * share) - 1] ?? null;
  for (const [share, figures] of [
    [0.5, [row.medianMs, row.medianMinMs, row.medianMaxMs]],
    [0.9, [row.p90Ms, row.p90MinMs, row.p90MaxMs]],
  ] as const)
    for (const [i, name] of (['afterMs', 'afterMinMs', 'afterMaxMs'] as const).entries()) {
      const exact = rank(
        after.map((one) => one[name]),
        share,
      );
      const figure = figures[i] ?? null;
      if (exact === null || figure === null) {
        assert.equal(figure, exact);
        continue;
      }
      assert.ok(near(figure, exact), `${name} at ${share}: ${figure} for ${exact}`);
      const isWide = name === 'afterMs' || (name === 'afterMinMs' ? figure <= exact : figure >= exact);
      assert.ok(isWide, `${name} at ${share}: ${figure} is narrower than ${exact}`);
    }
  for (const [shown, extreme] of [
    [row.longest, Math.max(...after.map((one) => one.afterMs))],
    [row.shortest, Math.min(...after.map((one) => one.afterMs))],
  ] as const) {
    assert.equal(shown === null, after.length === 0);
    if (shown === null) continue;
    assert.equal(shown.afterMs, extreme);
    const outcome = answered.find(({ request }) => request.id === shown.request);
    const one = after.find(({ request }) => request === shown.request);
    const { rule: _, saidBy, ...known } = shown;
    assert.deepEqual(known, { ...one, event: outcome?.answer?.event.id, basis: outcome?.answer?.basis });
    assert.equal(saidBy, known.basis === 'inferred' ? undefined : 'the-editor');
  }
  const isUncertain = outcomes.some(({ event, answer }) => open(event) || (answer !== undefined && open(answer.event)));
  assert.equal(row.uncertain ?? false, isUncertain);
}

t.test('the view is what a plain recomputation gives, at any moment, and fits its schema', (t) => {
  const schema = Compile(ResponseTimes);
  fc.assert(
    fc.property(repliedStories, fc.integer({ min: 0, max: 40 }), (drafts, h) => {
      const at = new Date(Date.UTC(2020, 0, 1, h)).toISOString();
      const view = viewOf(responseTimes, drafts, at);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      const steps = stepsOf(drafts, at);
      const settled = new Set(steps.flatMap((step) => (step.kind === 'settled' ? [step.event] : [])));
      const directions = new Map<string, Outcome[]>();
      for (const outcome of outcomesOf(steps)) {
        const direction = `${outcome.request.from} ${outcome.request.to}`;
        directions.set(direction, [...(directions.get(direction) ?? []), outcome]);
      }
      assert.deepEqual(
        view.directions.map(({ from, to }) => `${from} ${to}`),
        [...directions.keys()],
      );
      for (const row of view.directions) check(row, directions.get(`${row.from} ${row.to}`) ?? [], (event) => opens(event) && !settled.has(event.id));
      const { totals } = unansweredRequests.view(fold(unansweredRequests, steps));
      const total = (name: keyof typeof totals) => view.directions.reduce((sum, row) => sum + row[name], 0);
      for (const name of ['requests', 'answered', 'unanswered', 'moot'] as const) assert.equal(total(name), totals[name], name);
    }),
    { numRuns: 400 },
  );
  t.pass();
  t.end();
});

t.test('the same events recorded in any order give the same view', (t) => {
  const shuffled = repliedStories.chain((drafts) =>
    fc.tuple(fc.constant(drafts), fc.shuffledSubarray(drafts, { minLength: drafts.length, maxLength: drafts.length })),
  );
  fc.assert(fc.property(shuffled, ([drafts, other]) => assert.deepEqual(viewOf(responseTimes, other), viewOf(responseTimes, drafts))));
  t.pass();
  t.end();
});

t.test('of the founding story', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const view = viewOf(responseTimes, drafts);
  t.match(
    view.directions.find(({ from, to }) => from === 'wikileaks' && to === 'donald-trump-jr'),
    {
      answered: 1,
      moot: 2,
      inferredAnswers: 0,
      longest: { request: 'request-comment-on-putintrump', event: 'tj-2016-09-21-ask-around', afterMs: 12 * HOUR, afterStated: 'about 12 hours later' },
    },
  );
  t.end();
});
