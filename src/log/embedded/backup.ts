/**
 * A copy of a log, made while it is written to: what was durable when it began, whole.
 * Invariant: the log itself is only read. Its indexes are not copied: a log that lacks them builds them.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { HindcastError } from '../../errors.js';

/** Copies the log in one folder into another, which must be new or empty. Throws `data-damaged` where there is no log, `bad-request` where the target is not empty. */
export async function backupLog(folder: string, target: string): Promise<void> {
  if (!existsSync(join(folder, 'data.mdb'))) throw new HindcastError('data-damaged', `There is no log in ${folder}.`);
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) throw new HindcastError('bad-request', `${target} is not empty.`, [{ at: 'target', message: 'not empty' }]);
  const root = open({ path: folder, noSubdir: false, readOnly: true, maxDbs: 4 });
  try {
    await root.backup(target, true);
  } finally {
    await root.close();
  }
}
