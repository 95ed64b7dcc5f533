/**
 * A file that is read as often as is asked for, each time from its beginning.
 * Invariant: a later reading ends well only where every byte is what it was at the first. Unit: one open file.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { HindcastError } from '../errors.js';

const CHUNK = 64 * 1024;

export interface ImportedFile {
  readonly size: number;
  /** Its bytes, as they are asked for. Throws `bad-request` where it cannot be read, or is not what it was. */
  read(): AsyncGenerator<Uint8Array>;
  /** Its first bytes, at most so many. */
  head(length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Throws `bad-request` where there is no file that can be read more than once. */
export async function openFile(path: string): Promise<ImportedFile> {
  const handle = await told(open(path));
  let size: number;
  try {
    const stat = await told(handle.stat());
    if (!stat.isFile()) throw unreadable(`${path} is no file: it has to be read twice.`);
    ({ size } = stat);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const readings = new Readings();
  return {
    size,
    read: () => readings.checked('', chunksOf(handle)),
    head: (length) => headOf(handle, length),
    close: () => handle.close(),
  };
}

/** The bytes of a file that is open only while they are read. */
export async function* readPath(path: string): AsyncGenerator<Uint8Array> {
  const handle = await told(open(path));
  try {
    yield* chunksOf(handle);
  } finally {
    await handle.close();
  }
}

/** The first bytes of such a file. */
export async function headOfPath(path: string, length: number): Promise<Buffer> {
  const handle = await told(open(path));
  try {
    return await headOf(handle, length);
  } finally {
    await handle.close();
  }
}

/** Keeps what each of several readings was the first time. */
export class Readings {
  private readonly first = new Map<string, Buffer>();

  /** Passes the bytes on; at their end throws where they are not those of the first time. */
  async *checked(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    const digest = hash.digest();
    const before = this.first.get(name);
    if (before === undefined) this.first.set(name, digest);
    else if (!before.equals(digest)) throw changed();
  }

  /** Of what was read to its end; undefined where it was not. */
  digestOf(name: string): string | undefined {
    return this.first.get(name)?.toString('hex');
  }
}

/** What is said of a file that is not what it was. */
export function changed(cause?: unknown): HindcastError {
  return new HindcastError('bad-request', 'The file changed while it was being read.', [{ at: 'file', message: 'changed' }], { cause });
}

async function headOf(handle: FileHandle, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await told(handle.read(Buffer.alloc(length), 0, length, 0));
  return buffer.subarray(0, bytesRead);
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await told(handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position));
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function told<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(message: string, cause?: unknown): HindcastError {
  return new HindcastError('bad-request', message, [{ at: 'file', message: 'cannot be read' }], { cause });
}
