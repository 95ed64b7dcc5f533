/**
 * Who is in a story and what it is from, by their ids; and who stands on which side of the conversation.
 * Invariant: whoever is not described is called by the id, and never left out.
 */
import type { StoryDetail, StorySource } from '../../src/sdk/index.js';

export interface Cast {
  name(id: string): string;
  source(id: string | undefined): StorySource | undefined;
  /** Which of the two sides of the conversation somebody speaks on. */
  side(id: string): Side;
}
export type Side = 'left' | 'right';

/** `sides` comes later than the story, from the view of who took part. */
export function castOf(told: Pick<StoryDetail, 'participants' | 'sources'>, sides: ReadonlyMap<string, Side> = new Map()): Cast {
  const names = new Map(told.participants.map(({ id, name }) => [id, name]));
  names.set('public', 'the public');
  const sources = new Map(told.sources.map((source) => [source.id, source]));
  return {
    name: (id) => names.get(id) ?? id,
    source: (id) => (id === undefined ? undefined : sources.get(id)),
    side: (id) => sides.get(id) ?? 'left',
  };
}

/** Messages from one to another, as `participants` counts them. */
export interface Direction {
  readonly from: string;
  readonly to: string;
  readonly messages: number;
}

/**
 * Puts each on one of two sides, so that those who write to each other most face each other. It depends on the whole
 * story alone, so that nobody changes sides while it plays.
 */
export function sidesOf(directions: readonly Direction[]): Map<string, Side> {
  const between = new Map<string, { pair: readonly [string, string]; messages: number; first: string; most: number }>();
  for (const { from, to, messages } of directions) {
    if (from === to) continue;
    const pair = from < to ? ([from, to] as const) : ([to, from] as const);
    const key = pair.join(' ');
    const known = between.get(key);
    const sum = (known?.messages ?? 0) + messages;
    between.set(key, known !== undefined && known.most >= messages ? { ...known, messages: sum } : { pair, messages: sum, first: from, most: messages });
  }
  const sides = new Map<string, Side>();
  const other = (side: Side): Side => (side === 'left' ? 'right' : 'left');
  const ordered = [...between.entries()].sort(([a, { messages: m }], [b, { messages: n }]) => n - m || (a < b ? -1 : 1));
  for (const [, { pair, first }] of ordered) {
    const second = pair[0] === first ? pair[1] : pair[0];
    const [a, b] = [sides.get(first), sides.get(second)];
    if (a === undefined && b === undefined) sides.set(first, 'left').set(second, 'right');
    else if (a === undefined) sides.set(first, other(b as Side));
    else if (b === undefined) sides.set(second, other(a));
  }
  return sides;
}
