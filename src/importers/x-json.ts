/**
 * The data files of an X archive: JSON behind the name of a variable, read piece by piece.
 * Invariants: as much is held as one element; each comes with the bytes it was read from, and where they begin; what ends before
 * its end is told of. Unit: bytes, counted from 0 in the file.
 */
import { JSONParser, TokenType } from '@streamparser/json';
import type { Entry } from './entry.js';
import { unreadable } from './report.js';
import { utf8Of } from './utf8.js';

/** No element is longer. */
const LONGEST_ELEMENT = 32 * 1024 * 1024;
/** `window.YTD.direct_messages.part0 = `, which names what follows. */
const PREFIX = /^\ufeff?\s*window\.(?:YTD\.(\w+)\.part\d+|(\w+))\s*=\s*/;
const ESCAPED_SURROGATE = Buffer.from('\\ud');

export interface Element {
  /** Which of the paths it is at. */
  readonly path: number;
  readonly value: unknown;
  readonly start: number;
  /** Undefined for what is no object. */
  readonly raw: Buffer | undefined;
}

/** What the file says it holds, such as `tweets`; undefined where it is no such file. */
export async function nameOf(entry: Entry): Promise<string | undefined> {
  const [, data, other] = PREFIX.exec((await entry.head()).toString()) ?? [];
  return data ?? other;
}

/** A small file as a whole. Throws `bad-archive` where it is none. */
export async function wholeOf(entry: Entry): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of utf8Of(entry.read(), entry.name)) {
    length += chunk.length;
    if (length > LONGEST_ELEMENT) throw unreadable(entry.name, `it has more than ${LONGEST_ELEMENT} bytes`);
    parts.push(chunk);
  }
  const text = Buffer.concat(parts).toString();
  try {
    return JSON.parse(text.replace(PREFIX, ''));
  } catch (error) {
    throw unreadable(entry.name, error instanceof Error ? error.message : String(error), error);
  }
}

/** The elements at these paths (`$.*.tweet`: a star is any index); objects among them stand `depths` deep. Throws `bad-archive`. */
export async function* elementsOf(entry: Entry, paths: readonly string[], depth: number): AsyncGenerator<Element> {
  const prefix = PREFIX.exec((await entry.head()).toString())?.[0];
  if (prefix === undefined) throw unreadable(`${entry.name}, byte 0`, 'it does not begin as a data file of an X archive does');
  const skip = Buffer.byteLength(prefix);
  const wanted = paths.map((path) => path.split('.').slice(1));
  const parser = new JSONParser({ paths: [...paths], keepStack: false });
  /** What was read of the element that is open, or of the chunk at hand; where it begins. */
  let held: Buffer = Buffer.alloc(0);
  let heldAt = skip;
  let read = skip;
  let level = 0;
  let open: number | undefined;
  let closed = { start: skip, end: skip };
  let found: Element[] = [];
  parser.onToken = ({ token, offset }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      level++;
      if (level === depth) open = skip + offset;
    } else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      if (level === depth && open !== undefined) {
        closed = { start: open, end: skip + offset + 1 };
        open = undefined;
      }
      level--;
    }
  };
  parser.onValue = ({ value, key, stack }) => {
    // The stack has, for each level, the key under which the next stands in it.
    const at = [...stack.slice(1).map((one) => one.key), key];
    const path = wanted.findIndex((one) => one.length === at.length && one.every((part, i) => part === '*' || part === at[i]));
    if (path < 0) return;
    if (typeof value !== 'object' || value === null) {
      found.push({ path, value, start: closed.end, raw: undefined });
      return;
    }
    const raw = Buffer.from(held.subarray(closed.start - heldAt, closed.end - heldAt));
    // Half of a surrogate pair, which only an escape can write, is kept until the text is looked at.
    found.push({ path, value: raw.includes(ESCAPED_SURROGATE) ? JSON.parse(raw.toString()) : value, start: closed.start, raw });
  };
  try {
    let left = skip;
    for await (const bytes of utf8Of(entry.read(), entry.name)) {
      const chunk = left === 0 ? bytes : bytes.subarray(Math.min(left, bytes.length));
      left -= bytes.length - chunk.length;
      if (chunk.length === 0) continue;
      const from = open ?? read;
      held = Buffer.concat([held.subarray(from - heldAt), chunk]);
      heldAt = from;
      if (held.length > LONGEST_ELEMENT) throw unreadable(`${entry.name}, byte ${from}`, `an element has more than ${LONGEST_ELEMENT} bytes`);
      read += chunk.length;
      if (parser.isEnded) {
        if (Buffer.from(chunk).toString().trim().replace(/^;/, '') !== '')
          throw unreadable(`${entry.name}, byte ${read - chunk.length}`, 'something follows its end');
        continue;
      }
      parser.write(chunk);
      if (found.length > 0) {
        yield* found;
        found = [];
      }
    }
    if (!parser.isEnded) throw unreadable(`${entry.name}, byte ${read}`, 'the file ends before its end: it was cut off');
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    throw unreadable(
      `${entry.name}, byte ${open ?? closed.end}`,
      `in what begins here or follows: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
