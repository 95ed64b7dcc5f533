/**
 * A copy of a log, made while it is written to: what was durable when it began, whole.
 * Invariants: the log itself is only read; a copy that was not finished is none, and is never taken for one. Its indexes are not copied: a log that lacks them builds them.
 */
import { existsSync } from 'node:fs';
import { mkdir, open as openFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { HindcastError } from '../../errors.js';
import { diskFull } from '../../lmdb/disk-full.js';

/** Copies the log in one folder into another, which must be new or empty. Throws `data-damaged` where there is no log, `bad-request` where the target is not empty, `disk-full`. */
export async function backupLog(folder: string, target: string): Promise<void> {
  if (!existsSync(join(folder, 'data.mdb'))) throw new HindcastError('data-damaged', `There is no log in ${folder}.`);
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) throw new HindcastError('bad-request', `${target} is not empty.`, [{ at: 'target', message: 'not empty' }]);
  const begun = join(target, 'begun');
  await mkdir(begun);
  try {
    const root = open({ path: folder, noSubdir: false, readOnly: true, maxDbs: 4 });
    try {
      await root.backup(begun, true);
    } finally {
      await root.close();
    }
    await syncFile(join(begun, 'data.mdb'));
    await rename(join(begun, 'data.mdb'), join(target, 'data.mdb'));
  } catch (error) {
    throw diskFull(error, target) ?? error;
  } finally {
    await rm(begun, { recursive: true, force: true });
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await openFile(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
