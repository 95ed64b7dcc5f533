/**
 * Folders for what a benchmark writes: on the disk where the programs are, since a temporary folder may be in memory.
 * Invariant: whatever was made is gone when the process ends in order.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BASE = fileURLToPath(new URL('../.data', import.meta.url));

export function benchFolder(name: string): string {
  mkdirSync(BASE, { recursive: true });
  return mkdtempSync(join(BASE, `${name}-`));
}

export function removeBenchFolders(): void {
  rmSync(BASE, { recursive: true, force: true });
}
