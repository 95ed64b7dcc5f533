/** The parts that wait, driven by hand: how long, how far off, and what is settled when. */
import t from 'tap';
import { Backoff } from '../../src/backoff.js';
import { StoryClock } from '../../src/sdk/clock.js';
import { errorOf, isHopeless, isPassing, ReplayError } from '../../src/sdk/errors.js';
import { BEAT_MS, Heartbeat } from '../../src/sdk/heartbeat.js';
import { OffsetEstimate } from '../../src/sdk/offset.js';
import { Queue } from '../../src/sdk/queue.js';
import { Requests } from '../../src/sdk/requests.js';
import { Settings } from '../../src/sdk/settings.js';
import { Views } from '../../src/sdk/views.js';
import type { FrameOf } from '../../src/protocol.js';
import { handTimers } from '../support/hand-timers.js';

const clock = (more: Partial<FrameOf<'clock'>> = {}): FrameOf<'clock'> => ({
  type: 'clock',
  status: 'playing',
  at: '2020-01-01T00:00:00Z',
  rate: 60,
  nominalRate: 60,
  wall: 1_000_000,
  cursor: 'c',
  pass: 1,
  didSeek: false,
  ...more,
});

t.test('waits double up to the longest, and the last half of each is left to chance', (t) => {
  const waits = (random: number) => {
    const backoff = new Backoff({ firstMs: 100, longestMs: 1_000, random: () => random });
    return [1, 2, 3, 4, 5, 6].map(() => backoff.next());
  };
  t.strictSame(waits(0), [50, 100, 200, 400, 500, 500]);
  t.strictSame(waits(0.5), [75, 150, 300, 600, 750, 750]);
  const backoff = new Backoff({ firstMs: 100, longestMs: 1_000, random: () => 0 });
  for (let i = 0; i < 5_000; i++) backoff.next();
  t.equal(backoff.next(), 500);
  t.equal(backoff.tries, 5_001);
  backoff.reset();
  t.equal(backoff.next(), 50);
  t.end();
});

t.test('the offset is the median of the quick answers; slow and odd ones move nothing', (t) => {
  const offset = new OffsetEstimate();
  offset.begin(1_000_500, 1_000);
  t.equal(offset.offset, 999_500, 'a first guess');
  t.equal(offset.uncertainty, Infinity);
  const answer = (roundTrip: number, trueOffset: number, back = roundTrip / 2) => offset.take(2_000, 2_000 + roundTrip - back + trueOffset, 2_000 + roundTrip);
  for (const roundTrip of [10, 12, 11]) answer(roundTrip, 1_000_000);
  t.equal(offset.offset, 1_000_000);
  t.equal(offset.uncertainty, 5);
  answer(4_000, 1_000_000, 3_990);
  answer(3_000, 1_000_000, 10);
  t.equal(offset.offset, 1_000_000, 'held up on one way');
  answer(10, 1_000_400);
  t.equal(offset.offset, 1_000_000, 'one odd clock');
  for (let i = 0; i < 9; i++) answer(8, 1_000_020);
  t.equal(offset.offset, 1_000_020, 'a clock that is another from now on');
  t.end();
});

t.test('two screens with other clocks of their own show the same moment', async (t) => {
  const screens = [handTimers(5_000), handTimers(77_777)].map((timers) => {
    const offset = new OffsetEstimate();
    offset.begin(0, timers.now());
    offset.take(timers.now() - 4, 1_000_000 - 2, timers.now());
    const story = new StoryClock(offset, timers.now);
    t.ok(Number.isNaN(story.now()));
    t.equal(story.at, undefined);
    story.take(clock(), {});
    return { timers, story };
  });
  for (const { timers } of screens) await timers.pass(10_000);
  for (const { story, timers } of screens) {
    t.equal(story.at, '2020-01-01T00:10:00Z');
    t.equal(story.now(), Date.UTC(2020, 0, 1, 0, 10));
    t.equal(story.serverNow(), 1_010_000);
    t.equal(story.uncertaintyMs, 2);
    t.match(story.hold(), { status: 'held', rate: 0, at: '2020-01-01T00:10:00Z' });
    await timers.pass(10_000);
    t.equal(story.at, '2020-01-01T00:10:00Z', 'held, it stands');
    story.take(clock({ status: 'paused', rate: 0, wall: 1_100_000 }), {});
    t.match([story.at, story.status, story.rate, story.nominalRate, story.pass], ['2020-01-01T00:00:00Z', 'paused', 0, 60, 1]);
  }
});

t.test('five pings at the opening, one after the other, then one now and then; where nothing is heard, it is lost', async (t) => {
  const timers = handTimers();
  const sent: number[] = [];
  let silent = 0;
  let listens = true;
  const heartbeat = new Heartbeat({ timers, ping: (at) => sent.push(at), listens: () => listens, onSilent: () => silent++ });
  const answer = () => {
    heartbeat.heard();
    heartbeat.answered();
  };
  heartbeat.start();
  t.equal(sent.length, 1);
  for (let i = 0; i < 8; i++) answer();
  t.equal(sent.length, 5);
  await timers.pass(BEAT_MS + 1);
  t.equal(sent.length, 6);
  heartbeat.heard();
  await timers.pass(BEAT_MS + 1);
  t.equal(sent.length, 7);
  listens = false;
  await timers.pass(BEAT_MS * 3);
  t.equal(silent, 0, 'who does not listen hears nothing');
  t.equal(sent.length, 7);
  listens = true;
  await timers.pass(BEAT_MS + 1);
  await timers.pass(BEAT_MS + 1);
  t.equal(silent, 1);
  await timers.pass(BEAT_MS * 5);
  t.equal(silent, 1, 'once');
});

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: ReplayError) => error.code,
  );

t.test('a newer seek that is answered settles the older ones; what does not seek settles none', async (t) => {
  const sent: { type: string; requestId: number }[] = [];
  const requests = new Requests(
    (text) => sent.push(JSON.parse(text)),
    () => {},
  );
  const seeks = ['a', 'b'].map((at) => requests.ask({ type: 'seek', at }));
  const pause = requests.ask({ type: 'pause' });
  t.equal(sent.length, 0, 'nothing is said before hello');
  requests.connected();
  t.strictSame(
    sent.map(({ requestId }) => requestId),
    [1, 2, 3],
  );
  requests.answered(clock({ requestId: 3 }));
  await pause;
  t.equal(requests.size, 2);
  requests.answered(clock({ requestId: 2, didSeek: true }));
  t.strictSame(await Promise.all(seeks.map(code)), ['superseded', 'resolved']);
  const refused = requests.ask({ type: 'rate', rate: 0 });
  t.equal(requests.refused({ type: 'error', code: 'bad-rate', message: 'm', requestId: 4 }), true);
  t.equal(await code(refused), 'bad-rate');
  t.equal(requests.refused({ type: 'error', code: 'bad-rate', message: 'm' }), false);
  t.equal(await code(requests.ask({ type: 'filter', text: 'x'.repeat(70_000) })), 'frame-too-large');
  const subscribed = requests.ask({ type: 'subscribe', projection: 'links' });
  const state = { type: 'projection', name: 'links', version: 1, generation: 2, seq: 0, at: '', cursor: '' } as const;
  requests.answered({ ...state, patch: [] });
  t.equal(requests.size, 1);
  requests.answered({ ...state, state: {} });
  await subscribed;
  // What is said after a change of eyes waits for it.
  sent.length = 0;
  const eyes = requests.ask({ type: 'filter', as: 'public' });
  const after = requests.ask({ type: 'seek', at: 'c' });
  t.strictSame(
    sent.map(({ type }) => type),
    ['filter'],
  );
  requests.answered(clock({ requestId: sent[0]?.requestId as number, didSeek: true }));
  await eyes;
  t.equal(sent[1]?.type, 'seek');
  requests.end(new ReplayError('closed'));
  t.equal(await code(after), 'closed');
});

t.test('a lost connection: what can be said twice is said again, in order; a step is not', async (t) => {
  const sent: { type: string }[] = [];
  const requests = new Requests(
    (text) => sent.push(JSON.parse(text)),
    () => {},
  );
  requests.connected();
  const rate = requests.ask({ type: 'rate', rate: 5 });
  const step = requests.ask({ type: 'step', unit: 'event', count: 1 });
  requests.disconnected();
  t.equal(await code(step), 'connection-lost');
  const pause = requests.ask({ type: 'pause' });
  sent.length = 0;
  requests.connected();
  t.strictSame(
    sent.map(({ type }) => type),
    ['rate', 'pause'],
  );
  requests.answered(clock({ requestId: 1 }));
  requests.answered(clock({ requestId: 3 }));
  await Promise.all([rate, pause]);
});

t.test('a new connection asks for the settings in force', (t) => {
  const hello = (more: Partial<FrameOf<'hello'>> = {}): FrameOf<'hello'> => ({
    type: 'hello',
    protocol: 'hindcast.v1',
    session: 's',
    role: 'host',
    story: 'x',
    from: '2020-01-01T00:00:00Z',
    to: '2020-02-01T00:00:00Z',
    nominalRate: 77,
    idleLimit: 2,
    serverNow: 0,
    ...more,
  });
  const settings = new Settings({ fit: '20', idleLimit: '1', types: 'TweetPosted', from: '2020-01-05T00:00:00Z' }, false);
  t.strictSame(settings.query(['links']), { fit: '20', idleLimit: '1', types: 'TweetPosted', from: '2020-01-05T00:00:00Z', projections: 'links' });
  settings.hello(hello());
  settings.clock(clock({ nominalRate: 77 }), true);
  settings.reached('c1');
  t.strictSame(settings.query([]), { after: 'c1', types: 'TweetPosted', rate: '77', idleLimit: '2', paused: 'false', from: '2020-01-05T00:00:00Z' });
  settings.accepted({ type: 'until', at: '2020-01-02T00:00:00Z' });
  settings.accepted({ type: 'filter', types: null, as: 'public', participants: ['ann', 'bob'] });
  settings.accepted({ type: 'idleLimit', seconds: null });
  settings.accepted({ type: 'loop', from: '2020-01-06T00:00:00Z', to: '2020-01-07T00:00:00Z' });
  settings.clock(clock({ nominalRate: 5, status: 'paused' }), false);
  const query = { after: 'c1', participants: 'ann,bob', as: 'public', rate: '5', paused: 'true', until: '2020-01-02T00:00:00Z' };
  t.strictSame(settings.query([]), { ...query, loop: '2020-01-06T00:00:00Z,2020-01-07T00:00:00Z' });
  settings.accepted({ type: 'live' });
  settings.clock(clock({ nominalRate: 5, status: 'live' }), false);
  t.match(settings.query([]), { rate: '10000000', paused: 'false', follow: 'true', until: undefined });
  t.match(settings.clock(clock({ nominalRate: 1e7, didSeek: true }), true), { nominalRate: 5, say: [] });
  t.match(settings.clock(clock({ nominalRate: 1e7, status: 'live' }), false), {
    status: 'live',
    say: [
      { type: 'rate', rate: 5 },
      { type: 'until', at: '2020-01-02T00:00:00Z' },
    ],
  });
  settings.clock(clock({ nominalRate: 5, status: 'ended' }), false);
  t.match(settings.query([]), { paused: 'true' });
  t.match(settings.clock(clock({ nominalRate: 5, status: 'paused', didSeek: true }), true), { status: 'ended' });
  const following = new Settings({ follow: 'true' }, false);
  following.hello(hello());
  following.reached('c');
  following.accepted({ type: 'loop', from: 'a', to: 'b' });
  t.equal(following.query([]).loop, undefined, 'a query cannot say both');
  t.strictSame(following.afterOpening(), [{ type: 'loop', from: 'a', to: 'b' }]);
  const shared = new Settings({ rate: '5', text: 'x' }, true);
  shared.reached('c');
  t.strictSame(shared.query(['links']), { text: 'x', projections: 'links', after: 'c' }, 'a clock that is not theirs is not set');
  t.end();
});

t.test('a patch is believed only on the state before it; else the whole state is asked for, once', async (t) => {
  const asked: string[] = [];
  const views = new Views((name) => asked.push(name));
  const frame = { type: 'projection', name: 'v', version: 1, at: 'a', cursor: 'c' } as const;
  t.equal(views.take({ ...frame, generation: 1, seq: 0, state: {} }), undefined, 'nobody wants it');
  views.want('v');
  const first = views.first('v');
  views.take({ ...frame, generation: 1, seq: 0, state: { n: 0 } });
  t.match(await first, { name: 'v', state: { n: 0 }, stale: false });
  const set = (n: number) => [{ op: 'replace' as const, path: '/n', value: n }];
  t.match(views.take({ ...frame, generation: 1, seq: 1, patch: set(1) }), { state: { n: 1 } });
  t.match(await first, { state: { n: 0 } }, 'a state that was given stays as it was');
  t.equal(views.take({ ...frame, generation: 1, seq: 3, patch: set(3) }), undefined);
  t.equal(views.take({ ...frame, generation: 1, seq: 4, patch: set(4) }), undefined);
  t.strictSame(asked, ['v']);
  t.match(views.get('v'), { state: { n: 1 } });
  views.take({ ...frame, generation: 1, seq: 5, state: { n: 5 } });
  t.equal(views.take({ ...frame, generation: 2, seq: 6, patch: set(6) }), undefined, 'of another generation');
  views.take({ ...frame, generation: 2, seq: 0, state: { n: 7 } });
  t.equal(views.take({ ...frame, generation: 2, seq: 1, patch: [{ op: 'remove', path: '/gone' }] }), undefined, 'for another state');
  t.strictSame(asked, ['v', 'v', 'v']);
  views.take({ ...frame, generation: 2, seq: 1, state: { n: 8 } });
  views.disconnected();
  t.match(views.get('v'), { state: { n: 8 } }, 'what is shown stays');
  t.equal(views.take({ ...frame, generation: 2, seq: 2, patch: set(9) }), undefined, 'numbers of another connection');
  views.want('w');
  const never = views.first('w');
  views.forget('w', new ReplayError('unknown-projection'));
  t.equal(await code(never), 'unknown-projection');
});

t.test('what waits is taken in order, then comes the end', async (t) => {
  const queue = new Queue<number>();
  const early = queue.take();
  for (let i = 0; i < 3_000; i++) queue.push(i);
  t.equal(await early, 0);
  for (let i = 1; i < 2_000; i++) if ((await queue.take()) !== i) t.fail(`not ${i}`);
  t.equal(queue.size, 1_000);
  queue.end({ error: new ReplayError('too-slow') });
  queue.push(9);
  for (let i = 2_000; i < 3_000; i++) if ((await queue.take()) !== i) t.fail(`not ${i}`);
  await t.rejects(queue.take(), { code: 'too-slow' });
  const dropped = new Queue<number>();
  dropped.push(1);
  dropped.end({ drop: true });
  t.equal(await dropped.take(), undefined);
});

t.test('what can mend is tried again, and what cannot is not', (t) => {
  for (const reason of ['bad-request', 'bad-cursor', 'unknown-story', 'unknown-projection', 'nothing-to-play', 'view-failed', 'wrong-origin', 'bad-answer'])
    t.ok(isHopeless({ close: 1006, reason }), reason);
  for (const reason of ['shutting-down', 'internal', 'log-unavailable', 'too-slow', 'flood', 'too-many-sessions', ''])
    t.notOk(isHopeless({ close: 1006, reason }), reason);
  t.ok(isHopeless({ close: 4401, reason: 'some-newer-code' }));
  t.notOk(isHopeless({ close: 4503, reason: 'some-newer-code' }));
  t.ok(isHopeless({ close: 1006, reason: '', status: 404 }));
  t.notOk(isHopeless({ close: 1006, reason: '', status: 502 }));
  const away = new ReplayError('bad-answer', 'a proxy', [], { status: 502 });
  t.notOk(isHopeless({ close: 1006, reason: '', told: away }), 'such as where a ticket was to come from');
  for (const code of ['connection-lost', 'not-yet', 'log-unavailable', 'internal', 'disk-full', 'flood', 'too-many-tickets'])
    t.ok(isPassing(new ReplayError(code)), code);
  for (const code of ['unknown-story', 'unauthenticated', 'view-failed', 'bad-answer', 'superseded', 'closed', 'some-newer-code'])
    t.notOk(isPassing(new ReplayError(code)), code);
  t.ok(isPassing(away));
  t.notOk(isPassing(new ReplayError('bad-answer', 'a proxy', [], { status: 404 })));
  t.ok(isPassing(new ReplayError('some-newer-code', 'words', [], { status: 503 })));
  t.notOk(isPassing(errorOf({ close: 1006, reason: '', status: 404 })));
  t.notOk(isPassing(new Error('mine')));
  t.equal(new ReplayError('flood', 'words', [], { status: 500 }).status, 429, 'the register has the last word');
  const told = new ReplayError('bad-rate', 'words');
  t.equal(errorOf({ close: 4400, reason: 'bad-rate', told }), told);
  t.equal(errorOf({ close: 1001, reason: 'shutting-down', told }).code, 'shutting-down');
  t.match(errorOf({ close: 1006, reason: '' }), { code: 'connection-lost', message: /1006/ });
  t.end();
});
