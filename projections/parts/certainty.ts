/**
 * Certainty: which rows rest on happenings that may not have happened yet, because their bounds go beyond their place.
 * Invariants: a happening is open from its own step on until the step that settles it, and one that nothing bounds stays
 * open; a row says `uncertain` exactly while something that it rests on is open.
 */
import Type from 'typebox';
import { boundsOf, type StoryTime } from '../../events/story-time.js';
import { Table } from '../table.js';
import type { Placed } from './placed.js';

/** The field of a row's schema. */
export const uncertain = {
  uncertain: Type.Optional(
    Type.Literal(true, {
      description: 'Something that it rests on may not have happened yet at this moment: the bounds go beyond it. Left out where all has.',
    }),
  ),
};

/** Event id → keys of the rows that wait for it. */
export type Waiting = Table<readonly string[]>;

export const nobodyWaits = (): Waiting => Table.empty();

/** Is a happening open where it stands: may it not have happened yet? */
export function opens(event: StoryTime): boolean {
  // Most times are exact: their texts are the same.
  if (event.when.latest === event.occurredAt) return false;
  const bounds = boundsOf(event);
  return bounds !== undefined && bounds.latest > bounds.at;
}

/** At the step of a happening that opens: `rows` rest on it so far. What nothing bounds is never settled, and nobody waits. */
export function opened(waiting: Waiting, event: Placed, rows: readonly string[] = []): Waiting {
  return event.when.latest === null ? waiting : waiting.set(event.id, rows);
}

/** Is a happening still open, some steps after its own? */
export function isOpen(waiting: Waiting, event: Placed): boolean {
  return event.when.latest === null || waiting.has(event.id);
}

/** Lets one more row wait for an event; what nothing bounds is never settled, and nobody waits for it. */
export function waitFor(waiting: Waiting, event: Placed, row: string): Waiting {
  if (event.when.latest === null) return waiting;
  const rows = waiting.get(event.id) ?? [];
  return rows.includes(row) ? waiting : waiting.set(event.id, [...rows, row]);
}

/** A row and how many happenings that it counts are open. */
export interface Resting {
  readonly row: { readonly uncertain?: true };
  readonly open: number;
}

/** A row that says `uncertain`, or does not; the same where it already is so. */
export function marked<Row extends { readonly uncertain?: true }>(row: Row, isUncertain: boolean): Row {
  if ((row.uncertain ?? false) === isUncertain) return row;
  const { uncertain: _, ...certain } = row;
  return (isUncertain ? { ...certain, uncertain: true } : certain) as Row;
}

/** The rows of these keys, as far as they are in this table, rest on one open happening less. */
export function settleRows<Entry extends Resting>(table: Table<Entry>, keys: readonly string[]): Table<Entry> {
  let next = table;
  for (const key of keys) {
    const entry = next.get(key);
    if (entry !== undefined) next = next.set(key, { ...entry, row: marked(entry.row, entry.open > 1), open: entry.open - 1 });
  }
  return next;
}
