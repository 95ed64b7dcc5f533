/**
 * The beginning of a long text. Invariant: it is cut where a word ends where there is one, and never inside a character.
 * Unit: UTF-16 units.
 */
/** Longer texts are folded to about KEPT. */
export const FOLD = 1_400;
const KEPT = 700;

export function beginning(text: string, kept = KEPT): string {
  if (text.length <= kept) return text;
  const word = text.slice(0, kept).lastIndexOf(' ');
  const end = word > kept * 0.7 ? word : kept;
  const code = text.charCodeAt(end - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end);
}
