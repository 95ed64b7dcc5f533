/**
 * All live sessions of this process: opened, told of what changes in the log, counted, and closed.
 * Invariant: there are never more than the limit; each ends with its watcher.
 */
import { nanoid } from 'nanoid';
import { HindcastError } from '../errors.js';
import type { Opening } from '../protocol.js';
import { createHeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { Player } from './player.js';
import { Scheduler, systemTimers, type Timers } from './scheduler.js';
import type { Watcher } from './watcher.js';

export interface SessionsOptions {
  readonly timeline: Timeline;
  readonly timers?: Timers;
  /** Wall clock in epoch ms; read once: sessions run on the monotonic clock, and a jump of the wall moves nothing. */
  readonly wall?: () => number;
  readonly onError?: (error: unknown) => void;
  readonly onDelivered?: (lateMs: number) => void;
  /** At most so many at a time. */
  readonly limit?: number;
}

export interface Sessions {
  /** Opens a private session. Throws an error of the register where it cannot, having sent nothing. */
  open(story: string, opening: Opening, watcher: Watcher): Promise<Player>;
  readonly count: number;
  /** Server time in epoch ms, monotonic. */
  serverNow(): number;
  close(): void;
}

export function createSessions({
  timeline,
  timers = systemTimers,
  wall = Date.now,
  onError = () => {},
  onDelivered,
  limit = 20_000,
}: SessionsOptions): Sessions {
  const scheduler = new Scheduler(timers);
  const epoch = wall() - timers.now();
  const byStory = new Map<string, Set<Player>>();
  const watchers = new Map<Player, Watcher>();
  let closed = false;

  const heads = createHeadViews(timeline, onError);
  const stopFolded = timeline.onFolded((story) => {
    for (const player of [...(byStory.get(story) ?? [])]) player.storyFolded();
  });
  const stopCommits = timeline.onCommit((story, commit) => {
    if (commit.changes.length > 0) for (const player of [...(byStory.get(story) ?? [])]) player.storyChanged();
  });

  return {
    get count() {
      return watchers.size;
    },

    async open(story, opening, watcher) {
      if (closed) throw new HindcastError('shutting-down');
      if (watchers.size >= limit) throw new HindcastError('too-many-sessions');
      const player: Player = new Player(nanoid(), story, watcher, {
        timeline,
        heads,
        scheduler,
        timers,
        wallOf: (mono) => epoch + mono,
        onError,
        onClosed: () => {
          watchers.delete(player);
          byStory.get(story)?.delete(player);
          if (byStory.get(story)?.size === 0) byStory.delete(story);
        },
        ...(onDelivered === undefined ? {} : { onDelivered }),
      });
      // Counted from the first: who opens many at once has them all counted.
      watchers.set(player, watcher);
      try {
        await player.open(opening);
      } catch (error) {
        player.close();
        throw error;
      }
      if (closed) throw new HindcastError('shutting-down');
      const players = byStory.get(story);
      if (players === undefined) byStory.set(story, new Set([player]));
      else players.add(player);
      return player;
    },

    serverNow: () => epoch + timers.now(),

    close() {
      closed = true;
      stopCommits();
      stopFolded();
      heads.close();
      for (const [player, watcher] of [...watchers]) {
        watcher.close(1001, 'shutting-down');
        player.close();
      }
    },
  };
}
