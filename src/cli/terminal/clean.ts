/**
 * Words of a story as a terminal may be given them. A story is written by strangers, and a terminal obeys what it is sent.
 * Invariants: nothing that moves the cursor, changes a setting or turns the direction of writing is left; where more than a mark
 * without a form of its own is taken out, that is seen; letters of every script, and emoji, stay as they are.
 */

/** Stands where something was taken out. */
const TAKEN_OUT = '\ufffd';
/** Controls (C0, C1, delete), marks that turn the direction of writing, separators of lines, interlinear marks, the byte order mark. */
const HARMFUL = '[\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb]';
const EACH_HARMFUL = new RegExp(HARMFUL, 'g');
/** Of these, marks that many programs write everywhere. */
const COMMON_MARKS = /[\u061c\u200e\u200f\ufeff]/g;
const HALF_A_PAIR = /\p{Surrogate}/gu;
const NEWLINES = /\r\n|[\n\r\u0085\u2028\u2029]/g;

/** Text that may have several lines, parted by `\n`. */
export function clean(text: string): string {
  return text
    .replace(NEWLINES, '\n')
    .split('\n')
    .map((line) => line.replaceAll('\t', ' ').replace(COMMON_MARKS, '').replace(EACH_HARMFUL, TAKEN_OUT).replace(HALF_A_PAIR, TAKEN_OUT))
    .join('\n');
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return clean(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** JSON that says the same and in which nothing harmful stands as it is. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value).replace(EACH_HARMFUL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
