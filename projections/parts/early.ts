/**
 * What is said of a request that has not been asked yet, because it is placed later: it waits until that is asked.
 * Invariants: what waits comes out once, in the order in which it was said; letting one wait costs the same however many do.
 */
import { Ledger } from '../ledger.js';

/** The latest that waits stands under the request's id; what came before it, under its number. */
export interface Early<Said> {
  readonly said: Said;
  /** How many wait for the same request, up to this one. */
  readonly n: number;
}

export const nobodyEarly = <Said>(): Ledger<Early<Said>> => Ledger.empty();

/** No event id holds the character between. */
const keyOf = (request: string, n: number) => `${request}\u001f${n}`;

export function letWait<Said>(early: Ledger<Early<Said>>, request: string, said: Said): Ledger<Early<Said>> {
  const last = early.get(request);
  if (last === undefined) return early.set(request, { said, n: 1 });
  return early.set(keyOf(request, last.n), last).set(request, { said, n: last.n + 1 });
}

/** All that waits for a request, and what waits for others. */
export function takeOut<Said>(early: Ledger<Early<Said>>, request: string): { readonly said: readonly Said[]; readonly rest: Ledger<Early<Said>> } {
  const last = early.get(request);
  if (last === undefined) return { said: [], rest: early };
  const said: Said[] = [];
  let rest = early.delete(request);
  for (let n = 1; n < last.n; n++) {
    const one = rest.get(keyOf(request, n));
    if (one !== undefined) said.push(one.said);
    rest = rest.delete(keyOf(request, n));
  }
  return { said: [...said, last.said], rest };
}
