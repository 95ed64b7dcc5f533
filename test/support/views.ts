/**
 * Given, when, and what it gives, for projections: given events, when more come, the view is so. Each story is folded in several
 * ways that must not matter: recorded in another order, with copies, and with the state kept and read again in between.
 */
import assert from 'node:assert/strict';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { compareKeys, endOf, parseInstant } from '../../events/story-time.js';
import { Ledger, type LedgerSource } from '../../projections/ledger.js';
import { fold, type Projection } from '../../projections/projection.js';
import { Table } from '../../projections/table.js';
import { recorded } from './drafts.js';

type Drafts = readonly unknown[];

/** The steps of a story up to a moment (inclusive), all that is placed where none is given. */
export function stepsOf(drafts: Drafts, at?: string): Step[] {
  const limit = at === undefined ? Number.MAX_VALUE : (parseInstant(at) as number);
  return resolveStory(recorded(drafts)).filter((step) => compareKeys(step.key, endOf(limit)) <= 0);
}

/** A state as it comes back after it was written down: tables and ledgers anew, everything through JSON. */
export function writtenAndRead<State extends object>(projection: Projection<State, unknown>, state: State): State {
  const json = <T>(value: T): T => JSON.parse(JSON.stringify(value ?? null)) as T;
  const fields = Object.entries(state).map(([name, value]: [string, unknown]) => {
    if (value instanceof Table) return [name, Table.empty().load(json(value.save()))];
    if (value instanceof Ledger) return [name, Ledger.over(sourceOf(json(rowsOf(value))), value.counts())];
    return [name, json(value)];
  });
  assert.deepEqual(fields.map(([name]) => name).sort(), Object.keys(projection.initial()).sort(), 'the fields of a state are those it begins with');
  return Object.fromEntries(fields) as State;
}

interface Rows {
  rows: Map<number, unknown>;
  keys: Map<string, number>;
}
const ROWS = new WeakMap<object, Rows>();

function rowsOf(ledger: Ledger<unknown>): { rows: [number, unknown][]; keys: [string, number][] } {
  const kept = ROWS.get((ledger as unknown as { source: object }).source) ?? { rows: new Map<number, unknown>(), keys: new Map<string, number>() };
  const rows = new Map(kept.rows);
  const keys = new Map(kept.keys);
  const changes = ledger.saveChanges();
  for (const [n, row] of changes?.rows ?? []) rows.set(n, row);
  for (const [key, n] of changes?.keys ?? []) keys.set(key, n);
  return { rows: [...rows], keys: [...keys] };
}

function sourceOf(saved: { rows: [number, unknown][]; keys: [string, number][] }): LedgerSource<unknown> {
  const rows = new Map(saved.rows);
  const keys = new Map(saved.keys);
  const source = { numberOf: (key: string) => keys.get(key), row: (n: number) => rows.get(n) ?? null };
  ROWS.set(source, { rows, keys });
  return source;
}

/** Freezes plain values all the way down, and what tables and ledgers hold. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Table) for (const row of value.rows()) freeze(row);
  else if (value instanceof Ledger) for (const row of value.latest(Infinity)) freeze(row);
  else for (const inner of Object.values(Object.freeze(value))) freeze(inner);
  return value;
}

/** The view of a story as of a moment, folded in all ways that must give the same; throws where they do not. */
export function viewOf<State extends object, View>(projection: Projection<State, View>, drafts: Drafts, at?: string): View {
  const steps = stepsOf(drafts, at);
  const view = projection.view(fold(projection, steps));
  const same = (other: View, how: string) => assert.deepEqual(JSON.parse(JSON.stringify(other)), JSON.parse(JSON.stringify(view)), how);
  same(projection.view(fold(projection, stepsOf([...drafts].reverse(), at))), 'recorded the other way round');
  const copies = [...drafts, ...drafts].map((draft, i) => ({ draft, i }));
  same(
    projection.view(
      fold(
        projection,
        stepsOf(
          copies.map(({ draft }) => draft),
          at,
        ),
      ),
    ),
    'with copies',
  );
  let state = freeze(projection.initial());
  for (const step of steps) state = writtenAndRead(projection, freeze(projection.evolve(state, freeze(step))));
  same(projection.view(state), 'written and read after each step, everything frozen');
  return JSON.parse(JSON.stringify(view)) as View;
}

/** Given these events, or when those come as well: what the view gives. */
export function given<State extends object, View>(projection: Projection<State, View>, ...before: Drafts) {
  return {
    when: (...more: Drafts) => ({ gives: (check: (view: View) => void, at?: string) => check(viewOf(projection, [...before, ...more], at)) }),
    gives: (check: (view: View) => void, at?: string) => check(viewOf(projection, before, at)),
  };
}
