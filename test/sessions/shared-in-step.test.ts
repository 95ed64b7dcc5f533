/**
 * A shared session on two nodes, under random controls from hosts on both, with a past that changes and a viewer who goes away
 * and comes back on either: whoever watches is sent each event once a take, all the same, and all clocks are one.
 * RUNS raises the number of stories.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { ClientMessage, FrameOf } from '../../src/protocol.js';
import { decodeCursor } from '../../src/timeline/cursor.js';
import { message } from '../support/drafts.js';
import { settle } from '../support/hand-timers.js';
import { clientState, house, STORY } from '../support/replay-house.js';
import type { RecordingWatcher } from '../support/watcher.js';

const HOUR = 3_600_000;
const VIEWS = ['participants', 'silences'];
const at = (hours: number) => new Date(Date.UTC(2020, 2, 1) + hours * HOUR).toISOString();
const moment = fc.integer({ min: -1, max: 21 }).map(at);

const controls: fc.Arbitrary<ClientMessage> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ClientMessage>({ type: 'play' }) },
  fc.constantFrom<ClientMessage>({ type: 'pause' }, { type: 'live' }),
  moment.map((at): ClientMessage => ({ type: 'seek', at })),
  fc.constantFrom(1_800, 3_600, 36_000).map((rate): ClientMessage => ({ type: 'rate', rate })),
  fc.constantFrom(null, 1, 3).map((seconds): ClientMessage => ({ type: 'idleLimit', seconds })),
  fc.option(moment).map((at): ClientMessage => ({ type: 'until', at })),
  fc
    .option(fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 9 })), { freq: 2 })
    .map((range): ClientMessage => ({ type: 'loop', from: range === null ? null : at(range[0]), to: range === null ? null : at(range[0] + range[1]) })),
  fc.integer({ min: -3, max: 3 }).map((count): ClientMessage => ({ type: 'step', unit: 'event', count })),
  fc.integer({ min: -1, max: 1 }).map((count): ClientMessage => ({ type: 'step', unit: 'day', count })),
);

type Doing =
  | { readonly do: 'control'; readonly host: 0 | 1; readonly message: ClientMessage }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'append'; readonly hour: number }
  | { readonly do: 'leave' }
  | { readonly do: 'return'; readonly node: 0 | 1 };

const node = fc.constantFrom<0 | 1>(0, 1);
const doings: fc.Arbitrary<Doing> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('control' as const), host: node, message: controls }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 6_000 }) }) },
  fc.record({ do: fc.constant('append' as const), hour: fc.integer({ min: 1, max: 19 }) }),
  fc.record({ do: fc.constant('leave' as const) }),
  fc.record({ do: fc.constant('return' as const), node }),
);

const takeIn = ({ cursor }: FrameOf<'event'>) => decodeCursor(cursor).take ?? '';

/** What was sent of each take, in order; what came late apart. */
function takes(frames: readonly FrameOf<'event'>[]): Map<string, string[]> {
  const byTake = new Map<string, string[]>();
  for (const frame of frames) if (frame.late !== true) byTake.set(takeIn(frame), [...(byTake.get(takeIn(frame)) ?? []), frame.event.id]);
  return byTake;
}

function assertOnce(watcher: RecordingWatcher, who: string): void {
  for (const [take, ids] of takes(watcher.of('event'))) assert.equal(new Set(ids).size, ids.length, `${who}: ${ids} in take ${take}`);
}

t.test('on any node, however it is moved, all are sent the same, once', async (t) => {
  const folder = t.testdir();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 8 }),
      fc.array(doings, { maxLength: 25 }),
      async (hours, list) => {
        const teardowns: (() => unknown)[] = [];
        const own = { testdir: () => join(folder, String(runs++)), teardown: (fn: () => unknown) => void teardowns.unshift(fn) };
        try {
          const drafts = hours.map((hour) => message(`m${hour}`, at(hour)));
          const { timers, timeline, sessions, node: another, share, append } = await house(own, drafts);
          const nodes = [sessions, another()] as const;
          const { id, enter } = await share({ rate: '3600', paused: 'true' });
          const hosts = [await enter({}, { host: true, on: nodes[0] }), await enter({}, { host: true, on: nodes[1] })] as const;
          const lookers = [
            await enter({ projections: VIEWS.join(',') }, { on: nodes[0] }),
            await enter({ as: 'ann', projections: VIEWS.join(',') }, { on: nodes[0] }),
          ];
          let roaming = await enter({}, { on: nodes[0] });
          const roamed: FrameOf<'event'>[] = [];
          let cursor: string | undefined;
          let appended = 0;
          const leave = async () => {
            roaming.seat.close();
            const frames = roaming.watcher.frames;
            roamed.push(...roaming.watcher.of('event'));
            cursor =
              frames.findLast((frame): frame is FrameOf<'event'> | FrameOf<'clock'> => frame.type === 'event' || frame.type === 'clock')?.cursor ?? cursor;
            roaming.watcher.clear();
            await settle(5);
          };
          const comeBack = async (n: 0 | 1) => {
            if (!roaming.seat.isClosed) await leave();
            roaming = await enter(cursor === undefined ? {} : { after: cursor }, { on: nodes[n] });
          };
          for (const doing of list) {
            if (doing.do === 'control') await hosts[doing.host].say(doing.message);
            else if (doing.do === 'pass') await timers.pass(doing.ms);
            else if (doing.do === 'append') await append([message(`late-${appended++}`, at(doing.hour))]);
            else if (doing.do === 'return') await comeBack(doing.node);
            else if (!roaming.seat.isClosed) await leave();
          }
          await settle(40);
          // A seek that waits for its turn has it.
          await timers.pass(150);
          await settle(40);
          await comeBack(0);
          await hosts[0].say({ type: 'pause' });
          await settle(40);
          await leave();
          for (const [i, { watcher }] of lookers.entries()) {
            const { key } = decodeCursor((await sessions.shared.describe(await sessions.shared.find(id))).clock.cursor);
            for (const name of VIEWS) {
              const told = clientState(watcher.of('projection').filter((frame) => frame.name === name));
              const fold = await timeline.fold(STORY, timeline.projection(name) as never, { upTo: key, ...(i === 0 ? {} : { lens: 'ann' }) });
              assert.deepEqual(told, JSON.parse(JSON.stringify(fold.view())), `${name} ${i === 0 ? '' : 'through a lens'}`);
            }
            assertOnce(watcher, `looker ${i}`);
          }
          const [one, two] = hosts.map(({ watcher }) => takes(watcher.of('event')));
          assert.deepEqual([...(one ?? [])], [...(two ?? [])], 'on both nodes');
          for (const [i, { watcher }] of hosts.entries()) assertOnce(watcher, `host ${i}`);
          const roam = takes(roamed);
          for (const [take, ids] of roam) assert.equal(new Set(ids).size, ids.length, `who comes and goes: ${ids} in take ${take}`);
          const last = hosts[0].watcher.of('clock').at(-1);
          const take = decodeCursor(last?.cursor ?? '').take ?? '';
          // What came late to whoever stayed may come in its turn to who comes back, or have come late in another take.
          const stayed = hosts[0].watcher.of('event').filter((frame) => takeIn(frame) === take);
          const ids = new Set(roamed.filter((frame) => takeIn(frame) === take || frame.late === true).map(({ event }) => event.id));
          const stay = new Set(stayed.map(({ event }) => event.id));
          if (take !== '0.1') {
            for (const id of stay) assert.ok(ids.has(id), `who comes and goes missed ${id} in the last take, ${take}`);
            for (const id of roam.get(take) ?? []) assert.ok(stay.has(id), `who comes and goes alone was sent ${id} in the last take, ${take}`);
          }
          const third = another();
          const readings = await Promise.all(
            [...nodes, third].map(async (on) => {
              const { clock } = await on.shared.describe(await on.shared.find(id));
              return { status: clock.status, pass: clock.pass, at: clock.at, nominalRate: clock.nominalRate };
            }),
          );
          for (const reading of readings) assert.deepEqual(reading, readings[0], 'one clock');
        } finally {
          for (const fn of teardowns) await fn();
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
  t.pass();
});
