/**
 * Controls of a shared session while its log does not answer: their sender is told, they take effect from when they are stored
 * or not at all, and nobody's clock goes back.
 */
import t from 'tap';
import type { FrameOf } from '../../src/protocol.js';
import { hour, message } from '../support/drafts.js';
import { settle } from '../support/hand-timers.js';
import { house } from '../support/replay-house.js';
import type { RecordingWatcher } from '../support/watcher.js';

const RATE = 3_600;
const minute = (n: number) => new Date(Date.UTC(2020, 2, 1, 0, n)).toISOString().replace('.000Z', 'Z');
/** One a minute, which is one every 1/60 s at this rate. */
const story = Array.from({ length: 600 }, (_, i) => message(`m${i}`, minute(i)));

/** A shared session that plays, its host, a viewer on the same node and one on another; and a log that can be made to wait. */
async function playing(t: Parameters<typeof house>[0]) {
  const built = await house(t, story);
  const { log, timers, share, node } = built;
  const session = await share({ rate: String(RATE), paused: 'true' });
  const { enter } = session;
  const host = await enter({}, { host: true });
  const viewer = await enter();
  const elsewhere = await enter({}, { on: node() });
  await host.say({ type: 'play' });
  await timers.pass(1_000);
  const { append } = log;
  let arrive: () => void = () => {};
  let away: Promise<void> | undefined;
  log.append = async (stream, ...rest) => {
    if (stream.startsWith('session-')) await away;
    return append(stream, ...rest);
  };
  return {
    ...built,
    ...session,
    host,
    watchers: [host, viewer, elsewhere].map(({ watcher }) => watcher),
    /** Appends wait, as where the log hangs: what is sent is stored when it comes back. */
    leave() {
      away = new Promise((resolve) => {
        arrive = resolve;
      });
    },
    async comeBack() {
      away = undefined;
      arrive();
      await settle(60);
    },
  };
}

const controls = (watcher: RecordingWatcher) => watcher.frames.filter(({ type }) => type === 'error' || type === 'waiting' || type === 'clock');
/** Is a clock, wherever it is told, no earlier than all that was told before it? `since`: frames before that are passed over. */
function goesBack(watcher: RecordingWatcher, since: number): string | undefined {
  let shown = Number.NEGATIVE_INFINITY;
  for (const frame of watcher.frames.slice(since)) {
    if (frame.type !== 'event' && frame.type !== 'clock') continue;
    const at = Date.parse(frame.at);
    if (at < shown) return `${frame.type} at ${frame.at} after ${new Date(shown).toISOString()}`;
    shown = at;
  }
  return undefined;
}

t.test('a control that is stored late takes effect from then on', async (t) => {
  for (const control of [{ type: 'pause' }, { type: 'rate', rate: 1_800 }, { type: 'idleLimit', seconds: 5 }] as const) {
    const { timers, host, watchers, leave, comeBack } = await playing(t);
    const since = watchers.map(({ frames }) => frames.length);
    leave();
    await host.say({ ...control, requestId: 'c' });
    await timers.pass(300);
    t.match(controls(host.watcher).at(-1), { type: 'waiting', code: 'log-unavailable', requestId: 'c' }, 'its sender is told that it waits');
    await timers.pass(1_700);
    const shown = host.watcher.ids.length;
    t.ok(shown > 150, `it plays on: ${shown}`);
    await comeBack();
    const now = new Date(Date.UTC(2020, 2, 1) + 3_000 * RATE).getTime();
    for (const [i, watcher] of watchers.entries()) {
      const clock = watcher.of('clock').at(-1) as FrameOf<'clock'>;
      const at = Date.parse(clock.at) + (timers.now() - 1_000 + 5_000_000 - clock.wall) * clock.rate;
      t.ok(Math.abs(at - now) <= 10 * RATE, `${control.type}: watcher ${i} is at ${new Date(at).toISOString()}, ${clock.status}`);
      t.equal(goesBack(watcher, since[i] as number), undefined, `${control.type}: watcher ${i}`);
    }
    t.match(host.watcher.of('clock').at(-1), { requestId: 'c', ...(control.type === 'pause' ? { status: 'paused' } : { status: 'playing' }) });
    t.strictSame(host.watcher.of('error'), []);
  }
});

t.test('a control that is not stored in a few seconds is refused by name, and changes nothing when it is stored after all', async (t) => {
  const { timers, host, watchers, leave, comeBack, enter, node, log, id } = await playing(t);
  leave();
  await host.say({ type: 'pause', requestId: 'first' });
  await timers.pass(1_000);
  await host.say({ type: 'seek', at: hour(1), requestId: 'second' });
  await timers.pass(1_900);
  t.strictSame(host.watcher.of('error'), []);
  await timers.pass(200);
  t.match(host.watcher.of('error'), [{ code: 'log-unavailable', requestId: 'first' }], '3 s after it was asked for');
  await timers.pass(1_100);
  t.match(host.watcher.of('error'), [{ requestId: 'first' }, { code: 'log-unavailable', requestId: 'second' }]);
  const since = watchers.map(({ frames }) => frames.length);
  const stored = log.events.length;
  await timers.pass(1_000);
  await comeBack();
  t.ok(log.events.length > stored, 'the log stores what was sent to it');
  await timers.pass(500);
  for (const [i, watcher] of watchers.entries()) {
    t.strictSame(
      watcher.frames.slice(since[i]).filter(({ type }) => type !== 'event'),
      [],
      `nobody hears of it: watcher ${i}`,
    );
    t.equal(goesBack(watcher, since[i] as number), undefined);
  }
  const fresh = await enter({}, { on: node() });
  t.match(fresh.watcher.of('clock')[0], { status: 'playing' }, 'a node that starts anew');
  t.equal(fresh.watcher.of('clock')[0]?.at, host.watcher.of('clock').at(-1)?.at);
  await host.say({ type: 'pause', requestId: 'third' });
  t.match(host.watcher.of('clock').at(-1), { status: 'paused', requestId: 'third' });
  t.match(fresh.watcher.of('clock').at(-1), { status: 'paused' });
  await host.say({ type: 'play' });
  t.match(log.events.filter(({ stream }) => stream === `session-${id}`).at(-1), { type: 'SessionPlayed' });
});

t.test('every seek of a hand that scrubs is answered', async (t) => {
  const { timers, host, leave } = await playing(t);
  leave();
  const asked = [1, 2, 3, 4, 5];
  for (const n of asked) {
    await host.say({ type: 'seek', at: hour(n), requestId: n });
    await timers.pass(50);
  }
  await timers.pass(4_500);
  const refused = host.watcher.of('error').map(({ code, requestId }) => `${code} ${requestId}`);
  t.strictSame(
    refused.toSorted(),
    asked.map((n) => `log-unavailable ${n}`),
  );
});

t.test('where the log is slow and no more than that, nobody is told to wait', async (t) => {
  const { timers, host, leave, comeBack } = await playing(t);
  leave();
  await host.say({ type: 'pause', requestId: 'c' });
  await timers.pass(100);
  await comeBack();
  await timers.pass(5_000);
  t.strictSame(host.watcher.of('waiting'), []);
  t.match(host.watcher.of('clock').at(-1), { status: 'paused', requestId: 'c' });
});
