/**
 * The log of another thread, as this one has it: the port over messages, answered by a log host.
 * Invariants: appends reach the log in the order in which they were asked for; of what is read, no more is here than two
 * batches of one reader; where the other end is gone, every call fails with `log-unavailable`.
 * Unit: one link, one log.
 */
import type { MessagePort } from 'node:worker_threads';
import { HindcastError } from '../errors.js';
import type {
  Appended,
  WholeLog,
  ExpectedRevision,
  LogEvent,
  LogEventData,
  Notice,
  Position,
  ReadAllOptions,
  ReadOptions,
  SubscribeOptions,
} from '../log/log.js';
import { createLink, detached, errorOf, type Failure } from './link.js';

/** What is read: the arguments of the port's own calls, but for the signal. */
export type Source =
  | { readonly of: 'stream'; readonly stream: string; readonly options: ReadOptions }
  | { readonly of: 'log'; readonly options: ReadAllOptions }
  | { readonly of: 'subscription'; readonly options: Omit<SubscribeOptions, 'signal'> };

export type Question =
  | { readonly ask: 'append'; readonly stream: string; readonly events: readonly LogEventData[]; readonly expected: ExpectedRevision }
  | { readonly ask: 'head'; readonly stream: string }
  | { readonly ask: 'end' }
  | { readonly ask: 'last'; readonly after: Position; readonly streamPrefixes: readonly string[] }
  /** The next batch of what was opened under this number. */
  | { readonly ask: 'pull'; readonly reader: number };

export type ToHost =
  | (Question & { readonly n: number })
  | { readonly ask: 'open'; readonly reader: number; readonly source: Source }
  | { readonly ask: 'leave'; readonly reader: number };

/** `items`: events of a read, notices of a subscription. */
export interface Batch {
  readonly items: readonly (LogEvent | Notice)[];
  readonly done: boolean;
}

export type ToRemote = { readonly n: number } & ({ readonly answer: unknown } | { readonly failure: Failure });

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const gone = (): HindcastError => new HindcastError('log-unavailable', 'It is closed.');

export function createRemoteLog(port: MessagePort, { maxAppendBytes }: Pick<WholeLog, 'maxAppendBytes'>): WholeLog {
  const waiting = new Map<number, Waiting>();
  const closing = new AbortController();
  let numbers = 0;
  let isOver = false;

  const link = createLink<ToRemote, ToHost>(port, (message) => {
    const one = waiting.get(message.n);
    waiting.delete(message.n);
    if ('failure' in message) one?.reject(errorOf(message.failure));
    else one?.resolve(message.answer);
    if (waiting.size === 0 && closing.signal.aborted) link.close();
  });
  const over = new Promise<void>((resolve) => {
    port.on('close', () => {
      isOver = true;
      for (const { reject } of waiting.values()) reject(gone());
      waiting.clear();
      resolve();
    });
  });

  const ask = <R>(question: Question): Promise<R> => {
    if (isOver || (closing.signal.aborted && question.ask !== 'pull')) return Promise.reject(gone());
    return new Promise<R>((resolve, reject) => {
      const n = numbers++;
      waiting.set(n, { resolve: resolve as Waiting['resolve'], reject });
      link.send({ n, ...question });
    });
  };

  /** What aborts with `signals` ends without an error. */
  async function* readFrom<Item>(source: Source, ...signals: AbortSignal[]): AsyncGenerator<Item> {
    if (isOver || closing.signal.aborted) throw gone();
    const ended = (): boolean => signals.some((signal) => signal.aborted);
    if (ended()) return;
    const reader = numbers++;
    link.send({ ask: 'open', reader, source });
    const leave = (): void => link.send({ ask: 'leave', reader });
    for (const signal of signals) signal.addEventListener('abort', leave);
    const pull = (): Promise<Batch> => {
      const batch = ask<Batch>({ ask: 'pull', reader });
      // Nobody may be waiting for it any more when it fails.
      batch.catch(() => {});
      return batch;
    };
    try {
      for (let next: Promise<Batch> | undefined = pull(); next !== undefined; ) {
        const { items, done }: Batch = await next;
        // The next one is on its way while this one is taken.
        next = done ? undefined : pull();
        for (const item of items) {
          yield item as Item;
          if (ended()) return;
        }
      }
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', leave);
      leave();
    }
  }

  return {
    maxAppendBytes,
    append: (stream, events, expected) => ask<Appended>({ ask: 'append', stream, events: events.map(detached), expected }),
    read: (stream, options = {}) => readFrom<LogEvent>({ of: 'stream', stream, options }),
    readAll: (options = {}) => readFrom<LogEvent>({ of: 'log', options }),
    subscribe: ({ signal, ...options } = {}) => readFrom<Notice>({ of: 'subscription', options }, closing.signal, ...(signal === undefined ? [] : [signal])),
    head: (stream) => ask<{ revision: number; position: Position } | undefined>({ ask: 'head', stream }),
    end: () => ask<Position>({ ask: 'end' }),
    last: (wanted) => ask<Position>({ ask: 'last', ...wanted }),
    async close() {
      closing.abort();
      if (waiting.size === 0) link.close();
      await over;
    },
  };
}
