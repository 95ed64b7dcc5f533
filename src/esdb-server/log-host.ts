/**
 * Answers a remote log from the log of this thread.
 * Invariants: a batch is read when it is asked for, and takes some milliseconds at most, since replays share the thread; a
 * reader that leaves, or whose end is gone, is let go of.
 * Unit: one link. It does not close the log.
 */
import type { MessagePort } from 'node:worker_threads';
import type { WholeLog, LogEvent, Notice } from '../log/log.js';
import { createLink, detached, failureOf } from './link.js';
import type { Batch, Question, Source, ToHost, ToRemote } from './remote-log.js';

/** A batch of a read ends with so many events, or after so long. */
const MOST_EVENTS = 256;
const LONGEST_MS = 2;

interface Reader {
  readonly items: AsyncIterator<LogEvent | Notice>;
  readonly most: number;
  readonly leaving: AbortController;
}

/** `now`: ms of the monotonic clock. Answers how to stop. */
export function hostLog(log: WholeLog, port: MessagePort, now: () => number = () => performance.now()): () => void {
  const readers = new Map<number, Reader>();

  const link = createLink<ToHost, ToRemote>(port, (message) => {
    if (message.ask === 'open') readers.set(message.reader, open(log, message.source));
    else if (message.ask === 'leave') leave(message.reader);
    else void reply(message.n, message);
  });

  async function reply(n: number, question: Question): Promise<void> {
    try {
      link.send({ n, answer: await answerTo(question) });
    } catch (error) {
      link.send({ n, failure: failureOf(error) });
    }
  }

  function answerTo(question: Question): Promise<unknown> {
    switch (question.ask) {
      case 'append':
        return log.append(question.stream, question.events, question.expected);
      case 'head':
        return log.head(question.stream);
      case 'end':
        return log.end();
      case 'last':
        return log.last(question);
      case 'pull':
        return pull(readers.get(question.reader));
    }
  }

  async function pull(reader: Reader | undefined): Promise<Batch> {
    const items: (LogEvent | Notice)[] = [];
    if (reader === undefined) return { items, done: true };
    const until = now() + LONGEST_MS;
    do {
      const { value, done } = await reader.items.next();
      if (done === true) return { items, done };
      items.push('kind' in value ? detachedNotice(value) : detached(value));
    } while (items.length < reader.most && now() < until);
    return { items, done: false };
  }

  function leave(number: number): void {
    const reader = readers.get(number);
    if (reader === undefined) return;
    readers.delete(number);
    reader.leaving.abort();
    // What it fails with on its way out is nobody's any more.
    reader.items.return?.().catch(() => {});
  }

  const stop = (): void => {
    for (const number of [...readers.keys()]) leave(number);
    link.close();
  };
  port.on('close', stop);
  return stop;
}

function open(log: WholeLog, source: Source): Reader {
  const leaving = new AbortController();
  const of = (items: AsyncIterable<LogEvent | Notice>, most: number): Reader => ({ items: items[Symbol.asyncIterator](), most, leaving });
  switch (source.of) {
    case 'stream':
      return of(log.read(source.stream, source.options), MOST_EVENTS);
    case 'log':
      return of(log.readAll(source.options), MOST_EVENTS);
    case 'subscription':
      // A notice is a batch already, and behind it may be none for long.
      return of(log.subscribe({ ...source.options, signal: leaving.signal }), 1);
  }
}

function detachedNotice(notice: Notice): Notice {
  return notice.kind === 'events' ? { kind: 'events', events: notice.events.map(detached) } : notice;
}
