import t from 'tap';
import { stories } from '../../events/stories/all.js';
import { endOf, parseInstant } from '../../events/story-time.js';
import { parseOpening } from '../../src/protocol.js';
import { answer, correction, hour, message, mooted, request, retraction } from '../support/drafts.js';
import { settle } from '../support/hand-timers.js';
import { clientState, house, STORY } from '../support/replay-house.js';
import { record } from '../support/record.js';
import { recordingWatcher } from '../support/watcher.js';

const three = [message('m1', hour(1)), request('r1', 'm1'), message('m2', hour(2)), answer('a1', 'r1', 'm2'), message('m3', hour(5))];

t.test('says hello, then the clock, the states, and every happening when it is due', async (t) => {
  const { timers, watch } = await house(t, three);
  const { watcher } = await watch({ rate: '3600', projections: 'unanswered-requests' });
  t.strictSame(
    watcher.frames.map((frame) => frame.type),
    ['hello', 'clock', 'projection', 'event', 'projection'],
  );
  t.match(watcher.of('hello')[0], { protocol: 'hindcast.v1', story: STORY, role: 'host', from: hour(1), to: hour(5), idleLimit: null });
  t.match(watcher.of('clock')[0], { status: 'playing', at: hour(1), rate: 3600, nominalRate: 3600, didSeek: true, pass: 1 });
  t.match(watcher.of('projection')[0], { generation: 1, seq: 0, state: { totals: { requests: 0 } } });
  await timers.pass(999);
  t.strictSame(watcher.ids, ['m1']);
  await timers.pass(2);
  t.strictSame(watcher.ids, ['m1', 'm2']);
  await timers.pass(3_000);
  t.strictSame(watcher.ids, ['m1', 'm2', 'm3']);
  t.match(watcher.of('clock').at(-1), { status: 'ended', at: hour(5), rate: 0 });
  t.strictSame(
    watcher.of('event').map((frame) => frame.dueWall),
    [5_000_000, 5_001_000, 5_004_000],
  );
  t.strictSame(
    watcher.of('projection').map((frame) => [frame.seq, frame.patch !== undefined]),
    [
      [0, false],
      [1, true],
      [2, true],
    ],
  );
  t.match(clientState(watcher.of('projection')), { totals: { requests: 1, answered: 1 }, answered: [{ id: 'r1' }], unanswered: [] });
});

t.test('a seek sends the state as of then first, equal to the view at that instant; a step back too', async (t) => {
  const { timers, timeline, watch } = await house(t, three);
  const { watcher, say } = await watch({ rate: '3600', projections: 'unanswered-requests' });
  const at = async (instant: string) =>
    (await timeline.fold(STORY, timeline.projection('unanswered-requests') as never, { upTo: endOf(parseInstant(instant) as number) })).view();
  watcher.clear();
  await say({ type: 'seek', at: '2020-03-01T02:30:00Z', requestId: 'q' });
  t.strictSame(
    watcher.frames.map((frame) => frame.type),
    ['clock', 'projection'],
  );
  t.match(watcher.of('clock')[0], { at: '2020-03-01T02:30:00Z', didSeek: true, requestId: 'q', status: 'playing' });
  t.strictSame(watcher.of('projection')[0]?.state, await at('2020-03-01T02:30:00Z'));
  await timers.pass(2_501);
  t.strictSame(watcher.ids, ['m3']);
  watcher.clear();
  await say({ type: 'step', unit: 'event', count: -2 });
  t.match(watcher.of('clock')[0], { at: hour(1), didSeek: true, status: 'paused' });
  t.strictSame(watcher.of('projection')[0]?.state, await at(hour(1)));
  await say({ type: 'step', unit: 'event' });
  t.strictSame(watcher.ids, ['m2']);
  t.strictSame(clientState(watcher.of('projection')), await at(hour(2)));
});

t.test('each event once: what is appended ahead plays, what is appended behind comes at once, as late', async (t) => {
  const { timers, append, watch } = await house(t, three);
  const { watcher } = await watch({ rate: '3600', projections: 'unanswered-requests' });
  await timers.pass(1_500);
  watcher.clear();
  await append([message('late', hour(1), { requests: [{ text: 'late ask' }] })]);
  t.match(watcher.of('event'), [{ late: true, event: { id: 'late' } }]);
  t.match(watcher.of('projection').at(-1), { state: { totals: { requests: 2 } } });
  await append([message('between', '2020-03-01T02:20:00Z')]);
  t.match(watcher.of('event').at(-1), { late: true, event: { id: 'between' } }, 'behind the clock, in a silence it is in');
  await append([message('ahead', hour(3))]);
  t.equal(watcher.ids.includes('ahead'), false);
  t.equal(
    watcher.of('clock').every((clock) => !clock.didSeek),
    true,
  );
  await timers.pass(10_000);
  t.strictSame(watcher.ids, ['late', 'between', 'ahead', 'm3']);
});

t.test('a correction or retraction of what was sent is said, and then the views', async (t) => {
  const { timers, append, watch } = await house(t, three);
  const { watcher } = await watch({ rate: '3600', projections: 'unanswered-requests' });
  await timers.pass(1_500);
  watcher.clear();
  await append([correction('c1', 'm1', { data: { text: 'as it was' } })]);
  t.match(watcher.of('changed'), [{ id: 'm1', by: 'c1', event: { data: { text: 'as it was' }, correctedBy: 'c1' } }]);
  await append([retraction('x', 'm2')]);
  t.match(watcher.of('changed').at(-1), { id: 'm2', by: 'x', event: null });
  t.match(watcher.of('projection').at(-1), { state: { totals: { answered: 0, unanswered: 1 } } });
  await append([correction('c2', 'm1', { occurredAt: hour(4) })]);
  t.match(watcher.of('changed').at(-1), { id: 'm1', event: null }, 'it has not happened yet');
  await append([correction('c3', 'm3', { data: { text: 'not sent yet' } })]);
  t.equal(watcher.of('changed').length, 3);
  await timers.pass(10_000);
  t.strictSame(watcher.ids, ['m1', 'm3']);
});

t.test('a watcher that comes back with its cursor gets what it missed, each event once', async (t) => {
  const { timers, append, watch } = await house(t, three);
  const first = await watch({ rate: '3600' });
  await timers.pass(1_001);
  const cursor = first.watcher.of('event').at(-1)?.cursor as string;
  first.player.close();
  await append([message('late', hour(1)), message('ahead', hour(4)), retraction('x', 'm1')]);
  const { watcher } = await watch({ rate: '3600', after: cursor });
  t.match(watcher.of('event'), [{ event: { id: 'late' }, late: true, backfill: true }]);
  t.match(watcher.of('changed'), [{ id: 'm1', by: 'x', event: null }]);
  await timers.pass(10_000);
  t.strictSame(watcher.ids, ['late', 'ahead', 'm3']);
});

t.test('a connection lost between two late events brings the second with the cursor of the first', async (t) => {
  const { timers, append, watch, log, timeline } = await house(t, three);
  const { watcher } = await watch({ rate: '3600' });
  await timers.pass(1_500);
  watcher.clear();
  await record(log, STORY, [message('l3', hour(1)), message('l1', hour(1)), message('l2', hour(1))], true);
  await timeline.waitFor(await log.end(), 5_000);
  await settle();
  t.strictSame(watcher.ids, ['l3', 'l1', 'l2'], 'in the order in which they were recorded');
  for (const [i, rest] of [['l1', 'l2'], ['l2'], []].entries()) {
    const again = await watch({ rate: '3600', after: watcher.of('event')[i]?.cursor as string });
    t.strictSame(again.watcher.ids, rest);
    again.player.close();
  }
  const tied = await watch({ rate: '3600', paused: 'true', after: watcher.of('event')[2]?.cursor as string });
  await append([message('zz', hour(2))]);
  t.strictSame(tied.watcher.ids, ['zz'], 'it ties with the place and sorts after it: it is sent once');
});

t.test('what ties with the place of a resumption comes once', async (t) => {
  const { timers, append, watch } = await house(t, three);
  const first = await watch({ rate: '3600' });
  const cursor = first.watcher.of('event')[0]?.cursor as string;
  first.player.close();
  await append([message('m1b', hour(1))]);
  const { watcher } = await watch({ rate: '3600', after: cursor });
  await timers.pass(10_000);
  t.strictSame(watcher.ids, ['m1b', 'm2', 'm3']);
});

t.test('a watcher that never reads is held, then given up; nothing piles up for it', async (t) => {
  const { append, watch } = await house(t, three);
  const { watcher, say } = await watch({ rate: '3600' });
  watcher.unsent = 300_000;
  await append(Array.from({ length: 50 }, (_, i) => message(`late${i}`, hour(1))));
  t.strictSame(watcher.ids, ['m1'], 'late events wait in the log, not in memory');
  watcher.drain();
  await settle();
  t.equal(watcher.ids.length, 51);
  watcher.unsent = 5_000_000;
  await say({ type: 'ping' });
  t.match(watcher.closed, { code: 4408, reason: 'too-slow' });
});

t.test('the end of a replay is the state of that instant, marks included; a step to it too', async (t) => {
  const bounds = { when: { precision: 'day', approximate: true, earliest: hour(0), latest: hour(5) } };
  const { timers, timeline, watch } = await house(t, [
    ...three,
    message('m0', hour(1), { requests: [{ text: 'x' }] }, bounds),
    mooted('k', 'm0#request-1', hour(5)),
  ]);
  const whole = JSON.parse(
    JSON.stringify((await timeline.fold(STORY, timeline.projection('unanswered-requests') as never, { upTo: endOf(parseInstant(hour(5)) as number) })).view()),
  );
  t.match(whole, { totals: { moot: 1 } });
  const { watcher } = await watch({ rate: '3600', projections: 'unanswered-requests' });
  await timers.pass(10_000);
  t.strictSame(clientState(watcher.of('projection')), whole);
  const stepped = await watch({ paused: 'true', projections: 'unanswered-requests' });
  await stepped.say({ type: 'step', unit: 'event', count: 4 });
  t.strictSame(clientState(stepped.watcher.of('projection')), whole);
});

t.test('opens from a moment, paused, until another; clamps what lies outside and says so', async (t) => {
  const { timers, watch } = await house(t, three);
  const { watcher, say } = await watch({ rate: '3600', from: '2020-03-01T01:30:00Z', until: hour(2), paused: 'true' });
  t.match(watcher.of('clock')[0], { status: 'paused', at: '2020-03-01T01:30:00Z' });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, []);
  await say({ type: 'play' });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['m2']);
  t.match(watcher.of('clock').at(-1), { status: 'ended', at: hour(2) });
  await say({ type: 'play' });
  t.match(watcher.of('clock').at(-1), { status: 'playing', at: '2020-03-01T01:30:00Z', pass: 2 });
  t.match((await watch({ from: '1999-01-01T00:00:00Z' })).watcher.of('clock')[0], { at: hour(1), clamped: true });
  t.match((await watch({ from: '2099-01-01T00:00:00Z' })).watcher.of('clock')[0], { at: hour(5), clamped: true });
  t.strictSame((await watch({ from: hour(1) })).watcher.ids, ['m1'], 'from the first happening on, it plays');
});

t.test('views can be subscribed to and left at any time', async (t) => {
  const { timers, watch } = await house(t, three);
  const { watcher, say } = await watch({ rate: '3600' });
  await say({ type: 'subscribe', projection: 'unanswered-requests', requestId: 1 });
  t.match(watcher.of('projection'), [{ seq: 0, requestId: 1, state: { totals: { requests: 1 } } }]);
  await timers.pass(1_001);
  t.equal(watcher.of('projection').length, 2);
  await say({ type: 'unsubscribe', projection: 'unanswered-requests', requestId: 2 });
  t.match(watcher.of('clock').at(-1), { requestId: 2 });
  await say({ type: 'subscribe', projection: 'nonsense', requestId: 3 });
  t.match(watcher.of('error'), [{ code: 'unknown-projection', requestId: 3 }]);
  await say({ type: 'ping', t: 17 });
  t.match(watcher.of('pong'), [{ t: 17, serverNow: 5_001_001 }]);
});

t.test('a watcher that does not read holds its own clock, and misses nothing', async (t) => {
  const { timers, watch } = await house(
    t,
    [1, 2, 3, 4, 5].map((h) => message(`m${h}`, hour(h))),
  );
  const { watcher } = await watch({ rate: '3600' });
  const other = await watch({ rate: '3600' });
  watcher.unsent = 300_000;
  await timers.pass(1_001);
  t.match(watcher.of('clock').at(-1), { status: 'held' });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['m1', 'm2']);
  t.equal(other.watcher.ids.length, 5, 'nobody else waits');
  watcher.drain();
  t.match(watcher.of('clock').at(-1), { status: 'playing' });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['m1', 'm2', 'm3', 'm4', 'm5']);
});

t.test('what cannot be opened is refused, with nothing sent', async (t) => {
  const { watch, sessions, append } = await house(t, [message('m1', null)]);
  await t.rejects(watch(), { code: 'nothing-to-play' });
  await t.rejects(sessions.open('none', parseOpening({}), recordingWatcher()), { code: 'unknown-story' });
  await append([message('m2', hour(1))]);
  await t.rejects(watch({ projections: 'nonsense' }), { code: 'unknown-projection' });
  await t.rejects(watch({ after: 'nonsense' }), { code: 'bad-cursor' });
  t.equal(sessions.count, 0);
});

t.test('the founding story in twenty seconds: every placed happening once, in story order, at its time', async (t) => {
  const story = stories[0] as (typeof stories)[number];
  const { timers, timeline, watch } = await house(t, story.drafts, story.id);
  const { watcher } = await watch({ fit: '20', idleLimit: '1', projections: 'unanswered-requests' });
  await timers.pass(19_000);
  t.equal(watcher.of('clock').at(-1)?.status, 'playing');
  await timers.pass(1_010);
  const placed = timeline.steps(story.id, { upTo: endOf(Number.MAX_VALUE) }).flatMap((step) => (step.kind === 'happening' ? [step.event.id] : []));
  t.strictSame(watcher.ids, placed);
  t.match(watcher.of('clock').at(-1), { status: 'ended' });
  t.ok(Math.abs((watcher.of('clock').at(-1)?.wall ?? 0) - 5_020_000) < 1, 'it lasted twenty seconds');
  t.ok(watcher.of('silence').length > 0);
  const whole = await timeline.fold(story.id, timeline.projection('unanswered-requests') as never);
  t.strictSame(clientState(watcher.of('projection')), JSON.parse(JSON.stringify(whole.view())));
});
