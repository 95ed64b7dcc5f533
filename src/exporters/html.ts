/**
 * HTML made of templates.
 * Invariants: what is put in stands there as text, unless it is HTML itself, and without what is not printed.
 */

import { printed } from './printed.js';

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}
export type Part = Html | string | number | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const MARKED = /[&<>"']/g;

const escaped = (text: string): string => printed(text).replace(MARKED, (character) => ESCAPES[character] as string);

export function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  return typeof part === 'string' || typeof part === 'number' ? escaped(String(part)) : part.map(textOf).join('');
}

/** HTML with whatever is put into it as text, unless it is HTML itself. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((text, next, i) => text + textOf(parts[i - 1] ?? '') + next));
