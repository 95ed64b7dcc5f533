/**
 * The built-in stories: recorded where the log has none such. One that is there, in whatever state, is its readers' own.
 * Invariant: where several processes begin on one log, each story is recorded once. Unit: ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../backoff.js';
import { isHindcastError } from '../errors.js';
import type { EventLog } from '../log/log.js';
import type { Timeline } from '../timeline/timeline.js';
import { type Recorder, streamOf } from './recorder.js';

export interface BuiltInStory {
  readonly id: string;
  readonly drafts: readonly unknown[];
}

export interface SeedingOptions {
  readonly stories: readonly BuiltInStory[];
  readonly log: EventLog;
  readonly timeline: Timeline;
  readonly recorder: Recorder;
}

/** How long the read model may take for a story. */
const SEEN_WITHIN_MS = 30_000;
/** Waits where the log is away. */
const RETRY = { firstMs: 100, longestMs: 2_000, random: Math.random };

/** Resolves when the log has all of them and the read model has seen those that were recorded for it. */
export async function seed({ stories, log, timeline, recorder }: SeedingOptions, signal?: AbortSignal): Promise<void> {
  for (const { id, drafts } of stories) {
    // What the read model knows the log has, also while nobody can ask it.
    if (timeline.has(id) || (await log.head(streamOf(id))) !== undefined) continue;
    if (signal?.aborted === true) return;
    try {
      const { position } = await recorder.record(id, drafts, { absent: true });
      await timeline.waitFor(position, SEEN_WITHIN_MS, signal);
    } catch (error) {
      // Another process was faster.
      if (!isHindcastError(error) || error.code !== 'story-exists') throw error;
    }
  }
}

export interface Seeding {
  /** Why it is not done yet; undefined where it is, or was given up. */
  pending(): string | undefined;
  /** Ends it; resolves when nothing of it is under way. */
  close(): Promise<void>;
}

/** The same for a log that may be away: tried until it is there. `onError` is told what else goes wrong, and it is then given up. */
export function keepSeeding(options: SeedingOptions, onError: (error: unknown) => void): Seeding {
  const stop = new AbortController();
  const { signal } = stop;
  let isPending = true;
  const insist = async () => {
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await seed(options, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isHindcastError(error) || !['log-unavailable', 'disk-full', 'not-yet'].includes(error.code)) throw error;
      }
      await delay(backoff.next(), undefined, { signal }).catch(() => {});
    }
  };
  const ended = insist()
    .catch(onError)
    .finally(() => {
      isPending = false;
    });
  return {
    pending: () => (isPending ? 'the built-in stories are still to be recorded' : undefined),
    async close() {
      stop.abort();
      await ended;
    },
  };
}
