import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compareKeys, endOf, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import { storyAt } from '../../src/replay/clock.js';
import { paceOf } from '../../src/replay/silence-map.js';
import { type Command, MachineDriver, steps } from '../support/machine-driver.js';

const ids = (driver: MachineDriver) => driver.events.map((event) => event.key[2]);

t.test('plays every happening once, in order, when it is due', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 10_000, 30_000]), { rate: 10 });
  t.strictSame(
    driver.events.map((event) => event.due),
    [1_000],
    'the first is due at once',
  );
  driver.pass(999);
  t.equal(driver.events.length, 1);
  driver.pass(1);
  t.strictSame(ids(driver), ['e000', 'e001', 'e002']);
  driver.pass(10_000);
  t.strictSame(
    driver.events.map((event) => event.due),
    [1_000, 2_000, 2_000, 4_000],
  );
  t.match(driver.clocks.at(-1), { status: 'ended', at: 30_000, rate: 0, mono: 4_000 });
  t.equal(driver.wakeAt, null);
  t.end();
});

t.test('a silence is shortened, told, and extrapolates right at both edges', (t) => {
  const driver = new MachineDriver(steps([0, 1_000, 101_000, 102_000]), { rate: 1, idleMs: 5_000 });
  driver.pass(1_000);
  t.match(driver.clocks.at(-1), { at: 1_000, rate: 20, mono: 2_000 });
  t.match(driver.said.at(-1), { said: 'silence', from: 1_000, to: 101_000, wallMs: 5_000 });
  driver.pass(5_000);
  t.match(driver.events.at(-1), { due: 7_000 });
  t.match(driver.clocks.at(-1), { at: 101_000, rate: 1, mono: 7_000 });
  driver.pass(1_000);
  t.match(driver.clocks.at(-1), { status: 'ended', at: 102_000 });
  t.end();
});

t.test('each shortened silence is told, also where two in a row have one pace', (t) => {
  const driver = new MachineDriver(steps([0, 100_000, 200_000, 300_000]), { rate: 1, idleMs: 1_000 });
  driver.pass(10_000);
  t.strictSame(
    driver.said.filter((frame) => frame.said === 'silence').map((frame) => frame.from),
    [0, 100_000, 200_000],
  );
  t.end();
});

t.test('play at the end starts again, also for one who stepped there', (t) => {
  const driver = new MachineDriver(steps([0, 10_000]), { rate: 1 });
  driver.send({ on: 'step', count: 1 });
  t.equal(driver.state.status, 'paused');
  driver.send({ on: 'play' });
  t.match([driver.state.status, driver.state.pass], ['playing', 2]);
  t.strictSame(ids(driver), ['e000', 'e001', 'e000']);
  t.end();
});

t.test('pause keeps the place, play goes on from it, a rate change too', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 20_000]), { rate: 1 });
  driver.pass(4_000);
  driver.send({ on: 'pause', requestId: 'p' });
  t.match(driver.clocks.at(-1), { status: 'paused', at: 4_000, rate: 0, requestId: 'p' });
  driver.pass(60_000);
  driver.send({ on: 'play' });
  driver.pass(1_000);
  driver.send({ on: 'rate', rate: 5 });
  t.match(driver.clocks.at(-1), { status: 'playing', at: 5_000, rate: 5 });
  driver.pass(1_000);
  t.strictSame(ids(driver), ['e000', 'e001']);
  t.end();
});

t.test('a seek gives the state as of its instant, everything at it included, then what comes after', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 20_000]), { rate: 1 });
  driver.send({ on: 'seek', target: { to: 'instant', at: 10_000 }, requestId: 7 });
  t.match(driver.said.slice(-2), [
    { said: 'clock', at: 10_000, didSeek: true, requestId: 7 },
    { said: 'states', place: endOf(10_000) },
  ]);
  driver.pass(10_000);
  t.strictSame(ids(driver), ['e000', 'e002']);
  driver.send({ on: 'seek', target: { to: 'instant', at: -5 } });
  t.match(
    driver.clocks.findLast((clock) => clock.didSeek),
    { at: 0, clamped: true, status: 'playing' },
  );
  t.strictSame(ids(driver), ['e000', 'e002', 'e000']);
  driver.send({ on: 'seek', target: { to: 'instant', at: 99_999 } });
  t.match(driver.clocks.at(-1), { status: 'ended', at: 20_000 });
  t.end();
});

t.test('of several seeks under way only the newest is answered, and the clock stands meanwhile', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 20_000]), { rate: 1 });
  driver.answerSeeks = false;
  for (const at of [5_000, 15_000, 12_000]) driver.send({ on: 'seek', target: { to: 'instant', at }, requestId: at });
  driver.pass(60_000);
  t.equal(driver.events.length, 1);
  for (const seek of driver.seeks) driver.answer(seek);
  t.strictSame(
    driver.clocks.filter((clock) => clock.didSeek).map((clock) => clock.requestId),
    [undefined, 12_000],
  );
  t.match(driver.clocks.at(-1), { at: 12_000 });
  t.end();
});

t.test('steps go one happening forward or back, and pause', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 10_000, 20_000]), { rate: 1 });
  driver.send({ on: 'step', count: 1, requestId: 's' });
  t.strictSame(ids(driver), ['e000', 'e001'], 'of two at one instant it takes one');
  t.match(driver.clocks.at(-1), { status: 'paused', at: 10_000, requestId: 's' });
  driver.send({ on: 'step', count: 2 });
  t.strictSame(ids(driver), ['e000', 'e001', 'e002', 'e003']);
  driver.send({ on: 'step', count: -2 });
  t.match(driver.clocks.at(-1), { at: 10_000, didSeek: true });
  t.match(driver.state.place, [10_000, 0, 'e001']);
  driver.send({ on: 'step', count: -9 });
  t.match(driver.clocks.at(-1), { at: 0, didSeek: true, clamped: true });
  driver.send({ on: 'step', count: 99 });
  t.match(driver.clocks.at(-1), { status: 'ended', at: 20_000 });
  t.end();
});

t.test('until is inclusive, may lie in a silence, and ends it; play at the end starts again', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 20_000]), { rate: 1, until: 10_000 });
  driver.pass(60_000);
  t.strictSame(ids(driver), ['e000', 'e001']);
  t.match(driver.clocks.at(-1), { status: 'ended', at: 10_000, mono: 11_000 });
  driver.send({ on: 'until', at: 15_000 });
  driver.send({ on: 'play' });
  driver.pass(60_000);
  t.strictSame(ids(driver), ['e000', 'e001']);
  t.match(driver.clocks.at(-1), { status: 'ended', at: 15_000 });
  driver.send({ on: 'play' });
  t.equal(driver.state.pass, 2);
  driver.pass(60_000);
  t.strictSame(ids(driver), ['e000', 'e001', 'e000', 'e001']);
  t.end();
});

t.test('a held clock stands, and goes on without racing', (t) => {
  const driver = new MachineDriver(steps([0, 10_000, 20_000]), { rate: 1 });
  driver.pass(3_000);
  driver.send({ on: 'congested' });
  t.match(driver.clocks.at(-1), { status: 'held', at: 3_000, rate: 0 });
  driver.pass(60_000);
  t.equal(driver.events.length, 1);
  driver.send({ on: 'drained' });
  t.match(driver.clocks.at(-1), { status: 'playing', at: 3_000 });
  driver.pass(6_999);
  t.equal(driver.events.length, 1);
  driver.pass(1);
  t.equal(driver.events.length, 2);
  t.end();
});

t.test('what is added ahead plays; what is added behind the clock does not play again; the clock does not move', (t) => {
  const driver = new MachineDriver(steps([0, 20_000]), { rate: 1 });
  driver.pass(5_000);
  const add = (at: number, id: string) => {
    driver.story = [...driver.story, { key: [at, 0, id] as OrderKey, played: true }].sort((a, b) => compareKeys(a.key, b.key));
    driver.send({ on: 'changed' });
  };
  add(10_000, 'ahead');
  add(2_000, 'behind');
  t.equal(Math.round(storyAt(driver.state.clock, driver.mono)), 5_000);
  driver.pass(60_000);
  t.strictSame(ids(driver), ['e000', 'ahead', 'e001']);
  t.end();
});

t.test('marks are delivered in their turn, and neither stepped to nor waited for at the end', (t) => {
  const story = [
    ...steps([0, 10_000]),
    { key: [5_000, MARK_SEQ, 'mark'] as OrderKey, played: false },
    { key: [50_000, MARK_SEQ, 'after'] as OrderKey, played: false },
  ].sort((a, b) => compareKeys(a.key, b.key));
  const driver = new MachineDriver(story, { rate: 1, idleMs: 1_000 });
  driver.pass(500);
  t.match(driver.state.place, [5_000, MARK_SEQ, 'mark'], 'half way through the silence');
  driver.pass(500);
  t.match(driver.clocks.at(-1), { status: 'ended', at: 10_000 });
  t.end();
});

// ---- properties ---------------------------------------------------------------------------------

const story = fc
  .array(
    fc.integer({ min: 0, max: 2_000 }).map((n) => n * 50),
    { minLength: 1, maxLength: 25 },
  )
  .map((list) => steps([...list].sort((a, b) => a - b)));
const rate = fc.double({ min: 0.05, max: 500, noNaN: true });
const idle = fc.oneof(fc.constant(Infinity), fc.integer({ min: 10, max: 3_000 }));

t.test('uninterrupted, each happening is due exactly where the silence map puts it', (t) => {
  fc.assert(
    fc.property(story, rate, idle, fc.integer({ min: 2, max: 8 }), (story, rate, idleMs, window) => {
      const driver = new MachineDriver(story, { rate, idleMs }, { to: 'start' }, false, window);
      driver.pass(1e9);
      let due = 1_000;
      for (const [i, event] of driver.events.entries()) {
        const before = story[i - 1]?.key[0];
        if (before !== undefined) due += paceOf(event.key[0] - before, rate, idleMs).wallMs;
        assert.ok(Math.abs(event.due - due) < 1e-3, `${event.due} and not ${due}`);
      }
      assert.deepEqual(
        driver.events.map((event) => event.key),
        story.map((step) => step.key),
      );
      assert.equal(driver.state.status, 'ended');
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>({ on: 'play' }, { on: 'pause' }, { on: 'congested' }, { on: 'drained' }, { on: 'changed' }),
  rate.map((rate): Command => ({ on: 'rate', rate })),
  idle.map((idleMs): Command => ({ on: 'idle', idleMs })),
  fc.integer({ min: -5_000, max: 110_000 }).map((at): Command => ({ on: 'seek', target: { to: 'instant', at } })),
  fc.integer({ min: -3, max: 3 }).map((count): Command => ({ on: 'step', count })),
  fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: null }).map((at): Command => ({ on: 'until', at })),
);

t.test('whatever is commanded, a generation delivers what lies ahead of its place once, in order, never early, and misses nothing', (t) => {
  fc.assert(
    fc.property(story, rate, idle, fc.array(fc.tuple(command, fc.integer({ min: 0, max: 4_000 })), { maxLength: 30 }), (story, rate, idleMs, commands) => {
      const driver = new MachineDriver(story, { rate, idleMs });
      let lastAt = -Infinity;
      let generation = 0;
      for (const [command, ms] of commands) {
        driver.send(command);
        driver.pass(ms);
        const at = storyAt(driver.state.clock, driver.mono);
        // Within a generation story time never runs backwards.
        if (driver.state.generation === generation && driver.state.clock.rate >= 0)
          assert.ok(Math.min(at, 1e9) >= lastAt - 1e-3 || driver.state.pass > 1, `${at} after ${lastAt}`);
        generation = driver.state.generation;
        lastAt = Math.min(at, driver.state.clock.at);
      }
      const places = new Map<number, OrderKey>();
      let current = 0;
      for (const event of driver.events) {
        assert.ok(event.due <= event.mono + 1e-6, 'never early');
        const place = places.get(event.generation);
        if (place !== undefined) {
          assert.ok(compareKeys(place, event.key) < 0, 'in order, once');
          const skipped = story.filter((step) => compareKeys(step.key, place) > 0 && compareKeys(step.key, event.key) < 0);
          assert.equal(skipped.length, 0, 'nothing missed');
        }
        places.set(event.generation, event.key);
        current = event.generation;
      }
      assert.ok(current <= driver.state.generation);
    }),
    { numRuns: 2_000 },
  );
  t.pass();
  t.end();
});

t.test('a clock frame extrapolates to every happening until the next one', (t) => {
  fc.assert(
    fc.property(story, rate, idle, (story, rate, idleMs) => {
      const driver = new MachineDriver(story, { rate, idleMs });
      driver.pass(1e9);
      let clock = driver.clocks[0];
      for (const frame of driver.said) {
        if (frame.said === 'clock') clock = frame;
        if (frame.said !== 'event' || clock === undefined || clock.rate === 0) continue;
        const told = clock.at + (frame.due - clock.mono) * clock.rate;
        assert.ok(Math.abs(told - frame.key[0]) <= Math.max(1, clock.rate) * 1e-3, `${told} for ${frame.key[0]}`);
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});
