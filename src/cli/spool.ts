/**
 * Lines that are written one after the other and then read once in the same order: in memory while they are few, in a file of the
 * temporary folder when they are many.
 * Invariant: as much is held as a few blocks, however many lines there are. Unit: one line.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HindcastError } from '../errors.js';

const BLOCK = 64 * 1024;

/** Makes the files of spools that did not fit. They have no name, where the system lets go of one: so nothing is left of them, however it ends. */
export class SpoolFiles {
  private readonly named = new Set<string>();

  open(): number {
    const path = join(tmpdir(), `hindcast-${randomUUID()}`);
    try {
      const file = openSync(path, 'wx+', 0o600);
      this.named.add(path);
      this.remove();
      return file;
    } catch (error) {
      throw noRoom(error);
    }
  }

  /** Removes what still has a name: where a file that is open cannot be removed, when it is closed. */
  remove(): void {
    for (const path of this.named) {
      try {
        rmSync(path, { force: true });
        this.named.delete(path);
      } catch {
        // The next time.
      }
    }
  }
}

export class Spool {
  private readonly files: SpoolFiles;
  private lines: string[] = [];
  private length = 0;
  private file: number | undefined;

  constructor(files: SpoolFiles) {
    this.files = files;
  }

  /** A line has no line end in it. */
  push(line: string): void {
    this.lines.push(line);
    this.length += line.length + 1;
    if (this.length < BLOCK) return;
    this.file ??= this.files.open();
    try {
      writeSync(this.file, `${this.lines.join('\n')}\n`);
    } catch (error) {
      throw noRoom(error);
    }
    this.lines = [];
    this.length = 0;
  }

  *read(): Generator<string> {
    if (this.file !== undefined) {
      let rest: Buffer = Buffer.alloc(0);
      for (let at = 0; ; ) {
        const block = Buffer.allocUnsafe(BLOCK);
        const size = readSync(this.file, block, 0, BLOCK, at);
        if (size === 0) break;
        at += size;
        const bytes = Buffer.concat([rest, block.subarray(0, size)]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        if (end > 0) yield* bytes.toString('utf8', 0, end - 1).split('\n');
        rest = bytes.subarray(end);
      }
    }
    yield* this.lines;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.lines = [];
  }
}

function noRoom(cause: unknown): HindcastError {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return new HindcastError(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'internal',
    `The temporary folder ${tmpdir()} cannot be written to: ${cause instanceof Error ? cause.message : String(cause)}.`,
    [],
    { cause },
  );
}
