/**
 * The links in a text, as they stand there, with a scheme or without.
 * Invariant: each once, in the order of the text, and no more than an event takes.
 */
import { find } from 'linkifyjs';

const MOST = 1_000;
const LONGEST = 4_000;
/** Nothing without a point between letters, or a scheme, is one: most texts need not be looked at. */
const POSSIBLE = /[\p{L}\p{N}]\.\p{L}|:\/\//u;

export function linksIn(text: string): string[] {
  if (!POSSIBLE.test(text)) return [];
  const found = new Set<string>();
  for (const { value } of find(text, 'url')) {
    if (value.length <= LONGEST && found.size < MOST) found.add(value);
  }
  return [...found];
}
