/**
 * A mailbox file as its messages.
 * Invariants: no byte of a message is another but for one ">" taken from before a quoted "From "; as much is held as one
 * message. Unit: bytes, counted from 0 in the file.
 */
import { unreadable } from './report.js';

/** No message is longer. */
export const LONGEST_MESSAGE = 128 * 1024 * 1024;
/** A separator is no longer; a line may be. */
const LONGEST_SEPARATOR = 1_024;
const NEWLINE = 0x0a;
const QUOTE = 0x3e;
/** The line before a message: it ends in a date. What begins like it in a text has none. */
const SEPARATOR = /^From \S.*\d{1,2}:\d{2}/;

export interface RawMessage {
  readonly bytes: Buffer;
  /** Where it begins, after the line that separates it from the one before. */
  readonly start: number;
  /** Lines that were quoted. */
  readonly unquoted: number;
  /** The file ends in the middle of its last line. */
  readonly isCut: boolean;
}

/** Throws `bad-archive` where it does not begin as a mailbox does, or a message is too long. */
export async function* messagesOf(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<RawMessage> {
  let parts: Buffer[] = [];
  let length = 0;
  let start = 0;
  let unquoted = 0;
  let begun = false;
  /** The line before was empty, or there is none. */
  let blank = true;
  /** Where `rest` begins, in the file; the piece of a line that is not whole yet. */
  let at = 0;
  let rest: Buffer = Buffer.alloc(0);
  let isInLine = false;

  const push = (piece: Buffer) => {
    if (piece.length === 0) return;
    length += piece.length;
    if (length > LONGEST_MESSAGE) throw unreadable(`${file}, byte ${start}`, `a message has more than ${LONGEST_MESSAGE} bytes`);
    parts.push(piece);
  };
  const message = (isCut: boolean): RawMessage => {
    const bytes = withoutLastLine(Buffer.concat(parts));
    const raw = { bytes, start, unquoted, isCut };
    parts = [];
    length = 0;
    unquoted = 0;
    return raw;
  };

  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    /** The bytes from here on are of this message and not pushed yet. */
    let from = 0;
    let line = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, line);
      if (newline < 0) break;
      const end = newline + 1;
      if (!isInLine) {
        if (blank && bytes[line] === 0x46 && SEPARATOR.test(bytes.toString('latin1', line, Math.min(end, line + LONGEST_SEPARATOR)))) {
          push(bytes.subarray(from, line));
          if (begun) yield message(false);
          begun = true;
          from = end;
          start = at + end;
        } else if (!begun) {
          if (end - line > 2) throw unreadable(`${file}, byte ${at + line}`, 'it does not begin with the line "From …" that a mailbox begins with');
          from = end;
        } else if (bytes[line] === QUOTE && isQuoted(bytes, line)) {
          push(bytes.subarray(from, line));
          from = line + 1;
          unquoted++;
        }
      }
      blank = end - line === 1 || (end - line === 2 && bytes[line] === 0x0d);
      isInLine = false;
      line = end;
    }
    if (bytes.length - line > LONGEST_SEPARATOR || isInLine) {
      // It is too long to separate anything: what comes of it goes on.
      push(bytes.subarray(from));
      rest = Buffer.alloc(0);
      if (!begun) throw unreadable(`${file}, byte ${at + line}`, 'it does not begin with the line "From …" that a mailbox begins with');
      isInLine = true;
      blank = false;
      at += bytes.length;
    } else {
      push(bytes.subarray(from, line));
      rest = Buffer.from(bytes.subarray(line));
      at += line;
    }
  }
  push(rest);
  if (!begun) throw unreadable(`${file}, byte 0`, 'there is no message in it');
  yield message(rest.length > 0 || isInLine);
}

/** `>From `, `>>From `, …: one of them was put there. */
function isQuoted(bytes: Buffer, line: number): boolean {
  let i = line;
  while (bytes[i] === QUOTE) i++;
  return bytes.toString('latin1', i, i + 5) === 'From ';
}

/** The empty line before the next message belongs to neither. */
function withoutLastLine(bytes: Buffer): Buffer {
  const n = bytes.length;
  if (n >= 4 && bytes[n - 1] === NEWLINE && bytes[n - 2] === 0x0d && bytes[n - 3] === NEWLINE) return bytes.subarray(0, n - 2);
  if (n >= 2 && bytes[n - 1] === NEWLINE && bytes[n - 2] === NEWLINE) return bytes.subarray(0, n - 1);
  return bytes;
}
