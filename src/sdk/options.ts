/**
 * What a replay can be asked for, and the query that asks for it.
 */
import type { Happening } from '../../events/event.js';
import type { Query } from './settings.js';
import type { WebSocketConstructor } from './socket.js';
import { type Moment, momentText, type Timers } from './time.js';

export interface ReplayOptions {
  /** Where it begins; what is at that moment is in the states of the views already. */
  readonly from?: Moment;
  /** Where it ends, inclusive. */
  readonly until?: Moment;
  /** Story seconds per second, 0.01 to 10,000,000. */
  readonly rate?: number;
  /** The whole of it in so many seconds; not together with `rate`. */
  readonly fit?: number;
  /** Longest gap in presentation seconds. */
  readonly idleLimit?: number;
  /** Again and again from the first to the second, the second exclusive; not together with `follow`. */
  readonly loop?: readonly [from: Moment, to: Moment];
  readonly paused?: boolean;
  /** At the end, go on live with what is appended. */
  readonly follow?: boolean;
  /** Stand still where a chapter begins. */
  readonly pauseOn?: 'chapter';
  /** Names of the views to subscribe to. */
  readonly views?: readonly string[];
  /** Types of happenings to be sent. */
  readonly types?: readonly Happening['type'][];
  /** Ids of participants: only happenings that one of them takes part in are sent. */
  readonly participants?: readonly string[];
  /** Words to be found in what is sent. */
  readonly text?: string;
  /** Whose eyes: the id of a participant, or `public`. */
  readonly as?: string;
  /** A cursor to go on from. */
  readonly after?: string;

  /** Said in the first message of each connection, never in the address; the host of a shared session gives its `hostToken`. */
  readonly token?: string | (() => string | Promise<string>);
  /** Gets a single-use ticket (`POST /tickets`) for each connection; instead of `token`. */
  readonly ticket?: () => string | Promise<string>;
  /** Ends the replay when it aborts; everything that waits rejects with its reason. */
  readonly signal?: AbortSignal;

  /**
   * False where nobody will iterate: then nothing is kept for it (`on('item')` tells each as it comes). Where this is
   * not said and nobody takes, the socket is not read on once `buffer` items wait, and views and clock wait as well.
   */
  readonly items?: boolean;
  /**
   * So many items wait for whoever iterates. Where the socket can be paused (`ws`, in Node) it is then not read on until
   * half of them are taken, except while a control waits for its answer; what has already arrived, some 80 KiB, still joins
   * them. The WebSocket of a browser cannot be paused: there one item more ends the replay with `consumer-too-slow`.
   * 1,000, and 10,000 where it cannot be paused.
   */
  readonly buffer?: number;
  readonly reconnect?: ReconnectOptions;

  /** For tests: the WebSocket to use instead of the platform's. */
  readonly webSocket?: WebSocketConstructor;
  /** For tests: the monotonic clock and the timers. */
  readonly timers?: Timers;
  /** For tests: chance, from 0 to below 1. */
  readonly random?: () => number;
}

export interface ReconnectOptions {
  /** The first wait in ms; 250. Each further one is twice as long, and the last half of each is left to chance. */
  readonly firstMs?: number;
  /** The longest wait in ms; 15,000. */
  readonly longestMs?: number;
  /** Tries in a row that may fail before it gives up with `connection-lost`; without end. 0: it never reconnects. */
  readonly tries?: number;
  /** The same as long as it was never open; 3. */
  readonly triesToOpen?: number;
}

/** The query that asks for what the options say. Throws a RangeError where a moment is none. */
export function queryOf(options: ReplayOptions): Query {
  const { from, until, rate, fit, idleLimit, loop, paused, follow, pauseOn, views, types, participants, text, as, after } = options;
  const given: Record<string, string | undefined> = {
    from: from === undefined ? undefined : momentText(from),
    until: until === undefined ? undefined : momentText(until),
    rate: rate?.toString(),
    fit: fit?.toString(),
    idleLimit: idleLimit?.toString(),
    loop: loop?.map(momentText).join(','),
    paused: paused?.toString(),
    follow: follow?.toString(),
    pauseOn,
    projections: views?.join(','),
    types: types?.join(','),
    participants: participants?.join(','),
    text,
    as,
    after,
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Where a replay is: the socket's address without its query, the query the caller wrote into it, and whether it is shared. */
export function addressOf(url: string | URL): { readonly address: URL; readonly query: Query; readonly shared: boolean } {
  const base = (globalThis as unknown as { location?: { href?: string } }).location?.href;
  const address = new URL(url, base);
  const query = Object.fromEntries(address.searchParams);
  address.search = '';
  address.hash = '';
  address.protocol = address.protocol.replace('http', 'ws');
  if (!address.pathname.endsWith('/replay')) address.pathname = `${address.pathname.replace(/\/$/, '')}/replay`;
  return { address, query, shared: /\/sessions\/[^/]+\/replay$/.test(address.pathname) };
}
