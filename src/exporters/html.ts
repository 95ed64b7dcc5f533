/**
 * HTML made of templates.
 * Invariants: what is put in stands there as text, unless it is HTML itself; no control character gets in, nor a mark that
 * turns the order of the letters around: what is read is what was written.
 */

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}
export type Part = Html | string | number | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Control characters but for tab and line feed, and the two overrides of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is left out
const UNPRINTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202d\u202e]/g;
const MARKED = /[&<>"']/g;

/** A text without what is not printed. */
export const printed = (text: string): string => text.replace(/\r\n?/g, '\n').replace(UNPRINTED, '');

const escaped = (text: string): string => printed(text).replace(MARKED, (character) => ESCAPES[character] as string);

export function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  return typeof part === 'string' || typeof part === 'number' ? escaped(String(part)) : part.map(textOf).join('');
}

/** HTML with whatever is put into it as text, unless it is HTML itself. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((text, next, i) => text + textOf(parts[i - 1] ?? '') + next));
