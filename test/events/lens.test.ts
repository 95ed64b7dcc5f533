import t from 'tap';
import type { RecordedHappening } from '../../events/event.js';
import { inSightFrom, throughLens, toldThroughLens } from '../../events/lens.js';
import { resolveStory } from '../../events/resolve.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { compareKeys, parseInstant } from '../../events/story-time.js';
import { claim, followUp, hour, message, mooted, recorded, request, tweet } from '../support/drafts.js';

const told = (...disclosures: unknown[]) => ({ disclosures });
const stepsOf = (drafts: readonly unknown[], lens: string) => {
  const steps = resolveStory(recorded(drafts));
  const find = (id: string) => steps.flatMap((step) => (step.kind === 'happening' && step.event.id === id ? [step.event] : []))[0];
  return { find, seen: steps.flatMap((step) => throughLens(step, lens, find) ?? []).sort((a, b) => compareKeys(a.key, b.key)) };
};
const ids = (steps: readonly Step[]) =>
  steps.map((step) => (step.kind === 'happening' ? step.event.id : `${step.kind} ${'event' in step ? step.event : ''}`.trim()));

t.test('those who took part see it from its own time, others when they learned of it, the rest never', (t) => {
  const [event] = recorded([message('m1', hour(1), {}, told({ to: 'cyd', at: hour(5) }, { to: 'public', at: hour(9) }))]) as RecordedHappening[];
  const from = (lens: string) => inSightFrom(event as RecordedHappening, lens);
  t.equal(from('ann'), -Infinity);
  t.equal(from('bob'), -Infinity);
  t.equal(from('cyd'), parseInstant(hour(5)));
  t.equal(from('dan'), parseInstant(hour(9)), 'as everybody');
  t.equal(from('public'), parseInstant(hour(9)));
  const [secret] = recorded([message('m1', hour(1))]) as RecordedHappening[];
  t.equal(inSightFrom(secret as RecordedHappening, 'public'), undefined);
  t.end();
});

t.test('what comes into sight at one instant keeps its own order, and comes before what happens then', (t) => {
  const late = told({ to: 'public', at: hour(9) });
  const drafts = [
    message('z', hour(1), {}, late),
    message('b', hour(2), {}, { ...late, seq: 2 }),
    message('c', hour(2), {}, { ...late, seq: -1 }),
    message('a', hour(3), {}, late),
    tweet('article', hour(9)),
    tweet('after', hour(10)),
  ];
  const happenings = stepsOf(drafts, 'public').seen.filter((step) => step.kind === 'happening');
  t.strictSame(ids(happenings), ['z', 'c', 'b', 'a', 'article', 'after']);
  t.match(happenings[0], { event: { occurredAt: hour(1) } }, 'each with its own time');
  t.end();
});

t.test('a disclosure to somebody else is known when the happening that made it is in sight', (t) => {
  const drafts = [
    message('m1', hour(1), {}, told({ to: 'cyd', at: hour(3), event: 'handed-over' }, { to: 'public', at: hour(9), event: 'article' })),
    message('handed-over', hour(3), { from: 'bob', to: ['cyd'] }, told({ to: 'public', at: hour(12) })),
    tweet('article', hour(9)),
  ];
  t.strictSame(ids(stepsOf(drafts, 'bob').seen), ['m1', 'handed-over', 'disclosed m1', 'article', 'disclosed m1', 'disclosed handed-over']);
  const { seen } = stepsOf(drafts, 'public');
  t.strictSame(ids(seen), ['m1', 'article', 'disclosed m1', 'handed-over', 'disclosed handed-over', 'disclosed m1']);
  t.equal(seen[5]?.key[0], parseInstant(hour(12)));
  t.end();
});

t.test('what a request lapsed by is seen before the request lapses', (t) => {
  const drafts = [
    message('m1', hour(1)),
    request('r1', 'm1'),
    message('won', hour(2), { from: 'cyd', to: ['dan'] }, told({ to: 'bob', at: hour(6) })),
    mooted('k', 'r1', hour(2), { event: 'won' }),
  ];
  t.strictSame(ids(stepsOf(drafts, 'ann').seen), ['m1']);
  t.equal(stepsOf(drafts, 'bob').seen.find((step) => step.kind === 'mooted')?.key[0], parseInstant(hour(6)));
  t.end();
});

t.test('what is told of a happening leaves out what those eyes had not seen by then', (t) => {
  const drafts = [
    message('m1', hour(1), {}, told({ to: 'public', at: hour(9) })),
    request('r1', 'm1'),
    { ...tweet('t1', hour(2)), disclosures: [{ to: 'cyd', at: hour(3) }] },
    { ...tweet('t2', hour(10)) },
    followUp('f1', 'r1', 't1'),
    followUp('f2', 'r1', 't2'),
    claim('k1', 't1', { about: 'm1' }),
    claim('k2', 't1'),
  ];
  const { seen, find } = stepsOf(drafts, 'public');
  const eventOf = (id: string) => find(id === 'r1' ? 'm1' : id);
  const tell = (id: string) => toldThroughLens(seen.find((step) => step.kind === 'happening' && step.event.id === id) as EffectiveHappening, 'public', eventOf);
  t.strictSame([tell('t1').notes.followUps.length, tell('t1').notes.claims.map(({ id }) => id)], [0, ['k2']]);
  t.equal(tell('t2').notes.followUps.length, 1);
  t.equal(tell('t1').event.disclosures, undefined);
  t.end();
});
