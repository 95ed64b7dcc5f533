/**
 * Time that moves when a test says so: the timers of the scheduler, driven by hand.
 */
import type { Timers } from '../../src/sessions/scheduler.js';

export interface HandTimers extends Timers {
  /** Lets time pass, firing what falls due on the way, and the promises it starts. */
  pass(ms: number): Promise<void>;
}

/** Lets everything that is ready to run, run: reads of the store and what follows them. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
}

export function handTimers(start = 1_000): HandTimers {
  let now = start;
  let timers: { at: number; fire: () => void }[] = [];
  return {
    now: () => now,
    after(ms, fire) {
      const timer = { at: now + Math.max(ms, 0), fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        // As a real timer, it fires up to a millisecond late.
        now = Math.max(now, Math.min(end, next.at + 0.5));
        next.fire();
        await settle(3);
      }
      now = end;
      await settle(3);
    },
  };
}
