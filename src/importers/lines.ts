/**
 * Bytes as lines of text, for files of one record a line.
 * Invariants: no byte is replaced by another; as much is held as one line that is not too long. Unit: lines count from 1, bytes
 * from 0.
 */
import { HindcastError } from '../errors.js';
import { unreadable } from './report.js';
import { decoded, firstFault } from './utf8.js';

/** No line is longer, in bytes. */
export const LONGEST_LINE = 8 * 1024 * 1024;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

export interface Line {
  /** The first byte of it, in the file. */
  readonly start: number;
  readonly number: number;
  readonly text: string;
}

/**
 * Throws where bytes are not UTF-8 (`bad-json`, or `bad-archive` where a file is named: it is then no JSON) and `body-too-large`
 * where a line is too long; all name the line.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, file?: string): AsyncGenerator<Line> {
  let number = 1;
  /** Where the line begins, in the file. */
  let start = 0;
  let length = 0;
  let parts: Uint8Array[] = [];
  const line = (): Line => {
    const words = text(Buffer.concat(parts), number, start, file);
    return { number, start, text: number === 1 && words.startsWith(BYTE_ORDER_MARK) ? words.slice(1) : words };
  };
  for await (const chunk of chunks) {
    for (let from = 0; ; ) {
      const end = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      length += part.length;
      if (length > LONGEST_LINE)
        throw new HindcastError('body-too-large', `line ${number} has more than ${LONGEST_LINE} bytes.`, [{ at: `line ${number}`, message: 'too long' }]);
      parts.push(part);
      if (end < 0) break;
      yield line();
      number++;
      start += length + 1;
      length = 0;
      parts = [];
      from = end + 1;
    }
  }
  if (length > 0) yield line();
}

function text(bytes: Uint8Array, number: number, start: number, file: string | undefined): string {
  try {
    return decoded(bytes);
  } catch {
    const at = start + firstFault(bytes);
    if (file !== undefined) throw unreadable(`${file}, line ${number}`, `byte ${at} of the file is not UTF-8`);
    throw new HindcastError('bad-json', `line ${number} is not UTF-8: look at byte ${at} of the file.`, [
      { at: `line ${number}`, message: `byte ${at} is not UTF-8` },
    ]);
  }
}
