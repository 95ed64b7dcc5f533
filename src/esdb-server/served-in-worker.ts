/**
 * Serves the protocol in a thread of its own, over the log of this one.
 * Invariants: what the thread is told of as unforeseen is told here; where the thread itself breaks, its clients are cut off,
 * which is told, and another one takes its place at the same port.
 * Unit: one server.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { WholeLog } from '../log/log.js';
import { errorOf, type Failure } from './link.js';
import { hostLog } from './log-host.js';
import type { EventStoreServer, EventStoreServerOptions } from './server.js';

export interface WorkerInput {
  readonly link: MessagePort;
  readonly port: number;
  readonly maxAppendBytes: number;
}

export type FromWorker =
  | { readonly is: 'listening'; readonly port: number }
  | { readonly is: 'failed'; readonly failure: Failure }
  | { readonly is: 'error'; readonly failure: Failure };

const SCRIPT = new URL('./worker.js', import.meta.url);
export interface InWorkerOptions extends Pick<EventStoreServerOptions, 'log' | 'port' | 'onError'> {
  /** What the thread runs; tests put a faulty one here. */
  readonly script?: URL;
  /** Before another thread takes the place of one that broke. */
  readonly againMs?: number;
}

interface Thread {
  readonly port: number;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Rejects where the port is taken. */
export async function serveInWorker({ log, port, onError = () => undefined, script = SCRIPT, againMs = 1_000 }: InWorkerOptions): Promise<EventStoreServer> {
  const closing = new AbortController();
  const { signal } = closing;
  let thread = await start(script, log, port, onError);
  const served = { port: thread.port };

  async function keep(): Promise<void> {
    for (;;) {
      await thread.ended;
      if (!signal.aborted) await delay(againMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        thread = await start(script, log, served.port, onError);
      } catch (error) {
        onError(error);
      }
      if (signal.aborted) thread.close();
    }
  }
  const kept = keep();

  return {
    ...served,
    close() {
      closing.abort();
      thread.close();
      return kept;
    },
  };
}

async function start(script: URL, log: WholeLog, port: number, onError: (error: unknown) => void): Promise<Thread> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(script, { workerData: { link: port2, port, maxAppendBytes: log.maxAppendBytes } satisfies WorkerInput, transferList: [port2] });
  const stopHosting = hostLog(log, port1);
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      stopHosting();
      resolve();
    });
  });
  return new Promise<Thread>((resolve, reject) => {
    let isListening = false;
    worker.on('error', (error) => (isListening ? onError(error) : reject(error)));
    worker.on('message', (message: FromWorker) => {
      if (message.is === 'error') onError(errorOf(message.failure));
      else if (message.is === 'failed') reject(errorOf(message.failure));
      else if (message.is === 'listening') {
        isListening = true;
        resolve({ port: message.port, ended, close: () => worker.postMessage('close') });
      }
    });
  });
}
