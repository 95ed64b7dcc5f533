/**
 * A session carried on unwatched from what was recorded of it comes to the very state of one that was watched all along, on
 * the same story.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compareKeys } from '../../events/story-time.js';
import { storyAt } from '../../src/replay/clock.js';
import { leftSettings, settingsOf } from '../../src/replay/session-events.js';
import { anchorOf, restoreSession, transition, type Upcoming } from '../../src/replay/session-machine.js';
import { type StoryInSight, unwatched } from '../../src/replay/unwatched.js';
import { type Command, MachineDriver } from '../support/machine-driver.js';

const HOUR = 3_600_000;
const moment = fc.integer({ min: -2, max: 40 }).map((n) => n * HOUR);
const story: fc.Arbitrary<Upcoming[]> = fc
  .array(fc.record({ at: fc.integer({ min: 0, max: 40 }), chapter: fc.boolean() }), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    rows
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, chapter }, i) => ({ key: [at * HOUR, 0, `e${String(i).padStart(3, '0')}`] as const, played: true, ...(chapter ? { chapter } : {}) })),
  );
const loop = fc.option(fc.tuple(moment, fc.integer({ min: 1, max: 20 })).map(([from, length]) => ({ from, to: from + length * HOUR })));
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>({ on: 'play' }, { on: 'pause' }),
  moment.map((at): Command => ({ on: 'seek', target: { to: 'instant', at } })),
  fc.constantFrom(600, 3_600, 36_000).map((rate): Command => ({ on: 'rate', rate })),
  fc.option(moment).map((at): Command => ({ on: 'until', at })),
  loop.map((loop): Command => ({ on: 'loop', loop })),
);

t.test('whatever it was when it was recorded, and however long ago', (t) => {
  fc.assert(
    fc.property(
      story,
      fc.record({ follow: fc.boolean(), pauseOnChapter: fc.boolean(), idleMs: fc.constantFrom(Infinity, 2_000) }),
      fc.array(fc.tuple(commands, fc.integer({ min: 0, max: 9_000 })), { maxLength: 6 }),
      fc.integer({ min: 0, max: 500_000 }),
      (steps, settings, list, away) => {
        const watched = new MachineDriver(steps, { rate: 3_600, ...settings });
        for (const [command, ms] of list) {
          watched.send(command);
          watched.pass(ms);
        }
        const since = watched.mono;
        const anchor = anchorOf(watched.state, since);
        const left = JSON.parse(JSON.stringify(leftSettings(anchor.settings)));
        const sight: StoryInSight = { land: (target) => watched.land(target), around: (place) => watched.around(place) };
        // At the end, or live, it is what is recorded: whatever it says.
        const begun = restoreSession({ ...anchor, settings: settingsOf({ ...left, status: 'paused' } as never) }, sight.around(anchor.place), since);
        const carry = (from: typeof begun, mono: number) => {
          const answers = unwatched(from, sight, mono);
          for (let next = answers.next(); ; next = answers.next()) if (next.done === true) return next.value.state;
        };
        const restored = carry(begun, since);
        watched.pass(away);
        const carried = carry(transition(restored, { on: 'woken', mono: watched.mono }), watched.mono);
        const { state } = watched;
        assert.equal(carried.status, state.status);
        assert.equal(carried.pass, state.pass);
        assert.equal(compareKeys(carried.place, state.place), 0, `${carried.place} is not ${state.place}`);
        const [a, b] = [carried, state].map(({ clock }) => storyAt(clock, watched.mono)) as [number, number];
        assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a)), `the clock is at ${a / HOUR} and not ${b / HOUR}`);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 1_000) },
  );
  t.pass();
  t.end();
});
