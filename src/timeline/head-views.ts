/**
 * Views at the head of the log, for whoever only wants the latest: folded once for all who follow the same one.
 * Invariant: a follower sees states in log order, each at most once, and always the last; states in between may be left out.
 */
import type { Position } from '../log/log.js';
import type { AnyProjection, Timeline } from './timeline.js';

export interface HeadState {
  readonly position: Position;
  readonly state: unknown;
  /** True while the past is folded anew, and this is how it was before. */
  readonly stale: boolean;
}

export interface HeadViews {
  /** Calls back with the state as it is, then on each change. `lens`: whose eyes. Answers how to stop. */
  follow(story: string, projection: AnyProjection, listener: (head: HeadState) => void, lens?: string): () => void;
  close(): void;
}

interface Group {
  readonly story: string;
  readonly projection: AnyProjection;
  readonly lens: string | undefined;
  readonly listeners: Set<(head: HeadState) => void>;
  head: HeadState | undefined;
  folding: boolean;
  /** The story changed while it was folded. */
  stale: boolean;
}

export function createHeadViews(timeline: Timeline, onError: (error: unknown) => void = () => {}): HeadViews {
  const groups = new Map<string, Group>();
  let closed = false;

  const refresh = async (group: Group): Promise<void> => {
    group.stale = true;
    if (group.folding) return;
    group.folding = true;
    try {
      while (group.stale && !closed && group.listeners.size > 0) {
        group.stale = false;
        const { lens } = group;
        const fold = await timeline.fold(group.story, group.projection, lens === undefined ? {} : { lens });
        const state = fold.view();
        // The same view after other events is no news.
        const { stale, position } = fold;
        if (group.head !== undefined && group.head.stale === stale && JSON.stringify(group.head.state) === JSON.stringify(state)) continue;
        group.head = { position, state, stale };
        for (const listener of [...group.listeners]) listener(group.head);
      }
    } catch (error) {
      if (!closed) onError(error);
    } finally {
      group.folding = false;
    }
  };

  const refreshAll = (story: string) => {
    for (const group of groups.values()) if (group.story === story) void refresh(group);
  };
  const stopCommits = timeline.onCommit((story, { changes }) => {
    if (changes.length > 0) refreshAll(story);
  });
  const stopFolded = timeline.onFolded(refreshAll);

  return {
    follow(story, projection, listener, lens) {
      const key = `${story} ${projection.name} ${lens ?? ''}`;
      const group: Group = groups.get(key) ?? { story, projection, lens, listeners: new Set(), head: undefined, folding: false, stale: false };
      groups.set(key, group);
      group.listeners.add(listener);
      if (group.head === undefined) void refresh(group);
      else listener(group.head);
      return () => {
        group.listeners.delete(listener);
        if (group.listeners.size === 0 && groups.get(key) === group) groups.delete(key);
      };
    },
    close() {
      closed = true;
      stopCommits();
      stopFolded();
      groups.clear();
    },
  };
}
