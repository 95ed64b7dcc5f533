import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { RecordedEvent } from '../../events/event.js';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { answer, claim, correction, followUp, hour, message, mooted, recorded, request, retraction } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';

const ids = (steps: readonly Step[]) =>
  steps.map((step) =>
    step.kind === 'happening' ? step.event.id : `${step.kind} ${'event' in step ? step.event : step.kind === 'mooted' ? step.note.id : ''}`,
  );
const happening = (steps: readonly Step[], id: string) => {
  const step = steps.find((other) => other.kind === 'happening' && other.event.id === id);
  if (step?.kind !== 'happening') throw new Error(`no happening ${id}`);
  return step;
};

t.test('happenings stand in the order of their placing instants, then seq, then id; what has no time comes last', (t) => {
  const steps = resolveStory(
    recorded([message('d', null), message('c', hour(2)), message('b', hour(1), {}, { seq: 1 }), message('a', hour(1), {}, { seq: 1 }), message('z', hour(1))]),
  );
  t.strictSame(ids(steps), ['z', 'a', 'b', 'c', 'd']);
  t.end();
});

t.test('notes are attached to the happening at which they take effect', (t) => {
  const steps = resolveStory(
    recorded([
      answer('a1', 'r1', 'm2'),
      message('m1', hour(1), { requests: [{ text: 'inline' }] }),
      message('m2', hour(2)),
      followUp('f1', 'r1', 'm2'),
      request('r1', 'm1'),
      claim('k1', 'm2'),
      mooted('x1', 'r1', hour(3)),
    ]),
  );
  t.strictSame(
    happening(steps, 'm1').notes.requests.map((r) => r.id),
    ['m1#request-1', 'r1'],
  );
  t.strictSame(
    happening(steps, 'm2').notes.answers.map((a) => a.id),
    ['a1'],
  );
  t.strictSame(
    happening(steps, 'm2').notes.followUps.map((f) => f.id),
    ['f1'],
  );
  t.strictSame(
    happening(steps, 'm2').notes.claims.map((c) => c.id),
    ['k1'],
  );
  t.strictSame(ids(steps), ['m1', 'm2', 'mooted x1']);
  t.end();
});

t.test('a happening whose bounds go beyond its placing instant is settled at the last of them', (t) => {
  const bounds = { when: { precision: 'hour', approximate: true, earliest: hour(0), latest: hour(5) } };
  t.strictSame(ids(resolveStory(recorded([message('m1', hour(1), {}, bounds), message('m2', hour(3))]))), ['m1', 'm2', 'settled m1']);
  t.end();
});

t.test('a correction moves a happening, and takes its old bounds with it', (t) => {
  const bounds = { when: { precision: 'hour', approximate: true, earliest: hour(0), latest: hour(5) } };
  const steps = resolveStory(
    recorded([message('m1', hour(1), {}, bounds), message('m2', hour(3)), correction('c1', 'm1', { occurredAt: hour(4), data: { text: 'right' } })]),
  );
  t.strictSame(ids(steps), ['m2', 'm1']);
  const { event, corrected } = happening(steps, 'm1');
  t.equal(event.type === 'MessageSent' && event.data.text, 'right');
  t.equal(corrected?.by, 'c1');
  t.equal(corrected?.original.occurredAt, hour(1));
  t.end();
});

t.test('among corrections of one event the last in the log wins; one that gives no valid event has no effect', (t) => {
  const steps = resolveStory(
    recorded([
      message('m1', hour(1)),
      correction('z', 'm1', { occurredAt: hour(2) }),
      correction('a', 'm1', { occurredAt: hour(3) }),
      correction('b', 'm1', { data: { from: null } }),
    ]),
  );
  t.equal(happening(steps, 'm1').event.occurredAt, hour(3));
  t.end();
});

t.test('what is retracted is gone, with all that was said of it; a retracted note alone is gone alone', (t) => {
  const events = [message('m1', hour(1)), request('r1', 'm1'), message('m2', hour(2)), answer('a1', 'r1', 'm2')];
  t.strictSame(ids(resolveStory(recorded([...events, retraction('x', 'm2')]))), ['m1']);
  const noted = resolveStory(recorded([...events, retraction('x', 'a1')]));
  t.strictSame(ids(noted), ['m1', 'm2']);
  t.strictSame(happening(noted, 'm2').notes.answers, []);
  const inline = resolveStory(recorded([message('m1', hour(1), { requests: [{ text: 'one' }, { text: 'two' }] }), retraction('x', 'm1#request-1')]));
  t.strictSame(
    happening(inline, 'm1').notes.requests.map((r) => r.text),
    ['two'],
  );
  t.strictSame(ids(resolveStory(recorded([message('m1', hour(1)), request('r1', 'm1'), mooted('k', 'r1', hour(2)), retraction('x', 'k')]))), ['m1']);
  t.end();
});

t.test('of several events with one id the lowest revision counts', (t) => {
  const [first, second] = recorded([message('m1', hour(1)), message('m1', hour(2))]) as [RecordedEvent, RecordedEvent];
  t.strictSame(resolveStory([second, first]), resolveStory([first]));
  t.end();
});

t.test('the same events recorded in any order give the same story', (t) => {
  const bare = (drafts: readonly unknown[]) => resolveStory(recorded(drafts).map((event) => ({ ...event, position: '', revision: 0 })));
  fc.assert(
    fc.property(shuffledStory, ({ drafts, shuffled }) => assert.deepEqual(bare(shuffled), bare(drafts))),
    { numRuns: 500 },
  );
  t.pass('500 stories');
  t.end();
});
