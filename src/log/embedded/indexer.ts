/**
 * Writes the index behind the acknowledgements: when appends pause or much has gathered, so that a burst has the disk to
 * itself, and in short turns, since replays share the thread.
 * Invariants: only what is durable is indexed, in log order; where the index cannot keep up, appends wait for it.
 * Unit: a step is one generation, a turn some hundred events of it.
 */
import type { Indexable, LogIndex } from './log-index.js';
import type { Streams } from './streams.js';

/** So many waiting events make a step at once; fewer wait until nothing was appended for a moment. */
const STEP = 32_768;
const QUIET_MS = 50;
/** So many waiting events shut the door to further appends. */
const FULL = 2 * STEP;
const TURN = 256;

export interface IndexerPorts {
  readonly index: LogIndex;
  readonly streams: Streams;
  /** Resolves when the event with this number is durable, rejects if it was not stored. */
  settled(number: number): Promise<void>;
  /** Too much waits; no further appends until `room`. */
  full(): void;
  room(): void;
  /** The index could not be written. It is tried again. */
  failed(error: unknown): void;
}

export interface Indexer {
  /** Something was added to the streams. */
  noticed(): void;
  /** Indexes everything that waits. */
  finish(): Promise<void>;
  /** Resolves when no step is under way; none begins before `resume`. */
  pause(): Promise<void>;
  resume(): void;
}

export function createIndexer({ index, streams, settled, full, room, failed }: IndexerPorts): Indexer {
  /** The steps under way; tells whether they came to their end. */
  let running: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Something was added since the timer was set. */
  let isBusy = false;
  let paused = false;
  let isFull = false;
  let isFailing = false;

  const takeStep = async (): Promise<void> => {
    const records = streams.setApart();
    const last = records.at(-1);
    if (last !== undefined) await settled(last.number);
    // A step that failed half way is taken up where it failed.
    const missing = records.filter((record) => record.number >= index.checkpoint.next);
    for (const turn of turnsOf(missing)) {
      await index.write(turn);
      await breath();
    }
    streams.indexed();
    if (isFull) {
      isFull = false;
      room();
    }
  };

  /** One step, and more while much waits. */
  const run = async (): Promise<boolean> => {
    clearTimeout(timer);
    timer = undefined;
    try {
      do await takeStep();
      while (!paused && streams.waiting >= STEP);
      isFailing = false;
      return true;
    } catch (error) {
      if (!isFailing) failed(error);
      isFailing = true;
      return false;
    } finally {
      running = undefined;
      schedule();
    }
  };

  const schedule = (): void => {
    if (paused || running !== undefined || timer !== undefined || streams.waiting === 0) return;
    isBusy = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isBusy) schedule();
      else if (!paused) running ??= run();
    }, QUIET_MS);
    timer.unref();
  };

  return {
    noticed() {
      isBusy = true;
      if (streams.waiting >= FULL && !isFull) {
        isFull = true;
        full();
      }
      if (streams.waiting >= STEP && !isFailing && !paused) running ??= run();
      else schedule();
    },
    async finish() {
      do {
        running ??= run();
        if (!(await running)) return;
      } while (!paused && streams.waiting > 0);
    },
    async pause() {
      paused = true;
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
    resume() {
      paused = false;
      isFull = false;
      schedule();
    },
  };
}

/** Divides records into turns of a few hundred events; a record is never divided. */
export function* turnsOf(records: readonly Indexable[]): Generator<Indexable[]> {
  let turn: Indexable[] = [];
  let events = 0;
  for (const record of records) {
    turn.push(record);
    events += record.ids.length;
    if (events < TURN) continue;
    yield turn;
    turn = [];
    events = 0;
  }
  if (turn.length > 0) yield turn;
}

/** Lets everything else that waits have its turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
