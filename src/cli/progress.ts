/**
 * One line on a terminal that says how far a long work is.
 * Invariant: nothing is written where nobody watches, and the line is gone when the work is done. Unit: ms.
 */
import type { Progress } from './import-story.js';

const EVERY_MS = 200;

export interface ProgressLine {
  show(progress: Progress): void;
  end(): void;
}

/** `now`: a clock in ms. */
export function progressLine(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): ProgressLine {
  if (stream.isTTY !== true) return { show: () => {}, end: () => {} };
  let stage: Progress['stage'] | undefined;
  let began = 0;
  let last = -Infinity;
  return {
    show(progress) {
      const at = now();
      if (progress.stage !== stage) {
        stage = progress.stage;
        began = at;
      } else if (at - last < EVERY_MS) return;
      last = at;
      stream.write(`\r\u001b[K${lineOf(progress, at - began)}`);
    },
    end() {
      stream.write('\r\u001b[K');
    },
  };
}

/** How far it is, after so many ms of this stage. */
export function lineOf({ stage, bytes, ofBytes, events }: Progress, ms: number): string {
  const share = ofBytes > 0 ? Math.min(1, bytes / ofBytes) : 0;
  const parts = [`${stage} ${Math.floor(share * 100)} % of ${sized(ofBytes)}`];
  if (events > 0 && ms > 0) parts.push(`${Math.round((events / ms) * 1_000).toLocaleString('en')} events/s`);
  if (share > 0.005 && ms > 500) parts.push(`${clock((ms / share) * (1 - share))} left`);
  return parts.join(', ');
}

function sized(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
