/**
 * A reader of a long answer who does not read on, and what the server reads and holds for it.
 * Unit: steps read from the read model; tracks that are held.
 */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Timeline } from '../../src/timeline/timeline.js';

export interface Reading {
  /** Steps since it was last set. */
  read: number;
  readonly held: number;
  /** Asks, and reads nothing; resolves when the server reads no further, since the buffers between are full. */
  stall(url: string): Promise<IncomingMessage>;
  /** Resolves when nothing is held any more. */
  released(): Promise<void>;
}

/** Counts from now on what is read of a timeline and held by it. */
export function watchReading(timeline: Timeline): Reading {
  let held = 0;
  const { steps, hold } = timeline;
  const reading: Reading = {
    read: 0,
    get held() {
      return held;
    },
    async stall(url) {
      reading.read = 0;
      const [reply] = (await once(get(url), 'response')) as [IncomingMessage];
      for (let before = 0; reading.read === 0 || before !== reading.read; ) {
        before = reading.read;
        await wait(300);
      }
      return reply;
    },
    async released() {
      while (held > 0) await wait(10);
    },
  };
  timeline.steps = (...query) => {
    const found = steps(...query);
    reading.read += found.length;
    return found;
  };
  timeline.hold = (track) => {
    const release = hold(track);
    held++;
    return () => {
      held--;
      release();
    };
  };
  return reading;
}
