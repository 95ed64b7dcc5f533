/**
 * What goes out on one call, no faster than the reader takes it.
 * Invariant: whoever waits for room after each refusal of it holds no more than the messages of one buffer; a call that is
 * over, in whatever way, keeps nobody waiting, and nothing more goes out on it.
 * Unit: one call, of some twenty messages' buffer.
 */
import type { Writable } from 'node:stream';
import { callStatus, type Refused } from './errors.js';

export interface Outgoing<Message> {
  /** True where there is room for another; else wait for `room` first. */
  send(message: Message): boolean;
  /** Resolves when there is room, or when the call is over. */
  room(): Promise<void>;
  /** Aborts when the call is over: ended by either side. */
  readonly signal: AbortSignal;
  readonly over: boolean;
  end(): void;
  fail(refused: Refused): void;
}

export function createOutgoing<Message>(call: Writable): Outgoing<Message> {
  const ending = new AbortController();
  const { signal } = ending;
  let wake: () => void = () => undefined;

  const finish = (): void => {
    ending.abort();
    wake();
  };
  call.on('drain', () => wake());
  call.once('cancelled', finish);
  call.once('close', finish);

  return {
    signal,
    get over() {
      return signal.aborted;
    },
    send(message) {
      return signal.aborted || call.write(message);
    },
    room() {
      if (signal.aborted || !call.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => {
        const before = wake;
        wake = () => {
          wake = () => undefined;
          before();
          resolve();
        };
      });
    },
    end() {
      if (signal.aborted) return;
      call.end();
      finish();
    },
    fail(refused) {
      if (signal.aborted) return;
      // What was written before goes out first.
      call.emit('error', callStatus(refused));
      finish();
    },
  };
}
