/**
 * Gives appends their numbers and has them stored in groups: what is appended in one turn of the event loop is one group,
 * so that many writers share one sync of the disk.
 * Invariants: groups are acknowledged in log order, and `durable` only grows; once a group could not be stored, it and
 * all behind it are refused, and nothing more is taken before `restart`.
 * Unit: a group is a list of records, stored whole or not at all.
 */
import { HindcastError } from '../../errors.js';
import type { Entry, LogRecord, LogStore } from './log-store.js';

/** The end of the log on disk. */
export interface LogEnd {
  /** Number of the next event. */
  readonly next: number;
  /** Number of the last record, or BEFORE_ALL. */
  readonly previous: number;
}

export interface LogWriterPorts {
  readonly store: LogStore;
  /** More events are durable. */
  advanced(): void;
  /** A group could not be stored: no further appends until `restart`. */
  faulty(cause: unknown): void;
  /** After `faulty`: every write has come to its end, well or not. */
  quiet(): void;
}

export interface LogWriter {
  /** Number of the next event. */
  readonly next: number;
  /** Every event with a smaller number is stored for good. */
  readonly durable: number;
  /** Something is being written. */
  readonly busy: boolean;
  /** Resolves when the record is durable. Throws at once where it cannot be encoded. */
  append(record: LogRecord): Promise<void>;
  /** Resolves when the event with this number is durable, rejects if it was refused. */
  settled(number: number): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  restart(end: LogEnd): void;
}

interface Group {
  readonly entries: Entry[];
  /** Number after its last event. */
  next: number;
  stored: boolean;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

export function createLogWriter({ store, advanced, faulty, quiet }: LogWriterPorts): LogWriter {
  let next = 0;
  let durable = 0;
  let previous = -1;
  let isFaulty = true;
  /** The group that still grows. */
  let growing: Group | undefined;
  /** Groups being written, the oldest first. */
  let flying: Group[] = [];
  let writes = 0;

  const stored = (group: Group): void => {
    group.stored = true;
    let moved = false;
    while (flying[0]?.stored) {
      const first = flying.shift() as Group;
      durable = first.next;
      moved = true;
      first.resolve();
    }
    if (moved) advanced();
  };

  const failed = (group: Group, cause: unknown): void => {
    // A group that was refused already came behind the one that failed.
    if (!flying.includes(group)) return;
    const refused = flying.splice(flying.indexOf(group));
    if (growing !== undefined) refused.push(growing);
    growing = undefined;
    const error = notStored(cause);
    for (const one of refused) one.reject(error);
    if (isFaulty) return;
    isFaulty = true;
    faulty(cause);
  };

  const write = (group: Group): void => {
    const last = group.entries.at(-1) as Entry;
    writes++;
    store
      .write(group.entries, previous)
      .then(
        () => stored(group),
        (cause: unknown) => failed(group, cause),
      )
      .finally(() => {
        writes--;
        if (writes === 0 && isFaulty) quiet();
      });
    previous = last.number;
  };

  const takeOff = (group: Group): void => {
    if (growing !== group) return;
    growing = undefined;
    flying.push(group);
    write(group);
  };

  return {
    get next() {
      return next;
    },
    get durable() {
      return durable;
    },
    get busy() {
      return writes > 0;
    },
    append(record) {
      if (isFaulty) throw notStored(undefined);
      const bytes = store.encode(record);
      if (growing === undefined) {
        growing = createGroup(next);
        setImmediate(takeOff, growing);
      }
      growing.entries.push({ number: next, bytes });
      next += record.events.length;
      growing.next = next;
      return growing.done;
    },
    settled(number) {
      if (number < durable) return Promise.resolve();
      const group = flying.find((one) => number < one.next) ?? growing;
      return group === undefined || number >= group.next ? Promise.reject(notStored(undefined)) : group.done;
    },
    async idle() {
      for (let last = growing ?? flying.at(-1); last !== undefined; last = growing ?? flying.at(-1)) await last.done.catch(() => undefined);
    },
    restart(end) {
      ({ next, previous } = end);
      const moved = next > durable;
      durable = next;
      flying = [];
      isFaulty = false;
      if (moved) advanced();
    },
  };
}

function createGroup(next: number): Group {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Those who appended wait for it as well; this keeps a refusal from counting as unseen where none of them does any more.
  done.catch(() => undefined);
  return { entries: [], next, stored: false, done, resolve, reject };
}

function notStored(cause: unknown): HindcastError {
  if (cause instanceof HindcastError && cause.code === 'disk-full')
    return new HindcastError('disk-full', 'The events were not stored; append them again when there is.', [], { cause });
  return new HindcastError('log-unavailable', 'The events were not stored; append them again.', [], cause === undefined ? undefined : { cause });
}
