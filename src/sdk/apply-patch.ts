/**
 * Applies a patch of a view (RFC 6902: add, remove, replace) to the state that it was made for.
 * Invariants: the state before is not changed, and what the patch does not touch is the same object after it; a patch
 * that does not fit throws, and nothing of it is believed.
 */
import type { PatchOperation } from '../protocol.js';

type Holder = unknown[] | Record<string, unknown>;

/** The tokens of a JSON pointer (RFC 6901). */
function tokensOf(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/') || /~(?![01])/.test(path)) throw new RangeError(`"${path}" is no JSON pointer`);
  return path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const INDEX = /^(0|[1-9]\d*)$/;

/** A place in a list; `most` is the last one that there may be. */
function indexOf(token: string, most: number, path: string): number {
  const index = INDEX.test(token) ? Number(token) : Number.NaN;
  if (!(index <= most)) throw new RangeError(`${path} is outside its list`);
  return index;
}

/** A field of its own, whatever it is called. */
function define(record: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}

/** One patch in the making: containers are copied once, and then are its own. */
class Patching {
  private readonly own = new WeakSet<Holder>();

  constructor(public document: unknown) {}

  apply({ op, path, value }: PatchOperation): void {
    const tokens = tokensOf(path);
    const last = tokens.pop();
    if (last === undefined) {
      if (op === 'remove') throw new RangeError('the whole state cannot be removed');
      this.document = value;
      return;
    }
    const holder = this.reach(tokens, path);
    if (Array.isArray(holder)) this.changeList(holder, op, last, value, path);
    else this.changeRecord(holder, op, last, value, path);
  }

  /** The container that the tokens lead to, made its own together with all those above it. */
  private reach(tokens: readonly string[], path: string): Holder {
    let holder = this.owned(this.document, path);
    this.document = holder;
    for (const token of tokens) {
      const inner: Holder = this.owned(get(holder, token, path), path);
      if (Array.isArray(holder)) holder[Number(token)] = inner;
      else define(holder, token, inner);
      holder = inner;
    }
    return holder;
  }

  private owned(value: unknown, path: string): Holder {
    if (typeof value !== 'object' || value === null) throw new RangeError(`${path} leads nowhere`);
    if (this.own.has(value as Holder)) return value as Holder;
    const copy: Holder = Array.isArray(value) ? [...value] : { ...value };
    this.own.add(copy);
    return copy;
  }

  private changeList(list: unknown[], op: PatchOperation['op'], token: string, value: unknown, path: string): void {
    if (op === 'add') list.splice(token === '-' ? list.length : indexOf(token, list.length, path), 0, value);
    else if (op === 'remove') list.splice(indexOf(token, list.length - 1, path), 1);
    else list[indexOf(token, list.length - 1, path)] = value;
  }

  private changeRecord(record: Record<string, unknown>, op: PatchOperation['op'], key: string, value: unknown, path: string): void {
    if (op !== 'add' && !Object.hasOwn(record, key)) throw new RangeError(`${path} is not there`);
    if (op === 'remove') delete record[key];
    else define(record, key, value);
  }
}

function get(holder: Holder, token: string, path: string): unknown {
  if (Array.isArray(holder)) return holder[indexOf(token, holder.length - 1, path)];
  if (!Object.hasOwn(holder, token)) throw new RangeError(`${path} leads nowhere`);
  return holder[token];
}

/** Answers the state after the patch. Throws a RangeError where the patch does not fit. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  const patching = new Patching(document);
  for (const operation of patch) patching.apply(operation);
  return patching.document;
}
