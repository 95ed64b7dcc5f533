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

/** What whoever counts wants to know of one watcher. None of it may throw. */
export interface WatcherCounts {
  /** Frames it was sent, as texts, in order. */
  sent(frames: readonly string[]): void;
  /** An event that was due: by how much it was late. */
  delivered(lateMs: number): void;
  /** Does it see less than is played, because it does not keep up? Told by shared sessions. */
  lagging(isLagging: boolean): void;
  gone(): void;
}

/** Who watches what. */
export interface Watching {
  readonly session: string;
  readonly story: string;
  readonly watcher: Watcher;
}

export interface SessionsOptions {
  readonly timeline: Timeline;
  readonly timers?: Timers;
  /** Wall clock in epoch ms; read once: sessions run on the monotonic clock, and a jump of the wall moves nothing. */
  readonly wall?: () => number;
  readonly onError?: (error: unknown) => void;
  /** Lateness of an event frame in ms, told for each. */
  readonly onDelivered?: (lateMs: number, story: string) => void;
  /** Called when a watcher is sent its first frame; what it answers is told the rest. */
  readonly count?: (watching: Watching) => WatcherCounts;
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

/** A watcher whose frames are counted, from the first on: what cannot be opened is sent none. */
function counted(watching: Watching, count: (watching: Watching) => WatcherCounts) {
  const { watcher } = watching;
  let counts: WatcherCounts | undefined;
  let isGone = false;
  const told: Watcher = {
    send(frames) {
      if (!isGone) counts ??= count(watching);
      watcher.send(frames);
      counts?.sent(frames);
    },
    buffered: () => watcher.buffered(),
    onDrained: (callback) => watcher.onDrained(callback),
    close: (code, reason) => watcher.close(code, reason),
  };
  return {
    told,
    delivered: (lateMs: number) => counts?.delivered(lateMs),
    gone() {
      isGone = true;
      counts?.gone();
    },
  };
}

export function createSessions({
  timeline,
  timers = systemTimers,
  wall = Date.now,
  onError = () => {},
  onDelivered,
  count,
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
      const session = nanoid();
      const counting = count === undefined ? undefined : counted({ session, story, watcher }, count);
      const player: Player = new Player(session, story, counting?.told ?? watcher, {
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
          counting?.gone();
        },
        ...(onDelivered === undefined && counting === undefined
          ? {}
          : {
              onDelivered: (lateMs: number) => {
                onDelivered?.(lateMs, story);
                counting?.delivered(lateMs);
              },
            }),
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
      scheduler.close();
    },
  };
}
