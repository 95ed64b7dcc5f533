/** Jumps, seeks, keys and bars: what a hand and a key do, worked out without a browser. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jumped } from '../../web/player/gaps.js';
import { barsOf, stillsOf } from '../../web/player/histogram.js';
import { lineOf } from '../../web/player/line.js';
import { createSeeker, SEEK_EVERY_MS } from '../../web/player/seeker.js';
import type { Activity } from '../../web/player/views.js';
import { actionOf, type Keyed } from '../../web/transport/keys.js';

t.test('a jump goes through silences at the pace of the silence', async (t) => {
  const instants = [0, 1_000, 1_001_000, 1_002_000];
  const playing = { rate: 1, idleLimit: 10 };
  t.equal(jumped(1_000, 5, instants, playing), 501_000, 'half of a silence that lasts ten seconds');
  t.equal(jumped(501_000, -5, instants, playing), 1_000);
  t.equal(jumped(0, 5, instants, playing), 401_000, 'a second to the silence, four of its ten');
  t.equal(jumped(500, 5, [], { rate: 60, idleLimit: null }), 300_500);
  t.equal(jumped(1_001_500, 50, instants, playing), 1_002_000, 'not beyond what is known');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 3, maxLength: 20 }),
      fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      fc.double({ min: 0.1, max: 60, noNaN: true }),
      fc.double({ min: 1, max: 100_000, noNaN: true }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      (given, seconds, idleLimit, rate, part) => {
        const sorted = given.toSorted((a, b) => a - b);
        const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
        const at = first + (last - first) * part;
        const there = jumped(at, seconds, sorted, { rate, idleLimit });
        assert.ok(there >= at && there <= last);
        if (there < last) assert.ok(Math.abs(jumped(there, -seconds, sorted, { rate, idleLimit }) - at) < Math.max(1, (last - first) * 1e-6), 'and back');
      },
    ),
  );
});

t.test('seeks under a hand: one in so long, and the last always', async (t) => {
  const sent: number[] = [];
  const waiting: (() => void)[] = [];
  const seek = createSeeker((at) => sent.push(at), {
    after(ms, then) {
      t.equal(ms, SEEK_EVERY_MS);
      waiting.push(then);
    },
  });
  for (let i = 0; i < 50; i++) seek(i);
  t.strictSame(sent, [0]);
  waiting.shift()?.();
  t.strictSame(sent, [0, 49]);
  waiting.shift()?.();
  t.strictSame(sent, [0, 49]);
  seek(50);
  t.strictSame(sent, [0, 49, 50]);
});

t.test('keys', async (t) => {
  const done: string[] = [];
  const keyed = new Proxy({} as Keyed, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        void done.push([String(name), ...args].join(' ')),
  });
  const press = (key: string, on = 'div', more = {}) =>
    actionOf(
      { key, ctrlKey: false, metaKey: false, altKey: false, matches: (selectors) => selectors.split(', ').some((one) => one.split(':')[0] === on), ...more },
      keyed,
    )?.();
  for (const key of [' ', 'k', 'ArrowLeft', 'ArrowRight', 'j', 'l', ',', '.', '[', ']', '<', '>', '0', '9', 'f', '?']) press(key);
  t.strictSame(done, [
    'toggle',
    'toggle',
    'jump -5',
    'jump 5',
    'jump -10',
    'jump 10',
    'step -1 event',
    'step 1 event',
    'step -1 chapter',
    'step 1 chapter',
    'scaleRate 0.5',
    'scaleRate 2',
    'percent 0',
    'percent 9',
    'fullScreen',
    'help',
  ]);
  done.length = 0;
  press(' ', 'button');
  press('k', 'input');
  press('k', 'select');
  press('k', 'div', { ctrlKey: true });
  press('x');
  t.strictSame(done, [], 'what a field, a button or the browser takes is left to it');
  press('k', 'button');
  t.strictSame(done, ['toggle']);
});

t.test('bars and stretches without anything', async (t) => {
  const day = 86_400_000;
  const counts = [1, 0, 0, 0, 2, 0, 1];
  const activity: Activity = {
    from: null,
    to: null,
    events: 4,
    widths: [
      { widthMs: day, from: '2020-01-01T00:00:00Z', counts: { public: counts, private: counts.map(() => 0) } },
      { widthMs: 7 * day, from: '2019-12-30T00:00:00Z', counts: { public: [4], private: [0] } },
    ],
  };
  t.equal(barsOf(activity, 10).length, 7);
  t.equal(barsOf(activity, 5).length, 1);
  const start = Date.parse('2020-01-01T00:00:00Z');
  t.strictSame(stillsOf(activity, 0.2), [{ from: start + day, to: start + 4 * day }]);
  t.strictSame(stillsOf({ ...activity, widths: [] }), []);
});

t.test('one line says what is going on, the worst first', async (t) => {
  const calm = {
    connection: { status: 'open' as const },
    opened: true,
    status: 'playing',
    problem: undefined,
    busy: false,
    silence: undefined,
    clamped: false,
  };
  t.equal(lineOf(calm), '');
  t.equal(lineOf({ ...calm, silence: { storyMs: 81 * 86_400_000, wallMs: 5_000 } }), '81 days of silence, shortened to 5 seconds');
  t.match(lineOf({ ...calm, problem: 'Only the host.', silence: { storyMs: 1, wallMs: 1 } }), 'Only the host.');
  const error = { code: 'connection-lost' } as never;
  t.match(
    lineOf({ ...calm, problem: 'x', connection: { status: 'waiting', retryInMs: 900, error } }),
    'The connection is lost. Trying again in 1 second; what is shown stays.',
  );
  t.match(lineOf({ ...calm, status: 'held' }), /Held/);
});
