import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import type { RecordedEvent } from '../../events/event.js';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { compareKeys, endOf, parseInstant } from '../../events/story-time.js';
import { catalogue } from '../../events/catalogue.js';
import { formatInstant } from '../../events/story-time.js';
import { fold } from '../../projections/projection.js';
import { unansweredRequests } from '../../projections/unanswered-requests.js';
import { HindcastError } from '../../src/errors.js';
import type { EventLog, LogEvent } from '../../src/log/log.js';
import { openTimeline, type Timeline } from '../../src/timeline/timeline.js';
import { answer, claim, correction, hour, message, request, retraction } from '../support/drafts.js';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.js';
import { record } from '../support/record.js';
import { shuffledStory, storyDrafts } from '../support/stories.js';

const STORY = 'a-story';
type T = { testdir(): string; teardown(fn: () => Promise<void>): void };

async function open(t: T, log: MemoryLog = createMemoryLog(), folder = t.testdir()): Promise<{ log: MemoryLog; timeline: Timeline; folder: string }> {
  const timeline = await openTimeline({ folder: join(folder, 'read-model'), log });
  t.teardown(() => timeline.close());
  return { log, timeline, folder };
}
const caughtUp = async (timeline: Timeline, log: MemoryLog) => timeline.waitFor(await log.end(), 30_000);

/** What the resolver gives for the log as it stands. */
function expected(log: MemoryLog, story = STORY): Step[] {
  const events: RecordedEvent[] = [];
  for (const { stream, type, data, metadata, position, revision, created } of log.events) {
    if (stream !== `story-${story}`) continue;
    const parsed = catalogue.parseStored({ type, data, metadata }, { story, position, revision, recordedAt: formatInstant(created) });
    if ('event' in parsed) events.push(parsed.event);
  }
  return resolveStory(events);
}

t.test('takes the log in: stories, events, steps, notes', async (t) => {
  const { log, timeline } = await open(t);
  await record(log, STORY, [message('m2', hour(2)), message('m1', hour(1)), request('r1', 'm1'), message('m0', null), answer('a1', 'r1', 'm2')]);
  await record(log, 'another', [message('x', hour(5))]);
  await caughtUp(timeline, log);
  t.match(timeline.stories(), [
    { id: STORY, events: 3, from: hour(1), to: hour(2) },
    { id: 'another', events: 1 },
  ]);
  t.strictSame(timeline.steps(STORY), expected(log));
  t.match(timeline.story(STORY), {
    revision: 4,
    participants: [{ id: 'ann' }, { id: 'bob' }],
    withoutEffect: { setAside: 0, copies: 0, waiting: 0, refused: 0 },
  });
  t.equal(timeline.story('none'), undefined);
  t.match(timeline.event(STORY, 'm1'), { event: { id: 'm1' }, happening: { notes: { requests: [{ id: 'r1' }] } }, notes: [{ id: 'r1' }] });
  t.equal(timeline.event(STORY, 'none'), undefined);
  t.strictSame(
    [...timeline.instants(STORY, -Infinity, Infinity)].filter(Number.isFinite),
    [hour(1), hour(2)].map((x) => parseInstant(x)),
  );
  while (timeline.behind() !== undefined) await new Promise(setImmediate);
  t.equal(timeline.behind(), undefined, 'it says when it has caught up');
});

t.test('reads steps by limit, both ways, after and before', async (t) => {
  const { log, timeline } = await open(t);
  await record(
    log,
    STORY,
    [1, 2, 3, 4, 5].map((h) => message(`m${h}`, hour(h))),
  );
  await caughtUp(timeline, log);
  const ids = (steps: readonly Step[]) => steps.map((step) => step.kind === 'happening' && step.event.id);
  const at = (h: number) => endOf(parseInstant(hour(h)) as number);
  t.strictSame(ids(timeline.steps(STORY, { after: at(2) })), ['m3', 'm4', 'm5']);
  t.strictSame(ids(timeline.steps(STORY, { after: at(2), upTo: at(4), limit: 1 })), ['m3']);
  t.strictSame(ids(timeline.steps(STORY, { upTo: at(3), reverse: true, limit: 2 })), ['m3', 'm2']);
  const third = timeline.steps(STORY, { after: at(2), limit: 1 })[0] as Step;
  t.strictSame(ids(timeline.steps(STORY, { before: third.key, reverse: true, limit: 2 })), ['m2', 'm1']);
  t.strictSame(ids(timeline.steps(STORY, { upTo: third.key, reverse: true, limit: 1 })), ['m3']);
  t.strictSame(ids(timeline.steps(STORY, { after: third.key, limit: 1 })), ['m4']);
});

t.test('what cannot be read is set aside and counted, and the rest goes on', async (t) => {
  const { log, timeline } = await open(t);
  await record(log, STORY, [message('m1', hour(1))]);
  const odd = [
    { type: 'PigeonSent', data: {}, metadata: { id: 'p' } },
    { type: 'MessageSent', data: { data: {} }, metadata: { id: 'q' } },
    { type: 'MessageSent', data: new Uint8Array([1, 2, 3]), metadata: {} },
    { type: 'MessageSent', data: {}, metadata: { id: 'v', version: 7 } },
  ];
  for (const [i, event] of odd.entries()) await log.append(`story-${STORY}`, [{ id: `00000000-0000-4000-8000-00000000000${i}`, ...event }], 'any');
  t.equal(timeline.foreign(), 0);
  await log.append('story-Not A Story', [{ id: '00000000-0000-4000-8000-000000000010', type: 'MessageSent', data: {}, metadata: {} }], 'any');
  await record(log, STORY, [message('m2', hour(2))]);
  await caughtUp(timeline, log);
  t.match(timeline.story(STORY), { events: 2, revision: 5, withoutEffect: { setAside: 4 } });
  t.match(timeline.setAside(STORY), [{ type: 'PigeonSent', reason: /no event type/ }, { reason: /\/data/ }, {}, { reason: /version 7/ }]);
  t.equal(timeline.stories().length, 1);
  t.equal(timeline.foreign(), 1, 'what is of no story is counted too');
});

t.test('a story of which the log lacks events says so, at its beginning or between, also after it is opened again', async (t) => {
  const { log, timeline, folder } = await open(t);
  const hours = [1, 2, 3, 4].map((h) => message(`m${h}`, hour(h)));
  for (const story of ['whole', 'beheaded', 'holed']) await record(log, story, hours);
  await caughtUp(timeline, log);
  log.drop('story-beheaded', [0, 1]);
  log.drop('story-holed', [2]);
  await timeline.close();
  rmSync(join(folder, 'read-model'), { recursive: true });
  const anew = (await open(t, log, folder)).timeline;
  await caughtUp(anew, log);
  const truncated = (of: Timeline) => of.stories().flatMap((story) => (story.truncated === true ? [story.id] : []));
  t.strictSame(truncated(anew), ['beheaded', 'holed']);
  t.match(anew.story('beheaded'), { events: 2, revision: 3, truncated: true });
  t.notOk('truncated' in (anew.story('whole') ?? {}));
  await record(log, 'beheaded', [message('m5', hour(5))]);
  await caughtUp(anew, log);
  await anew.close();
  const again = (await open(t, log, folder)).timeline;
  t.strictSame(truncated(again), ['beheaded', 'holed']);
  t.match(again.story('beheaded'), { events: 3, revision: 4 });
});

t.test('a copy of an id counts as a copy; an early note waits for its target', async (t) => {
  const { log, timeline } = await open(t);
  await record(log, STORY, [request('r1', 'm1'), claim('k', 'm2', { request: 'r1' })]);
  await caughtUp(timeline, log);
  t.match(timeline.story(STORY)?.withoutEffect, { waiting: 2 });
  await record(log, STORY, [message('m1', hour(1)), message('m2', hour(2))]);
  await log.append(
    `story-${STORY}`,
    [{ id: '00000000-0000-4000-8000-000000000001', type: 'MessageSent', data: message('m1', hour(9)), metadata: { id: 'm1' } }],
    'any',
  );
  await log.append(`story-${STORY}`, [{ ...(log.events[2] as LogEvent), id: '00000000-0000-4000-8000-000000000002' }], 'any');
  await caughtUp(timeline, log);
  t.match(timeline.story(STORY)?.withoutEffect, { waiting: 0, copies: 2 });
  t.match(timeline.steps(STORY), [{ event: { id: 'm1', occurredAt: hour(1) }, notes: { requests: [{ id: 'r1' }] } }, { event: { id: 'm2' } }]);
});

t.test('a correction that gives no valid event is refused, counted, and has no effect', async (t) => {
  const { log, timeline } = await open(t);
  await record(log, STORY, [message('m1', hour(1)), correction('c1', 'm1', { data: { from: 'NOT A SLUG' } })]);
  await caughtUp(timeline, log);
  t.match(timeline.story(STORY)?.withoutEffect, { refused: 1 });
  t.match(timeline.event(STORY, 'm1')?.happening, { event: { data: { from: 'ann' } } });
});

t.test('a correction with nonsense in it stops nobody', async (t) => {
  const { log, timeline } = await open(t);
  const nonsense = [{ id: { a: 1 } }, { id: 'x'.repeat(5_000) }, null, 'text', { id: 7, text: 'please' }];
  await record(log, STORY, [
    message('m1', hour(1)),
    correction('c1', 'm1', { data: { requests: nonsense } }),
    correction('c2', 'm1', { data: { requests: [{ id: 'ask', text: 'please' }] } }),
    retraction('x', 'ask'),
  ]);
  await caughtUp(timeline, log);
  t.strictSame(timeline.steps(STORY), expected(log));
  t.match(timeline.story(STORY), { withoutEffect: { refused: 0, waiting: 0 } });
});

t.test('what a correction writes into a message counts, whichever of the two came first', async (t) => {
  const { log, timeline } = await open(t);
  await record(log, STORY, [
    correction('c1', 'm1', { data: { requests: [{ id: 'ask', text: 'please' }], inReplyTo: 'm0' } }),
    message('m1', hour(2)),
    message('m0', hour(1), { requests: [{ id: 'first', text: 'when?' }] }),
  ]);
  await caughtUp(timeline, log);
  t.ok(timeline.knows(STORY, 'ask'));
  t.equal(timeline.writtenIn(STORY, 'ask'), 'm1');
  t.strictSame(timeline.steps(STORY), expected(log));
});

t.test('tells what changed, where it stood and where it stands', async (t) => {
  const { log, timeline } = await open(t);
  const seen: unknown[] = [];
  const first = await record(log, STORY, [message('m1', hour(1)), message('m2', hour(2))]);
  await caughtUp(timeline, log);
  timeline.onCommit((story, { changes, from }) => seen.push([story, changes.map((change) => change.kind), from?.[0]]));
  await record(log, STORY, [correction('c', 'm2', { occurredAt: hour(0) }), retraction('x', 'm1'), request('r', 'm2')], true);
  await caughtUp(timeline, log);
  const at = (h: number) => parseInstant(hour(h));
  t.strictSame(seen, [[STORY, ['corrected', 'retracted', 'annotated'], at(0)]]);
  t.match(timeline.changes(STORY, first), [
    { kind: 'corrected', id: 'm2', by: 'c', was: [at(2), 0, 'm2'], now: [at(0), 0, 'm2'] },
    { kind: 'retracted', id: 'm1', by: 'x', was: [at(1), 0, 'm1'] },
    { kind: 'annotated', id: 'm2', by: 'r' },
  ]);
  t.match(timeline.event(STORY, 'm1'), { event: { id: 'm1' }, retractedBy: 'x' });
});

t.test('the read model is what the resolver gives, and every view as of every moment is a full fold, in any recorded order', async (t) => {
  await fc.assert(
    fc.asyncProperty(shuffledStory, fc.integer({ min: 1, max: 5 }), async ({ drafts, shuffled }, pieces) => {
      const folder = t.testdir();
      const log = createMemoryLog();
      const timeline = await openTimeline({ folder, log });
      try {
        const size = Math.ceil(shuffled.length / pieces);
        for (let i = 0; i < shuffled.length; i += size) {
          await record(log, STORY, shuffled.slice(i, i + size), i % 2 === 0);
          await caughtUp(timeline, log);
        }
        const steps = expected(log);
        assert.deepEqual(timeline.steps(STORY), steps);
        assert.equal(timeline.story(STORY)?.events, steps.filter((step) => step.kind === 'happening').length);
        const straight = createMemoryLog();
        await record(straight, STORY, drafts);
        for (const key of steps.map((step) => step.key).filter((key) => Number.isFinite(key[0]))) {
          const view = (await timeline.fold(STORY, timeline.projection('unanswered-requests') as never, { upTo: key })).view();
          const whole = fold(
            unansweredRequests,
            expected(straight).filter((step) => compareKeys(step.key, key) <= 0),
          );
          assert.deepEqual(view, unansweredRequests.view(whole));
        }
      } finally {
        await timeline.close();
      }
    }),
    { numRuns: 25 },
  );
  t.pass();
});

t.test('goes on where it was after a restart, in whatever piece of the log it had ended', async (t) => {
  await fc.assert(
    fc.asyncProperty(storyDrafts, fc.nat(), async (drafts, cut) => {
      const folder = t.testdir();
      const log = createMemoryLog();
      const first = await openTimeline({ folder, log });
      await record(log, STORY, drafts.slice(0, cut % (drafts.length + 1)));
      await caughtUp(first, log);
      await first.close();
      await record(log, STORY, drafts.slice(cut % (drafts.length + 1)));
      const second = await openTimeline({ folder, log });
      await caughtUp(second, log);
      assert.deepEqual(second.steps(STORY), expected(log));
      await second.close();
    }),
    { numRuns: 15 },
  );
  t.pass();
});

t.test('deleted, it is built anew; where the log lacks what it has seen, it is refused and left as it is', async (t) => {
  const folder = t.testdir();
  const log = createMemoryLog();
  await record(log, STORY, [message('m1', hour(1)), message('m2', hour(2))]);
  const first = await openTimeline({ folder, log });
  await caughtUp(first, log);
  await first.close();
  rmSync(folder, { recursive: true });
  const second = await openTimeline({ folder, log });
  await caughtUp(second, log);
  t.strictSame(second.steps(STORY), expected(log));
  await second.close();
  const other = createMemoryLog();
  await record(other, 'another', [message('x', hour(5))]);
  const refusal = { code: 'log-replaced', detail: /has no longer its event.*Restore the log.*hindcast rebuild/ };
  await t.rejects(openTimeline({ folder, log: other }), { ...refusal, message: new RegExp(folder) });
  await t.rejects(openTimeline({ folder, log: createMemoryLog() }), refusal, 'again, and for an empty log too');
  const third = await openTimeline({ folder, log });
  t.strictSame(third.steps(STORY), expected(log), 'what it knew is all there for who restores the log');
  await third.close();
  rmSync(folder, { recursive: true });
  const fourth = await openTimeline({ folder, log: other });
  t.teardown(() => fourth.close());
  await caughtUp(fourth, other);
  t.strictSame(
    fourth.stories().map((story) => story.id),
    ['another'],
  );
});

t.test('a log that was away is looked at when it comes: one that lacks what was seen is not followed, and that is said', async (t) => {
  const folder = t.testdir();
  const log = createMemoryLog();
  await record(log, STORY, [message('m1', hour(1)), message('m2', hour(2))]);
  const first = await openTimeline({ folder, log });
  await caughtUp(first, log);
  await first.close();
  let is: 'away' | 'cut' | 'whole' = 'away';
  const empty = createMemoryLog();
  const there = () => {
    if (is === 'away') throw new HindcastError('log-unavailable');
    return is === 'cut' ? empty : log;
  };
  const coming: EventLog = {
    ...log,
    async end() {
      return there().end();
    },
    async head(stream) {
      return there().head(stream);
    },
    async *read(stream, options) {
      yield* there().read(stream, options);
    },
    subscribe: (options) => there().subscribe(options),
  };
  const errors: unknown[] = [];
  const second = await openTimeline({ folder, log: coming, onError: (error) => errors.push(error) });
  t.teardown(() => second.close());
  is = 'cut';
  while (!/has no longer its event/i.test(second.behind() ?? '')) await turn();
  t.match(errors.at(-1), { code: 'log-replaced' });
  t.equal(second.isLogReplaced(), true);
  t.strictSame(second.steps(STORY), expected(log), 'what it knew is still told');
  is = 'whole';
  while (second.behind() !== undefined) await turn();
  t.match(await second.waitFor(await log.end(), 5_000), undefined);
});

t.test('a state through snapshots is a state without them, also after a late arrival', async (t) => {
  const { log, timeline } = await open(t);
  const start = parseInstant(hour(0)) as number;
  const time = (i: number) => formatInstant(start + i * 60_000);
  const drafts = Array.from({ length: 2_500 }, (_, i) =>
    message(`m${String(i).padStart(5, '0')}`, time(i), i % 7 === 0 ? { requests: [{ text: `ask ${i}` }] } : {}),
  );
  await record(log, STORY, drafts, true);
  await caughtUp(timeline, log);
  const projection = timeline.projection('unanswered-requests') as never;
  const totals = async (i: number) =>
    ((await timeline.fold(STORY, projection, { upTo: endOf(start + i * 60_000) })).view() as { totals: { requests: number } }).totals.requests;
  const asked = (i: number) => Math.floor(i / 7) + 1;
  for (const i of [2_499, 1_500, 10, 1_024, 2_100]) t.equal(await totals(i), asked(i));
  await record(log, STORY, [message('late', time(5), { requests: [{ text: 'late' }] })]);
  await caughtUp(timeline, log);
  for (const i of [2_499, 4, 1_100]) t.equal(await totals(i), asked(i) + (i >= 5 ? 1 : 0));
});

t.test('a view as the log knew it at a moment of recorded time, and as of a story time too', async (t) => {
  const { log, timeline } = await open(t);
  const at = async (recordedAt: number, storyTime?: string) => {
    const upTo = storyTime === undefined ? {} : { upTo: endOf(parseInstant(storyTime) as number) };
    const fold = await timeline.fold(STORY, timeline.projection('unanswered-requests') as never, { known: { recordedAt }, ...upTo });
    const { requests, answered } = (fold.view() as { totals: { requests: number; answered: number } }).totals;
    return [requests, answered];
  };
  log.clock = 100;
  await record(log, STORY, [message('m1', hour(1)), request('r1', 'm1')]);
  log.clock = 200;
  await record(log, STORY, [message('m2', hour(3)), answer('a1', 'r1', 'm2')]);
  // The clock of the log goes back: what is stored now was stored no sooner than what came before it.
  log.clock = 150;
  await record(log, STORY, [message('m0', hour(0), { requests: [{ text: 'early in the story, late in the log' }] })]);
  log.clock = 300;
  await record(log, STORY, [retraction('x', 'a1')]);
  await caughtUp(timeline, log);
  t.strictSame(await at(99), [0, 0]);
  t.strictSame(await at(100), [1, 0]);
  t.strictSame(await at(199), [1, 0]);
  t.strictSame(await at(200), [2, 1]);
  t.strictSame(await at(200, hour(2)), [2, 0]);
  t.strictSame(await at(300), [2, 0]);
  t.strictSame(await at(200), [2, 1], 'the same answer again');
});

t.test('a reader can wait for its own write, and not for ever', async (t) => {
  const { log, timeline } = await open(t);
  const position = await record(log, STORY, [message('m1', hour(1))]);
  await timeline.waitFor(position, 5_000);
  t.equal(timeline.has(STORY), true);
  await t.rejects(timeline.waitFor('999999999999', 1), { code: 'not-yet' });
  const abort = new AbortController();
  abort.abort();
  await t.rejects(timeline.waitFor('999999999999', 60_000, abort.signal), { code: 'not-yet' });
});

t.test('whoever waits for a position is not told that it was seen because the read model is closed', async (t) => {
  const log = createMemoryLog();
  await record(log, STORY, [message('m1', hour(1))]);
  const timeline = await openTimeline({ folder: t.testdir(), log });
  await caughtUp(timeline, log);
  const leaving = new AbortController();
  const waiting = timeline.waitFor(`${await log.end()}9`, 60_000, leaving.signal);
  const refused = t.rejects(waiting, { code: 'not-yet' });
  await timeline.close();
  leaving.abort();
  await refused;
});

t.test('a log that fails is asked again, and nothing counts twice', async (t) => {
  const log = createMemoryLog();
  await record(log, STORY, [message('m1', hour(1)), message('m2', hour(2)), message('m3', hour(3))]);
  let failures = 2;
  const flaky: MemoryLog = Object.assign(Object.create(log) as MemoryLog, {
    async *subscribe(options: Parameters<MemoryLog['subscribe']>[0]) {
      for await (const notice of log.subscribe(options)) {
        if (notice.kind !== 'events') yield notice;
        else
          for (const event of notice.events) {
            yield { kind: 'events' as const, events: [event] };
            if (failures-- > 0) throw new Error('the connection is gone');
          }
      }
    },
  });
  const errors: unknown[] = [];
  const timeline = await openTimeline({ folder: t.testdir(), log: flaky, onError: (error) => errors.push(error) });
  t.teardown(() => timeline.close());
  await timeline.waitFor(await log.end(), 10_000);
  t.equal(errors.length, 2);
  t.equal(timeline.story(STORY)?.events, 3);
  t.equal(timeline.story(STORY)?.withoutEffect.copies, 0);
});
