/**
 * Work that goes on for long without waiting lets other work have its turn.
 * Invariant: between two turns no more than some milliseconds pass, however long the work.
 */
import { breath } from '../log/embedded/indexer.js';

const LONGEST_MS = 8;

/** Call it between two small pieces of work, and wait for it where it answers a promise. */
export function createPace(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < LONGEST_MS) return undefined;
    return breath().then(() => {
      since = performance.now();
    });
  };
}
