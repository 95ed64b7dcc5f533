/**
 * What counts as the answer of a request, among all that is said of it.
 * Invariants: a request is answered, moot or unanswered; an answer that somebody recorded beats a mooting, and both beat
 * one that follows by a rule; of several of a kind the first stays.
 */
import type { Basis } from '../../events/envelope.js';

/** What counts for a request so far. */
export interface Outcome {
  readonly answer?: { readonly basis: Basis } | undefined;
  readonly mootedBy?: unknown;
}

export type Standing = 'unanswered' | 'answered' | 'moot';

export function standingOf({ answer, mootedBy }: Outcome): Standing {
  return answer !== undefined ? 'answered' : mootedBy !== undefined ? 'moot' : 'unanswered';
}

/** Does an answer on this basis take the place of what counts so far? */
export function takesOver({ answer, mootedBy }: Outcome, basis: Basis): boolean {
  if (basis === 'inferred') return answer === undefined && mootedBy === undefined;
  return answer === undefined || answer.basis === 'inferred';
}

/** Does the answer that counts so far count no longer when its request is mooted? */
export function yieldsToMooting({ answer }: Outcome): boolean {
  return answer?.basis === 'inferred';
}
