/**
 * Whether an index that is not synced to disk can be believed. It can after its process died, since the system still had
 * what was written; it cannot after the machine died.
 * Invariant: while the index is open, a file beside it names the boot of the machine; it goes once all is on disk.
 * Unit: the folder of one index.
 */
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'open';

/** True where the index was closed in order, or its process died since the machine last started. */
export async function trustworthy(folder: string): Promise<boolean> {
  let mark: string;
  try {
    mark = await readFile(join(folder, MARK), 'utf8');
  } catch {
    return true;
  }
  const boot = await currentBoot();
  return boot !== undefined && mark === boot;
}

/** Call before the first write. What it returns ends it: it syncs the index and takes the mark away. */
export async function beginTrust(folder: string): Promise<(sync: () => Promise<void>) => Promise<void>> {
  const path = join(folder, MARK);
  const file = await open(path, 'w');
  try {
    await file.writeFile((await currentBoot()) ?? '');
    await file.sync();
  } finally {
    await file.close();
  }
  return async (sync) => {
    await sync();
    await rm(path, { force: true });
  };
}

/** A name for the time since the machine started, where the system has one. */
async function currentBoot(): Promise<string | undefined> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return undefined;
  }
}
