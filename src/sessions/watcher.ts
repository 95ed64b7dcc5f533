/**
 * Whoever watches a session: the only thing a player knows of a socket.
 */
export interface Watcher {
  /** Takes frames, in order, as the texts they are sent as. */
  send(frames: readonly string[]): void;
  /** Bytes taken and not yet handed to the network. */
  buffered(): number;
  /** Calls back once when little enough is left unsent. */
  onDrained(callback: () => void): void;
  close(code: number, reason: string): void;
}

/** More unsent bytes than this hold a private clock. */
export const MOST_UNSENT = 256 * 1024;
/** More than this, which only what was asked for beside the replay can make, ends the socket when yet more would be sent. */
export const TOO_MUCH_UNSENT = 4 * 1024 * 1024;
