/**
 * The log in EventStoreDB: the port over its official client.
 * Invariants: one client a process, since the client's appends share a table that a second one would break; what cannot be
 * reached is `log-unavailable`, and everything begins to work again when it can.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HindcastError } from '../../errors.js';
import { DEFAULT_MAX_APPEND_BYTES, type EventLog } from '../log.js';
import { Appending } from './appending.js';
import { clientOf } from './connection-string.js';
import { endOfLog, readStream } from './reading.js';
import { Sightings } from './sightings.js';
import { lastOf, subscribeTo } from './subscribing.js';

/** The client is let go after so long. */
const DISPOSED_WITHIN_MS = 250;

export interface EventStoreLogOptions {
  /** `esdb://…` or `esdb+discover://…` */
  readonly connectionString: string;
  /** Bytes of data that the server takes in one append (its `MaxAppendSize`). */
  readonly maxAppendBytes?: number;
  /** Monotonic clock in ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** Throws `bad-config` where the connection string is none; whether anybody answers is seen when it is used. */
export function openEventStoreLog({
  connectionString,
  maxAppendBytes = DEFAULT_MAX_APPEND_BYTES,
  now = () => performance.now(),
  random = Math.random,
}: EventStoreLogOptions): EventLog {
  const client = clientOf(connectionString);
  const closing = new AbortController();
  // As many listen as wait for another try.
  setMaxListeners(0, closing.signal);
  const refuseWhenClosed = () => {
    if (closing.signal.aborted) throw new HindcastError('log-unavailable', 'It is closed.');
  };
  const sightings = new Sightings();
  const head: EventLog['head'] = async (stream) => {
    refuseWhenClosed();
    for await (const { revision, position } of readStream(client, stream, { direction: 'backwards', limit: 1 })) return { revision, position };
    return undefined;
  };
  const eventAt = async (stream: string, revision: number) => {
    for await (const event of readStream(client, stream, { from: revision, limit: 1 })) return event;
    return undefined;
  };
  const appending = new Appending({ client, sightings, maxAppendBytes, head, eventAt, signal: closing.signal, now, random });
  let closed: Promise<void> | undefined;

  return {
    maxAppendBytes,
    append: (stream, events, expected) => appending.append(stream, events, expected),
    async *read(stream, options = {}) {
      refuseWhenClosed();
      yield* readStream(client, stream, options);
    },
    subscribe: (options = {}) => subscribeTo({ client, closing: closing.signal, sightings }, options),
    head,
    async end() {
      refuseWhenClosed();
      return endOfLog(client);
    },
    async last(options) {
      refuseWhenClosed();
      return lastOf({ client, closing: closing.signal, sightings }, options);
    },
    close() {
      closed ??= (async () => {
        await appending.close();
        closing.abort();
        // Whoever reads sees it and lets go first.
        await new Promise(setImmediate);
        // It ends its calls at once, and waits for streams that may never say that they ended.
        const over = new AbortController();
        await Promise.race([client.dispose(), delay(DISPOSED_WITHIN_MS, undefined, { signal: over.signal }).catch(() => {})]);
        over.abort();
      })();
      return closed;
    },
  };
}
