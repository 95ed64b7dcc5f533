/**
 * The bell that wakes whoever waits for new events, so that nobody polls.
 * Invariant: a ring wakes everyone who waited before it, once a turn of the event loop however often it is rung.
 */
export interface Bell {
  ring(): void;
  /** Until the next ring, or until the signal aborts. */
  wait(signal?: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  let ringing = false;

  const wakeAll = (): void => {
    ringing = false;
    for (const wake of [...waiting]) wake();
  };

  return {
    ring() {
      if (ringing || waiting.size === 0) return;
      ringing = true;
      setImmediate(wakeAll);
    },
    wait(signal) {
      return new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    },
  };
}
