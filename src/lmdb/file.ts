/**
 * A look at an LMDB file before LMDB maps it into memory: what is no LMDB file, or lacks its end, would not be an error
 * there but the death of the process.
 * Invariant: a file that passes has two sound meta pages and covers every page that they speak of.
 * Unit: the layout of 64-bit little-endian LMDB, data version 2; elsewhere the look is left out.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** Where things stand in a meta page, after its header of 24 bytes. */
const AT = { magic: 24, version: 28, pageSize: 48, lastPage: 144, end: 168 } as const;
const KNOWN = endianness() === 'LE' && ['x64', 'arm64', 'ppc64', 'riscv64', 'loong64'].includes(process.arch);

export interface LookOptions {
  /** `extend` unless told: what becomes of a file that lacks its end. */
  readonly lackingEnd?: 'extend' | 'fault';
}

/**
 * Undefined where the file is sound, missing or empty; else what is wrong with it. A file that lacks its end is made as
 * long as it should be, so that LMDB finds empty pages and says so: the end may also be pages that were never needed.
 * Who can do without the file has it told as a fault instead: an empty page can also pass for a value.
 */
export async function faultOfLmdbFile(path: string, { lackingEnd = 'extend' }: LookOptions = {}): Promise<string | undefined> {
  if (!KNOWN) return undefined;
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await look(file, lackingEnd);
  } finally {
    await file.close();
  }
}

async function look(file: FileHandle, lackingEnd: 'extend' | 'fault'): Promise<string | undefined> {
  const { size } = await file.stat();
  if (size === 0) return undefined;
  const first = await metaPage(file, 0);
  if (first === undefined) return 'it does not begin as an LMDB file does';
  const second = await metaPage(file, first.pageSize);
  if (second === undefined) return 'its second page is not one of LMDB';
  const needed = (Math.max(first.lastPage, second.lastPage) + 1) * first.pageSize;
  if (!Number.isSafeInteger(needed) || needed > size + 2 ** 40) return 'it names pages that cannot be';
  if (needed <= size) return undefined;
  if (lackingEnd === 'fault') return 'it lacks its end';
  await file.truncate(needed);
  return undefined;
}

async function metaPage(file: FileHandle, offset: number): Promise<{ pageSize: number; lastPage: number } | undefined> {
  const page = Buffer.alloc(AT.end);
  const { bytesRead } = await file.read(page, 0, AT.end, offset);
  if (bytesRead < AT.end || page.readUInt32LE(AT.magic) !== MAGIC || (page.readUInt32LE(AT.version) & 0xffff) !== DATA_VERSION) return undefined;
  const pageSize = page.readUInt32LE(AT.pageSize);
  if (pageSize < 256 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return { pageSize, lastPage: Number(page.readBigUInt64LE(AT.lastPage)) };
}
