/**
 * Applies a patch of a projection (RFC 6902: add, remove, replace) to the state it was made for.
 * Invariant: a patch that does not fit throws and is never half believed: the caller asks for the whole state again.
 */
import type { PatchOperation } from '../src/protocol.js';

const own = (holder: object, key: string) => Object.hasOwn(holder, key);

function applyOne(document: unknown, { op, path, value }: PatchOperation): unknown {
  if (path === '') return op === 'remove' ? null : value;
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() as string;
  let holder = document;
  for (const key of keys) {
    if (typeof holder !== 'object' || holder === null || !own(holder, key)) throw new RangeError(`${path} leads nowhere`);
    holder = (holder as Record<string, unknown>)[key];
  }
  if (typeof holder !== 'object' || holder === null) throw new RangeError(`${path} leads nowhere`);
  if (Array.isArray(holder)) {
    const index = last === '-' ? holder.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > holder.length - (op === 'add' ? 0 : 1)) throw new RangeError(`${path} is outside its list`);
    if (op === 'add') holder.splice(index, 0, value);
    else if (op === 'remove') holder.splice(index, 1);
    else holder[index] = value;
    return document;
  }
  if (op !== 'add' && !own(holder, last)) throw new RangeError(`${path} is not there`);
  if (op === 'remove') delete (holder as Record<string, unknown>)[last];
  else Object.defineProperty(holder, last, { value, writable: true, enumerable: true, configurable: true });
  return document;
}

/** Answers the state after the patch; the one before is used up. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  return patch.reduce(applyOne, document);
}
