/**
 * Messages between two threads, and the forms in which they carry what cannot be cloned: errors, and bytes that are part of
 * a larger buffer (a clone would take all of that along).
 * Invariants: messages arrive in the order in which they were sent; those of one turn of the event loop travel together,
 * since each crossing costs more than what it carries.
 * Unit: one port.
 */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, type Fault, HindcastError } from '../errors.js';
import { type ExpectedRevision, type LogEventData, WrongExpectedRevision } from '../log/log.js';

export interface Link<Out> {
  send(message: Out): void;
  close(): void;
}

/** `heard` is called with each message that comes in. */
export function createLink<In, Out>(port: MessagePort, heard: (message: In) => void): Link<Out> {
  let waiting: Out[] = [];
  const flush = (): void => {
    const together = waiting;
    waiting = [];
    if (together.length > 0) port.postMessage(together);
  };
  port.on('message', (messages: readonly In[]) => {
    for (const message of messages) heard(message);
  });
  return {
    send(message) {
      waiting.push(message);
      if (waiting.length === 1) setImmediate(flush);
    },
    close() {
      flush();
      port.close();
    },
  };
}

/** An error as it crosses. */
export type Failure =
  | { readonly is: 'wrong-revision'; readonly stream: string; readonly expected: ExpectedRevision; readonly actual: number | undefined }
  | { readonly is: 'coded'; readonly code: ErrorCode; readonly detail: string | undefined; readonly faults: readonly Fault[] }
  | { readonly is: 'range'; readonly message: string }
  | { readonly is: 'other'; readonly message: string; readonly stack: string | undefined };

export function failureOf(error: unknown): Failure {
  if (error instanceof WrongExpectedRevision) return { is: 'wrong-revision', stream: error.stream, expected: error.expected, actual: error.actual };
  if (error instanceof HindcastError) return { is: 'coded', code: error.code, detail: error.detail, faults: error.faults };
  if (error instanceof RangeError) return { is: 'range', message: error.message };
  return error instanceof Error ? { is: 'other', message: error.message, stack: error.stack } : { is: 'other', message: String(error), stack: undefined };
}

export function errorOf(failure: Failure): Error {
  switch (failure.is) {
    case 'wrong-revision':
      return new WrongExpectedRevision(failure.stream, failure.expected, failure.actual);
    case 'coded':
      return new HindcastError(failure.code, failure.detail, failure.faults);
    case 'range':
      return new RangeError(failure.message);
    case 'other':
      return Object.assign(new Error(failure.message), { stack: failure.stack });
  }
}

/** The same event, whose bytes have a buffer of their own. */
export function detached<E extends LogEventData>(event: E): E {
  const { data, metadata, verbatim } = event;
  if (!(data instanceof Uint8Array) && !(metadata instanceof Uint8Array) && verbatim === undefined) return event;
  const own = { ...event, data: ownBytes(data), metadata: ownBytes(metadata) };
  return verbatim === undefined ? own : { ...own, verbatim: { ...verbatim, data: new Uint8Array(verbatim.data), metadata: new Uint8Array(verbatim.metadata) } };
}

function ownBytes(value: LogEventData['data']): LogEventData['data'] {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}
