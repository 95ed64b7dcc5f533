/**
 * The truth on disk: one LMDB record for each append, under the number of its first event.
 * Invariants: a group of records is stored whole, durably, and only right behind the record it was meant to follow, or not
 * at all; so there is never a gap, and nothing stored is ever written over.
 * Unit: a record holds the events of one append; numbers are those of events in the log, from 0.
 */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asBinary, type Database, IF_EXISTS, open, type RootDatabase } from 'lmdb';
import { HindcastError } from '../../errors.js';
import { diskFull } from '../../lmdb/disk-full.js';
import { faultOfLmdbFile } from '../../lmdb/file.js';
import { reserveLockFile } from '../../lmdb/lock-file.js';
import type { LogEventData, Verbatim } from '../log.js';
import { committed } from '../../lmdb/commit.js';
import { createRecordStructures, hasForbiddenName, type RecordStructures, type Structure } from './record-structures.js';
import { readVerbatim } from './verbatim.js';

/** The events of one append. */
export interface LogRecord {
  readonly stream: string;
  /** Revision of the first event. */
  readonly revision: number;
  readonly created: number;
  readonly events: readonly LogEventData[];
}

export interface StoredRecord extends LogRecord {
  /** Number of the first event in the log. */
  readonly number: number;
}

/** A record made ready to be written. */
export interface Entry {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface Slice {
  /** A number within the first record that is wanted. */
  readonly from: number;
  /** Forwards: no record that begins here or later. */
  readonly to?: number;
  readonly backwards?: boolean;
  /** Ends with the record in which this many events are reached, or SLICE_BYTES. */
  readonly events: number;
}

/** No slice holds more than this and one record, in bytes as they are stored. */
export const SLICE_BYTES = 4 * 1024 * 1024;

export interface LogStore {
  /** Names this log, so that an index can tell whether it belongs to it. */
  readonly id: string;
  encode(record: LogRecord): Uint8Array;
  /** Writes one group behind the record at `previous` (BEFORE_ALL: as the first). Resolves when it is durable. */
  write(group: readonly Entry[], previous: number): Promise<void>;
  /** The record that begins at this number. */
  get(number: number): StoredRecord | undefined;
  slice(wanted: Slice): StoredRecord[];
  last(): StoredRecord | undefined;
  close(): Promise<void>;
}

/** Stands where the number of a record would, before the first. */
export const BEFORE_ALL = -1;

/** An event as it lies on disk: with its values, or, where these do not give its bytes back, with the bytes alone. */
type KeptEvent = Pick<LogEventData, 'id' | 'type' | 'data' | 'metadata'> | (Pick<LogEventData, 'id' | 'type'> & Verbatim);
type KeptRecord = Omit<LogRecord, 'events'> & { readonly events: readonly KeptEvent[] };

/** What `asBinary` makes: bytes that are stored as they are. */
type Binary = ReturnType<typeof asBinary>;
type LogDatabase = Database<KeptRecord, number> & {
  readonly encoder: { encode(record: KeptRecord): Uint8Array };
  /** Size of the value that was read last: not in LMDB's own types, so a test looks that it is there. */
  readonly lastSize: number;
};

/**
 * 1: events have data and metadata. 2: there are also events kept byte for byte, and names and types of any length. What a
 * folder of format 1 holds is the same in format 2.
 */
const FORMAT = 2;
const REMEDY = 'Restore the folder from a backup, or move it away to begin with an empty log.';
/** What LMDB answers where a file is not what it should be. */
const DAMAGE = /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|BAD_TXN)/;

export async function openLogStore(folder: string): Promise<LogStore> {
  await mkdir(folder, { recursive: true });
  const fault = await faultOfLmdbFile(join(folder, 'data.mdb'));
  if (fault !== undefined) throw damaged(folder, fault);
  reserveLockFile(folder);
  const root = unlessDamaged(folder, () =>
    open({ path: folder, noSubdir: false, overlappingSync: false, eventTurnBatching: false, noMemInit: true, maxDbs: 4 }),
  );
  try {
    return unlessDamaged(folder, () => storeIn(root, folder));
  } catch (error) {
    await root.close();
    throw error;
  }
}

function storeIn(root: RootDatabase, folder: string): LogStore {
  const about: Database<unknown, string> = root.openDB('about', { encoding: 'json' });
  const structures = createRecordStructures(() => about.get('structures') as Structure[] | undefined);
  const log = openLog(root, structures);
  const id = identify(root, about, log);

  const guarded = <T>(act: () => T): T => unlessDamaged(folder, act);
  /** The number of the record that holds the event, or the first record where there is none so early. */
  const beginning = (number: number): number => {
    if (log.doesExist(number)) return number;
    for (const key of log.getKeys({ start: number, end: BEFORE_ALL, reverse: true, limit: 1 })) return key;
    return 0;
  };

  return {
    id,
    encode(record) {
      const kept = { ...record, events: record.events.map(keptEvent) };
      const bytes = log.encoder.encode(kept);
      if (hasForbiddenName(bytes, kept.events)) throw new RangeError('no field of an event can be named __proto__');
      return bytes;
    },
    write: (group, previous) => writeGroup({ log, about, structures, folder }, group, previous),
    get(number) {
      return guarded(() => {
        const record = log.get(number);
        return record === undefined ? undefined : readRecord(number, record);
      });
    },
    slice({ from, to = Infinity, backwards = false, events }) {
      return guarded(() => {
        const records: StoredRecord[] = [];
        let count = 0;
        let bytes = 0;
        const range = backwards ? { start: from, end: BEFORE_ALL, reverse: true } : { start: beginning(Math.max(from, 0)), end: to };
        for (const { key, value } of log.getRange(range)) {
          records.push(readRecord(key, value));
          count += value.events.length;
          bytes += log.lastSize;
          if (count >= events || bytes >= SLICE_BYTES) break;
        }
        return records;
      });
    },
    last() {
      return guarded(() => {
        for (const { key, value } of log.getRange({ end: BEFORE_ALL, reverse: true, limit: 1 })) return readRecord(key, value);
        return undefined;
      });
    },
    close: () => root.close(),
  };
}

function keptEvent({ id, type, data, metadata, verbatim }: LogEventData): KeptEvent {
  return verbatim === undefined ? { id, type, data, metadata } : { id, type, ...verbatim };
}

function readRecord(number: number, record: KeptRecord): StoredRecord {
  return { number, ...record, events: record.events.map(readEvent) };
}

function readEvent(event: KeptEvent): LogEventData {
  if (!('isJson' in event)) return event;
  const { id, type, isJson, data, metadata } = event;
  const verbatim = { isJson, data, metadata };
  return { id, type, ...readVerbatim(verbatim), verbatim };
}

function openLog(root: RootDatabase, structures: RecordStructures): LogDatabase {
  const options = { encoding: 'msgpack', ...structures.hooks } as const;
  return root.openDB<KeptRecord, number>('log', options) as LogDatabase;
}

interface Written {
  readonly log: LogDatabase;
  readonly about: Database<unknown, string>;
  readonly structures: RecordStructures;
  readonly folder: string;
}

/**
 * One block of LMDB operations, never divided: nothing is written where the first number is taken or the record before it
 * is missing. A block has a promise of its own; those of what stands inside never fail by themselves.
 */
async function writeGroup({ log, about, structures, folder }: Written, group: readonly Entry[], previous: number): Promise<void> {
  const first = group[0];
  if (first === undefined) return;
  let inner: Promise<boolean> | undefined;
  const outer = log.ifNoExists(first.number, () => {
    inner = log.ifVersion(previous, IF_EXISTS, () => {
      const unsaved = structures.takeUnsaved();
      if (unsaved !== undefined) about.put('structures', unsaved);
      for (const { number, bytes } of group) log.put(number, asBinary(bytes) as KeptRecord & Binary);
    });
  });
  try {
    const [free, behind] = await committed(Promise.all([outer, inner]), folder);
    if (free !== true || behind !== true) throw new Error(`the records from ${first.number} on do not follow the one at ${previous}`);
  } catch (error) {
    structures.saveAgain();
    throw error;
  }
}

/** Reads what this log is, or makes it one where the folder is new. One of the first format gets the mark of this one: nothing else differs. */
function identify(root: RootDatabase, about: Database<unknown, string>, log: LogDatabase): string {
  const known = about.get('log') as { format?: unknown; id?: unknown } | undefined;
  if (known === undefined) {
    if (log.getKeysCount({ limit: 1 }) > 0) throw new HindcastError('data-damaged', `The log does not say which format it has. ${REMEDY}`);
    const id = randomUUID();
    root.transactionSync(() => {
      about.putSync('log', { format: FORMAT, id });
      log.putSync(BEFORE_ALL, asBinary(Buffer.from([FORMAT])) as KeptRecord & Binary);
    });
    return id;
  }
  const { format, id } = known;
  if (typeof format === 'number' && format > FORMAT)
    throw new HindcastError('data-newer', `The log has format ${format}; this version reads format ${FORMAT}.`);
  if ((format !== 1 && format !== FORMAT) || typeof id !== 'string')
    throw new HindcastError('data-damaged', `The log does not say which format it has. ${REMEDY}`);
  if (format !== FORMAT) root.transactionSync(() => about.putSync('log', { format: FORMAT, id }));
  return id;
}

function unlessDamaged<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof HindcastError) throw error;
    const full = diskFull(error, folder);
    if (full !== undefined) throw full;
    const message = error instanceof Error ? error.message : String(error);
    // What LMDB says bears a code; what comes without one was found in reading a record.
    const { code } = error as { code?: unknown };
    if (code === undefined || DAMAGE.test(message)) throw damaged(folder, message, error);
    throw new HindcastError('log-unavailable', `The log in ${folder} cannot be used: ${message}`, [], { cause: error });
  }
}

function damaged(folder: string, what: string, cause?: unknown): HindcastError {
  return new HindcastError('data-damaged', `The log in ${folder} is not whole: ${what}. ${REMEDY}`, [], { cause });
}
