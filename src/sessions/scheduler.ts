/**
 * One heap and one timer for all sessions: each is woken when it is due, never before.
 * Invariant: a waking takes everything that is due and then aims again from the absolute instants, so that lateness
 * does not add up. Unit: milliseconds of the monotonic clock.
 */
import TinyQueue from 'tinyqueue';

/** Time as the sessions see it: injected, so that tests drive it by hand. */
export interface Timers {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once after at least so long; answers how to cancel. */
  after(ms: number, callback: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A timer longer than this fires at once in Node: longer waits are taken in pieces. */
const LONGEST_MS = 2 ** 30;

interface Alarm {
  at: number;
  readonly wake: (now: number) => void;
  live: boolean;
}

export interface Wakeable {
  /** Sets when to be woken next, replacing what was set before; null: not at all. */
  set(at: number | null): void;
  cancel(): void;
}

export class Scheduler {
  private readonly heap = new TinyQueue<Alarm>([], (a, b) => a.at - b.at);
  private aimed: { at: number; cancel: () => void } | undefined;
  private draining = false;

  constructor(private readonly timers: Timers) {}

  wakeable(wake: (now: number) => void): Wakeable {
    let alarm: Alarm | undefined;
    const cancel = () => {
      if (alarm !== undefined) alarm.live = false;
      alarm = undefined;
    };
    return {
      set: (at) => {
        if (alarm?.live === true && alarm.at === at) return;
        cancel();
        if (at === null || !Number.isFinite(at)) return;
        alarm = { at, wake, live: true };
        this.heap.push(alarm);
        if (!this.draining) this.aim();
      },
      cancel,
    };
  }

  private next(): Alarm | undefined {
    let first = this.heap.peek();
    while (first !== undefined && !first.live) {
      this.heap.pop();
      first = this.heap.peek();
    }
    return first;
  }

  private aim(): void {
    const first = this.next();
    if (first === undefined) {
      this.aimed?.cancel();
      this.aimed = undefined;
      return;
    }
    if (this.aimed !== undefined && this.aimed.at <= first.at) return;
    this.aimed?.cancel();
    // Rounded down: a timer rounds up by itself, and one that wakes early aims again.
    const wait = Math.min(Math.max(0, Math.floor(first.at - this.timers.now())), LONGEST_MS);
    this.aimed = { at: first.at, cancel: this.timers.after(wait, () => this.drain()) };
  }

  private drain(): void {
    this.aimed = undefined;
    this.draining = true;
    try {
      // One reading for the whole drain: what an alarm sets for later than that waits its turn.
      const now = this.timers.now();
      for (let first = this.next(); first !== undefined && first.at <= now; first = this.next()) {
        this.heap.pop();
        first.live = false;
        first.wake(now);
      }
    } finally {
      this.draining = false;
      this.aim();
    }
  }
}
