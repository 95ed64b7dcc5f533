/**
 * A disk without room, as LMDB tells of it: with the system's number for it, or, where a part of a write still went through,
 * with the number of a fault in writing, or in the system's words alone.
 */
import { statfsSync } from 'node:fs';
import { HindcastError, saysNoRoom } from '../errors.js';

/** Where LMDB gives no number, but the system's words for it. */
const SAID = /^(No space left on device|Disk quota exceeded)$/;
const FAULTY_WRITE: readonly unknown[] = ['EIO', 5];
/** A write of LMDB is of several pages: where no more is left than this, it is what was lacking. */
const LITTLE = 1024 * 1024;

/** The error of the register, where that is what the cause says. */
export function diskFull(cause: unknown, folder: string): HindcastError | undefined {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const isFull = saysNoRoom(cause) || (code === undefined && SAID.test(String(message)));
  if (!isFull && !(FAULTY_WRITE.includes(code) && roomIn(folder) < LITTLE)) return undefined;
  return new HindcastError('disk-full', `It is the one of ${folder}.`, [], { cause });
}

/** Bytes that may still be written where a folder is. */
export function roomIn(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
