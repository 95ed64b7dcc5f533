/**
 * A file that is there whole, or not at all: it is written beside its place and put there when all of it is on the disk.
 * Invariants: a file that is there already is never touched; what failed on the way leaves nothing. Unit: one file.
 */
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { HindcastError, saysNoRoom } from '../errors.js';

/** Resolves when more may be written. */
export type Write = (piece: string | Uint8Array) => Promise<void>;

/** Throws `bad-request` where the file is there already or cannot be made, `disk-full`, and whatever `write` throws. */
export async function writeNewFile<R>(path: string, write: (put: Write) => Promise<R>): Promise<R> {
  if (existsSync(path)) throw taken(path);
  const begun = `${path}.${process.pid}.part`;
  const stream = createWriteStream(begun, { flags: 'wx', flush: true });
  // Each write asks what went wrong; between two of them nobody else does.
  stream.on('error', () => {});
  try {
    await once(stream, 'open');
    const result = await write(async (piece) => {
      if (stream.errored) throw stream.errored;
      if (!stream.write(piece)) await once(stream, 'drain');
    });
    stream.end();
    await finished(stream);
    await put(begun, path);
    return result;
  } catch (error) {
    stream.destroy();
    if (!stream.closed) await once(stream, 'close');
    throw sentenceOf(error, path);
  } finally {
    await rm(begun, { force: true });
  }
}

/** A link is never made over another file; some disks have none. */
async function put(begun: string, path: string): Promise<void> {
  try {
    await link(begun, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(path)) throw taken(path);
    await rename(begun, path);
  }
}

const taken = (path: string) => new HindcastError('bad-request', `${path} is there already.`, [{ at: 'out', message: 'there already' }]);

function sentenceOf(error: unknown, path: string): unknown {
  if (saysNoRoom(error)) return new HindcastError('disk-full', `Nothing was left at ${path}.`, [], { cause: error });
  // What the system says of a file; anything else is no fault of the file.
  if ((error as NodeJS.ErrnoException).syscall === undefined || error instanceof HindcastError) return error;
  return new HindcastError('bad-request', (error as Error).message, [{ at: 'out', message: 'cannot be written' }], { cause: error });
}
