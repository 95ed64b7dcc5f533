/**
 * Is this node fit to be asked? It is while what it shows is no older than so many seconds and the log has answered within so
 * many. The log is asked for its end, again and again, so that one that is away is noticed though nobody writes.
 * Invariants: one question at a time; it keeps no process alive; a node that has not caught up with the log since it started is
 * not ready, and ordinary writing makes none unready. Unit: ms of the monotonic clock.
 */
import type { EventLog } from '../log/log.js';
import type { Timers } from '../sessions/scheduler.js';
import type { Timeline } from '../timeline/timeline.js';

/** In the time within which the log has to have answered it is asked so often. */
const QUESTIONS = 4;

export interface ReadinessOptions {
  readonly log: Pick<EventLog, 'end'>;
  readonly timeline: Pick<Timeline, 'behind' | 'lagMs' | 'noteEnd' | 'isLogReplaced'>;
  /** Its clock is that of the timeline. */
  readonly timers: Timers;
  /** Reads may be so much older than the log. */
  readonly lagMs: number;
  /** The log has to have answered within so long. */
  readonly logMs: number;
  /** What else is still to be done; undefined where there is nothing. */
  readonly pending?: () => string | undefined;
}

export interface Readiness {
  /** Why it is not ready; empty where it is. */
  reasons(): readonly string[];
  /** For how long the log has not answered. */
  silentMs(): number;
  close(): void;
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1);

export function watchReadiness({ log, timeline, timers, lagMs, logMs, pending = () => undefined }: ReadinessOptions): Readiness {
  const began = timers.now();
  let answeredAt: number | undefined;
  /** What the log said when it last failed to answer. */
  let failure: string | undefined;
  let isClosed = false;
  let cancel = () => {};

  const ask = async (): Promise<void> => {
    const askedAt = timers.now();
    try {
      const end = await log.end();
      if (isClosed) return;
      answeredAt = timers.now();
      failure = undefined;
      timeline.noteEnd(end, askedAt);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (!isClosed) cancel = timers.after(logMs / QUESTIONS, () => void ask());
  };
  void ask();

  const silentMs = () => timers.now() - (answeredAt ?? began);
  const logReason = (): string | undefined => {
    if (answeredAt !== undefined && silentMs() <= logMs) return undefined;
    return failure ?? `the log has not answered for ${seconds(silentMs())} s`;
  };
  const lagReason = (): string | undefined => {
    if (timeline.isLogReplaced()) return timeline.behind();
    const lag = timeline.lagMs();
    if (lag === undefined) return timeline.behind() ?? 'the read model is catching up with the log';
    if (lag <= lagMs) return undefined;
    return `the read model is ${seconds(lag)} s behind the log: ${timeline.behind() ?? 'it is catching up'}`;
  };

  return {
    // Where the log is away, that the read model is behind follows.
    reasons: () => [logReason() ?? lagReason(), pending()].filter((reason) => reason !== undefined),
    silentMs,
    close() {
      isClosed = true;
      cancel();
    },
  };
}
