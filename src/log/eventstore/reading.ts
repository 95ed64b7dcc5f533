/**
 * Reading EventStoreDB: the consumer pulls, and the client holds back what is not taken.
 * Invariants: events come in log order and once; events of the system are nobody's; what breaks is thrown, also where nobody
 * answers, and whoever reads goes on from the last place that he was given. Unit: ms.
 */
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
  START as FROM_START,
  type StreamingRead,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { HindcastError } from '../../errors.js';
import { type LogEvent, type Position, type ReadOptions, START } from '../log.js';
import { fromServer } from './events.js';
import { faultOf } from './faults.js';
import { positionOf } from './positions.js';

/** A read is asked for again from where it got to, so that none stays open for long. */
const PAGE = 4_096;
/** Who has said nothing after so long is no EventStoreDB, or hangs: the client would wait for ever. */
export const FIRST_WORD_MS = 5_000;

const isOurs = (stream: string): boolean => !stream.startsWith('$');

export function wanted(prefixes: readonly string[] | undefined): (stream: string) => boolean {
  return prefixes === undefined ? isOurs : (stream) => isOurs(stream) && prefixes.some((prefix) => stream.startsWith(prefix));
}

/** What a read brings. Whoever leaves before its end cancels it: the server would else hold it open. */
async function* eventsOf<R extends ResolvedEvent>(read: StreamingRead<R>): AsyncGenerator<R> {
  let isOver = false;
  const impatience = setTimeout(() => {
    read.destroy(silence());
    read.cancel().catch(() => {});
  }, FIRST_WORD_MS);
  // The client may yet fail when nobody listens any more.
  read.on('error', () => {});
  try {
    for await (const resolved of read) {
      clearTimeout(impatience);
      yield resolved;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    clearTimeout(impatience);
    if (!isOver) await read.cancel();
  }
}

export const silence = () => new HindcastError('log-unavailable', `EventStoreDB has not answered within ${FIRST_WORD_MS / 1000} s.`);

export async function* readStream(client: EventStoreDBClient, stream: string, { direction, from, limit = Infinity }: ReadOptions): AsyncGenerator<LogEvent> {
  const backwards = direction === 'backwards';
  if (from !== undefined && (!Number.isSafeInteger(from) || from < 0)) throw new RangeError(`from is a whole number from 0, not ${from}`);
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) throw new RangeError(`limit is a whole number from 0, not ${limit}`);
  let left = limit;
  let next = from;
  while (left > 0) {
    const count = Math.min(left, PAGE);
    let read = 0;
    try {
      const events = client.readStream(stream, {
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: next === undefined ? (backwards ? END : FROM_START) : BigInt(next),
        maxCount: count,
      });
      for await (const { event } of eventsOf(events)) {
        read++;
        if (event === undefined) continue;
        const one = fromServer(event);
        yield one;
        left--;
        next = one.revision + (backwards ? -1 : 1);
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError) return;
      throw faultOf(error, { stream });
    }
    if (read < count || (next ?? 0) < 0) return;
  }
}

/** Position of the last event of all, those of the system and of others included: one event is read. */
export async function endOfLog(client: EventStoreDBClient): Promise<Position> {
  try {
    for await (const { event } of eventsOf(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))) {
      if (event?.position !== undefined) return positionOf(event.position);
    }
    return START;
  } catch (error) {
    throw faultOf(error);
  }
}
