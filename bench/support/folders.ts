/**
 * Folders for what a benchmark writes: on the disk where the programs are, since a temporary folder may be in memory.
 * Invariant: whatever was made is gone when the process ends in order.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BASE = fileURLToPath(new URL('../.data', import.meta.url));

const made: string[] = [];

export function benchFolder(name: string): string {
  mkdirSync(BASE, { recursive: true });
  const folder = mkdtempSync(join(BASE, `${name}-`));
  made.push(folder);
  return folder;
}

/** Removes one folder, or all that were made here: another benchmark may be at work beside this one. */
export function removeBenchFolders(...only: readonly string[]): void {
  for (const folder of only.length > 0 ? only : made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
