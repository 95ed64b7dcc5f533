/**
 * The order in which appends are decided. Most need no more than the log's own decision and begin at once; some have to look
 * at a stream first, and nobody may come between that look and what follows from it.
 * Invariants: what comes later begins later; while a section looks, nothing else begins.
 * Unit: one server.
 */

/** What a section leaves behind when the next may begin: it need not be stored yet. */
export interface Begun<T> {
  readonly done: Promise<T>;
}

export interface Gate {
  /** Begins in this very turn where nobody is before it. */
  pass<T>(begin: () => Promise<T>): Promise<T>;
  enter<T>(section: () => Promise<Begun<T>>): Promise<T>;
}

export function createGate(): Gate {
  let last: Promise<unknown> | undefined;

  const enter = <T>(section: () => Promise<Begun<T>>): Promise<T> => {
    const begun = (last ?? Promise.resolve()).then(section);
    const over = begun
      .catch(() => undefined)
      .then(() => {
        if (last === over) last = undefined;
      });
    last = over;
    return begun.then(({ done }) => done);
  };

  return {
    enter,
    pass: (begin) => (last === undefined ? begin() : enter(async () => ({ done: begin() }))),
  };
}
