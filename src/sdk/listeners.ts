/**
 * Who wants to be told of what.
 * Invariant: what a listener throws is its own affair; it is thrown again outside, and stops nothing here.
 */
export class Listeners<Events extends object> {
  private readonly byType = new Map<keyof Events, Set<(value: never) => void>>();

  /** Tells `listener` from now on; answers how to stop. */
  on<T extends keyof Events>(type: T, listener: (value: Events[T]) => void): () => void {
    const listeners = this.byType.get(type) ?? new Set();
    this.byType.set(type, listeners);
    // Wrapped, so that one function given twice is two listeners.
    const own = (value: Events[T]) => listener(value);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  emit<T extends keyof Events>(type: T, value: Events[T]): void {
    for (const listener of [...(this.byType.get(type) ?? [])]) {
      try {
        (listener as (value: Events[T]) => void)(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
