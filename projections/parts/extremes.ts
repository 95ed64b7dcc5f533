/**
 * The longest and the shortest of durations that may be replaced or taken away again, for many groups in one ledger: each
 * group a tree of blocks, above each block what is longest and shortest in it.
 * Invariants: the slots of a group are first filled in their order, from 0 on; of equal durations that of the lower slot
 * counts; a slot costs as many rows as the tree has levels. Unit: ms.
 */
import type { Ledger } from '../ledger.js';

/** So many slots are in a block. */
const WIDTH = 16;

/** A duration and whose it is. */
export type Duration = readonly [ms: number, id: string];

export interface Spread {
  readonly longest: Duration;
  readonly shortest: Duration;
}

/** Null: nothing is there. */
type Block = readonly (Spread | null)[];
export type Extremes = Ledger<Block>;

/** No group's name holds the character between. */
const keyOf = (group: string, level: number, block: number) => `${group}\u001f${level}\u001f${block}`;

function spreadOf(block: Block): Spread | null {
  let longest: Duration | undefined;
  let shortest: Duration | undefined;
  for (const slot of block) {
    if (slot === null) continue;
    if (longest === undefined || slot.longest[0] > longest[0]) longest = slot.longest;
    if (shortest === undefined || slot.shortest[0] < shortest[0]) shortest = slot.shortest;
  }
  return longest === undefined || shortest === undefined ? null : { longest, shortest };
}

/** Fills or empties a slot of a group; answers also the spread of the whole group then. */
export function fill(
  extremes: Extremes,
  group: string,
  slot: number,
  duration: Duration | null,
): { readonly extremes: Extremes; readonly spread: Spread | null } {
  let next = extremes;
  let spread = duration === null ? null : { longest: duration, shortest: duration };
  let index = slot;
  for (let level = 0; ; level++) {
    const number = Math.floor(index / WIDTH);
    const key = keyOf(group, level, number);
    const block = next.get(key) ?? firstOf(next, group, level, number);
    next = next.set(key, withSlot(block, index % WIDTH, spread));
    spread = spreadOf(next.get(key) ?? []);
    if (number === 0 && !next.has(keyOf(group, level + 1, 0))) return { extremes: next, spread };
    index = number;
  }
}

/** A block that is new: the first above the lowest level begins with what was the whole so far. */
function firstOf(extremes: Extremes, group: string, level: number, number: number): Block {
  return level === 0 || number > 0 ? [] : [spreadOf(extremes.get(keyOf(group, level - 1, 0)) ?? [])];
}

function withSlot(block: Block, slot: number, spread: Spread | null): Block {
  return slot === block.length ? [...block, spread] : block.with(slot, spread);
}
