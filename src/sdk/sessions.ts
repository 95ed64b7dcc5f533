/**
 * Shared sessions as HTTP has them: what one is opened with, and what is told of it. The replay itself goes over a socket.
 * Invariant: who holds the host's token moves the clock, and it is told once; whoever opens one keeps it.
 */
import type { ClockState } from './clock.js';
import type { ReplayOptions } from './options.js';
import { momentText } from './time.js';

/** As a private replay is opened; `as` says whose eyes the clock goes by. The clock begins at once unless it is `paused`. */
export type SessionOptions = Pick<ReplayOptions, 'from' | 'until' | 'rate' | 'fit' | 'idleLimit' | 'loop' | 'paused' | 'follow' | 'pauseOn' | 'as'>;

export interface OpenedSession {
  readonly id: string;
  /** The `token` of whoever moves the clock. */
  readonly hostToken: string;
  readonly story: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** Times are RFC 3339, but for `wall` and `serverNow`: the server's time in ms since the epoch. */
export interface Session {
  readonly id: string;
  readonly story: string;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly clock: Omit<ClockState, 'clamped'>;
  /** Longest gap in presentation seconds; null: none is shortened. */
  readonly idleLimit: number | null;
  readonly until: string | null;
  /** The second is exclusive. */
  readonly loop: { readonly from: string; readonly to: string } | null;
  readonly as: string | null;
  /** Those who watch through this server. */
  readonly watchers: number;
  /** Of these, those who may move the clock. */
  readonly hosts: number;
  readonly serverNow: number;
}

/** The body that opens one. Throws a RangeError where a moment is none. */
export function openingOf(story: string, { from, until, loop, ...rest }: SessionOptions): object {
  return {
    story,
    ...rest,
    ...(from === undefined ? {} : { from: momentText(from) }),
    ...(until === undefined ? {} : { until: momentText(until) }),
    ...(loop === undefined ? {} : { loop: loop.map(momentText) }),
  };
}
