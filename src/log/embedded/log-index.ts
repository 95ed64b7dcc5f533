/**
 * The indexes beside the log: where each stream ends, where a revision stands, which revision an id has. They are written
 * behind the acknowledgement and can be lost without loss: whatever is missing is taken from the log again.
 * Invariant: `checkpoint` covers exactly what is indexed; a slice of records and its checkpoint are written together.
 * Unit: an LMDB environment of its own, not synced to disk while it runs (see index-trust.ts). In keys a stream goes by
 * its origin, the number of its first event; only the key of its head is its name.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { HindcastError } from '../../errors.js';
import { faultOfLmdbFile } from '../../lmdb/file.js';
import { reserveLockFile } from '../../lmdb/lock-file.js';
import { beginTrust, trustworthy } from './index-trust.js';
import { committed } from '../../lmdb/commit.js';
import type { StoredRecord } from './log-store.js';

/** What the index keeps of an append. */
export interface Indexable {
  readonly stream: string;
  /** Number of the first event in the log. */
  readonly number: number;
  /** Revision of the first event. */
  readonly revision: number;
  readonly ids: readonly string[];
}

export function indexableOf(record: StoredRecord): Indexable {
  return { stream: record.stream, number: record.number, revision: record.revision, ids: record.events.map((event) => event.id) };
}

export interface StreamHead {
  readonly origin: number;
  /** Revision and number of the last event. */
  readonly revision: number;
  readonly number: number;
}

/** How far the index reaches: everything below `next`; `lastId` is the id of the event just below. */
export interface Checkpoint {
  readonly next: number;
  readonly lastId: string;
}

export interface LogIndex {
  readonly checkpoint: Checkpoint;
  head(stream: string): StreamHead | undefined;
  /** Numbers and revisions of the records of a stream, from the one that holds the revision, each way. */
  records(origin: number, revision: number, options: { backwards: boolean; limit: number }): { number: number; revision: number }[];
  /** The latest revision that carries the id. */
  revisionOf(origin: number, id: string): number | undefined;
  /** Records in log order, right behind the checkpoint. Resolves when they can be read. */
  write(records: readonly Indexable[]): Promise<void>;
  clear(): void;
  close(): Promise<void>;
}

const FORMAT = 1;
const NOTHING: Checkpoint = { next: 0, lastId: '' };
const NUMBER = 6;
const UUID = 16;
/** Units of a name that is its own key. It is never lowered: indexes hold such keys. */
const LONGEST_KEY = 500;

/** Opens the index of the log with this id, empty where what is there cannot be trusted or is of another log. */
export async function openLogIndex(folder: string, logId: string): Promise<LogIndex> {
  const sound = (await trustworthy(folder)) && (await faultOfLmdbFile(join(folder, 'data.mdb'))) === undefined;
  if (!sound) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  reserveLockFile(folder);
  const endTrust = await beginTrust(folder);
  const root = open({ path: folder, noSubdir: false, noSync: true, eventTurnBatching: false, noMemInit: true, maxDbs: 5 });
  return indexIn(root, { folder, logId, endTrust });
}

interface Saved extends Checkpoint {
  readonly format: number;
  readonly log: string;
}

interface IndexPlace {
  readonly folder: string;
  readonly logId: string;
  readonly endTrust: (sync: () => Promise<void>) => Promise<void>;
}

function indexIn(root: RootDatabase, { folder, logId, endTrust }: IndexPlace): LogIndex {
  const about: Database<Saved, string> = root.openDB('about', { encoding: 'json' });
  const ends: Database<Buffer, string> = root.openDB('heads', { encoding: 'binary' });
  const revisions: Database<Buffer, Uint8Array> = root.openDB('revisions', { encoding: 'binary', keyEncoding: 'binary' });
  const ids: Database<Buffer, Uint8Array> = root.openDB('ids', { encoding: 'binary', keyEncoding: 'binary' });

  const revisionKey = Buffer.alloc(2 * NUMBER);
  const idKey = Buffer.alloc(NUMBER + UUID);
  const keyOfRevision = (origin: number, revision: number): Buffer => {
    revisionKey.writeUIntBE(origin, 0, NUMBER);
    revisionKey.writeUIntBE(revision, NUMBER, NUMBER);
    return revisionKey;
  };
  const keyOfId = (origin: number, id: string): Buffer => {
    idKey.writeUIntBE(origin, 0, NUMBER);
    idKey.write(id.replaceAll('-', ''), NUMBER, 'hex');
    return idKey;
  };
  const head = (stream: string): StreamHead | undefined => {
    const value = ends.get(keyOfStream(stream));
    return value === undefined
      ? undefined
      : { origin: value.readUIntBE(0, NUMBER), revision: value.readUIntBE(NUMBER, NUMBER), number: value.readUIntBE(2 * NUMBER, NUMBER) };
  };
  const clear = (): void => {
    for (const db of [about, ends, revisions, ids]) db.clearSync();
    checkpoint = NOTHING;
  };

  let checkpoint = NOTHING;
  const saved = about.get('checkpoint');
  if (saved?.format === FORMAT && saved.log === logId) checkpoint = saved;
  else if (saved !== undefined) clear();

  return {
    get checkpoint() {
      return checkpoint;
    },
    head,
    records(origin, revision, { backwards, limit }) {
      const found: { number: number; revision: number }[] = [];
      const take = (key: Uint8Array, value: Buffer): void => {
        found.push({ number: value.readUIntBE(0, NUMBER), revision: Buffer.from(key).readUIntBE(NUMBER, NUMBER) });
      };
      // Keys of the range are held while it is read, hence the copies.
      const start = Buffer.from(keyOfRevision(origin, revision));
      const first = Buffer.from(keyOfRevision(origin, 0));
      for (const { key, value } of revisions.getRange({ start, reverse: true, limit: backwards ? limit : 1 })) {
        if (Buffer.compare(key, first) < 0) break;
        take(key, value);
      }
      if (backwards || found.length === 0) return found;
      const end = Buffer.from(keyOfRevision(origin + 1, 0));
      for (const { key, value } of revisions.getRange({ start, end, exclusiveStart: true, limit: limit - 1 })) take(key, value);
      return found;
    },
    revisionOf(origin, id) {
      return ids.get(keyOfId(origin, id))?.readUIntBE(0, NUMBER);
    },
    async write(records) {
      const last = records.at(-1);
      if (last === undefined) return;
      const next: Saved = { format: FORMAT, log: logId, next: last.number + last.ids.length, lastId: last.ids.at(-1) ?? '' };
      const heads = headsAfter(records, head);
      const values = valueSpace(records);
      const commit = root.batch(() => {
        for (const record of records) {
          const { origin } = heads.get(record.stream) as StreamHead;
          revisions.put(keyOfRevision(origin, record.revision), values.take(record.number));
          for (const [i, id] of record.ids.entries()) ids.put(keyOfId(origin, id), values.take(record.revision + i));
        }
        for (const [stream, { origin, revision, number }] of heads) ends.put(keyOfStream(stream), values.take(origin, revision, number));
        about.put('checkpoint', next);
      });
      await committed(commit, folder);
      checkpoint = next;
    },
    clear,
    async close() {
      await root.committed;
      await endTrust(() => synced(root));
      await root.close();
    },
  };
}

/**
 * The key of a stream: its name, where LMDB takes that for a key (1,978 bytes, and a unit has up to three). A longer name goes
 * by its beginning and its digest, which together are longer than any name that is its own key.
 */
export function keyOfStream(stream: string): string {
  if (stream.length <= LONGEST_KEY) return stream;
  return stream.slice(0, LONGEST_KEY) + createHash('sha256').update(stream).digest('hex');
}

/** The heads of the streams that the records touch, once they are indexed. Revisions that do not follow are damage. */
function headsAfter(records: readonly Indexable[], head: (stream: string) => StreamHead | undefined): Map<string, StreamHead> {
  const after = new Map<string, StreamHead>();
  for (const { stream, number, revision, ids } of records) {
    const before = after.get(stream) ?? head(stream);
    const expected = before === undefined ? 0 : before.revision + 1;
    if (revision !== expected) throw new HindcastError('data-damaged', `Stream ${stream} goes on at revision ${revision} instead of ${expected}.`);
    after.set(stream, { origin: before?.origin ?? number, revision: revision + ids.length - 1, number: number + ids.length - 1 });
  }
  return after;
}

/** Room for the values of one write, which LMDB reads while it writes them. */
function valueSpace(records: readonly Indexable[]): { take(...numbers: number[]): Buffer } {
  const events = records.reduce((sum, record) => sum + record.ids.length, 0);
  const space = Buffer.allocUnsafeSlow(NUMBER * (events + 4 * records.length));
  let at = 0;
  return {
    take(...numbers) {
      const start = at;
      for (const number of numbers) at = space.writeUIntBE(number, at, NUMBER);
      return space.subarray(start, at);
    },
  };
}

function synced(root: RootDatabase): Promise<void> {
  const { sync } = root as RootDatabase & { sync(done: (error?: Error | null) => void): void };
  return new Promise((resolve, reject) => {
    sync.call(root, (error) => (error ? reject(error) : resolve()));
  });
}
