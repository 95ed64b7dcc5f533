/**
 * One viewer of a shared session: what he asked to see, whether he may move the clock, and whether he keeps up.
 * Invariants: what he is not sent because he does not keep up is counted and named to him; nobody waits for him, and no more
 * than the limit is held for him.
 */
import type { OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { ClientMessage, Filter, RequestId, ServerFrame } from '../protocol.js';
import { type Wanted, wanting } from './filter.js';
import { MOST_UNSENT, TOO_MUCH_UNSENT, type Watched, type Watcher } from './watcher.js';

/** The session, as whoever sits in it sees it. */
export interface Stalls {
  /** Does what a message asks for. */
  take(seat: Seat, message: ClientMessage): void;
  /** He reads again: he is brought up. */
  recovered(seat: Seat): void;
  /** He has shown that he is the host. */
  promote(seat: Seat): void;
  left(seat: Seat): void;
}

export class Seat implements Watched {
  wanted: Wanted;
  isHost = false;
  /** Things he asked for that are not answered yet, being done one after another. */
  doing: Promise<void> = Promise.resolve();
  isClosed = false;
  private behind: { skipped: number; readonly from: string; readonly answers: RequestId[] } | undefined;

  constructor(
    readonly watcher: Watcher,
    readonly stalls: Stalls,
    filter: Filter,
    private readonly onLeft: () => void,
  ) {
    this.wanted = wanting(filter, new Set(), undefined);
  }

  /** Asks for something else; what is not named stays. */
  want(change: { readonly filter?: Filter; readonly views?: ReadonlySet<string>; readonly seen?: OrderKey | undefined }): void {
    const { filter, views, seen } = { ...this.wanted, ...change };
    this.wanted = wanting(filter, views, seen);
  }

  // ---- what he is sent --------------------------------------------------------------------------

  /** Takes what all of his group are sent. `events`: how many of these are happenings; `from`: the cursor before them. */
  take(texts: readonly string[], events: number, from: string, answers: readonly RequestId[] = []): void {
    if (this.isClosed) return;
    if (this.behind === undefined && this.watcher.buffered() > MOST_UNSENT) {
      this.behind = { skipped: 0, from, answers: [] };
      this.watcher.lagging?.(true);
      this.watcher.onDrained(() => this.stalls.recovered(this));
    }
    if (this.behind === undefined) return this.watcher.send(texts);
    this.behind.skipped += events;
    this.behind.answers.push(...answers);
  }

  /** What he is told of what he was not sent; undefined where he has kept up. From then on he is sent everything again. */
  comesBack(to: string): { readonly lagging: ServerFrame; readonly answers: readonly RequestId[] } | undefined {
    const { behind } = this;
    if (behind === undefined) return undefined;
    this.behind = undefined;
    this.watcher.lagging?.(false);
    const { skipped, from, answers } = behind;
    return { lagging: { type: 'lagging', skipped, from, to }, answers };
  }

  get isBehind(): boolean {
    return this.behind !== undefined;
  }

  /** Sends him alone something, between two things that all are sent. */
  tell(texts: readonly string[]): void {
    if (this.isClosed || texts.length === 0) return;
    if (this.watcher.buffered() > TOO_MUCH_UNSENT) return this.end(new HindcastError('too-slow'));
    this.watcher.send(texts);
  }

  fail(error: HindcastError, requestId?: RequestId): void {
    const { code, message, faults } = error;
    const frame: ServerFrame = {
      type: 'error',
      code,
      message,
      ...(faults.length === 0 ? {} : { faults: [...faults] }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    this.tell([JSON.stringify(frame)]);
  }

  /** Tells him that what he asked for waits for the log. */
  waits(requestId?: RequestId): void {
    const { code, message } = new HindcastError('log-unavailable', 'What was asked for is not recorded yet, and waits a few seconds for it.');
    this.tell([JSON.stringify({ type: 'waiting', code, message, ...(requestId === undefined ? {} : { requestId }) } satisfies ServerFrame)]);
  }

  /** Tells him why, and ends. */
  end(error: HindcastError): void {
    if (this.isClosed) return;
    if (this.watcher.buffered() <= TOO_MUCH_UNSENT) this.fail(error);
    this.watcher.close(error.close, error.code);
    this.close();
  }

  // ---- what he does -----------------------------------------------------------------------------

  command(message: ClientMessage): void {
    if (!this.isClosed) this.stalls.take(this, message);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onLeft();
    this.stalls.left(this);
  }
}
