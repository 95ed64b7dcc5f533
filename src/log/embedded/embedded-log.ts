/**
 * The log in a folder of its own: LMDB for the records, indexes written behind, one process at a time. This file wires the
 * parts together, opens and heals; each part says what it keeps to.
 * Invariant: an append is decided, numbered and handed to the disk in one turn, in the order of the calls.
 * Unit: one folder is one log.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HindcastError } from '../../errors.js';
import { roomIn } from '../../lmdb/disk-full.js';
import { checkedAppend } from '../append-input.js';
import { type Appended, DEFAULT_MAX_APPEND_BYTES, type ExpectedRevision, type LogEventData, START, type WholeLog, WrongExpectedRevision } from '../log.js';
import { decideAppend } from './append-rules.js';
import { createBell } from './bell.js';
import { createDoor } from './door.js';
import { acquireFolder, type Release } from './folder-lock.js';
import { breath, createIndexer } from './indexer.js';
import { type LogIndex, indexableOf, openLogIndex } from './log-index.js';
import { BEFORE_ALL, type LogStore, openLogStore } from './log-store.js';
import { createLogWriter, type LogEnd } from './log-writer.js';
import { positionOf } from './positions.js';
import { lastOf, type ReadingPorts, readLog, readStream, subscribeTo } from './reading.js';
import { createStreams } from './streams.js';

export interface EmbeddedLogOptions {
  /** Created when missing. */
  readonly folder: string;
  /** Wall clock, in milliseconds since the epoch. The log's own clock never goes backwards, whatever this one does. */
  readonly now?: () => number;
  /** Told of what goes wrong behind the callers' backs: a disk that cannot be written, an index that lags. */
  readonly onFault?: (error: unknown) => void;
  /** Bytes of data in one append; what EventStoreDB takes, where nothing is said, so that what one log takes the other takes. */
  readonly maxAppendBytes?: number;
  /** Opens the records; tests put a faulty disk here. */
  readonly openStore?: (folder: string) => Promise<LogStore>;
}

export interface EmbeddedLog extends WholeLog {
  /** Resolves when the indexes have caught up with what is durable. */
  indexed(): Promise<void>;
}

/** Opens the log. Throws HindcastError `data-in-use`, `data-newer`, `data-damaged` or `log-unavailable`. */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { folder, openStore = openLogStore } = options;
  let release: Release | undefined;
  let store: LogStore | undefined;
  try {
    await mkdir(folder, { recursive: true });
    release = await acquireFolder(folder);
    store = await openStore(folder);
    const index = await openLogIndex(join(folder, 'index'), store.id);
    return run(store, index, release, options);
  } catch (error) {
    await store?.close();
    await release?.();
    if (error instanceof HindcastError) throw error;
    throw unavailable(`The log in ${folder} cannot be opened: ${error instanceof Error ? error.message : error}`, error);
  }
}

function run(store: LogStore, index: LogIndex, release: Release, options: EmbeddedLogOptions): EmbeddedLog {
  const { now = Date.now, onFault = () => undefined, maxAppendBytes = DEFAULT_MAX_APPEND_BYTES } = options;
  const streams = createStreams(index, store);
  const bell = createBell();
  const door = createDoor();
  let clock = 0;
  let closing: Promise<void> | undefined;
  /** Why the log takes no appends at the moment. */
  let fault: unknown;

  const writer = createLogWriter({ store, advanced: bell.ring, faulty, quiet: () => void heal() });
  const indexer = createIndexer({ index, streams, settled: writer.settled, full: door.shut, room: letIn, failed: indexLags });

  /** Opens the door unless something else keeps it shut. */
  function letIn(): void {
    if (fault === undefined && closing === undefined) door.open();
  }

  function faulty(cause: unknown): void {
    fault = cause;
    door.lock(() => unavailable('It could not be written and is being set right.', cause));
    onFault(cause);
  }

  /** Where the log itself is at fault, the index has nothing to add. */
  function indexLags(error: unknown): void {
    if (fault === undefined) onFault(error);
  }

  /** Takes up the log as it stands on disk, and brings the index up to it. */
  async function takeUp(): Promise<void> {
    const end = endOf(store);
    clock = Math.max(clock, end.created);
    writer.restart(end);
    await catchUp(store, index, end.next, () => closing !== undefined);
    streams.forget();
  }

  let healing = false;
  async function heal(): Promise<void> {
    if (healing || fault === undefined || closing !== undefined || writer.busy || isDamage(fault)) return;
    healing = true;
    try {
      await indexer.pause();
      await takeUp();
      known = Promise.resolve();
      fault = undefined;
      indexer.resume();
      letIn();
    } catch (error) {
      onFault(error);
    } finally {
      healing = false;
    }
  }

  /** Resolves when every stream is known. */
  let known = takeUp();
  known.then(letIn, (error: unknown) => {
    fault = error;
    door.lock(() => (isDamage(error) ? error : unavailable('Its index could not be built.', error)));
    onFault(error);
  });

  function place(stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended> {
    const facts = streams.facts(stream);
    const ids = events.map((event) => event.id);
    const decision = decideAppend(ids, expected, facts);
    if (decision.do === 'append') {
      const { revision } = decision;
      const record = { number: writer.next, stream, revision, ids };
      clock = Math.max(clock, now());
      const stored = writer.append({ stream, revision, created: clock, events });
      streams.add(record, facts.head);
      indexer.noticed();
      const last = ids.length - 1;
      const appended: Appended = { revision: revision + last, position: positionOf(record.number + last), repeated: false };
      return stored.then(() => appended);
    }
    if (decision.do === 'repeat') {
      const { revision } = decision;
      const number = streams.numberAt(stream, revision);
      return writer.settled(number).then(() => ({ revision, position: positionOf(number), repeated: true }));
    }
    // What was decided on has to be durable before anyone is told.
    const sure = facts.head === undefined ? Promise.resolve() : writer.settled(facts.head.number);
    return sure.then(() => {
      throw new WrongExpectedRevision(stream, expected, facts.last);
    });
  }

  const reading: ReadingPorts = { store, streams, bell, known: () => known, durable: () => writer.durable, closed: () => closing !== undefined };

  function refuseWhenClosed(): void {
    if (closing !== undefined) throw unavailable('It is closed.');
  }

  async function close(): Promise<void> {
    door.lock(() => unavailable('It is closed.'));
    bell.ring();
    await writer.idle();
    await known.catch(() => undefined);
    if (fault === undefined) await indexer.finish();
    await indexer.pause();
    await index.close().catch(onFault);
    await store.close();
    await release();
  }

  return {
    maxAppendBytes,
    append(stream, events, expected) {
      let checked: LogEventData[];
      try {
        checked = checkedAppend(stream, events, expected, maxAppendBytes);
      } catch (error) {
        return Promise.reject(error);
      }
      if (fault !== undefined) void heal();
      return door.enter(() => place(stream, checked, expected));
    },
    read: (stream, wanted = {}) => readStream(reading, stream, wanted),
    readAll: (wanted = {}) => readLog(reading, wanted),
    subscribe: (wanted = {}) => subscribeTo(reading, wanted),
    async head(stream) {
      await known;
      refuseWhenClosed();
      const head = streams.head(stream, writer.durable);
      return head && { revision: head.revision, position: positionOf(head.number) };
    },
    async end() {
      refuseWhenClosed();
      return writer.durable === 0 ? START : positionOf(writer.durable - 1);
    },
    last: (wanted) => lastOf(reading, wanted),
    room: () => roomIn(options.folder),
    async indexed() {
      await known;
      refuseWhenClosed();
      await indexer.finish();
    },
    close: () => (closing ??= close()),
  };
}

/** Where the log on disk ends, and its clock with it. */
function endOf(store: LogStore): LogEnd & { readonly created: number } {
  const last = store.last();
  return last === undefined
    ? { next: 0, previous: BEFORE_ALL, created: 0 }
    : { next: last.number + last.events.length, previous: last.number, created: last.created };
}

/** Indexes what the log holds beyond the checkpoint, from the beginning where the index is not of this log. */
async function catchUp(store: LogStore, index: LogIndex, end: number, stopped: () => boolean): Promise<void> {
  const { next, lastId } = index.checkpoint;
  if (next > 0) {
    const [record] = next > end ? [] : store.slice({ from: next - 1, events: 1 });
    if (record?.events[next - 1 - record.number]?.id !== lastId) index.clear();
  }
  for (let at = index.checkpoint.next; at < end && !stopped(); at = index.checkpoint.next) {
    const records = store.slice({ from: at, to: end, events: 512 });
    if (records[0]?.number !== at) throw new HindcastError('data-damaged', `The log lacks the events from ${at} on.`);
    await index.write(records.map(indexableOf));
    await breath();
  }
}

/** What no waiting sets right. */
function isDamage(error: unknown): error is HindcastError {
  return error instanceof HindcastError && error.code === 'data-damaged';
}

function unavailable(detail: string, cause?: unknown): HindcastError {
  return new HindcastError('log-unavailable', detail, [], cause === undefined ? undefined : { cause });
}
