/**
 * The patch from one view state to the next, as RFC 6902 operations (add, remove, replace).
 * Invariant: applied to the first it gives the second. It relies on what did not change being the same object, so that
 * it costs as much as changed, not as much as there is.
 */
import type { PatchOperation } from '../protocol.js';

type Json = unknown;

const pointerOf = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Two values that would be written the same. */
function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

export function patchOf(before: Json, after: Json): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare(before, after, '', operations);
  return operations;
}

function compare(before: Json, after: Json, path: string, operations: PatchOperation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, operations);
  if (!isRecord(before) || !isRecord(after)) {
    if (!same(before, after)) operations.push({ op: 'replace', path, value: after });
    return;
  }
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: `${path}/${pointerOf(key)}` });
  for (const [key, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) operations.push({ op: 'add', path: `${path}/${pointerOf(key)}`, value });
    else compare(before[key], value, `${path}/${pointerOf(key)}`, operations);
  }
}

/** Lists mostly change by a row that comes, goes or is replaced: what they share at both ends stays. */
function compareLists(before: readonly Json[], after: readonly Json[], path: string, operations: PatchOperation[]): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && same(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && same(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++;
  const gone = before.length - head - tail;
  const come = after.length - head - tail;
  const both = Math.min(gone, come);
  for (let i = 0; i < both; i++) compare(before[head + i], after[head + i], `${path}/${head + i}`, operations);
  // From the back, so that the places of those before stay true.
  for (let i = gone - 1; i >= both; i--) operations.push({ op: 'remove', path: `${path}/${head + i}` });
  for (let i = both; i < come; i++) operations.push({ op: 'add', path: `${path}/${head + i}`, value: after[head + i] });
}
