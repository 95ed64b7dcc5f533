/**
 * What this process uses. Units: µs of CPU, user and system together, of all its threads; bytes.
 */
import { setImmediate as turn } from 'node:timers/promises';

export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export interface Memory {
  /** What is left in use after garbage was collected. */
  readonly heap: number;
  /** Buffers and what libraries hold outside of the heap. */
  readonly external: number;
  readonly rss: number;
}

/** Needs `--expose-gc`. */
export async function memory(): Promise<Memory> {
  if (globalThis.gc === undefined) throw new Error('start Node with --expose-gc');
  // What a first collection lets go may hold on to more until its finalizers have run.
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, rss };
}
