/**
 * Reads of what lies ahead, in turns of the event loop: where a great deal is due at once it goes out bit by bit, so that no
 * other session waits for this one.
 * Invariant: no more reads than the limit follow each other without the event loop having had its turn.
 */

/** So many reads in one turn. */
export const READS_A_TURN = 16;

export class ReadingTurns {
  private reads = 0;

  /** `guarded` does what comes in a turn of its own: what fails there ends one session and no other. */
  constructor(private readonly guarded: (action: () => void) => void) {}

  /** Something else has given the event loop its turn. */
  begin(): void {
    this.reads = 0;
  }

  /** Reads now, or in the next turn. */
  take(read: () => void): void {
    this.reads++;
    if (this.reads <= READS_A_TURN) return read();
    setImmediate(() =>
      this.guarded(() => {
        this.reads = 0;
        read();
      }),
    );
  }
}
