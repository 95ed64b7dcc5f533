/**
 * Lines that are written one after the other and then read once in the same order: in memory while they are few, in a file of the
 * temporary folder when they are many.
 * Invariant: as much is held as a few blocks, however many lines there are. Unit: one line.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HindcastError, saysNoRoom } from '../errors.js';

const BLOCK = 64 * 1024;
const LINE_END = 0x0a;

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
  /** Lines as bytes: a string may be a piece of a long one, which it would hold as well. */
  private block: Buffer | undefined;
  private length = 0;
  private file: number | undefined;

  constructor(files: SpoolFiles) {
    this.files = files;
  }

  /** A line has no line end in it. */
  push(line: string): void {
    const size = Buffer.byteLength(line) + 1;
    if (this.length + size > BLOCK) this.flush();
    if (size > BLOCK) {
      this.append(Buffer.from(`${line}\n`));
      return;
    }
    this.block ??= Buffer.allocUnsafeSlow(BLOCK);
    this.length += this.block.write(line, this.length);
    this.block[this.length++] = LINE_END;
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
        const end = bytes.lastIndexOf(LINE_END) + 1;
        yield* linesIn(bytes.subarray(0, end));
        rest = bytes.subarray(end);
      }
    }
    if (this.block !== undefined) yield* linesIn(this.block.subarray(0, this.length));
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.block = undefined;
    this.length = 0;
  }

  private flush(): void {
    if (this.block === undefined || this.length === 0) return;
    this.append(this.block.subarray(0, this.length));
    this.length = 0;
  }

  private append(bytes: Uint8Array): void {
    this.file ??= this.files.open();
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.file, bytes, written);
    } catch (error) {
      throw noRoom(error);
    }
  }
}

/** Lines, each with its end. */
function linesIn(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString('utf8', 0, bytes.length - 1).split('\n');
}

function noRoom(cause: unknown): HindcastError {
  return new HindcastError(
    saysNoRoom(cause) ? 'disk-full' : 'internal',
    `The temporary folder ${tmpdir()} cannot be written to: ${cause instanceof Error ? cause.message : String(cause)}.`,
    [],
    { cause },
  );
}
