/**
 * Bytes that a writer calls JSON, and what a reader understands of them. Most JSON is as JSON.stringify writes it, and is kept
 * as its value; the rest is kept byte for byte, and its value is made from the bytes when it is read.
 * What is understood: JSON, as its value. So a number that a program cannot hold exactly is the nearest that it can, and of
 * two fields with one name the last one counts; the bytes still say what was written. What is no JSON stays bytes, and so
 * does JSON that could harm its reader: a field named `__proto__`, half of a surrogate pair, a number without end, or nesting
 * deeper than a walk by recursion can take.
 * Invariant: what is understood follows from the bytes alone, whichever way they are kept; `bytesOf` gives back what was written.
 * Unit: the data and the metadata of one event.
 */
import type { LogEventData, Verbatim } from '../log.js';

type Content = LogEventData['data'];
type Json = Exclude<Content, Uint8Array>;

/** Deeper than this, whoever walks the value by recursion could run out of stack. */
const DEEPEST = 100;
const LONE_SURROGATE = /\p{Cs}/u;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value that the bytes say, or undefined where it is not understood. */
export function jsonIn(bytes: Uint8Array): Json | undefined {
  try {
    const value = JSON.parse(decoder.decode(bytes)) as Json;
    return isSafe(value, DEEPEST) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value that the bytes say, which may be null, or else the bytes. */
function understood(bytes: Uint8Array): Content {
  const value = jsonIn(bytes);
  return value === undefined ? bytes : value;
}

/** The contents of an event from what its writer sent; `verbatim` only where the contents do not give that back. */
export function contentsOf({ isJson, data, metadata }: Verbatim): Pick<LogEventData, 'data' | 'metadata' | 'verbatim'> {
  const contents = readVerbatim({ isJson, data, metadata });
  const isGivenBack =
    isJson === !(contents.data instanceof Uint8Array) && sameBytes(bytesOf(contents.data), data) && sameBytes(bytesOf(contents.metadata), metadata);
  return isGivenBack ? contents : { ...contents, verbatim: { isJson, data, metadata } };
}

/** What a reader understands of an event kept byte for byte. */
export function readVerbatim({ isJson, data, metadata }: Verbatim): Pick<LogEventData, 'data' | 'metadata'> {
  return { data: isJson ? understood(data) : data, metadata: understood(metadata) };
}

/** An event as its writer sent it. */
export function writtenAs({ data, metadata, verbatim }: Pick<LogEventData, 'data' | 'metadata' | 'verbatim'>): Verbatim {
  return verbatim ?? { isJson: !(data instanceof Uint8Array), data: bytesOf(data), metadata: bytesOf(metadata) };
}

function bytesOf(value: Content): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function isSafe(value: Json, depth: number): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((one) => isSafe(one, depth - 1));
  return Object.entries(value).every(([name, one]) => name !== '__proto__' && !LONE_SURROGATE.test(name) && isSafe(one, depth - 1));
}
