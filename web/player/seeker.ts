/**
 * Seeks while a hand is on the scrubber: at most one in so long, and the last always.
 * Invariant: what is sent last is where the hand was last. Unit: milliseconds.
 */
export const SEEK_EVERY_MS = 100;

export interface Timing {
  after(ms: number, then: () => void): unknown;
}

export function createSeeker(send: (at: number) => void, timing: Timing = { after: (ms, then) => setTimeout(then, ms) }) {
  let waiting: number | undefined;
  let resting = false;
  const rest = () => {
    resting = true;
    timing.after(SEEK_EVERY_MS, () => {
      resting = false;
      const at = waiting;
      waiting = undefined;
      if (at === undefined) return;
      send(at);
      rest();
    });
  };
  return (at: number): void => {
    if (resting) {
      waiting = at;
      return;
    }
    send(at);
    rest();
  };
}
