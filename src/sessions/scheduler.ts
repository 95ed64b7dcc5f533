/**
 * One heap and one timer for all sessions: each is woken when it is due, never before.
 * Invariants: a waking takes everything that is due and then aims again from the absolute instants, so that lateness
 * does not add up; however much is due, others have their turn. Unit: milliseconds of the monotonic clock.
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

/** The same for what goes on in the background: a wait keeps no process alive. */
export const backgroundTimers: Timers = {
  now: systemTimers.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** A timer longer than this fires at once in Node: longer waits are taken in pieces. */
const LONGEST_MS = 2 ** 30;

interface Alarm {
  readonly at: number;
  /** Undefined once it has rung or was replaced: what is dead holds on to nothing. */
  wake: ((now: number) => void) | undefined;
}

/** So long alarms are woken in one turn; then the event loop has its own, and those that are left are still due. */
const TURN_MS = 10;
/** So many are woken before the clock is looked at. */
const LOOKED_AFTER = 32;

/** Dead alarms stay in the heap until they outnumber the living by so many. */
const MOST_DEAD = 256;

export interface Wakeable {
  /** Sets when to be woken next, replacing what was set before; null: not at all. */
  set(at: number | null): void;
  cancel(): void;
}

export class Scheduler {
  private heap = new TinyQueue<Alarm>([], (a, b) => a.at - b.at);
  private dead = 0;
  private aimed: { at: number; cancel: () => void } | undefined;
  private draining = false;

  constructor(private readonly timers: Timers) {}

  wakeable(wake: (now: number) => void): Wakeable {
    let alarm: Alarm | undefined;
    const cancel = () => {
      if (alarm?.wake !== undefined) this.bury(alarm);
      alarm = undefined;
    };
    return {
      set: (at) => {
        if (alarm?.wake !== undefined && alarm.at === at) return;
        cancel();
        if (at === null || !Number.isFinite(at)) {
          if (!this.draining) this.aim();
          return;
        }
        alarm = { at, wake };
        this.heap.push(alarm);
        if (!this.draining) this.aim();
      },
      cancel: () => {
        cancel();
        // A timer for nobody would keep the process.
        if (!this.draining) this.aim();
      },
    };
  }

  /** Nobody is woken any more. */
  close(): void {
    this.heap = new TinyQueue<Alarm>([], (a, b) => a.at - b.at);
    this.dead = 0;
    this.aim();
  }

  /** An alarm may stand months away in the heap: its session is let go now, its place when there are many like it. */
  private bury(alarm: Alarm): void {
    alarm.wake = undefined;
    this.dead++;
    if (this.dead <= MOST_DEAD || this.dead * 2 < this.heap.length) return;
    this.heap = new TinyQueue(
      this.heap.data.filter((other) => other.wake !== undefined),
      (a, b) => a.at - b.at,
    );
    this.dead = 0;
  }

  private next(): Alarm | undefined {
    let first = this.heap.peek();
    while (first !== undefined && first.wake === undefined) {
      this.heap.pop();
      this.dead--;
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
      let woken = 0;
      for (let first = this.next(); first !== undefined && first.at <= now; first = this.next()) {
        this.heap.pop();
        const { wake } = first;
        first.wake = undefined;
        wake?.(now);
        if (++woken % LOOKED_AFTER === 0 && this.timers.now() - now > TURN_MS) break;
      }
    } finally {
      this.draining = false;
      this.aim();
    }
  }
}
