/**
 * A file that is read as often as is asked for, each time from its beginning.
 * Invariant: a later reading ends well only where every byte is what it was at the first. Unit: one open file.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { HindcastError } from '../errors.js';

const CHUNK = 64 * 1024;

export interface ImportedFile {
  /** Its bytes, as they are asked for. Throws `bad-request` where it cannot be read, or is not what it was. */
  read(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Throws `bad-request` where there is no file that can be read more than once. */
export async function openFile(path: string): Promise<ImportedFile> {
  const handle = await told(open(path));
  try {
    const stat = await told(handle.stat());
    if (!stat.isFile()) throw unreadable(`${path} is no file: it has to be read twice.`);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let first: string | undefined;
  return {
    async *read() {
      const hash = createHash('sha256');
      for await (const chunk of chunksOf(handle)) {
        hash.update(chunk);
        yield chunk;
      }
      const digest = hash.digest('hex');
      first ??= digest;
      if (digest !== first) throw changed();
    },
    close: () => handle.close(),
  };
}

/** What is said of a file that is not what it was. */
export function changed(cause?: unknown): HindcastError {
  return new HindcastError('bad-request', 'The file changed while it was being read.', [{ at: 'file', message: 'changed' }], { cause });
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
