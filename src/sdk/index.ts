/**
 * The SDK: watch a replay and control it, read and write stories, from Node or from a browser.
 *
 *     import { replay } from 'hindcast/sdk';
 *     for await (const item of replay('http://127.0.0.1:8080/stories/wikileaks-trump-jr', { fit: 20, idleLimit: 1 }))
 *       if (item.kind === 'event') console.log(item.at, item.event.type);
 *
 *     import { client } from 'hindcast/sdk';
 *     const { state } = await client('http://127.0.0.1:8080').projection('wikileaks-trump-jr', 'unanswered-requests', { at: '2016-10-20T00:00:00-04:00' });
 */
import { Client, type ClientOptions } from './client.js';
import type { ReplayOptions } from './options.js';
import { Replay } from './replay.js';

/**
 * Opens a replay: private at `…/stories/:story`, shared at `…/sessions/:id` (with or without `/replay`; http or ws; in a
 * browser relative to the page). It connects at once, and again whenever the connection is lost, from where it was.
 * Throws a TypeError where `url` is none, a RangeError where a moment is none; all else is told by `opened`, by iterating
 * and by the controls, as a `ReplayError` whose `code` says what it is.
 */
export function replay(url: string | URL, options: ReplayOptions = {}): Replay {
  return new Replay(url, options);
}

/**
 * The HTTP interface of the server at `url` (in a browser relative to the page). Throws a TypeError where `url` is none; what
 * fails later rejects with a `ReplayError` whose `code` says what it is.
 */
export function client(url: string | URL, options: ClientOptions = {}): Client {
  return new Client(url, options);
}

export { applyPatch } from './apply-patch.js';
export type {
  Appended,
  Asker,
  Client,
  ClientOptions,
  EventDetail,
  EventPage,
  EventQuery,
  ExportOptions,
  Expected,
  StoredEvent,
  StoryDetail,
  StorySource,
  StorySummary,
  Ticket,
  ViewQuery,
  ViewState,
} from './client.js';
export type { ClockState, StoryClock } from './clock.js';
export type { ConnectionState } from './connection.js';
export { isPassing, ReplayError, type ReplayErrorCode, SDK_ERRORS } from './errors.js';
export type { Fetch, FetchInit } from './http.js';
export type { ChangedItem, EndItem, EventItem, LaggingItem, ReplayItem, SeekItem, SilenceItem, StoryEvent } from './items.js';
export type { ReconnectOptions, ReplayOptions } from './options.js';
export type { FilterChange, Hello, Replay, ReplayEvents } from './replay.js';
export type { OpenedSession, Session, SessionOptions } from './sessions.js';
export type { WebSocketConstructor, WebSocketLike } from './socket.js';
export type { Moment, Timers } from './time.js';
export type { View } from './views.js';
