import t from 'tap';
import { HindcastError } from '../../src/errors.js';
import { decodeCursor } from '../../src/timeline/cursor.js';
import { answer, correction, hour, message, request, retraction } from '../support/drafts.js';
import { settle } from '../support/hand-timers.js';
import { clientState, house, STORY } from '../support/replay-house.js';

const three = [message('m1', hour(1)), request('r1', 'm1'), message('m2', hour(2)), answer('a1', 'r1', 'm2'), message('m3', hour(5))];

t.test('one clock for all: each is sent the same when it is due, and only the host moves it', async (t) => {
  const { timers, share } = await house(t, three);
  const { enter, id } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  const viewer = await enter({ projections: 'unanswered-requests' });
  t.match(host.watcher.of('hello')[0], { session: id, story: STORY, role: 'host', nominalRate: 3600 });
  t.match(viewer.watcher.of('hello')[0], { session: id, role: 'viewer' });
  t.strictSame(
    viewer.watcher.frames.map((frame) => frame.type),
    ['hello', 'clock', 'projection'],
  );
  t.match(viewer.watcher.of('clock')[0], { status: 'paused', at: hour(1), rate: 0 });
  await viewer.say({ type: 'play', requestId: 1 });
  t.match(viewer.watcher.of('error'), [{ code: 'forbidden', requestId: 1 }]);
  await host.say({ type: 'play', requestId: 'go' });
  t.match(host.watcher.of('clock').at(-1), { status: 'playing', requestId: 'go' });
  t.notMatch(viewer.watcher.of('clock').at(-1), { requestId: 'go' });
  await timers.pass(1_100);
  for (const { watcher } of [host, viewer]) t.strictSame(watcher.ids, ['m1', 'm2']);
  t.strictSame(
    host.watcher.of('event').map(({ dueWall }) => dueWall),
    viewer.watcher.of('event').map(({ dueWall }) => dueWall),
  );
  t.match(clientState(viewer.watcher.of('projection')), { totals: { requests: 1, answered: 1 } });
  t.strictSame(host.watcher.of('projection'), []);
  await timers.pass(4_000);
  for (const { watcher } of [host, viewer]) {
    t.strictSame(watcher.ids, ['m1', 'm2', 'm3']);
    t.match(watcher.of('clock').at(-1), { status: 'ended' });
  }
});

t.test('who comes later gets the state first, then the stream', async (t) => {
  const { timers, share } = await house(t, three);
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  await host.say({ type: 'play' });
  await timers.pass(2_000);
  const late = await enter({ projections: 'unanswered-requests,activity' });
  t.match(late.watcher.of('clock')[0], { status: 'playing', at: hour(1), wall: 5_000_000, rate: 3600 });
  t.match(clientState(late.watcher.of('projection').filter(({ name }) => name === 'unanswered-requests')), { totals: { answered: 1 } });
  t.strictSame(late.watcher.ids, []);
  await timers.pass(2_100);
  t.strictSame(late.watcher.ids, ['m3']);
  t.strictSame(host.watcher.ids, ['m1', 'm2', 'm3']);
});

t.test('controls are events of the stream: each with what came of it', async (t) => {
  const { log, timers, share } = await house(t, three);
  const { enter, id } = await share({ rate: '3600' });
  const host = await enter({}, { host: true });
  const viewer = await enter();
  await timers.pass(500);
  await host.say({ type: 'pause' });
  await timers.pass(500);
  await host.say({ type: 'seek', at: hour(4), requestId: 's' });
  t.match(viewer.watcher.of('clock').at(-1), { status: 'paused', at: hour(4), didSeek: true });
  t.match(host.watcher.of('clock').at(-1), { requestId: 's' });
  await host.say({ type: 'step', unit: 'event', requestId: 't' });
  t.strictSame(viewer.watcher.ids, ['m3']);
  t.match(host.watcher.of('clock').at(-1), { at: hour(5), requestId: 't' });
  await host.say({ type: 'step', unit: 'event', count: -2 });
  t.match(viewer.watcher.of('clock').at(-1), { at: hour(1), didSeek: true });
  await host.say({ type: 'rate', rate: 60 });
  await host.say({ type: 'pause', requestId: 'again' });
  t.match(host.watcher.of('clock').at(-1), { status: 'paused', requestId: 'again' }, 'what changes nothing is answered');
  t.strictSame(
    log.events.filter(({ stream }) => stream === `session-${id}`).map(({ type }) => type),
    ['SessionOpened', 'SessionPaused', 'SessionSought', 'SessionStepped', 'SessionStepped', 'SessionRateChanged'],
  );
});

t.test('scrubbing is recorded once in 100 ms, and the newest seek wins', async (t) => {
  const { log, timers, share } = await house(t, three);
  const { enter, id } = await share({ paused: 'true' });
  const host = await enter({}, { host: true });
  for (let i = 0; i < 50; i++) host.seat.command({ type: 'seek', at: hour(1 + (i % 4)), requestId: i });
  await settle(40);
  await timers.pass(1_000);
  const seeks = log.events.filter(({ stream, type }) => stream === `session-${id}` && type === 'SessionSought');
  t.ok(seeks.length <= 2, `${seeks.length} are recorded`);
  t.match(host.watcher.of('clock').at(-1), { at: hour(2), requestId: 49 });
});

t.test('two nodes come to one clock, and so does one that starts anew', async (t) => {
  const { timers, share, node } = await house(t, three);
  const other = node();
  const { enter } = await share({ rate: '3600', idleLimit: '2', paused: 'true' });
  const host = await enter({}, { host: true });
  const there = await enter({}, { on: other });
  await host.say({ type: 'play' });
  await timers.pass(600);
  await host.say({ type: 'rate', rate: 1800 });
  await timers.pass(300);
  const fresh = await enter({}, { on: node() });
  const reading = (at: { at: string; rate: number; wall: number } | undefined) => Date.parse(at?.at ?? '') - (at?.wall ?? 0) * (at?.rate ?? 0);
  const [a, b, c] = [host, there, fresh].map(({ watcher }) => watcher.of('clock').at(-1));
  t.equal(b?.at, a?.at);
  t.equal(b?.wall, a?.wall);
  t.ok(Math.abs(reading(c) - reading(a)) < 3_600, `${reading(c)} ${reading(a)}`);
  await timers.pass(5_000);
  for (const { watcher } of [host, there]) t.strictSame(watcher.ids, ['m1', 'm2', 'm3']);
  t.strictSame(fresh.watcher.ids.at(-1), 'm3');
  const due = (of: typeof host) => of.watcher.of('event').at(-1)?.dueWall ?? 0;
  t.ok(Math.abs(due(host) - due(there)) < 1 && Math.abs(due(host) - due(fresh)) < 1);
});

t.test('a host may be on any node, and controls of both take effect in the order of the stream', async (t) => {
  const { timers, share, node } = await house(t, three);
  const other = node();
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const [a, b] = [await enter({}, { host: true }), await enter({}, { host: true, on: other })];
  a.seat.command({ type: 'play', requestId: 'a' });
  b.seat.command({ type: 'rate', rate: 7200, requestId: 'b' });
  await settle(80);
  t.match(
    a.watcher.of('clock').find(({ requestId }) => requestId === 'a'),
    { status: 'playing' },
  );
  t.match(
    b.watcher.of('clock').find(({ requestId }) => requestId === 'b'),
    { nominalRate: 7200 },
  );
  for (const { watcher } of [a, b]) t.match(watcher.of('clock').at(-1), { status: 'playing', nominalRate: 7200 });
  await timers.pass(2_100);
  for (const { watcher } of [a, b]) t.strictSame(watcher.ids, ['m1', 'm2', 'm3']);
});

t.test('who comes back with a cursor misses nothing and is sent nothing twice', async (t) => {
  const { timers, share, node, append } = await house(t, three);
  const other = node();
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  const first = await enter();
  await host.say({ type: 'play' });
  await timers.pass(500);
  t.strictSame(first.watcher.ids, ['m1']);
  const after = first.watcher.of('event').at(-1)?.cursor ?? '';
  first.seat.close();
  await timers.pass(1_000);
  await append([message('late', '2020-03-01T00:30:00Z')]);
  for (const on of [undefined, other]) {
    const back = await enter({ after, projections: 'unanswered-requests' }, on === undefined ? {} : { on });
    t.strictSame(
      back.watcher.of('event').map(({ event, late, backfill }) => [event.id, late, backfill]),
      [
        ['late', true, true],
        ['m2', undefined, true],
      ],
    );
    t.match(back.watcher.of('clock')[0], { didSeek: false });
    t.strictSame(decodeCursor(back.watcher.of('clock')[0]?.cursor ?? ''), decodeCursor(after), 'whoever is cut off now comes back for all of it');
    await timers.pass(1);
  }
  await host.say({ type: 'seek', at: hour(1) });
  await timers.pass(1_100);
  const elsewhere = await enter({ after });
  t.strictSame(elsewhere.watcher.ids, ['late', 'm2'], 'in another take: what was recorded since, and what was played of it');
  t.match(elsewhere.watcher.of('clock')[0], { didSeek: true });
});

t.test("filters and eyes are each viewer's own; what all of a group are sent is one list", async (t) => {
  const { timers, share } = await house(t, [
    message('m1', hour(1)),
    message('secret', hour(2), { from: 'cid', to: ['dan'] }),
    { ...message('told', hour(3), { from: 'cid', to: ['dan'] }), disclosures: [{ to: 'ann', at: hour(4) }] },
    message('m4', hour(5)),
  ]);
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const all = await enter({}, { host: true });
  const ann = await enter({ as: 'ann' });
  const some = await enter({ participants: 'dan' });
  await all.say({ type: 'play' });
  await timers.pass(4_100);
  t.strictSame(all.watcher.ids, ['m1', 'secret', 'told', 'm4']);
  t.strictSame(ann.watcher.ids, ['m1', 'told', 'm4']);
  t.strictSame(some.watcher.ids, ['secret', 'told']);
  await all.say({ type: 'seek', at: hour(1) });
  await some.say({ type: 'filter', participants: null, as: 'dan', requestId: 'f' });
  for (let turns = 0; turns < 5_000 && some.watcher.of('clock').at(-1)?.requestId !== 'f'; turns++) await settle();
  t.match(some.watcher.of('clock').at(-1), { requestId: 'f' });
  some.watcher.clear();
  await timers.pass(4_100);
  t.strictSame(some.watcher.ids, ['secret', 'told']);
});

t.test('a viewer who does not read is told what he missed, and nobody waits for him', async (t) => {
  const { timers, share } = await house(t, three);
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  const slow = await enter({ projections: 'unanswered-requests' });
  await host.say({ type: 'play' });
  await timers.pass(100);
  slow.watcher.unsent = 300_000;
  const before = slow.watcher.of('event').at(-1)?.cursor;
  await timers.pass(1_000);
  t.strictSame(host.watcher.ids, ['m1', 'm2']);
  t.strictSame(slow.watcher.ids, ['m1']);
  slow.watcher.clear();
  slow.watcher.drain();
  await settle();
  t.strictSame(
    slow.watcher.frames.map((frame) => frame.type),
    ['lagging', 'clock', 'projection'],
  );
  t.match(slow.watcher.of('lagging')[0], { skipped: 1, from: before });
  t.match(slow.watcher.of('projection')[0], { state: { totals: { answered: 1 } } });
  await timers.pass(3_100);
  t.strictSame(slow.watcher.ids, ['m3']);
});

t.test('a loop keeps its rounds: counted the same by who was there and by who comes later', async (t) => {
  const { timers, share, node } = await house(t, three);
  const { enter } = await share({ rate: '3600', paused: 'true', loop: `${hour(1)},${hour(3)}` });
  const host = await enter({}, { host: true });
  await host.say({ type: 'play' });
  await timers.pass(5_100);
  t.strictSame(host.watcher.ids, ['m1', 'm2', 'm1', 'm2', 'm1', 'm2']);
  host.seat.close();
  await settle();
  await timers.pass(60_000);
  const fresh = await enter({}, { on: node() });
  t.match(fresh.watcher.of('clock')[0], { pass: 33, status: 'playing' });
  await timers.pass(2_000);
  t.strictSame(fresh.watcher.ids, ['m1', 'm2'], 'the next round');
});

t.test('a past that changes, for everybody', async (t) => {
  const { timers, share, append, log } = await house(t, three);
  const { enter, id } = await share({ rate: '3600', paused: 'true' });
  const a = await enter({ projections: 'unanswered-requests' }, { host: true });
  const b = await enter();
  await a.say({ type: 'play' });
  await timers.pass(2_500);
  await append([message('late', '2020-03-01T02:20:00Z'), correction('c1', 'm1', { data: { text: 'other words' } })]);
  await append([message('ahead', hour(4))]);
  for (const { watcher } of [a, b]) {
    t.match(
      watcher.of('event').find(({ event }) => event.id === 'late'),
      { late: true },
    );
    t.match(watcher.of('changed'), [{ id: 'm1', by: 'c1' }]);
  }
  await timers.pass(2_100);
  for (const { watcher } of [a, b]) t.strictSame(watcher.ids, ['m1', 'm2', 'late', 'ahead', 'm3']);
  t.match(
    log.events.filter(({ stream }) => stream === `session-${id}`).map(({ type }) => type),
    ['SessionOpened', 'SessionPlayed', 'SessionAnchored'],
  );
});

t.test('a session that is closed, or too old, is over for everybody', async (t) => {
  const { timers, sessions, share, node } = await house(t, three);
  const other = node();
  const { enter, id } = await share({ paused: 'true' });
  const [a, b] = [await enter(), await enter({}, { on: other })];
  await sessions.shared.end(await sessions.shared.find(id));
  await settle();
  for (const { watcher } of [a, b]) t.match(watcher.closed, { code: 4410, reason: 'session-over' });
  await t.rejects(sessions.shared.find(id), { code: 'session-over' });
  const old = await (await share({})).enter();
  await timers.pass(7 * 86_400_000 + 1_000);
  t.match(old.watcher.closed, { code: 4410 });
  await t.rejects(sessions.shared.find('nonsense'), { code: 'unknown-session' });
});

t.test("the log's clock jumps by an hour, back or forth: story time does not", async (t) => {
  for (const jump of [-3_600_000, 3_600_000]) {
    const { timers, log, share, node } = await house(t, three);
    const { enter } = await share({ rate: '3600', paused: 'true' });
    const host = await enter({}, { host: true });
    const there = await enter({}, { on: node() });
    await host.say({ type: 'play' });
    await timers.pass(500);
    const before = log.clock as () => number;
    log.clock = () => before() + jump;
    await host.say({ type: 'rate', rate: 7_200 });
    const reading = ({ watcher }: typeof host) => watcher.of('clock').at(-1) ?? { at: '', wall: 0 };
    t.match(reading(host), { nominalRate: 7_200, at: '2020-03-01T01:30:00Z', wall: 5_000_500 });
    t.ok(Math.abs(Date.parse(reading(there).at) - Date.parse('2020-03-01T01:30:00Z')) <= 7_200 * 2);
    t.ok(Math.abs(reading(there).wall - 5_000_500) <= 2_000);
    await timers.pass(260);
    t.strictSame(host.watcher.ids, ['m1', 'm2']);
  }
});

t.test('what one viewer asks for, and what his eyes see, is the end of nobody else', async (t) => {
  const { timers, share, append } = await house(t, [message('m1', hour(1)), message('m2', hour(2)), message('of-dan', hour(3), { from: 'dan', to: ['cid'] })]);
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  await append([retraction('r1', 'of-dan')]);
  await t.rejects(enter({ as: 'dan' }), { code: 'nothing-to-play' });
  await t.rejects(enter({ as: 'nobody' }), { code: 'bad-request' });
  const forged = (fields: unknown[]) => Buffer.from(JSON.stringify(fields)).toString('base64url');
  for (const after of [forged([1, 0, 0, 'x'.repeat(3_000), '']), forged([1, 1e300, 0, 'x', '']), forged([1, 0, 0, 'x', '!'.repeat(3_000)])])
    await t.rejects(enter({ after }), { code: 'bad-cursor' });
  await host.say({ type: 'play' });
  await timers.pass(1_100);
  t.strictSame(host.watcher.ids, ['m1', 'm2']);
  t.equal(host.watcher.closed, undefined);
});

t.test('of two hosts who seek at once each is answered; a session that ends while one comes in tells him', async (t) => {
  const { timers, sessions, share } = await house(t, three);
  const { enter, id } = await share({ paused: 'true' });
  const [a, b] = [await enter({}, { host: true }), await enter({}, { host: true })];
  await a.say({ type: 'seek', at: hour(1), requestId: 0 });
  a.seat.command({ type: 'seek', at: hour(3), requestId: 1 });
  b.seat.command({ type: 'seek', at: hour(4), requestId: 2 });
  await timers.pass(500);
  await settle(40);
  t.ok(a.watcher.of('clock').some(({ requestId }) => requestId === 1));
  t.match(b.watcher.of('clock').at(-1), { requestId: 2, at: hour(4) });
  const about = await sessions.shared.find(id);
  const coming = enter({ as: 'ann', projections: 'links' });
  await sessions.shared.end(about);
  await t.rejects(coming, { code: 'session-over' });
});

t.test('a clock that is recorded where the story changes does not slip', async (t) => {
  const { timers, share, append, log } = await house(t, three);
  const { enter, id } = await share({ rate: '1', paused: 'true' });
  const host = await enter({}, { host: true });
  await host.say({ type: 'play' });
  const store = log.append;
  log.append = async (...all) => {
    // It takes its time until it is stored.
    if (all[0].startsWith('session-')) await timers.pass(40);
    return store(...all);
  };
  for (let i = 0; i < 5; i++) {
    await append([message(`late-${i}`, '2020-03-01T00:30:00Z')]);
    await timers.pass(1_500);
  }
  const clocks = host.watcher.of('clock').slice(2);
  t.ok(log.events.filter(({ stream, type }) => stream === `session-${id}` && type === 'SessionAnchored').length >= 4);
  const reading = ({ at, wall }: (typeof clocks)[0]) => Date.parse(at) - wall;
  for (const clock of clocks) t.ok(Math.abs(reading(clock) - reading(clocks[0] as (typeof clocks)[0])) <= 2, `${reading(clock)}`);
});

t.test('sessions that are opened and abandoned are limited, and make room when their time is over', async (t) => {
  const { timers, sessions, share } = await house(t, three, STORY, { mostShared: 3 });
  const ids = [await share(), await share(), await share()].map(({ id }) => id);
  await t.rejects(share(), { code: 'too-many-sessions' });
  await sessions.shared.end(await sessions.shared.find(ids[0] as string));
  await share();
  await t.rejects(share(), { code: 'too-many-sessions' });
  await timers.pass(7 * 86_400_000 + 1);
  await share();
});

t.test('while the log cannot be reached a control is refused, and the clock goes on', async (t) => {
  const { timers, log, share } = await house(t, three);
  const { enter } = await share({ rate: '3600', paused: 'true' });
  const host = await enter({}, { host: true });
  await host.say({ type: 'play' });
  const { append } = log;
  log.append = () => Promise.reject(new HindcastError('log-unavailable'));
  await host.say({ type: 'pause', requestId: 'p' });
  t.match(host.watcher.of('error'), [{ code: 'log-unavailable', requestId: 'p' }]);
  await timers.pass(1_100);
  t.strictSame(host.watcher.ids, ['m1', 'm2']);
  log.append = append;
  await host.say({ type: 'pause', requestId: 'q' });
  t.match(host.watcher.of('clock').at(-1), { status: 'paused', requestId: 'q' });
});
