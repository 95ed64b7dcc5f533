/**
 * One process at a time in a data folder: numbers and heads are kept in memory, so a second writer would go wrong.
 * Invariant: whoever holds a folder listens on a local socket named after it; the system lets go of it when the process
 * ends, however it ends. The lock reaches as far as local sockets do: not across machines or containers that share a disk.
 * Unit: one folder, by its real path.
 */
import { createHash } from 'node:crypto';
import { realpath, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HindcastError } from '../../errors.js';

export type Release = () => Promise<void>;

/** Takes the folder, which must exist, or throws HindcastError `data-in-use`. `platform` chooses the kind of socket. */
export async function acquireFolder(folder: string, platform: NodeJS.Platform = process.platform): Promise<Release> {
  const real = await realpath(folder);
  const name = `hindcast-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  if (!(await listen(server, addressOf(name, platform)))) throw new HindcastError('data-in-use', `It is ${real}.`);
  server.unref();
  let released: Promise<void> | undefined;
  return () => (released ??= new Promise((resolve) => server.close(() => resolve())));
}

interface Address {
  readonly path: string;
  /** True where a dead holder leaves a socket file behind. */
  readonly leftBehind: boolean;
}

function addressOf(name: string, platform: NodeJS.Platform): Address {
  if (platform === 'linux') return { path: `\0${name}`, leftBehind: false };
  if (platform === 'win32') return { path: `\\\\.\\pipe\\${name}`, leftBehind: false };
  return { path: join(tmpdir(), `${name}.sock`), leftBehind: true };
}

/** True where the server now listens, false where another does. */
async function listen(server: Server, address: Address): Promise<boolean> {
  if (await tryListen(server, address.path)) return true;
  if (!address.leftBehind || (await answers(address.path))) return false;
  await unlink(address.path).catch(() => undefined);
  return tryListen(server, address.path);
}

function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      // Windows answers EACCES for a pipe that another user holds.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    server.once('error', onError);
    server.listen({ path, exclusive: true }, () => {
      server.removeListener('error', onError);
      resolve(true);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
