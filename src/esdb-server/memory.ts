/**
 * How many bytes of appends the server holds that are not stored yet: parts of batches that go on, and what is on its way
 * to the disk.
 * Invariant: never more than the limit, whatever clients send; who reads more of them while it is tight waits for what is
 * under way first.
 * Unit: bytes of events as they were sent.
 */
import { tooMuch } from './errors.js';

/** One append may fill a quarter of it. */
export const MOST_HELD = 64 * 1024 * 1024;
const TIGHT = 16 * 1024 * 1024;

export interface Memory {
  /** Throws Refused where that much is not free. */
  hold(bytes: number): void;
  release(bytes: number): void;
  readonly held: number;
  readonly tight: boolean;
}

export function createMemory(limit = MOST_HELD): Memory {
  let held = 0;
  return {
    hold(bytes) {
      if (held + bytes > limit) throw tooMuch('The server holds as much of unfinished appends as it can.');
      held += bytes;
    },
    release(bytes) {
      held -= bytes;
    },
    get held() {
      return held;
    },
    get tight() {
      return held > TIGHT;
    },
  };
}
