/**
 * Views that cannot take an event, that are of a new version, or whose past is long: what is told meanwhile, and after.
 */
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import t from 'tap';
import Type from 'typebox';
import { formatInstant, parseInstant } from '../../events/story-time.js';
import { defineProjection } from '../../projections/projection.js';
import { Table } from '../../projections/table.js';
import type { AnyProjection } from '../../src/timeline/keepings.js';
import { openTimeline, type Timeline } from '../../src/timeline/timeline.js';
import { hour, message } from '../support/drafts.js';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.js';
import { record } from '../support/record.js';

const STORY = 'a-story';
const START = parseInstant(hour(0)) as number;
const at = (i: number) => formatInstant(START + i * 1_000);
const nth = (i: number) => `m${String(i).padStart(5, '0')}`;
const messages = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => message(nth(from + i), at(from + i)));

/** Counts happenings, and refuses those it is told to. */
function counter(version: number, refuses: (id: string) => unknown = () => false, by = 1): AnyProjection {
  return defineProjection<{ count: number; rows: Table<string> }, { count: number }>({
    name: 'counter',
    version,
    description: 'For tests.',
    schema: Type.Object({ count: Type.Integer() }),
    initial: () => ({ count: 0, rows: Table.empty() }),
    evolve(state, step) {
      if (step.kind !== 'happening') return state;
      const refusal = refuses(step.event.id);
      if (refusal === 'nothing') return undefined as never;
      if (refusal) throw new Error('not this one');
      return { ...state, count: state.count + by };
    },
    view: ({ count }) => ({ count }),
  }) as unknown as AnyProjection;
}

interface House {
  log: MemoryLog;
  folder: string;
  errors: unknown[];
  open(...projections: AnyProjection[]): Promise<Timeline>;
}
type T = { testdir(): string; teardown(fn: () => unknown): void };

function house(t: T): House {
  const log = createMemoryLog();
  const folder = join(t.testdir(), 'read-model');
  const errors: unknown[] = [];
  const opened: Timeline[] = [];
  t.teardown(async () => {
    for (const timeline of opened) await timeline.close();
  });
  return {
    log,
    folder,
    errors,
    async open(...projections) {
      const timeline = await openTimeline({ folder, log, projections, chunk: 8, largestState: 10_000, onError: (error) => errors.push(error) });
      opened.push(timeline);
      return timeline;
    },
  };
}

t.test('an event that a view cannot take is set aside with a reason, the view goes on, and so do the others', async (t) => {
  const { log, open } = house(t);
  const picky = counter(1, (id) => (id === nth(3) ? true : id === nth(13) && 'nothing'));
  const fine = { ...counter(1), name: 'fine' };
  const timeline = await open(picky, fine);
  await timeline.settled();
  await record(log, STORY, messages(0, 20));
  await timeline.settled();
  const [first, second] = await timeline.folds(STORY, [picky, fine]);
  t.strictSame([first?.view(), second?.view()], [{ count: 18 }, { count: 20 }]);
  t.strictSame(first?.setAside, [
    { event: nth(3), reason: 'not this one' },
    { event: nth(13), reason: 'the reducer answered undefined in place of a state' },
  ]);
  t.strictSame(second?.setAside, []);
  t.strictSame((await timeline.fold(STORY, picky, { upTo: [START + 2_500, 0, ''] })).setAside, [], 'it had not come yet');
  t.equal((await timeline.lag(STORY, picky)).status, 'current');
  await record(log, STORY, [message('late', at(0))]);
  await timeline.settled();
  t.strictSame((await timeline.fold(STORY, picky)).setAside.length, 2, 'each stands once, also after the past has changed');
});

t.test('a reducer that fails only once is tried again', async (t) => {
  const { log, open } = house(t);
  let failures = 0;
  const shaky = counter(1, (id) => id === nth(3) && failures++ === 0);
  const timeline = await open(shaky);
  await timeline.settled();
  await record(log, STORY, messages(0, 5));
  await timeline.settled();
  const fold = await timeline.fold(STORY, shaky);
  t.strictSame([fold.view(), fold.setAside], [{ count: 5 }, []]);
});

t.test('folded over a story for the first time, a view must take every event', async (t) => {
  const { log, open, errors, folder } = house(t);
  await record(log, STORY, messages(0, 20));
  const picky = counter(1, (id) => id === nth(13));
  const fine = { ...counter(1), name: 'fine' };
  const timeline = await open(picky, fine);
  await timeline.settled();
  await t.rejects(timeline.fold(STORY, picky), { code: 'view-failed', detail: /counter, at m00013: not this one/ });
  t.match(errors, [{ code: 'view-failed' }]);
  t.equal((await timeline.lag(STORY, picky)).status, 'failed');
  t.strictSame((await timeline.fold(STORY, fine)).view(), { count: 20 });
  await timeline.close();
  // In the tail, which nobody keeps, it is found all the same.
  rmSync(folder, { recursive: true });
  const again = await open(counter(1, (id) => id === nth(19)));
  await again.settled();
  await t.rejects(again.fold(STORY, counter(1)), { code: 'view-failed' });
});

t.test('a view of a new version is built beside the old one, which is told until then', async (t) => {
  const { log, open, folder } = house(t);
  const old = counter(1);
  const first = await open(old);
  await first.settled();
  await record(log, STORY, messages(0, 50));
  await first.settled();
  await first.close();
  let hold: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  const slow = Object.assign(Object.create(log) as MemoryLog, {
    async *subscribe(options: Parameters<MemoryLog['subscribe']>[0]) {
      await held;
      yield* log.subscribe(options);
    },
  });
  const fresh = counter(2, () => false, 10);
  const second = await openTimeline({ folder, log: slow, projections: [fresh], chunk: 8 });
  t.teardown(() => second.close());
  t.match(second.oldHead(STORY, fresh), { version: 1, state: { count: 50 } });
  t.equal((await second.lag(STORY, fresh)).status, 'building');
  t.strictSame((await second.fold(STORY, fresh, { upTo: [START + 9_500, 0, ''] })).view(), { count: 100 }, 'as of any moment it is folded anew at once');
  hold?.();
  await second.settled();
  t.equal(second.oldHead(STORY, fresh), undefined);
  t.strictSame((await second.fold(STORY, fresh)).view(), { count: 500 });
  t.equal((await second.lag(STORY, fresh)).status, 'current');
});

t.test('a new version that fails leaves the old one to be told', async (t) => {
  const { log, open } = house(t);
  const first = await open(counter(1));
  await first.settled();
  await record(log, STORY, messages(0, 50));
  await first.settled();
  await first.close();
  const fresh = counter(2, (id) => id === nth(30));
  const second = await open(fresh);
  await second.settled();
  t.match(second.oldHead(STORY, fresh), { version: 1, state: { count: 50 } });
  await t.rejects(second.fold(STORY, fresh), { code: 'view-failed' });
});

t.test('a view that is new beside old ones catches up without holding them', async (t) => {
  const { log, open } = house(t);
  const first = await open(counter(1));
  await record(log, STORY, messages(0, 50));
  await first.settled();
  await first.close();
  const fine = { ...counter(1), name: 'fine' };
  const second = await open(counter(1), fine);
  await record(log, STORY, messages(50, 61));
  await second.settled();
  t.strictSame(
    (await second.folds(STORY, [counter(1), fine])).map((fold) => fold.view()),
    [{ count: 61 }, { count: 61 }],
  );
});

t.test('a state that grows without bound is refused by name', async (t) => {
  const { log, open, errors } = house(t);
  const hoarder = {
    ...counter(1),
    name: 'hoarder',
    evolve: ((state: { count: number; rows: Table<string> }, step: { kind: string }) =>
      step.kind === 'happening' ? { count: state.count + 1, rows: state.rows.set(String(state.count), 'x'.repeat(1_000)) } : state) as never,
  };
  const timeline = await open(hoarder, counter(1));
  await timeline.settled();
  await record(log, STORY, messages(0, 40), true);
  await timeline.settled();
  t.match(errors, [{ code: 'view-failed', detail: /the state of hoarder has \d+ characters, and 10000 can be kept/ }]);
  await t.rejects(timeline.fold(STORY, hoarder), { code: 'view-failed' });
  t.strictSame((await timeline.fold(STORY, counter(1))).view(), { count: 40 });
});

t.test('while a long past is folded anew, what was right before is told as stale', async (t) => {
  const { log, open } = house(t);
  const view = counter(1);
  const timeline = await open(view);
  await timeline.settled();
  await record(log, STORY, messages(0, 400), true);
  await timeline.settled();
  const folded: string[] = [];
  timeline.onFolded((story) => folded.push(story));
  const position = await record(log, STORY, [message('late', at(1))]);
  await timeline.waitFor(position, 5_000);
  const stale = await timeline.fold(STORY, view);
  t.strictSame([stale.stale, stale.view()], [true, { count: 400 }]);
  t.equal((await timeline.lag(STORY, view)).status, 'refolding');
  await timeline.settled();
  const fresh = await timeline.fold(STORY, view);
  t.strictSame([fresh.stale, fresh.view(), folded], [false, { count: 401 }, [STORY]]);
  t.equal((await timeline.lag(STORY, view)).status, 'current');
  const near = await record(log, STORY, [message('near', at(395))]);
  await timeline.waitFor(near, 5_000);
  t.strictSame((await timeline.fold(STORY, view)).view(), { count: 402 }, 'what is not far is folded at once');
});
