/**
 * The contract of a projection, and the fold that runs one.
 * Invariant: `evolve` is pure: it reads only its arguments, changes neither, and answers a new state that shares what did not change.
 */
import type { TSchema } from 'typebox';
import type { Step } from '../events/steps.js';

/** What stands in the place of a field that cannot be kept, so that the compiler says why. */
type Kept<Field> = Field extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ((...args: never[]) => unknown)
  ? 'a state holds tables, ledgers and plain JSON; a Map cannot be kept: use a Table'
  : Field;

/**
 * A state: an object whose fields are tables (held whole), ledgers (as many rows as there are) and plain JSON (small: it
 * is written down whole whenever it changed).
 */
export type StateOf<Fields> = { readonly [K in keyof Fields]: Kept<Fields[K]> };

/** A derived view: what follows from a story's steps, folded in story order. */
export interface Projection<State = unknown, View = unknown> {
  readonly name: string;
  /** Grows when the same steps would give another state: it is then folded anew, beside what the older version had. */
  readonly version: number;
  /** For a reader who has never seen it. */
  readonly description: string;
  /** The schema of what `view` answers. */
  readonly schema: TSchema;
  /** True where watchers are shown the whole story's state, wherever their clock is: an index, such as a scrubber needs. */
  readonly whole?: true;
  initial(): State;
  /** The state after one more step. Never depends on the present, nor on anything but the steps. */
  evolve(state: State, step: Step): State;
  /** What clients see: plain JSON, no list longer than `SHOWN_ROWS`. Shares what did not change with the view before. */
  view(state: State): View;
  /** Lists of the view that may be longer than it shows, each by its name in the view: paged by `…/rows`. */
  lists?(state: State): Readonly<Record<string, Pageable>>;
}

/** A list that can be read page by page, from its latest row to its first. */
export interface Pageable {
  readonly size: number;
  page(limit: number, before?: number): Page<unknown>;
}

export interface Page<Row> {
  /** Latest first. */
  readonly rows: readonly Row[];
  /** Give it as `before` for the rows that came earlier; null where there are none. */
  readonly next: number | null;
}

/** A list whose rows are shown otherwise than they are kept. */
export function shownAs<Row>(list: { readonly size: number; page(limit: number, before?: number): Page<Row> }, show: (row: Row) => unknown): Pageable {
  return {
    size: list.size,
    page(limit, before) {
      const { rows, next } = list.page(limit, before);
      return { rows: rows.map(show), next };
    },
  };
}

/** How many rows of a list a view shows: its latest. */
export const SHOWN_ROWS = 1_000;

export function defineProjection<State extends StateOf<State>, View>(projection: Projection<State, View>): Projection<State, View> {
  return projection;
}

/** Folds steps, already in story order, onto a state. */
export function fold<State>(projection: Projection<State, unknown>, steps: Iterable<Step>, from: State = projection.initial()): State {
  let state = from;
  for (const step of steps) state = projection.evolve(state, step);
  return state;
}
