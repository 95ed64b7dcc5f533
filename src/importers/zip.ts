/**
 * The entries of a ZIP, checked before any of them is read.
 * Invariants: nothing expands to more than a hundred times what it is packed in, no name leads outside, an entry ends where the
 * directory says it does and has the checksum that it names. Unit: bytes.
 */
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { type Entry, HEAD } from './entry.js';
import { Readings } from './file.js';
import { unreadable } from './report.js';

const MOST_ENTRIES = 100_000;
const MOST_TIMES = 100;
/** One entry alone may be packed tighter where it is small: a short file of blanks is no attack. */
const SMALL = 1024 * 1024;
const ENCRYPTED = 1;

export interface Zip {
  readonly entries: Entry[];
  readonly left: { name: string; why: string }[];
  close(): Promise<void>;
}

/** Does it begin as a ZIP does? */
export function isZip(head: Buffer): boolean {
  return head.length >= 4 && head[0] === 0x50 && head[1] === 0x4b && [0x0304, 0x0506].includes(head.readUInt16BE(2));
}

/** Throws `bad-archive`, which names the entry at fault. */
export async function openZip(path: string, name: string, size: number): Promise<Zip> {
  const zip = await told(name, yauzl.openPromise(path, { autoClose: false, validateEntrySizes: true }));
  try {
    const entries: Entry[] = [];
    const left: { name: string; why: string }[] = [];
    const names = new Set<string>();
    const readings = new Readings();
    let expanded = 0;
    if (zip.entryCount > MOST_ENTRIES) throw unreadable(name, `it has ${zip.entryCount} entries; at most ${MOST_ENTRIES} are taken`);
    await told(
      name,
      (async () => {
        for await (const item of zip.eachEntry()) {
          const at = `${name}, ${item.fileName}`;
          expanded += item.uncompressedSize;
          if (item.uncompressedSize > SMALL && item.uncompressedSize > item.compressedSize * MOST_TIMES)
            throw unreadable(at, `it would expand to more than ${MOST_TIMES} times its size`);
          if (expanded > size * MOST_TIMES) throw unreadable(name, `it would expand to more than ${MOST_TIMES} times its size`);
          if (item.fileName.endsWith('/')) continue;
          if (names.has(item.fileName)) throw unreadable(at, 'two entries have this name');
          names.add(item.fileName);
          if ((item.generalPurposeBitFlag & ENCRYPTED) !== 0) {
            left.push({ name: item.fileName, why: 'encrypted' });
            continue;
          }
          const chunks = () => checkedChunks(zip, item, at);
          entries.push({
            name: item.fileName,
            size: item.uncompressedSize,
            read: () => readings.checked(item.fileName, chunks()),
            head: () => headOf(chunks()),
          });
        }
      })(),
    );
    return { entries, left, close: async () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function* checkedChunks(zip: yauzl.ZipFile, item: yauzl.Entry, at: string): AsyncGenerator<Uint8Array> {
  const stream = await told(at, zip.openReadStreamPromise(item));
  let sum = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw unreadable(at, sentence(error), error);
  } finally {
    stream.destroy();
  }
  if (sum !== item.crc32) throw unreadable(at, 'its checksum is not that of its bytes');
}

async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= HEAD) break;
  }
  return Buffer.concat(parts).subarray(0, HEAD);
}

async function told<R>(at: string, work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'bad-archive') throw error;
    throw unreadable(at, sentence(error), error);
  }
}

function sentence(error: unknown): string {
  return `it cannot be read as a ZIP (${error instanceof Error ? error.message : String(error)})`;
}
