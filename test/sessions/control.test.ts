/** Everything a watcher can ask for beside playing and seeking: live, loops, days, chapters, other eyes, filters. */
import t from 'tap';
import { hour, message, retraction, tweet } from '../support/drafts.js';
import { settle } from '../support/hand-timers.js';
import { clientState, house } from '../support/replay-house.js';

const about = (chapters: string[]) => ({
  id: 'about',
  type: 'StoryDescribed',
  data: { title: 't', description: '', timeZone: 'UTC', participants: [], sources: [], chapters: chapters.map((event) => ({ event, title: `at ${event}` })) },
});
const five = [1, 2, 3, 4, 5].map((h) => message(`m${h}`, hour(h)));

t.test('at the end a session that follows goes on with what is appended, is looked back from, and jumps to live again', async (t) => {
  const { timers, watch, append } = await house(t, five.slice(0, 3));
  const { watcher, say } = await watch({ rate: '3600', follow: 'true', projections: 'participants' });
  await timers.pass(10_000);
  t.match(watcher.of('clock').at(-1), { status: 'live', at: hour(3), rate: 0 });
  await append([five[3]]);
  t.strictSame(watcher.ids, ['m1', 'm2', 'm3', 'm4']);
  t.match(watcher.of('clock').at(-1), { status: 'live', at: hour(4) });
  await append([message('late', hour(2))]);
  t.match(watcher.of('event').at(-1), { late: true, event: { id: 'late' } });
  t.match(watcher.of('clock').at(-1), { status: 'live', at: hour(4) }, 'the clock has not moved');
  watcher.clear();
  await say({ type: 'seek', at: hour(1), requestId: 's' });
  t.match(watcher.of('clock')[0], { status: 'playing', at: hour(1), requestId: 's' });
  await append([five[4]]);
  t.strictSame(watcher.ids, [], 'what is appended ahead waits for its time');
  await say({ type: 'live', requestId: 'l' });
  t.match(watcher.of('clock').at(-1), { status: 'live', at: hour(5), requestId: 'l' });
  t.match(clientState(watcher.of('projection')), { participants: [{ id: 'ann', messagesSent: 6 }, {}] });
  await say({ type: 'pause' });
  await append([message('m6', hour(6))]);
  t.strictSame(watcher.ids, []);
  await say({ type: 'play' });
  await timers.pass(5_000);
  t.strictSame(watcher.ids, ['m6']);
  t.match(watcher.of('clock').at(-1), { status: 'live' });
});

t.test('follow with until ends there', async (t) => {
  const { timers, watch } = await house(t, five);
  const { watcher } = await watch({ rate: '3600', follow: 'true', until: hour(3) });
  await timers.pass(60_000);
  t.match(watcher.of('clock').at(-1), { status: 'ended', at: hour(3) });
});

t.test('a loop plays from one moment to another, the second left out, each round a new pass', async (t) => {
  const { timers, watch } = await house(t, five);
  const { watcher, say } = await watch({ rate: '3600', loop: `${hour(2)},${hour(4)}` });
  t.match(watcher.of('hello')[0], { loop: { from: hour(2), to: hour(4) } });
  await timers.pass(4_500);
  t.strictSame(watcher.ids, ['m2', 'm3', 'm2', 'm3', 'm2']);
  t.strictSame(
    watcher.of('clock').map((clock) => clock.pass),
    [1, 2, 3],
  );
  watcher.clear();
  await say({ type: 'loop', from: null, to: null, requestId: 1 });
  t.match(watcher.of('clock').at(-1), { requestId: 1, status: 'playing' });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['m3', 'm4', 'm5']);
  t.match(watcher.of('clock').at(-1), { status: 'ended' });
  watcher.clear();
  await say({ type: 'loop', from: hour(5), to: '2020-03-01T05:00:00.001Z', requestId: 2 });
  await timers.pass(1_000);
  t.ok(watcher.ids.length >= 9 && watcher.ids.length <= 11, 'a round lasts a tenth of a second at least');
});

t.test('steps by day and by chapter, both ways, clamped at the ends; pauses on chapters', async (t) => {
  const days = [1, 2, 3, 4].map((day) => message(`d${day}`, hour(12, day)));
  const { timers, watch } = await house(t, [about(['d1', 'd3', 'd4']), ...days]);
  const { watcher, say } = await watch({ rate: '86400', paused: 'true' });
  const at = async (step: { unit: 'day' | 'chapter'; count: number }) => {
    await say({ type: 'step', ...step, requestId: 'x' });
    const { at: moment, status, clamped = false } = watcher.of('clock').at(-1) as { at: string; status: string; clamped?: boolean };
    return [moment, status, clamped];
  };
  t.strictSame(await at({ unit: 'day', count: 1 }), [hour(12, 2), 'paused', false]);
  t.strictSame(await at({ unit: 'chapter', count: 1 }), [hour(12, 3), 'paused', false]);
  t.strictSame(await at({ unit: 'chapter', count: 1 }), [hour(12, 4), 'paused', false]);
  t.strictSame(await at({ unit: 'chapter', count: 1 }), [hour(12, 4), 'paused', true]);
  t.strictSame(await at({ unit: 'chapter', count: -2 }), [hour(12, 3), 'paused', false]);
  t.strictSame(await at({ unit: 'chapter', count: -1 }), [hour(12, 1), 'paused', false]);
  t.strictSame(await at({ unit: 'day', count: -1 }), [hour(12, 1), 'paused', true]);
  const other = await watch({ rate: '86400', pauseOn: 'chapter' });
  await settle();
  const stops: string[][] = [];
  for (let i = 0; i < 3; i++) {
    await timers.pass(20_000);
    stops.push([...other.watcher.ids]);
    t.match(other.watcher.of('clock').at(-1), { status: 'paused' });
    await other.say({ type: 'play' });
  }
  t.strictSame(stops, [['d1'], ['d1', 'd2', 'd3'], ['d1', 'd2', 'd3', 'd4']]);
});

t.test('through other eyes the story is another: its span, its silences, its views; and they may be changed in mid-play', async (t) => {
  const told = { disclosures: [{ to: 'public', at: hour(6) }] };
  const { timers, watch, append } = await house(t, [message('m1', hour(1), {}, told), message('m2', hour(2)), tweet('t3', hour(3)), tweet('t9', hour(9))]);
  const { watcher, say } = await watch({ rate: '3600', as: 'public', projections: 'participants,activity' });
  t.match(watcher.of('hello')[0], { as: 'public', from: hour(3), to: hour(9) });
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['t3', 'm1', 't9']);
  t.match(watcher.of('event')[1], { at: hour(6), event: { id: 'm1', occurredAt: hour(1) } });
  watcher.clear();
  await append([message('m4', hour(4), {}, { visibility: 'public' })]);
  t.match(watcher.of('event'), [{ late: true, event: { id: 'm4' } }]);
  await append([retraction('x', 'm4'), message('secret', hour(5))]);
  t.match(watcher.of('changed'), [{ id: 'm4', event: null }]);
  t.equal(watcher.of('event').length, 1, 'of what is not theirs to see nothing is told');
  watcher.clear();
  await say({ type: 'filter', as: 'ann', requestId: 7 });
  // The track of other eyes is laid on disk: that takes as long as it takes.
  while (watcher.of('projection').length < 2) await settle(1);
  t.match(watcher.of('clock')[0], { requestId: 7, didSeek: true });
  t.match(clientState(watcher.of('projection').filter(({ name }) => name === 'participants')), { participants: [{ id: 'ann', messagesSent: 3 }, {}] });
  await say({ type: 'seek', at: hour(1) });
  watcher.clear();
  await timers.pass(60_000);
  t.strictSame(watcher.ids, ['m2', 't3', 'secret', 't9']);
  await say({ type: 'filter', as: 'nobody', requestId: 8 });
  await settle();
  t.match(watcher.of('error').at(-1), { code: 'bad-request', requestId: 8 });
  await t.rejects(watch({ as: 'nobody' }), { code: 'bad-request' });
});

t.test('filters decide what is sent, not what views fold nor what time passes', async (t) => {
  const { timers, watch, append } = await house(t, [
    message('m1', hour(1)),
    message('m2', hour(2), { from: 'bob', to: ['ann'] }),
    tweet('t3', hour(3), { text: 'A Word' }),
    message('m4', hour(4), { text: 'another word' }),
  ]);
  const { watcher, say } = await watch({ rate: '3600', types: 'MessageSent', text: 'WORD', participants: 'ann', projections: 'participants' });
  await timers.pass(3_500);
  t.strictSame(watcher.ids, ['m1', 'm2', 'm4']);
  t.match(clientState(watcher.of('projection')), {
    participants: [
      { id: 'ann', messagesSent: 2 },
      { id: 'bob', tweets: 1 },
    ],
  });
  await say({ type: 'filter', types: ['TweetPosted'], participants: null, requestId: 1 });
  t.match(watcher.of('clock').at(-1), { requestId: 1 });
  await append([message('late', hour(1), { text: 'a word' }), tweet('t1', hour(1), { text: 'words' })]);
  t.strictSame(watcher.ids, ['m1', 'm2', 'm4', 't1']);
  await t.rejects(watch({ types: 'Pigeon' }), { code: 'bad-request', faults: [{ at: 'types' }] });
});

t.test('a subscription that a seek overtakes is answered all the same, and so is a step that another overtakes', async (t) => {
  const { watch } = await house(t, five);
  const { watcher, player, say } = await watch({ paused: 'true' });
  player.command({ type: 'subscribe', projection: 'participants', requestId: 'sub' });
  player.command({ type: 'seek', at: hour(3), requestId: 'seek' });
  await settle();
  t.match(
    watcher.of('projection').find((frame) => frame.requestId === 'sub'),
    { generation: 2, state: { participants: [{ messagesSent: 3 }, {}] } },
  );
  await say({ type: 'step', unit: 'event', count: 1, requestId: 'step' });
  t.match(watcher.of('clock').at(-1), { requestId: 'step', at: hour(4) });
});

t.test('of several things due at once each frame resumes right after itself', async (t) => {
  const { timers, watch } = await house(
    t,
    Array.from({ length: 4 }, (_, i) => message(`m${i}`, hour(1))),
  );
  const { watcher } = await watch({ rate: '3600', projections: 'participants' });
  await timers.pass(10);
  const patched = watcher.of('projection').find((frame) => frame.patch !== undefined);
  const { watcher: again } = await watch({ rate: '3600', after: patched?.cursor as string });
  await timers.pass(10);
  t.strictSame(again.ids, ['m1', 'm2', 'm3']);
});

t.test('of filters asked for in a row the last is in force, and each is answered in its turn', async (t) => {
  const { watch } = await house(t, [...five, tweet('t6', hour(6))]);
  const { watcher, player } = await watch({ paused: 'true' });
  player.command({ type: 'filter', as: 'bob', requestId: 1 });
  player.command({ type: 'filter', types: ['TweetPosted'], requestId: 2 });
  player.command({ type: 'filter', as: null, requestId: 3 });
  const answers = () => watcher.of('clock').flatMap(({ requestId }) => requestId ?? []);
  while (!answers().includes(3)) await settle(1);
  t.strictSame(answers(), [1, 2, 3]);
  player.command({ type: 'seek', at: hour(1) });
  await settle();
  player.command({ type: 'step', unit: 'event', count: 9 });
  await settle();
  t.strictSame(watcher.ids, ['t6']);
});

t.test('in a loop each round begins with full states, and patches belong to the round they are sent in', async (t) => {
  const { timers, watch } = await house(t, five);
  const { watcher } = await watch({ rate: '36000', loop: `${hour(2)},${hour(5)}`, projections: 'participants' });
  await timers.pass(3_000);
  t.ok((watcher.of('clock').at(-1)?.pass ?? 0) > 3);
  // Throws where a patch does not fit what came before it.
  t.match(clientState(watcher.of('projection')), { participants: [{}, {}] });
});
