/**
 * What is imported, whatever it comes as: a file, a folder or a ZIP is a list of named entries.
 * Invariants: entries are in the order of their names; each can be read as often as is asked for and is then what it was;
 * nothing outside the folder or the ZIP is read. Unit: one entry.
 */
import { createHash } from 'node:crypto';
import { opendir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { HindcastError } from '../errors.js';
import { type Entry, HEAD } from './entry.js';
import { headOfPath, openFile, Readings, readPath } from './file.js';
import { isZip, openZip } from './zip.js';

/** A folder with more entries than this is refused: their names are held. */
const MOST_ENTRIES = 1_000_000;
export interface Source {
  /** The last part of its path. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'zip';
  readonly entries: readonly Entry[];
  /** What is there and is no entry: a link is not followed. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
  /** Of the file or the ZIP: of its bytes. Of a folder: of the lines `<digest>  <name>` of its entries. `sha256:…` */
  digest(): Promise<string>;
  close(): Promise<void>;
}

/** Throws `bad-request` where there is nothing to read, `bad-archive` where a ZIP is none that is taken. */
export async function openSource(path: string): Promise<Source> {
  const name = basename(path);
  const what = await stat(path).catch((error: Error) => {
    throw new HindcastError('bad-request', error.message, [{ at: 'file', message: 'cannot be read' }], { cause: error });
  });
  if (what.isDirectory()) return openFolder(path, name);
  const file = await openFile(path);
  try {
    if (!isZip(await file.head(HEAD))) {
      const entry: Entry = { name, size: file.size, read: () => file.read(), head: () => file.head(HEAD) };
      return { name, kind: 'file', entries: [entry], left: [], digest: () => digestOf(file.read()), close: () => file.close() };
    }
    const zip = await openZip(path, name, file.size);
    return {
      name,
      kind: 'zip',
      entries: zip.entries.sort(byName),
      left: zip.left,
      digest: () => digestOf(file.read()),
      async close() {
        await zip.close();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFolder(path: string, name: string): Promise<Source> {
  const entries: Entry[] = [];
  const left: { name: string; why: string }[] = [];
  const readings = new Readings();
  for await (const item of await opendir(path, { recursive: true })) {
    const full = join(item.parentPath ?? path, item.name);
    const inside = relative(path, full).split(sep).join('/');
    if (item.isDirectory()) continue;
    if (!item.isFile()) {
      left.push({ name: inside, why: 'not a plain file: a link is not followed' });
      continue;
    }
    if (entries.length === MOST_ENTRIES)
      throw new HindcastError('bad-archive', `${name} has more than ${MOST_ENTRIES} files.`, [{ at: name, message: 'too many files' }]);
    const { size } = await stat(full);
    entries.push({ name: inside, size, read: () => readings.checked(inside, readPath(full)), head: () => headOfPath(full, HEAD) });
  }
  entries.sort(byName);
  return {
    name,
    kind: 'folder',
    entries,
    left,
    async digest() {
      const hash = createHash('sha256');
      for (const entry of entries) hash.update(`${readings.digestOf(entry.name) ?? (await digestOf(entry.read())).slice('sha256:'.length)}  ${entry.name}\n`);
      return `sha256:${hash.digest('hex')}`;
    },
    close: async () => {},
  };
}

/** `sha256:…` of all bytes. */
export async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
