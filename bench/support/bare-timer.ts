/**
 * The limit of every replay: a timer and nothing to do when it wakes. Unit: ms.
 */
import type { Lateness } from './replay.js';

const now = () => performance.now();

/** The limit: one timer, all that is due, aimed again from the anchor. */
export async function bareTimer(perSecond: number, seconds: number): Promise<Lateness> {
  const late: number[] = [];
  const began = now();
  const count = perSecond * seconds;
  let next = 0;
  await new Promise<void>((resolve) => {
    const wake = () => {
      const at = now();
      for (; next < count && began + (next * 1_000) / perSecond <= at; next++) late.push(at - (began + (next * 1_000) / perSecond));
      if (next === count) return resolve();
      setTimeout(wake, Math.floor(began + (next * 1_000) / perSecond - now()));
    };
    wake();
  });
  return { late, wallMs: now() - began };
}
