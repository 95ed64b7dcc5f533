import t from 'tap';
import type { EventLog } from '../../src/log/log.js';
import { createRecorder, logId } from '../../src/recording/recorder.js';
import { openTimeline } from '../../src/timeline/timeline.js';
import { answer, correction, hour, message, mooted, request, retraction } from '../support/drafts.js';
import { createMemoryLog } from '../support/memory-log.js';
import { record as recordStraight } from '../support/record.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const STORY = 'a-story';

async function desk(t: T) {
  const log = createMemoryLog();
  const timeline = await openTimeline({ folder: t.testdir(), log });
  t.teardown(() => timeline.close());
  let made = 0;
  const recorder = createRecorder(log, timeline, { newId: () => `made-${made++}` });
  return { log, timeline, recorder, record: (drafts: readonly unknown[], expected = {}) => recorder.record(STORY, drafts, expected) };
}

t.test('appends drafts together, with ids where they had none', async (t) => {
  const { log, record } = await desk(t);
  const { id: _, ...nameless } = message('x', hour(1));
  t.match(await record([nameless, message('m2', hour(2))]), {
    revision: 1,
    repeated: false,
    events: [
      { id: 'made-0', revision: 0 },
      { id: 'm2', revision: 1 },
    ],
  });
  t.match(
    log.events.map((event) => [event.stream, event.id, event.metadata]),
    [
      ['story-a-story', logId(STORY, 'made-0'), { id: 'made-0', version: 1, more: true }],
      ['story-a-story', logId(STORY, 'm2'), { id: 'm2', version: 1, append: /^.{21}$/ }],
    ],
  );
});

t.test('the same body again adds nothing, at once and later; another body under the id is refused', async (t) => {
  const { log, timeline, record } = await desk(t);
  const first = record([message('m1', hour(1))]);
  const again = record([message('m1', hour(1))]);
  t.match(await first, { repeated: false, revision: 0 });
  t.match(await again, { repeated: true, revision: 0, position: (await first).position });
  await timeline.waitFor(await log.end(), 5_000);
  t.match(await record([message('m1', hour(1))], { revision: 99 }), { repeated: true, revision: 0 });
  await t.rejects(record([message('m1', hour(2))]), { code: 'id-reused', faults: [{ at: '/id' }] });
  await t.rejects(record([message('m1', hour(1)), message('m2', hour(1))]), { code: 'partly-stored', faults: [{ at: '/0/id' }] });
  await t.rejects(record([message('m3', hour(1)), message('m3', hour(1))]), { code: 'id-reused', faults: [{ at: '/1/id' }] });
  t.equal(log.events.length, 1);
});

t.test('keeps to the revision and the newness that are expected', async (t) => {
  const { log, record } = await desk(t);
  await record([message('m1', hour(1))], { absent: true });
  await record([message('m2', hour(1))], { revision: 0 });
  await t.rejects(record([message('m3', hour(1))], { revision: 0 }), { code: 'wrong-revision' });
  await t.rejects(record([message('m3', hour(1))], { absent: true }), { code: 'story-exists' });
  await t.rejects(createRecorder(log, (await desk(t)).timeline).record('other', [message('m3', hour(1))], { revision: 0 }), { code: 'wrong-revision' });
  t.equal(log.events.length, 2);
});

t.test('an annotation is about what is in the story, or in the same append', async (t) => {
  const { log, record } = await desk(t);
  await t.rejects(record([request('r1', 'm1')]), { code: 'unknown-target', faults: [{ at: '/data' }] });
  await record([request('r1', 'm1'), message('m1', hour(1)), message('m2', hour(2), { requests: [{ text: 'please' }] })]);
  // The read model may not have seen that yet: the recorder knows what it appended.
  await record([answer('a1', 'm2#request-1', 'm2'), mooted('k', 'r1', hour(3))]);
  await t.rejects(record([answer('a2', 'm1', 'm2')]), { code: 'bad-target', faults: [{ at: '/data/request' }] });
  await t.rejects(record([request('r2', 'r1')]), { code: 'bad-target', faults: [{ at: '/data/event' }] });
  await t.rejects(record([correction('c', 'r1', { data: {} })]), { code: 'bad-target' });
  await t.rejects(record([correction('c', 'm1', { data: { from: 'Nobody!' } })]), { code: 'bad-event', faults: [{ at: '/data/set' }] });
  await record([retraction('x', 'a1')]);
  await t.rejects(record([retraction('y', 'x')]), { code: 'bad-target' });
  await t.rejects(record([message('m2#request-1', hour(1))]), { code: 'id-reused' });
  t.equal(log.events.length, 6);
});

t.test('a bad draft among good ones stores nothing, and the fault says which', async (t) => {
  const { log, record } = await desk(t);
  await t.rejects(record([message('m1', hour(1)), message('m2', '2020-02-31T00:00:00Z')]), { code: 'bad-event', faults: [{ at: '/1/occurredAt' }] });
  await t.rejects(record([message('m1', hour(1)), { type: 'PigeonSent', data: {} }]), { code: 'unknown-type', faults: [{ at: '/1/type' }] });
  await t.rejects(record([]), { code: 'bad-request' });
  await t.rejects(record(['text']), { code: 'bad-event' });
  t.equal(log.events.length, 0);
});

t.test('the id of a request inside a message is an id of the story', async (t) => {
  const { log, timeline, record } = await desk(t);
  await record([message('m1', hour(1), { requests: [{ id: 'ask', text: 'please' }] })]);
  const taken = { code: 'id-reused', faults: [{ at: '/data/requests' }] };
  await t.rejects(record([message('m2', hour(1), { requests: [{ id: 'ask', text: 'again' }] })]), taken);
  await timeline.waitFor(await log.end(), 5_000);
  await t.rejects(record([message('m2', hour(1), { requests: [{ id: 'ask', text: 'again' }] })]), taken);
  await t.rejects(record([message('m2', hour(1), { requests: [{ id: 'm1', text: 'an event' }] })]), taken);
  await t.rejects(record([message('m2', hour(1), { requests: [{ id: 'm2', text: 'itself' }] })]), taken);
  await t.rejects(record([message('n'.repeat(195), hour(1), { requests: [{ text: 'unnameable' }] })]), { code: 'bad-event' });
  t.match(await record([message('m1', hour(1), { requests: [{ id: 'ask', text: 'please' }] })]), { repeated: true });
  t.equal(log.events.length, 1);
});

t.test('many writers at once: each append whole, none lost, none twice', async (t) => {
  const { log, record } = await desk(t);
  const results = await Promise.all(Array.from({ length: 40 }, (_, i) => record([message(`a${i}`, hour(1)), message(`b${i}`, hour(2))])));
  t.strictSame(
    results.map((result) => result.revision),
    Array.from({ length: 40 }, (_, i) => i * 2 + 1),
  );
  t.equal(log.events.length, 80);
});

t.test('where somebody else writes to the same story, it looks again before it writes', async (t) => {
  const { log, timeline, record } = await desk(t);
  await record([message('m1', hour(1))]);
  await timeline.waitFor(await log.end(), 5_000);
  await recordStraight(log, STORY, [message('theirs', hour(2))]);
  t.match(await record([message('m2', hour(3))]), { revision: 2 });
  await recordStraight(log, STORY, [message('same', hour(4))]);
  t.match(await record([message('same', hour(4))]), { repeated: true, revision: 3 });
  await recordStraight(log, STORY, [message('other', hour(5))]);
  await t.rejects(record([message('other', hour(6))]), { code: 'id-reused' });
  await recordStraight(log, STORY, [message('m9', hour(5))]);
  await t.rejects(record([message('mine', hour(6))], { revision: 4 }), { code: 'wrong-revision' });
});

t.test('what the read model learns while the log is asked counts', async (t) => {
  const { log, timeline } = await desk(t);
  const slow: EventLog = Object.assign(Object.create(log) as EventLog, {
    async head(stream: string) {
      const head = await log.head(stream);
      await timeline.waitFor(await log.end(), 5_000);
      return head;
    },
  });
  await recordStraight(log, STORY, [message('theirs', hour(1))]);
  t.match(await createRecorder(slow, timeline).record(STORY, [request('r', 'theirs')]), { revision: 1, repeated: false });
});

t.test('a repeat in another order is at a position where all of it is stored', async (t) => {
  const { record } = await desk(t);
  await record([message('m1', hour(1))]);
  const { position } = await record([message('m2', hour(2))]);
  t.match(await record([message('m2', hour(2)), message('m1', hour(1))]), { repeated: true, revision: 0, position });
});

t.test('an append that fails leaves nothing behind that the next one would build on', async (t) => {
  const { log, timeline } = await desk(t);
  let broken = true;
  const flaky: EventLog = Object.assign(Object.create(log) as EventLog, {
    append: (...args: Parameters<EventLog['append']>) => (broken ? Promise.reject(new Error('the disk is full')) : log.append(...args)),
  });
  const recorder = createRecorder(flaky, timeline);
  await t.rejects(recorder.record(STORY, [message('m1', hour(1))]), /disk is full/);
  await t.rejects(recorder.record(STORY, [request('r', 'm1')]), { code: 'unknown-target' });
  broken = false;
  t.match(await recorder.record(STORY, [message('m1', hour(1))]), { revision: 0, repeated: false });
});

t.test('a story has an id that can stand in an address', async (t) => {
  const { recorder } = await desk(t);
  for (const id of ['', 'Upper', 'a/b', '-a', 'a'.repeat(65), '__proto__'])
    await t.rejects(recorder.record(id, [message('m', hour(1))]), { code: 'bad-request' }, id);
});

t.test('a correction gives no request an id that is taken', async (t) => {
  const { record, log, timeline } = await desk(t);
  await record([
    message('q1', hour(1), { requests: [{ id: 'RQ', text: 'one' }] }),
    message('q2', hour(2), { requests: [{ id: 'own', text: 'two' }] }),
    message('a', hour(3)),
  ]);
  const correct = (id: string, ids: string[]) => record([correction(id, 'q2', { data: { requests: ids.map((request) => ({ id: request, text: 'x' })) } })]);
  await t.rejects(correct('c1', ['RQ']), { code: 'id-reused', faults: [{ at: '/data/set/data/requests', message: '"RQ" is taken' }] });
  await t.rejects(correct('c2', ['a']), { code: 'id-reused' });
  await t.rejects(correct('c3', ['new', 'new']), { code: 'id-reused' });
  await timeline.waitFor(await log.end(), 5_000);
  await t.rejects(correct('c4', ['RQ']), { code: 'id-reused' }, 'also once the read model has it');
  await correct('c5', ['own', 'new']);
});

t.test('a request that a correction writes into a message has its id at once', async (t) => {
  const { record } = await desk(t);
  const ask = (id: string, of: string) => correction(id, of, { data: { requests: [{ id: 'ask', text: 'please' }] } });
  const answers = await Promise.allSettled([
    record([ask('c1', 'm1'), message('m1', hour(1)), message('m2', hour(2))]),
    record([message('ask', hour(3))]),
    record([ask('c2', 'm2')]),
    record([ask('c3', 'm1')]),
  ]);
  t.match(answers, [{ status: 'fulfilled' }, { reason: { code: 'id-reused' } }, { reason: { code: 'id-reused' } }, { status: 'fulfilled' }]);
  const other = (id: string, of: string) => correction(id, of, { data: { requests: [{ id: 'other', text: 'please' }] } });
  await t.rejects(record([other('c4', 'm1'), other('c5', 'm2')]), { code: 'id-reused' }, 'nor do two in one append share one');
});
