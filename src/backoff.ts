/**
 * How long to wait before the next try: twice as long each time, up to a limit, and never two clients in step.
 * Unit: milliseconds.
 */
export interface BackoffOptions {
  /** The first wait, before the jitter. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly longestMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** So many tries in a row have failed. */
  get tries(): number {
    return this.failures;
  }

  /** One more failed: the wait before the next, from half of the whole wait to the whole. */
  next(): number {
    const { firstMs, longestMs, random } = this.options;
    const whole = Math.min(firstMs * 2 ** Math.min(this.failures, 30), longestMs);
    this.failures++;
    return whole * (0.5 + random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
