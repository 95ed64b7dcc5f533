/**
 * An append that is being gathered from its messages, and what became of it: what both ways of appending share.
 * Invariants: what is refused is refused before anything is stored; every byte that was set aside is given back once.
 * Unit: one append, to one stream.
 */

import type { ExpectedRevision, LogEventData } from '../log/log.js';
import { refused, tooLarge, tooMuch } from './errors.js';
import type { Memory } from './memory.js';
import { proposedEvent } from './messages.js';
import { type Protection, refuseEvent, refuseStream } from './refusals.js';
import type { Outcome, Writes } from './writes.js';

/** All that an append has the server hold: its limit counts data alone. */
export const LARGEST_APPEND = 16 * 1024 * 1024;

export interface AppendPorts {
  readonly writes: Writes;
  readonly memory: Memory;
  readonly protection: Protection;
  /** The bytes of data that one append may have in all. */
  readonly maxAppendBytes: number;
}

export interface PendingAppend {
  readonly stream: string;
  /** Throws Refused. */
  add(proposed: Parameters<typeof proposedEvent>[0]): void;
  /** Takes its place among the appends in this very turn. Rejects with Refused, or with what the log says. */
  store(): Promise<Outcome>;
  /** Lets go of what was gathered. */
  drop(): void;
}

/** Throws Refused. */
export function createPendingAppend({ writes, memory, protection, maxAppendBytes }: AppendPorts, stream: string, expected: ExpectedRevision): PendingAppend {
  refuseStream(stream, protection);
  const largest = Math.max(LARGEST_APPEND, 2 * maxAppendBytes);
  const events: LogEventData[] = [];
  let held = 0;
  let counted = 0;

  const drop = (): void => {
    memory.release(held);
    held = 0;
    events.length = 0;
  };

  return {
    stream,
    add(proposed) {
      const { event, data, size } = proposedEvent(proposed);
      refuseEvent(event);
      counted += data;
      if (counted > maxAppendBytes) throw tooLarge(maxAppendBytes);
      if (held + size > largest) throw tooMuch(`With types and metadata, an append has at most ${largest} bytes.`);
      memory.hold(size);
      held += size;
      events.push(event);
    },
    async store() {
      try {
        return await writes.append(stream, [...events], expected);
      } catch (error) {
        if (error instanceof RangeError) throw refused(`The append is not taken: ${error.message}.`);
        throw error;
      } finally {
        drop();
      }
    },
    drop,
  };
}
