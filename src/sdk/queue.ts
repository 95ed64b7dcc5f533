/**
 * What waits between who sends and who takes, in order.
 * Invariant: each item is taken once; after the end nothing is added.
 */
export class Queue<T> {
  private items: T[] = [];
  private head = 0;
  private waiting: { resolve: (item: T | undefined) => void; reject: (error: unknown) => void } | undefined;
  private ended: { readonly error?: unknown } | undefined;

  get size(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    if (this.ended !== undefined) return;
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.items.push(item);
    else waiting.resolve(item);
  }

  /** The next item, as soon as there is one; undefined after the end, or rejected with its error. One at a time takes. */
  take(): Promise<T | undefined> {
    if (this.size > 0) {
      const item = this.items[this.head++];
      // What was taken is let go of now and then, not at every item.
      if (this.head >= 1_024 || this.size === 0) {
        this.items = this.items.slice(this.head);
        this.head = 0;
      }
      return Promise.resolve(item);
    }
    if (this.ended !== undefined) return 'error' in this.ended ? Promise.reject(this.ended.error) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** Ends it, with an error where one is given. What waits can still be taken, unless it is dropped. */
  end(how: { readonly error?: unknown; readonly drop?: boolean }): void {
    if (this.ended !== undefined) return;
    this.ended = 'error' in how ? { error: how.error } : {};
    if (how.drop === true) {
      this.items = [];
      this.head = 0;
    }
    const { waiting } = this;
    this.waiting = undefined;
    if ('error' in how) waiting?.reject(how.error);
    else waiting?.resolve(undefined);
  }
}
