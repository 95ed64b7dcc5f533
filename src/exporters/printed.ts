/**
 * What of a story's text may be printed: on a page, and on a terminal, which obeys more than it shows.
 * Invariant: no control character gets through, nor, on a page, a mark that overrides the order of the letters, nor, on a
 * terminal, any mark of direction: what is read is what was written.
 */

/** Control characters but for tab and line feed, and the two overrides of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is left out
const UNPRINTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202d\u202e]/g;
/** Marks, embeddings and isolates of direction. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LINE_ENDS = /\r\n?|[\u2028\u2029]/g;

/** A text without what is not printed. */
export const printed = (text: string): string => text.replace(LINE_ENDS, '\n').replace(UNPRINTED, '');

/** A text as a terminal may have it. */
export const plain = (text: string): string => printed(text).replace(DIRECTIONS, '').replaceAll('\t', ' ');

/** The same on one line. */
export const onOneLine = (text: string): string => plain(text).replace(/\s+/g, ' ').trim();
