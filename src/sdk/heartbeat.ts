/**
 * Pings: several at the opening, one after the other, and one now and then; they measure the server's clock, and find out
 * where the other end is gone without a word.
 */
import type { Timers } from './time.js';

/** So many at the opening. */
const AT_OPENING = 5;
export const BEAT_MS = 15_000;

export interface HeartbeatOptions {
  readonly timers: Timers;
  /** Sends a ping that carries a local monotonic instant. */
  readonly ping: (t: number) => void;
  /** False while the socket is not read on: then silence means nothing. */
  readonly listens: () => boolean;
  /** Nothing at all was heard for a whole beat after a ping. */
  readonly onSilent: () => void;
}

export class Heartbeat {
  private cancel: (() => void) | undefined;
  private toMeasure = 0;
  /** A ping is out, and nothing was heard since. */
  private unheard = false;

  constructor(private readonly options: HeartbeatOptions) {}

  start(): void {
    this.stop();
    this.toMeasure = AT_OPENING;
    this.ping();
    this.next();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.unheard = false;
  }

  /** Something, whatever it is, arrived. */
  heard(): void {
    this.unheard = false;
  }

  answered(): void {
    if (this.toMeasure > 0) this.ping();
  }

  private ping(): void {
    if (this.toMeasure > 0) this.toMeasure--;
    this.unheard = true;
    this.options.ping(this.options.timers.now());
  }

  private next(): void {
    this.cancel = this.options.timers.after(BEAT_MS, () => {
      const { listens, onSilent } = this.options;
      if (listens()) {
        if (this.unheard) return onSilent();
        this.ping();
      } else this.unheard = false;
      this.next();
    });
  }
}
