/**
 * States as of any moment, whatever was kept of them: after late events, corrections and retractions, through lenses, after
 * restarts, always what a full fold gives.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent } from '../../events/event.js';
import { throughLens } from '../../events/lens.js';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { compareKeys, formatInstant, parseInstant } from '../../events/story-time.js';
import { projections } from '../../projections/all.js';
import { Ledger } from '../../projections/ledger.js';
import { defineProjection, fold, shownAs } from '../../projections/projection.js';
import { Table } from '../../projections/table.js';
import type { AnyProjection } from '../../src/timeline/keepings.js';
import { openTimeline, type Timeline } from '../../src/timeline/timeline.js';
import { hour, message, retraction } from '../support/drafts.js';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.js';
import { record } from '../support/record.js';
import { storyDrafts } from '../support/stories.js';
import Type from 'typebox';

const STORY = 'a-story';

/** A view that uses all there is: tables and ledgers that rows come to, change in, leave, and come back to. */
const everything = defineProjection<
  { table: Table<{ n: number }>; ledger: Ledger<{ event: string; times: number }>; last: string | null; count: number },
  { table: unknown[]; ledger: unknown[]; last: string | null; count: number }
>({
  name: 'everything',
  version: 1,
  description: 'For tests.',
  schema: Type.Object({}),
  initial: () => ({ table: Table.empty(), ledger: Ledger.empty(), last: null, count: 0 }),
  evolve(state, step) {
    if (step.kind === 'disclosed' || step.kind === 'described') return state;
    const id = step.kind === 'happening' ? step.event.id : step.kind === 'mooted' ? step.note.id : step.event;
    const count = state.count + 1;
    // Some keys are long, and many steps share a few keys.
    const key = `${id.charCodeAt(id.length - 1) % 5}${'x'.repeat(count % 3 === 0 ? 400 : 0)}`;
    const table = count % 4 === 3 ? state.table.delete(key) : state.table.update(key, (row) => ({ n: (row?.n ?? 0) + 1 }));
    const grown = state.ledger.update(id, (row) => ({ event: id, times: (row?.times ?? 0) + 1 }));
    const ledger = count % 7 === 5 ? grown.delete(state.last ?? '') : grown.update(key, (row) => ({ event: id, times: (row?.times ?? 0) + 1 }));
    return { table, ledger, last: id, count };
  },
  view: ({ table, ledger, last, count }) => ({ table: table.rows(), ledger: ledger.latest(1_000), last, count }),
  lists: ({ ledger }) => ({ ledger: shownAs(ledger, ({ event }) => event) }),
});

const views = [...projections, everything] as unknown as readonly AnyProjection[];
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function stepsOf(log: MemoryLog): Step[] {
  const events: RecordedEvent[] = [];
  for (const { type, data, metadata, position, revision, created } of log.events) {
    const parsed = catalogue.parseStored({ type, data, metadata }, { story: STORY, position, revision, recordedAt: formatInstant(created) });
    if ('event' in parsed) events.push(parsed.event);
  }
  return resolveStory(events);
}

function seenBy(steps: readonly Step[], lens: string): Step[] {
  const find = (id: string) => steps.flatMap((step) => (step.kind === 'happening' && step.event.id === id ? [step.event] : []))[0];
  return steps.flatMap((step) => throughLens(step, lens, find) ?? []).sort((a, b) => compareKeys(a.key, b.key));
}

/** Every view as of every step is what a full fold over the log gives. */
async function isRight(timeline: Timeline, log: MemoryLog, lenses: readonly (string | undefined)[]): Promise<void> {
  for (const lens of lenses) {
    const steps = (lens === undefined ? stepsOf(log) : seenBy(stepsOf(log), lens)).filter((step) => step.key[0] !== Infinity);
    for (const { key } of steps) {
      const folds = await timeline.folds(STORY, views, { upTo: key, ...(lens === undefined ? {} : { lens }) });
      for (const one of folds) {
        assert.equal(one.stale, false);
        const whole = fold(
          one.projection,
          steps.filter((step) => compareKeys(step.key, key) <= 0),
        );
        assert.deepEqual(plain(one.view()), plain(one.projection.view(whole)), `${one.projection.name} at ${JSON.stringify(key)} as ${lens}`);
      }
    }
  }
}

t.test('kept or not, a state is what a full fold gives: while the story grows and its past changes, through lenses, after restarts', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      storyDrafts.chain((drafts) => fc.shuffledSubarray(drafts, { minLength: drafts.length, maxLength: drafts.length })),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      async (drafts, pieces, chunk, [wait, restart, look, through]) => {
        const folder = t.testdir();
        const log = createMemoryLog();
        const open = () => openTimeline({ folder, log, chunk, projections: views });
        let timeline = await open();
        const lenses = through ? [undefined, 'public', 'bob'] : [undefined];
        try {
          const size = Math.ceil(drafts.length / pieces);
          for (let i = 0; i < drafts.length; i += size) {
            await record(log, STORY, drafts.slice(i, i + size), i % 2 === 0);
            await timeline.waitFor(await log.end(), 5_000);
            if (wait) await timeline.settled();
            if (restart) {
              await timeline.close();
              timeline = await open();
            }
            if (look) await isRight(timeline, log, lenses);
          }
          await timeline.settled();
          await isRight(timeline, log, lenses);
        } finally {
          await timeline.close();
          rmSync(folder, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 30) },
  );
  t.pass();
});

t.test('a long list is read page by page as of any moment, each row once', async (t) => {
  const log = createMemoryLog();
  const timeline = await openTimeline({ folder: t.testdir(), log, chunk: 16, projections: views });
  t.teardown(() => timeline.close());
  const start = parseInstant(hour(0)) as number;
  const drafts = Array.from({ length: 200 }, (_, i) => message(`m${String(i).padStart(3, '0')}`, formatInstant(start + i * 1_000)));
  await record(log, STORY, drafts, true);
  await timeline.settled();
  await record(log, STORY, [retraction('x', 'm010')]);
  await timeline.settled();
  const at = async (i: number) => {
    const steps = stepsOf(log).filter((step) => step.key[0] <= start + i * 1_000);
    const one = await timeline.fold(STORY, everything as unknown as AnyProjection, { upTo: [start + i * 1_000, Infinity, ''] });
    const whole = everything.view(fold(everything, steps)).ledger as { event: string }[];
    const read: unknown[] = [];
    for (let before: number | undefined, more = true; more; ) {
      const page = one.list('ledger')?.page(7, before);
      read.push(...(page?.rows ?? []));
      before = page?.next ?? undefined;
      more = before !== undefined;
    }
    t.strictSame(
      read.reverse(),
      whole.map(({ event }) => event),
    );
  };
  for (const i of [3, 40, 120, 199]) await at(i);
});

t.test('many lenses at once each see their own, and one that is looked through is not taken away', async (t) => {
  const log = createMemoryLog();
  const timeline = await openTimeline({ folder: t.testdir(), log, chunk: 4, projections: views });
  t.teardown(() => timeline.close());
  const people = Array.from({ length: 24 }, (_, i) => `p${i}`);
  const start = parseInstant(hour(0)) as number;
  const drafts = people.flatMap((person, i) =>
    Array.from({ length: i + 1 }, (_, n) => message(`${person}-${n}`, formatInstant(start + (i * 50 + n) * 1_000), { from: person, to: ['zed'] })),
  );
  await record(log, STORY, drafts, true);
  await timeline.settled();
  const held = await timeline.through(STORY, 'p0');
  const letGo = timeline.hold(held);
  const view = timeline.projection('participants') as AnyProjection;
  for (let round = 0; round < 2; round++) {
    const folds = await Promise.all(people.map((lens) => timeline.fold(STORY, view, { lens })));
    t.strictSame(
      folds.map((one) => (one.view() as { participants: { messagesSent: number }[] }).participants[0]?.messagesSent),
      people.map((_, i) => i + 1),
    );
    t.equal(timeline.steps(held).filter((step) => step.kind === 'happening').length, 1, 'it is still there');
  }
  letGo();
});
