/**
 * A story in a log in memory, its read model, and sessions whose time moves when a test says so; and a client that keeps the
 * state of a view from full states and patches.
 */
import { applyPatch, type Operation } from 'rfc6902';
import { type ClientMessage, type FrameOf, parseOpening } from '../../src/protocol.js';
import { createSessions, type Sessions } from '../../src/sessions/sessions.js';
import { openTimeline, type TimelineOptions } from '../../src/timeline/timeline.js';
import { handTimers, settle } from './hand-timers.js';
import { createMemoryLog } from './memory-log.js';
import { record } from './record.js';
import { recordingWatcher } from './watcher.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
export const STORY = 'a-story';

export async function house(
  t: T,
  drafts: readonly unknown[],
  story = STORY,
  { mostShared, ...options }: Partial<TimelineOptions> & { mostShared?: number } = {},
) {
  const log = createMemoryLog();
  await record(log, story, drafts);
  const timers = handTimers();
  const wall = 5_000_000;
  const began = timers.now();
  log.clock = () => Math.floor(wall + timers.now() - began);
  const timeline = await openTimeline({ folder: t.testdir(), log, ...options });
  const errors: unknown[] = [];
  const sessions = createSessions({
    timeline,
    log,
    timers,
    wall: () => wall + timers.now() - began,
    onError: (error) => errors.push(error),
    ...(mostShared === undefined ? {} : { mostShared }),
  });
  t.teardown(async () => {
    sessions.close();
    await timeline.close();
    if (errors.length > 0) throw errors[0];
  });
  await timeline.waitFor(await log.end(), 5_000);
  const append = async (more: readonly unknown[]) => {
    const position = await record(log, story, more);
    await timeline.waitFor(position, 5_000);
    await settle();
  };
  const watch = async (query: Record<string, string> = {}) => {
    const watcher = recordingWatcher();
    const player = await sessions.open(story, parseOpening(query), watcher);
    await settle();
    return {
      watcher,
      player,
      say: async (message: ClientMessage) => {
        player.command(message);
        await settle();
      },
    };
  };
  /** Another node on the same log: sessions of its own over the same read model. */
  const node = () => {
    const other = createSessions({ timeline, log, timers, wall: () => wall + timers.now() - began, onError: (error) => errors.push(error) });
    t.teardown(() => other.close());
    return other;
  };
  /** Opens a shared session; whoever watches it does so on the node that is given. */
  const share = async (query: Record<string, string> = {}) => {
    const { id, hostToken } = await sessions.shared.open(story, parseOpening(query));
    const enter = async (query: Record<string, string> = {}, { host = false, on = sessions }: { host?: boolean; on?: Sessions } = {}) => {
      const watcher = recordingWatcher();
      const about = await on.shared.find(id);
      const entering = on.shared.enter(about, parseOpening(query), watcher, () => host);
      // It may be refused before anybody waits for it.
      entering.catch(() => {});
      await settle();
      const seat = await entering;
      return {
        watcher,
        seat,
        say: async (message: ClientMessage) => {
          seat.command(message);
          await settle(40);
        },
      };
    };
    return { id, hostToken, enter };
  };
  return { log, timers, timeline, sessions, append, watch, node, share };
}

/** The state a client has after full states and patches, checking generation and seq. */
export function clientState(frames: readonly FrameOf<'projection'>[]): unknown {
  let state: unknown;
  let seq = -1;
  let generation = -1;
  for (const frame of frames) {
    if (frame.patch === undefined) state = structuredClone(frame.state);
    else {
      if (frame.seq !== seq + 1 || frame.generation !== generation) throw new Error('a patch that does not fit');
      const document = { root: state };
      applyPatch(document, frame.patch.map((operation) => ({ ...operation, path: `/root${operation.path}` })) as Operation[]);
      state = document.root;
    }
    seq = frame.seq;
    generation = frame.generation;
  }
  return state;
}
