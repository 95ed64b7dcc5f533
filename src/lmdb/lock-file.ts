/**
 * The file by which LMDB's readers and writers know of each other, made before LMDB makes it: LMDB leaves its bytes to be
 * found when they are first written to in memory, and on a full disk that ends the process.
 * Invariant: a file that is there is left alone; a new one is there whole, or not at all. Unit: one folder.
 */
import { closeSync, existsSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { diskFull } from './disk-full.js';

/** Room for a thousand readers; what LMDB would take for 126. */
const BYTES = 64 * 1024;

/** Throws `disk-full` where there is no room for it. */
export function reserveLockFile(folder: string): void {
  const path = join(folder, 'lock.mdb');
  if (existsSync(path)) return;
  const begun = `${path}.${process.pid}`;
  try {
    const file = openSync(begun, 'w', 0o664);
    try {
      for (let written = 0; written < BYTES; ) written += writeSync(file, Buffer.alloc(BYTES - written));
    } finally {
      closeSync(file);
    }
    linkSync(begun, path);
  } catch (error) {
    const full = diskFull(error, folder);
    if (full !== undefined) throw full;
    // Where it cannot be made like this (a disk without links, another process that was quicker), LMDB makes it, as ever.
  } finally {
    rmSync(begun, { force: true });
  }
}
