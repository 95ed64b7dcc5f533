/**
 * What comes in on one call, a message at a time, when it is asked for.
 * Invariant: nobody is kept waiting for a call that is over, or that is no longer listened to. (The stream's own iterator
 * would take the call down with it, and the answers that have not gone out.)
 * Unit: one call, read by one.
 */
import type { Readable } from 'node:stream';

export interface Incoming<Message> {
  /** Undefined: nothing more comes. */
  next(): Promise<Message | undefined>;
  /** Nothing more is wanted. */
  stop(): void;
}

export function createIncoming<Message>(call: Readable): Incoming<Message> {
  let over = false;
  let wake: () => void = () => undefined;
  const stop = (): void => {
    over = true;
    wake();
  };
  call.on('readable', () => wake());
  for (const event of ['end', 'close', 'cancelled']) call.once(event, stop);
  return {
    async next() {
      while (!over) {
        const message = call.read() as Message | null;
        if (message !== null) return message;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return undefined;
    },
    stop,
  };
}
