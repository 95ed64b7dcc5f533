/**
 * Bytes that a client calls JSON, and the values that the log keeps.
 * Invariant: a value stands for the bytes only where nothing of their meaning is lost; what would be is kept as bytes.
 * What is not kept is how the text was written: spaces, the spelling of numbers, fields given twice (the last one counts).
 * Unit: the data or the metadata of one event.
 */
import type { LogEventData } from '../log/log.js';

type Json = Exclude<LogEventData['data'], Uint8Array>;

/** Deeper than this, whoever walks the value by recursion could run out of stack. */
const DEEPEST = 100;
const LONE_SURROGATE = /\p{Cs}/u;
const LONG_NUMBER = /\d{16}/;
/** Strings, so that what stands in them is passed over, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value that the bytes say, or undefined where they are no JSON or the log would not give back what they say. */
export function jsonIn(bytes: Uint8Array): Json | undefined {
  try {
    const text = decoder.decode(bytes);
    const value = JSON.parse(text) as Json;
    return isKept(value, DEEPEST) && numbersAreKept(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function jsonBytes(value: Json): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function isKept(value: Json, depth: number): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((one) => isKept(one, depth - 1));
  return Object.entries(value).every(([name, one]) => name !== '__proto__' && !LONE_SURROGATE.test(name) && isKept(one, depth - 1));
}

/** Whole numbers beyond 2^53 may come back as others: all but those that are exact, or that are written so again. */
function numbersAreKept(text: string): boolean {
  if (!LONG_NUMBER.test(text)) return true;
  for (const [token] of text.matchAll(TOKENS)) {
    if (!/^-?\d{16,}$/.test(token)) continue;
    const number = Number(token);
    if (String(number) !== token && BigInt(token) !== BigInt(number)) return false;
  }
  return true;
}
