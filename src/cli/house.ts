/**
 * What a command needs of Hindcast, wherever it is: a running server, a data folder that nobody holds, or the log of
 * EVENTSTORE_URL.
 * Invariants: both are asked the same and answer the same; nothing is recorded that was not asked for, but the built-in story
 * in a folder that has none yet, as by `serve`.
 */
import type { Client, Replay, ReplayOptions } from '../sdk/index.js';

export interface House {
  /** Stories, events, views, appends and exports. */
  readonly client: Client;
  /** A private replay of a story, or a shared one by the id of its session. */
  replay(what: 'stories' | 'sessions', id: string, options: ReplayOptions): Replay;
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Something that whoever asked should know. */
  readonly tell: (text: string) => void;
  readonly signal?: AbortSignal;
}
