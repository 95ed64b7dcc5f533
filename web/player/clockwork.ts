/**
 * The story clock as the page shows it: once a frame while it moves, and where a seek is going while it is under way.
 * Invariant: nothing runs while the clock stands. Unit: milliseconds since the epoch.
 */
import { type Signal, signal } from '@preact/signals';

/** What is said in words changes no more often than this. */
const WORDS_EVERY_MS = 200;

export interface Clockwork {
  /** Story time at this frame. */
  readonly now: Signal<number>;
  /** The same, a few times a second: for what is read and not watched. */
  readonly tick: Signal<number>;
  /** The clock was told anew. */
  wake(): void;
  stop(): void;
}

export function createClockwork(read: () => { readonly at: number; readonly moves: boolean }): Clockwork {
  const now = signal(Number.NaN);
  const tick = signal(Number.NaN);
  let frame: number | undefined;
  let said = 0;

  function draw(time: number): void {
    frame = undefined;
    const { at, moves } = read();
    now.value = at;
    if (!moves || time - said >= WORDS_EVERY_MS) {
      said = time;
      tick.value = at;
    }
    if (moves) frame = requestAnimationFrame(draw);
  }

  return {
    now,
    tick,
    wake() {
      if (frame !== undefined) return;
      frame = requestAnimationFrame(draw);
    },
    stop() {
      if (frame !== undefined) cancelAnimationFrame(frame);
      frame = undefined;
    },
  };
}

/** Where much comes, it is done no more often than this; nobody reads faster. */
const BUSY_EVERY_MS = 100;
const UNSEEN_EVERY_MS = 500;

/** Does something before the next frame, once, however often it is asked for; a page that is not looked at is served more slowly. */
export function eachFrame(work: () => void): () => void {
  let asked = false;
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (asked) return;
    asked = true;
    const run = () => {
      asked = false;
      last = performance.now();
      work();
    };
    const rests = last + BUSY_EVERY_MS - performance.now();
    if (document.visibilityState !== 'visible') setTimeout(run, UNSEEN_EVERY_MS);
    else if (rests > 0) setTimeout(() => requestAnimationFrame(run), rests);
    else requestAnimationFrame(run);
  };
}
