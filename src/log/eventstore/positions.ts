/**
 * Positions of EventStoreDB as the port has them: both halves, in digits, so that they compare as the log orders them.
 * Invariant: what was made here is read here, and nothing else; START stands before them all.
 */
import type { Position as ServerPosition } from '@eventstore/db-client';
import { type Position, START } from '../log.js';

const DIGITS = 20;
const FORM = /^(\d{20})-(\d{20})$/;

export function positionOf({ commit, prepare }: ServerPosition): Position {
  return `${String(commit).padStart(DIGITS, '0')}-${String(prepare).padStart(DIGITS, '0')}`;
}

/** Undefined for START. Throws RangeError. */
export function serverPositionOf(position: Position): ServerPosition | undefined {
  if (position === START) return undefined;
  const [, commit, prepare] = FORM.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) throw new RangeError(`"${position}" is no position of this log`);
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}
