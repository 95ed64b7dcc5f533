/**
 * Bytes that are to be UTF-8: passed on as long as they are.
 * Invariant: no byte is replaced by another; the first that cannot stand where it does is named. Unit: bytes, from 0.
 */
import { unreadable } from './report.js';

const strict = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws `bad-archive`, which names the byte. */
export async function* utf8Of(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const decoder = strict();
  let before = 0;
  /** The end of the chunk before: a character may have begun in it. */
  let tail = new Uint8Array(0);
  const refuse = (bytes: Uint8Array) => unreadable(`${file}, byte ${before - tail.length + firstFault(bytes)}`, 'it is not UTF-8');
  for await (const chunk of chunks) {
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      throw refuse(Buffer.concat([tail, chunk]));
    }
    yield chunk;
    before += chunk.length;
    tail = unfinished(tail.length > 0 && chunk.length < 3 ? Buffer.concat([tail, chunk]) : chunk);
  }
  try {
    decoder.decode();
  } catch {
    throw refuse(tail);
  }
}

/** Which byte is the first that cannot stand where it does; the number of bytes where something more has to follow. */
export function firstFault(bytes: Uint8Array): number {
  const decoder = strict();
  for (let i = 0; i < bytes.length; i++) {
    try {
      decoder.decode(bytes.subarray(i, i + 1), { stream: true });
    } catch {
      return i;
    }
  }
  return bytes.length;
}

export function decoded(bytes: Uint8Array): string {
  return strict().decode(bytes);
}

/** The bytes at the end that begin a character and do not end it. */
function unfinished(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? Uint8Array.from(bytes.subarray(bytes.length - back)) : new Uint8Array(0);
    }
  }
  return new Uint8Array(0);
}
