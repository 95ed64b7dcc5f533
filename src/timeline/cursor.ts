/**
 * Cursors: a place in a replay as clients hold it. Opaque to them; here it is an order key and a log watermark.
 * Invariant: what one version wrote the next can read, or it is refused as `bad-cursor`.
 */
import { BEFORE_ALL, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';

export interface Cursor {
  /** Everything up to here in story order has been seen. */
  readonly key: OrderKey;
  /** … of what the log held up to here. */
  readonly watermark: Position;
  /** In a shared session: of which take of it. */
  readonly take?: string;
}

/** JSON knows no infinities: they stand as text. */
const spell = (n: number) => (Number.isFinite(n) ? n : n > 0 ? '+' : '-');
const unspell = (x: unknown): number | undefined =>
  typeof x === 'number' && Number.isFinite(x) && Math.abs(x) <= Number.MAX_SAFE_INTEGER ? x : x === '+' ? Infinity : x === '-' ? -Infinity : undefined;

/** What we write is no longer than this: what is was made by others, and would be no key of the store. */
const LONGEST = { id: 300, watermark: 64, take: 64 } as const;
const isShort = (text: unknown, most: number): text is string => typeof text === 'string' && text.length <= most && !text.includes('\u0000');

export function encodeCursor({ key, watermark, take }: Cursor): string {
  const fields = [1, spell(key[0]), spell(key[1]), key[2], watermark, ...(take === undefined ? [] : [take])];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** Throws `bad-cursor` where `text` is none. */
export function decodeCursor(text: string): Cursor {
  try {
    const [version, instant, seq, id, watermark, take] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const at = unspell(instant);
    const n = unspell(seq);
    if (version === 1 && at !== undefined && n !== undefined && isShort(id, LONGEST.id) && isShort(watermark, LONGEST.watermark)) {
      return { key: at === -Infinity ? BEFORE_ALL : [at, n, id], watermark, ...(isShort(take, LONGEST.take) ? { take } : {}) };
    }
  } catch {
    // Fall through: whatever is wrong with it, it is no cursor.
  }
  throw new HindcastError('bad-cursor', undefined, [{ at: 'after', message: 'not a cursor that this server gave' }]);
}
