/**
 * A log that appends as a real EventStoreDB does where ours is kinder: it forgets what it was told, and writes events of its own
 * between those of its clients.
 * Invariants: whatever names a revision is decided by the log as ever; an append that was acknowledged is stored.
 * Unit: one log, served by one server.
 */
import { randomUUID } from 'node:crypto';
import { type Appended, type WholeLog, type ExpectedRevision, type LogEventData, WrongExpectedRevision } from '../log/log.js';
import { isWrongExpected } from './errors.js';
import { LINK } from './links.js';

/** How often an append at no revision is tried where others append at the same time. */
const MOST_TRIES = 5;

/** Knows of a repeat at no revision only what it was told itself; one stream an id, the first. */
export function forgetful(log: WholeLog): WholeLog {
  const known = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();

  /** How many of the events, from the first, are known in the stream. */
  const recalled = (stream: string, events: readonly LogEventData[]): number => {
    const strange = events.findIndex(({ id }) => known.get(id) !== stream);
    return strange === -1 ? events.length : strange;
  };

  const appendAnew = async (stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended> => {
    for (let tries = 1; ; tries++) {
      const head = await log.head(stream);
      if (head === undefined && expected === 'stream_exists') throw new WrongExpectedRevision(stream, expected, undefined);
      try {
        return await log.append(stream, events, head?.revision ?? 'no_stream');
      } catch (error) {
        if (!isWrongExpected(error) || tries === MOST_TRIES) throw error;
      }
    }
  };

  const decide = async (stream: string, events: readonly LogEventData[], expected: ExpectedRevision): Promise<Appended> => {
    if (typeof expected === 'number' || expected === 'no_stream') return log.append(stream, events, expected);
    const count = recalled(stream, events);
    if (count === events.length) return log.append(stream, events, expected);
    if (count > 0) throw new WrongExpectedRevision(stream, expected, (await log.head(stream))?.revision);
    return appendAnew(stream, events, expected);
  };

  return {
    ...log,
    append(given, events, expected) {
      const turn = last.then(async () => {
        const appended = await decide(given, events, expected);
        if (!appended.repeated) for (const { id } of events) if (!known.has(id)) known.set(id, given);
        return appended;
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Writes events of the system behind every so many appends that stored something. */
export function noisy(log: WholeLog, every: number, onError: (error: unknown) => void): WholeLog {
  let appends = 0;

  const makeNoise = async (stream: string, count: number, { revision }: Appended): Promise<void> => {
    const [category] = stream.split('-');
    const links = Array.from({ length: count }, (_, i) => bytesEvent(LINK, `${revision - count + 1 + i}@${stream}`));
    await log.append('$stats-127.0.0.1', [{ id: randomUUID(), type: '$statsCollected', data: { appends }, metadata: {} }], 'any');
    if (!stream.startsWith('$') && category !== stream) await log.append(`$ce-${category}`, links, 'any');
  };

  return {
    ...log,
    async append(stream, events, expected) {
      const appended = await log.append(stream, events, expected);
      if (!appended.repeated && ++appends % every === 0) await makeNoise(stream, events.length, appended).catch(onError);
      return appended;
    },
  };
}

function bytesEvent(type: string, text: string): LogEventData {
  return { id: randomUUID(), type, data: Buffer.from(text), metadata: new Uint8Array() };
}
