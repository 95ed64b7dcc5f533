/**
 * One log that the nodes of a test share, and each node's way to it: what they do at once is put into every order. It decides as
 * EventStoreDB does, where a repeat is known by its ids alone, and each node asks it by way of the real Appending.
 * Invariants: nothing happens but in a step that the test lets happen; a request or an answer that is lost is lost whole. What a
 * node has sent may arrive when the node is gone; nothing reaches a node that is gone.
 * Unit: one stream; positions as EventStoreDB's are written.
 */
import { type AppendExpectedRevision, type AppendResult, type EventData, type EventStoreDBClient, WrongExpectedVersionError } from '@eventstore/db-client';
import { HindcastError } from '../../src/errors.js';
import { decideAppend } from '../../src/log/embedded/append-rules.js';
import { Appending } from '../../src/log/eventstore/appending.js';
import { positionOf } from '../../src/log/eventstore/positions.js';
import { DEFAULT_MAX_APPEND_BYTES, type LogEvent, type LogEventData } from '../../src/log/log.js';
import type { AppendableLog } from '../../src/recording/knowledge.js';

const placeOf = (revision: number) => ({ commit: BigInt((revision + 1) * 7), prepare: BigInt((revision + 1) * 7) });

export class SharedLog {
  readonly events: LogEvent[] = [];
  /** How many events it had, from the beginning and after each append. */
  readonly states: number[] = [0];
  private waiting: (() => void)[] = [];

  /** Answers, or throws, as the client of EventStoreDB does. */
  append(stream: string, data: readonly EventData[], expectedRevision: AppendExpectedRevision): AppendResult {
    const { events } = this;
    const expected = typeof expectedRevision === 'bigint' ? Number(expectedRevision) : (expectedRevision as 'any' | 'no_stream' | 'stream_exists');
    const last = events.at(-1)?.revision;
    const ids = data.map(({ id }) => id);
    const decision = decideAppend(ids, expected, {
      last,
      idAt: (revision) => events[revision]?.id,
      revisionOf: (id) => events.findLast((event) => event.id === id)?.revision,
    });
    if (decision.do === 'refuse') {
      const current = last === undefined ? 'no_stream' : BigInt(last);
      throw new WrongExpectedVersionError(undefined, { streamName: stream, expected: expectedRevision, current } as never);
    }
    if (decision.do === 'append') this.store(stream, data, decision.revision);
    const revision = decision.do === 'append' ? events.length - 1 : decision.revision;
    return { success: true, nextExpectedRevision: BigInt(revision), position: placeOf(revision) };
  }

  private store(stream: string, data: readonly EventData[], first: number): void {
    for (const [i, { id, type, data: body, metadata }] of data.entries()) {
      const stored = { id, type, data: body, metadata } as LogEventData;
      this.events.push({ ...stored, stream, revision: first + i, position: positionOf(placeOf(first + i)), created: first + i });
    }
    this.states.push(this.events.length);
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when something is stored. */
  grows(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

/** One life of a node, from its start to its crash. */
export interface Life {
  readonly isOver: boolean;
  /** Resolves when somebody else has gone on and it is this one's turn. */
  step(label: string): Promise<void>;
  /** Throws where it is over. */
  check(): void;
}

/** What may go wrong on the way: answers whether this one is lost. */
export type Luck = (what: 'request' | 'answer' | 'read' | 'head') => boolean;

interface TapOptions {
  readonly life: Life;
  readonly isLost: Luck;
  readonly now: () => number;
  readonly delay: (ms: number) => Promise<void>;
}

/** A node's way to the log. */
export function tapOf(log: SharedLog, { life, isLost, now, delay }: TapOptions): AppendableLog {
  const appendToStream = async (stream: string, data: readonly EventData[], { expectedRevision }: { expectedRevision: AppendExpectedRevision }) => {
    life.check();
    await life.step('an append arrives');
    if (isLost('request')) throw new Error('the request was lost');
    let answer: () => AppendResult;
    try {
      const result = log.append(stream, data, expectedRevision);
      answer = () => result;
    } catch (error) {
      answer = () => {
        throw error;
      };
    }
    await life.step('an append is answered');
    life.check();
    if (isLost('answer')) throw new Error('the answer was lost');
    return answer();
  };
  const head: AppendableLog['head'] = async () => {
    life.check();
    await life.step('the head is asked for');
    const last = log.events.at(-1);
    await life.step('the head is answered');
    life.check();
    if (isLost('head')) throw new HindcastError('log-unavailable', 'the head was lost');
    return last === undefined ? undefined : { revision: last.revision, position: last.position };
  };
  const eventAt = async (revision: number) => {
    life.check();
    await life.step('an event is read');
    life.check();
    if (isLost('read')) throw new Error('the read was lost');
    return log.events[revision];
  };
  const appending = new Appending({
    client: { appendToStream } as unknown as Pick<EventStoreDBClient, 'appendToStream'>,
    maxAppendBytes: DEFAULT_MAX_APPEND_BYTES,
    head,
    eventAt: (_, revision) => eventAt(revision),
    signal: new AbortController().signal,
    now,
    random: () => 0,
    delay,
  });
  const read: AppendableLog['read'] = async function* (_, { from = 0 } = {}) {
    const event = await eventAt(from).catch((error: Error) => {
      throw error instanceof HindcastError ? error : new HindcastError('log-unavailable', error.message);
    });
    if (event !== undefined) yield event;
  };
  return { maxAppendBytes: DEFAULT_MAX_APPEND_BYTES, append: (stream, events, expected) => appending.append(stream, events, expected), head, read };
}
