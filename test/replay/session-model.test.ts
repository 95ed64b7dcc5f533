/**
 * The session machine beside a simple model of a replay, under random commands: what is sent, when it is due, the pass,
 * and how the clock stands. RUNS raises the number of stories; each takes up to forty commands.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { storyAt } from '../../src/replay/clock.js';
import type { Upcoming } from '../../src/replay/session-machine.js';
import { type Command, MachineDriver } from '../support/machine-driver.js';
import { SessionModel } from '../support/session-model.js';

const HOUR = 3_600_000;
const moment = fc.integer({ min: -2, max: 60 }).map((n) => n * HOUR);
const seconds = fc.integer({ min: 1, max: 20_000 });

const story: fc.Arbitrary<Upcoming[]> = fc
  .array(fc.record({ at: fc.integer({ min: 0, max: 50 }), chapter: fc.constantFrom(false, false, false, true) }), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    rows
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, chapter }, i) => ({ key: [at * HOUR, 0, `e${String(i).padStart(3, '0')}`] as const, played: true, ...(chapter ? { chapter } : {}) })),
  );

const loop = fc.option(
  fc.tuple(moment, fc.integer({ min: 1, max: 20 })).map(([from, length]) => ({ from, to: from + length * HOUR })),
  { freq: 3 },
);

type Doing = { readonly ask: (machine: MachineDriver) => void; readonly same: (model: SessionModel) => void; readonly toString: () => string };
const doing = (command: Command, same: (model: SessionModel) => void): Doing => ({
  ask: (machine) => machine.send(command),
  same,
  toString: () => JSON.stringify(command),
});

const doings: fc.Arbitrary<Doing> = fc.oneof(
  { weight: 6, arbitrary: seconds.map((ms): Doing => ({ ask: (machine) => machine.pass(ms), same: (model) => model.wait(ms), toString: () => `${ms} ms` })) },
  fc.constantFrom('play' as const, 'pause' as const, 'live' as const).map((on) => doing({ on }, (model) => model.command(on))),
  moment.map((at) => doing({ on: 'seek', target: { to: 'instant', at } }, (model) => model.seek(at))),
  fc.constantFrom(600, 3_600, 36_000).map((rate) => doing({ on: 'rate', rate }, (model) => model.set({ rate }))),
  fc.constantFrom(Infinity, 500, 3_000).map((idleMs) => doing({ on: 'idle', idleMs }, (model) => model.set({ idleMs }))),
  fc.option(moment).map((until) => doing({ on: 'until', at: until }, (model) => model.set({ until }))),
  loop.map((to) => doing({ on: 'loop', loop: to }, (model) => model.loop(to))),
  fc.integer({ min: -3, max: 3 }).map((count) => doing({ on: 'step', unit: 'event', count }, (model) => model.step('event', count))),
  fc.integer({ min: -2, max: 2 }).map((count) => doing({ on: 'step', unit: 'day', count }, (model) => model.step('day', count))),
  fc.integer({ min: 1, max: 2 }).map((count) => doing({ on: 'step', unit: 'chapter', count }, (model) => model.step('chapter', count))),
);

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));

t.test('under any commands the machine does what the model does', (t) => {
  fc.assert(
    fc.property(
      story,
      fc.record({ loop, follow: fc.boolean(), pauseOnChapter: fc.boolean(), paused: fc.boolean(), idleMs: fc.constantFrom(Infinity, 2_000) }),
      fc.array(doings, { maxLength: 40 }),
      (steps, { paused, ...settings }, commands) => {
        const model = new SessionModel(steps, { rate: 3_600, until: null, ...settings }, paused);
        const first = settings.loop === null ? ({ to: 'start' } as const) : ({ to: 'before', at: settings.loop.from } as const);
        const machine = new MachineDriver(steps, { rate: 3_600, ...settings }, first, paused);
        for (const command of commands) {
          command.ask(machine);
          command.same(model);
          const told = machine.events.map(({ key, due }) => ({ id: key[2], due }));
          assert.deepEqual(
            told.map(({ id }) => id),
            model.sent.map(({ id }) => id),
            `${command}: what is sent`,
          );
          assert.equal(machine.state.pass, model.pass, `${command}: pass`);
          for (const [i, { due }] of told.entries()) assert.ok(near(due, model.sent[i]?.due ?? Number.NaN), `${command}: ${due} is not ${model.sent[i]?.due}`);
          assert.equal(machine.state.status, model.status, `${command}: status`);
          const at = machine.state.clock.rate === 0 ? machine.state.clock.at : storyAt(machine.state.clock, machine.mono);
          assert.ok(near(at, model.at), `${command}: the clock is at ${at / HOUR} and not ${model.at / HOUR}`);
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 1_000) },
  );
  t.pass();
  t.end();
});
