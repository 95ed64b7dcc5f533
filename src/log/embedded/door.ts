/**
 * The door that appends pass, one after the other in the order they were asked for. It is shut while the index is being
 * caught up (appends wait) and locked while the log cannot take any (appends are refused).
 * Invariant: nobody overtakes; a job starts in the same turn in which the door lets it in.
 * Unit: one job, which decides and writes before it first waits.
 */
export interface Door {
  enter<T>(job: () => Promise<T>): Promise<T>;
  /** Those who come wait. */
  shut(): void;
  /** Those who wait and those who come are refused with what `reason` makes. */
  lock(reason: () => Error): void;
  /** Lets in all who wait, then whoever comes. */
  open(): void;
}

export function createDoor(): Door {
  let state: 'open' | 'shut' | 'locked' = 'shut';
  let refusal: () => Error = () => new Error('the door is locked');
  const queue: (() => void)[] = [];

  const begin = <T>(job: () => Promise<T>): Promise<T> => {
    if (state === 'locked') return Promise.reject(refusal());
    try {
      return job();
    } catch (error) {
      return Promise.reject(error);
    }
  };

  /** A job may shut the door again: whoever is left keeps their place. */
  const drain = (): void => {
    while (state !== 'shut') {
      const next = queue.shift();
      if (next === undefined) return;
      next();
    }
  };

  return {
    enter(job) {
      if (state !== 'shut' && queue.length === 0) return begin(job);
      return new Promise((resolve) => {
        queue.push(() => resolve(begin(job)));
      });
    },
    shut() {
      state = 'shut';
    },
    lock(reason) {
      state = 'locked';
      refusal = reason;
      drain();
    },
    open() {
      state = 'open';
      drain();
    },
  };
}
