/**
 * The calls under way, so that a server that closes ends each in its own way and waits for them.
 * Invariant: once closing, no call begins; each that was under way is stopped once.
 * Unit: one call, from its first message to the end of what it does.
 */
export interface Calls {
  readonly closing: boolean;
  /** Does the work of a call. `stop` tells it that the server closes: what it then does is its own affair. */
  during(stop: () => void, work: () => Promise<void>): void;
  /** Stops all; resolves when none is left. */
  close(): Promise<void>;
}

/** `onError` is told of work that throws: it should answer its caller instead. */
export function createCalls(onError: (error: unknown) => void): Calls {
  const open = new Map<Promise<void>, () => void>();
  let closing = false;
  return {
    get closing() {
      return closing;
    },
    during(stop, work) {
      const done = work()
        .catch(onError)
        .finally(() => open.delete(done));
      open.set(done, stop);
    },
    async close() {
      closing = true;
      for (const stop of open.values()) stop();
      while (open.size > 0) await Promise.all(open.keys());
    },
  };
}
