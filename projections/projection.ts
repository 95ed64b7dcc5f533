/**
 * The contract of a projection, and the fold that runs one.
 * Invariant: `evolve` is pure: it reads only its arguments, changes neither, and answers a new state that shares what did not change.
 */
import type { TSchema } from 'typebox';
import type { Step } from '../events/resolve.js';

/** A derived view: what follows from a story's steps, folded in story order. */
export interface Projection<State = unknown, View = unknown> {
  readonly name: string;
  /** Grows when the same steps would give another state: stored states of older versions are then folded anew. */
  readonly version: number;
  /** For a reader who has never seen it. */
  readonly description: string;
  /** The schema of what `view` answers. */
  readonly schema: TSchema;
  initial(): State;
  /** The state after one more step. Never depends on the present, nor on anything but the steps. */
  evolve(state: State, step: Step): State;
  /** What clients see: plain JSON. Shares what did not change with the view of the state before. */
  view(state: State): View;
  /** The state as plain JSON for a snapshot, and back; left out where it is plain JSON already. */
  save?(state: State): unknown;
  load?(saved: unknown): State;
}

export function defineProjection<State, View>(projection: Projection<State, View>): Projection<State, View> {
  return projection;
}

/** Folds steps, already in story order, onto a state. */
export function fold<State>(projection: Projection<State, unknown>, steps: Iterable<Step>, from: State = projection.initial()): State {
  let state = from;
  for (const step of steps) state = projection.evolve(state, step);
  return state;
}
