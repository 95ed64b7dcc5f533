/**
 * A disk so small that it can be filled: memory mounted in a mount namespace of the process that is started on it.
 * Invariant: nothing of it is left when the process has ended. Unit: one process with one disk.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MOUNTED = 'mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@"';

/** Who may mount does; else as the one who may, in a namespace of users. */
const WAYS = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
];
const mounted = (way: readonly string[], folder: string, bytes: number) => [...way, 'sh', '-c', MOUNTED, String(bytes), folder];

/** What stands before a command so that `folder`, which exists, is a disk of so many bytes for it alone; a sentence where there can be none. */
export function smallDisk(folder: string): ((folder: string, bytes: number) => readonly string[]) | string {
  let said = '';
  for (const way of WAYS) {
    const [command = '', ...args] = [...mounted(way, folder, 65_536), 'true'];
    const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status === 0) return (disk, bytes) => mounted(way, disk, bytes);
    said = error?.message ?? stderr.trim();
  }
  return `no disk can be mounted here: ${said}`;
}

/** Fills the disk of a process, but for so many bytes; answers how to give the room back. */
export function fill(pid: number, folder: string, left = 0): () => void {
  const path = join(`/proc/${pid}/root`, folder, 'ballast');
  const file = openSync(path, 'w');
  // Large pieces first: what is left is then taken to the byte.
  for (let size = 1024 * 1024; size >= 1; ) {
    try {
      if (writeSync(file, Buffer.alloc(size)) < size) size = Math.ceil(size / 2);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size = Math.floor(size / 2);
    }
  }
  ftruncateSync(file, fstatSync(file).size - left);
  closeSync(file);
  return () => rmSync(path);
}
