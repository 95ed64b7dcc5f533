/**
 * The one sentence under the clock: what is the matter, or what is going on, if anything is.
 * Invariant: what keeps the page from showing the truth comes before what is merely of interest.
 */
import type { ConnectionState } from '../../src/sdk/index.js';
import { duration, stopwatch } from '../words/durations.js';

export interface Going {
  readonly connection: ConnectionState;
  /** It was open before. */
  readonly opened: boolean;
  readonly status: string | undefined;
  /** A control that was refused, or something that could not be read. */
  readonly problem: string | undefined;
  readonly busy: boolean;
  readonly silence: { readonly storyMs: number; readonly wallMs: number } | undefined;
  readonly clamped: boolean;
}

export function lineOf({ connection, opened, status, problem, busy, silence, clamped }: Going): string {
  if (connection.status === 'waiting') {
    const seconds = Math.max(1, Math.ceil(connection.retryInMs / 1000));
    const when = `Trying again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
    return opened ? `The connection is lost. ${when}; what is shown stays.` : `The server cannot be reached. ${when}.`;
  }
  if (connection.status === 'connecting') return opened ? 'Connecting again; what is shown stays.' : 'Connecting…';
  if (problem !== undefined) return problem;
  if (status === 'held') return 'Held until this page has caught up.';
  if (busy) return 'Catching up…';
  if (silence !== undefined) return `${duration(silence.storyMs)} of silence, shortened to ${stopwatch(silence.wallMs / 1000)}`;
  if (clamped) return 'That moment lies outside of the story: this is its nearest end.';
  if (status === 'ended') return 'The story ends here.';
  if (status === 'live') return 'Live: what is recorded from now on shows as it comes.';
  return '';
}
