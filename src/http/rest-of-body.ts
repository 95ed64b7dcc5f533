/**
 * What is still to come of a request's body when its answer is known. A connection that is closed while bytes of the client
 * are unread is reset, and the reset may destroy the answer before the client has read it; so the answer is sent at once and
 * the connection stays open until the rest of the body has been read and dropped.
 * Invariant: no client keeps a connection open for longer than the limits say, in bytes or in time. Unit: bytes; ms.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Timers } from '../sessions/scheduler.js';

/** So much of a body is read and dropped. */
export const MOST_DROPPED_BYTES = 64 * 1024 * 1024;
/** For so long the rest of a body is waited for. */
export const MOST_DROPPED_MS = 10_000;

/** Resolves when the body has been read to its end, or enough of it, or the client is gone. */
function dropped(request: IncomingMessage, timers: Pick<Timers, 'after'>): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let left = MOST_DROPPED_BYTES;
    const drop = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    };
    const done = () => {
      cancel();
      request.off('data', drop);
      for (const over of ['end', 'close', 'error']) request.off(over, done);
      resolve();
    };
    const cancel = timers.after(MOST_DROPPED_MS, done);
    for (const over of ['end', 'close', 'error']) request.on(over, done);
    request.on('data', drop);
    request.resume();
  });
}

/** A text as the body of an answer, which ends when the rest of the request's body has been dropped. The answer needs a `content-length`. */
export function endingAfter(request: IncomingMessage, text: string, timers: Pick<Timers, 'after'>): Readable {
  return Readable.from(
    (async function* () {
      yield text;
      await dropped(request, timers);
    })(),
    { objectMode: false },
  );
}
