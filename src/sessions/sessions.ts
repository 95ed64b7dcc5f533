/**
 * All live sessions of this process, private and shared: opened, told of what changes in the log, counted, and closed.
 * Invariant: nobody watches beyond the limit; a private session ends with its watcher.
 */
import { nanoid } from 'nanoid';
import { HindcastError } from '../errors.js';
import type { EventLog } from '../log/log.js';
import type { Opening } from '../protocol.js';
import { createHeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { LogClock } from './log-clock.js';
import { Player } from './player.js';
import { Scheduler, systemTimers, type Timers } from './scheduler.js';
import type { Seat } from './seat.js';
import { SessionStreams } from './session-streams.js';
import { type About, SharedSessions } from './shared-sessions.js';
import type { Watched, Watcher } from './watcher.js';

/** What whoever counts wants to know of one watcher. None of it may throw. */
export interface WatcherCounts {
  /** Frames it was sent, as texts, in order. */
  sent(frames: readonly string[]): void;
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
  readonly log: EventLog;
  readonly timers?: Timers;
  /** Wall clock in epoch ms; read once: sessions run on the monotonic clock, and a jump of the wall moves nothing. */
  readonly wall?: () => number;
  readonly onError?: (error: unknown) => void;
  /** Lateness of an event frame in ms, told for each; of a shared session once for all its watchers. */
  readonly onDelivered?: (lateMs: number, story: string) => void;
  /** Called when a watcher is sent its first frame; what it answers is told the rest. */
  readonly count?: (watching: Watching) => WatcherCounts;
  /** At most so many watchers at a time. */
  readonly limit?: number;
  /** At most so many shared sessions that were opened here and are under way. */
  readonly mostShared?: number;
}

export interface Sessions {
  /** Opens a private session. Throws an error of the register where it cannot, having sent nothing. */
  open(story: string, opening: Opening, watcher: Watcher): Promise<Player>;
  /** Those that many may watch. */
  readonly shared: {
    open: SharedSessions['open'];
    find: SharedSessions['find'];
    describe: SharedSessions['describe'];
    end: SharedSessions['end'];
    /** Seats a watcher. Throws an error of the register where it cannot, having sent nothing. */
    enter(about: About, opening: Opening, watcher: Watcher, isHost: () => boolean): Promise<Seat>;
    /** Lets whoever sits there move the clock. */
    promote(seat: Watched): void;
  };
  /** Watchers, of private sessions and of shared ones. */
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
    lagging: (isLagging) => counts?.lagging(isLagging),
  };
  return {
    told,
    gone() {
      isGone = true;
      counts?.gone();
    },
  };
}

export function createSessions({
  timeline,
  log,
  timers = systemTimers,
  wall = Date.now,
  onError = () => {},
  onDelivered,
  count,
  limit = 20_000,
  mostShared = 10_000,
}: SessionsOptions): Sessions {
  const scheduler = new Scheduler(timers);
  const began = { wall: wall(), mono: timers.now() };
  const epoch = began.wall - began.mono;
  const wallOf = (mono: number) => epoch + mono;
  const byStory = new Map<string, Set<Player>>();
  const watchers = new Map<Player, Watcher>();
  let closed = false;

  const heads = createHeadViews(timeline, onError);
  const shared = new SharedSessions({
    timeline,
    heads,
    streams: new SessionStreams(log, timers, onError),
    // As far as is known: what is stored will tell.
    clock: new LogClock(began.wall, began.mono),
    scheduler,
    timers,
    wallOf,
    onError,
    onDelivered,
    mostOpened: mostShared,
  });
  /** Watchers of shared sessions, and those who are about to be. */
  let seated = 0;
  const stopFolded = timeline.onFolded((story) => {
    for (const player of [...(byStory.get(story) ?? [])]) player.storyFolded();
    shared.storyFolded(story);
  });
  const stopCommits = timeline.onCommit((story, commit) => {
    if (commit.changes.length === 0) return;
    for (const player of [...(byStory.get(story) ?? [])]) player.storyChanged();
    shared.storyChanged(story);
  });
  const demandRoom = () => {
    if (closed) throw new HindcastError('shutting-down');
    if (watchers.size + seated >= limit) throw new HindcastError('too-many-sessions');
  };

  return {
    get count() {
      return watchers.size + seated;
    },

    shared: {
      open: (story, opening) => shared.open(story, opening),
      find: (id) => shared.find(id),
      describe: (about) => shared.describe(about),
      end: (about) => shared.end(about),
      promote: (seat) => shared.promote(seat),
      async enter(about, opening, watcher, isHost) {
        demandRoom();
        const counting = count === undefined ? undefined : counted({ session: about.id, story: about.story, watcher }, count);
        let isHere = true;
        const left = () => {
          if (!isHere) return;
          isHere = false;
          seated--;
          counting?.gone();
        };
        seated++;
        try {
          return await shared.enter(about, counting?.told ?? watcher, opening, isHost, left);
        } catch (error) {
          left();
          throw error;
        }
      },
    },

    async open(story, opening, watcher) {
      demandRoom();
      const session = nanoid();
      const counting = count === undefined ? undefined : counted({ session, story, watcher }, count);
      const player: Player = new Player(session, story, counting?.told ?? watcher, {
        timeline,
        heads,
        scheduler,
        timers,
        wallOf,
        onError,
        onClosed: () => {
          watchers.delete(player);
          byStory.get(story)?.delete(player);
          if (byStory.get(story)?.size === 0) byStory.delete(story);
          counting?.gone();
        },
        ...(onDelivered === undefined ? {} : { onDelivered: (lateMs: number) => onDelivered(lateMs, story) }),
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

    serverNow: () => wallOf(timers.now()),

    close() {
      closed = true;
      stopCommits();
      stopFolded();
      heads.close();
      for (const [player, watcher] of [...watchers]) {
        watcher.close(1001, 'shutting-down');
        player.close();
      }
      shared.close();
      scheduler.close();
    },
  };
}
