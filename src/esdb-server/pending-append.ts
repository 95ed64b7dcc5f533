/**
 * An append that is being gathered from its messages, and what the log made of it: what both ways of appending share.
 * Invariants: what is refused is refused before anything is stored; every byte that was set aside is given back once.
 * Unit: one append, to one stream.
 */

import type { Appended, EventLog, ExpectedRevision, LogEventData, WrongExpectedRevision } from '../log/log.js';
import { badRequest, isWrongExpected, tooLarge } from './errors.js';
import type { Memory } from './memory.js';
import { proposedEvent } from './messages.js';
import { refuseEvent, refuseStream } from './refusals.js';

/** All events of one append together. */
export const LARGEST_APPEND = 16 * 1024 * 1024;

export type Outcome = { readonly stored: Appended } | { readonly wrong: WrongExpectedRevision };

export interface PendingAppend {
  readonly stream: string;
  /** Throws Refused. */
  add(proposed: Parameters<typeof proposedEvent>[0]): void;
  /** Appends in this very turn. Rejects with Refused, or with what the log says. */
  store(): Promise<Outcome>;
  /** Lets go of what was gathered. */
  drop(): void;
}

/** Throws Refused. */
export function createPendingAppend(log: EventLog, memory: Memory, stream: string, expected: ExpectedRevision): PendingAppend {
  refuseStream(stream);
  const events: LogEventData[] = [];
  let held = 0;

  const drop = (): void => {
    memory.release(held);
    held = 0;
    events.length = 0;
  };

  return {
    stream,
    add(proposed) {
      const { event, size } = proposedEvent(proposed);
      refuseEvent(stream, event);
      if (held + size > LARGEST_APPEND) throw tooLarge(LARGEST_APPEND);
      memory.hold(size);
      held += size;
      events.push(event);
    },
    async store() {
      try {
        return { stored: await log.append(stream, [...events], expected) };
      } catch (error) {
        if (isWrongExpected(error)) return { wrong: error };
        if (error instanceof RangeError) throw badRequest(`The append is not taken: ${error.message}.`);
        throw error;
      } finally {
        drop();
      }
    },
    drop,
  };
}
