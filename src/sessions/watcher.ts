/**
 * Whoever watches a session: the only thing a player knows of a socket.
 */
import type { HindcastError } from '../errors.js';
import type { ClientMessage, RequestId } from '../protocol.js';

export interface Watcher {
  /** Takes frames, in order, as the texts they are sent as. Who is sent the same list is sent the same frames. */
  send(frames: readonly string[]): void;
  /** Bytes taken and not yet handed to the network. */
  buffered(): number;
  /** Calls back once when little enough is left unsent. */
  onDrained(callback: () => void): void;
  close(code: number, reason: string): void;
  /** Told, for whoever counts, when it is sent less than is played because it does not read, and when no longer. */
  lagging?(isLagging: boolean): void;
}

/** What somebody watches, as whoever speaks for him sees it. */
export interface Watched {
  /** Does what a message asks for; what cannot be done is answered with an error. */
  command(message: ClientMessage): void;
  fail(error: HindcastError, requestId?: RequestId): void;
  close(): void;
}

/** More unsent bytes than this hold a private clock; a viewer of a shared one is sent nothing more until they are read. */
export const MOST_UNSENT = 256 * 1024;
/** More than this, which only what was asked for beside the replay can make, ends the socket when yet more would be sent. */
export const TOO_MUCH_UNSENT = 4 * 1024 * 1024;
