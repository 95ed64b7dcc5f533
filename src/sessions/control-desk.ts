/**
 * Where the controls of a shared session are taken: each is resolved on the clock as it is, recorded in the session's stream,
 * and answered when it has taken effect.
 * Invariants: one after another; each is answered within a few seconds, whatever the log does; what cannot be recorded by then
 * changes nothing and is answered with an error; what was recorded too late for its moment is resolved anew on the clock as it
 * is then; of seeks that come faster than they are recorded the newest wins. Unit: ms, monotonic.
 */
import { v4 as uuid } from 'uuid';
import type { Json } from '../../events/catalogue.js';
import { HindcastError } from '../errors.js';
import { WrongExpectedRevision } from '../log/log.js';
import type { RequestId } from '../protocol.js';
import type { ControlMessage } from '../replay/controls.js';
import { ANCHORED, CONTROLS, type ControlledData } from '../replay/session-events.js';
import { STORED_WITHIN_MS } from './log-clock.js';
import type { Timers } from './scheduler.js';
import type { Seat } from './seat.js';
import type { SessionStreams, StoredEvent } from './session-streams.js';

/** Seeks are recorded at most so often: of those that come faster, the last. */
const SCRUB_MS = 100;
/** Where the story changes around the clock again and again, the clock is recorded anew at most so often. */
const ANCHOR_MS = 1_000;
/** Another node may record a control at the same time, or the log be slow, again and again; after so many times whoever asked is told. */
const MOST_TRIES = 5;
/** What was stored and is not heard of in so long is read. */
const HEARD_WITHIN_MS = 250;
/** Whoever has no answer after so long is told that it waits. */
const TOLD_AFTER_MS = 250;
/** Whoever has no answer after so long is refused. */
const ANSWERED_WITHIN_MS = 3_000;
/** The log has at least so long for each append: one that is given up is then too late to be in force. */
const LEAST_TRY_MS = 2 * STORED_WITHIN_MS;

/** The clock that the controls are for. */
export interface Controlled {
  /** The last revision of the stream that has taken effect. */
  revision(): number;
  isClosed(): boolean;
  /** What a message makes of the clock, `isSame` where that is nothing; without a message: the clock as it is. */
  resolve(message: ControlMessage | undefined): Promise<{ readonly data: ControlledData; readonly isSame: boolean }>;
  hear(stored: StoredEvent, readAt: number): void;
  /** Answers with the clock as it is. */
  answer(seat: Seat, requestId: RequestId): void;
  /** Tells that the answer is still to come. */
  waits(seat: Seat, requestId: RequestId | undefined): void;
  refuse(seat: Seat, error: unknown, requestId: RequestId | undefined): void;
  onError(error: unknown): void;
  /** What was resolved has taken effect, or does not. */
  goOn(): void;
  /** Nothing is left to do. */
  onIdle(): void;
}

/** What somebody asked for. */
interface Request {
  readonly message: ControlMessage;
  readonly seat: Seat;
  /** When it is to be answered at the latest. */
  readonly until: number;
  /** Ends the wait after which its sender is told that it waits. */
  readonly quiet: () => void;
  /** Older seeks of the same sender that this one has overtaken: they are refused with it. */
  readonly overtaken: (RequestId | undefined)[];
}

/** What is to be done to the clock, and for whom; nobody asked where the story changed around it. */
type Command = Request | { readonly message: undefined; readonly until: number };

/** What became of a try: `overtaken` where somebody else recorded something meanwhile, `lapsed` where it was stored too late. */
type Outcome = 'done' | 'overtaken' | 'lapsed';

/** Who asked for what was stored, and when it was sent. */
export interface Asked {
  readonly sent: number;
  readonly seat: Seat | undefined;
  readonly requestId: RequestId | undefined;
  /** It was stored too late for its moment. */
  hasLapsed?: boolean;
}

export class ControlDesk {
  private commands: Command[] = [];
  private isWorking = false;
  private lastSeek = -Infinity;
  /** By the log's id. */
  private readonly asked = new Map<string, Asked>();
  private readonly waiting = new Set<() => void>();
  private cancelAnchor: (() => void) | undefined;

  constructor(
    private readonly session: string,
    private readonly streams: SessionStreams,
    private readonly timers: Timers,
    private readonly clock: Controlled,
  ) {}

  get isIdle(): boolean {
    return !this.isWorking;
  }

  ask(message: ControlMessage, seat: Seat): void {
    const quiet = this.timers.after(TOLD_AFTER_MS, () => this.clock.waits(seat, message.requestId));
    this.commands.push({ message, seat, until: this.timers.now() + ANSWERED_WITHIN_MS, quiet, overtaken: [] });
    void this.work();
  }

  /** Who is gone asks for nothing more. */
  forget(seat: Seat): void {
    const isTheirs = (command: Command): command is Request => command.message !== undefined && command.seat === seat;
    for (const command of this.commands) if (isTheirs(command)) command.quiet();
    this.commands = this.commands.filter((command) => !isTheirs(command));
  }

  /** The clock has come to stand by itself, or goes on live: that is recorded, lest a story that grows sets it going again elsewhere. */
  anchor(): void {
    if (this.commands.some(({ message }) => message === undefined)) return;
    this.commands.push({ message: undefined, until: this.timers.now() + ANSWERED_WITHIN_MS });
    void this.work();
  }

  /** The story changed around the clock: a node that starts later must come to what is played, so it is recorded anew. */
  anchorSoon(): void {
    this.cancelAnchor ??= this.timers.after(ANCHOR_MS, () => {
      this.cancelAnchor = undefined;
      this.anchor();
    });
  }

  askerOf(id: string): Asked | undefined {
    return this.asked.get(id);
  }

  /** What was stored under an id was too late for its moment, and is not in force. */
  lapsed(id: string): void {
    const asked = this.asked.get(id);
    if (asked !== undefined) asked.hasLapsed = true;
  }

  /** The clock has been set by what the stream says. */
  applied(): void {
    this.cancelAnchor?.();
    this.cancelAnchor = undefined;
    this.wake();
  }

  /** Whoever waits looks again. */
  wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const wake of waiting) wake();
  }

  close(): void {
    for (const command of this.commands) if (command.message !== undefined) command.quiet();
    this.commands = [];
    this.cancelAnchor?.();
    this.wake();
  }

  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    try {
      for (let command = this.commands.shift(); command !== undefined && !this.clock.isClosed(); command = this.commands.shift()) await this.record(command);
    } finally {
      this.isWorking = false;
      this.clock.onIdle();
    }
  }

  private async record(command: Command): Promise<void> {
    try {
      if (command.message !== undefined && command.message.type === 'seek' && (await this.isOvertaken(command))) return;
      await this.insist(command);
    } catch (error) {
      if (this.clock.isClosed()) return;
      if (command.message === undefined) return this.clock.onError(error);
      for (const requestId of [...command.overtaken, command.message.requestId]) this.clock.refuse(command.seat, error, requestId);
    } finally {
      if (command.message !== undefined) command.quiet();
    }
  }

  /** Records it as often as it takes. */
  private async insist(command: Command): Promise<void> {
    for (let tries = 1; ; tries++) {
      if (this.timers.now() >= command.until) throw tooLong();
      const outcome = await this.tryToRecord(command);
      // Where somebody else has recorded the clock meanwhile, an anchor has nothing to add.
      if (outcome === 'done' || (outcome === 'overtaken' && command.message === undefined)) return;
      if (tries < MOST_TRIES) continue;
      throw outcome === 'overtaken' ? new HindcastError('wrong-revision', 'Others move this clock faster.') : tooLong();
    }
  }

  /** Waits until a seek may be recorded. Has a newer one overtaken it by then? */
  private async isOvertaken({ seat, message: { requestId }, overtaken }: Request): Promise<boolean> {
    const newer = await this.newerSeek();
    if (newer === undefined) return false;
    // Whoever sent both is answered by the newer one; another is answered with where the clock is.
    if (newer.seat === seat) newer.overtaken.push(...overtaken, ...(requestId === undefined ? [] : [requestId]));
    else if (requestId !== undefined) this.clock.answer(seat, requestId);
    return true;
  }

  /** Waits until a seek may be recorded; answers the newer one that has overtaken it, if one has. */
  private async newerSeek(): Promise<Request | undefined> {
    const wait = this.lastSeek + SCRUB_MS - this.timers.now();
    if (wait > 0) await new Promise<void>((resolve) => this.timers.after(wait, resolve));
    const newer = this.commands.findLast((other) => other.message?.type === 'seek');
    if (newer?.message !== undefined) return newer;
    this.lastSeek = this.timers.now();
    return undefined;
  }

  private async tryToRecord(command: Command): Promise<Outcome> {
    const { message } = command;
    const { data, isSame } = await this.clock.resolve(message);
    if (this.clock.isClosed()) return 'done';
    const requestId = message?.requestId;
    if (isSame && command.message !== undefined) {
      this.clock.goOn();
      // Nothing comes of it.
      if (requestId !== undefined) this.clock.answer(command.seat, requestId);
      return 'done';
    }
    const id = uuid();
    const before = this.clock.revision();
    const asked: Asked = { sent: this.timers.now(), seat: command.message === undefined ? undefined : command.seat, requestId };
    this.asked.set(id, asked);
    try {
      const type = message === undefined ? ANCHORED : CONTROLS[message.type];
      const appending = this.streams.append(this.session, id, type, data as unknown as Json, before);
      const { revision } = await this.within(Math.max(command.until - this.timers.now(), LEAST_TRY_MS), appending);
      await this.untilApplied(revision);
      return asked.hasLapsed === true ? 'lapsed' : 'done';
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      await this.untilApplied(error.actual ?? before);
      return 'overtaken';
    } finally {
      this.asked.delete(id);
      this.clock.goOn();
    }
  }

  /** Waits no longer for the log than that; what is given up may yet be stored, too late to be in force. */
  private within<R>(ms: number, appending: Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(ms, () => reject(tooLong()));
      appending.then(resolve, reject).finally(cancel);
    });
  }

  /** Resolves when everything up to a revision has taken effect; what is not heard of is read. */
  private async untilApplied(revision: number): Promise<void> {
    let isLate = false;
    const cancel = this.timers.after(HEARD_WITHIN_MS, () => {
      isLate = true;
      this.wake();
    });
    try {
      while (this.clock.revision() < revision && !this.clock.isClosed()) {
        if (isLate) {
          isLate = false;
          for (const stored of await this.streams.since(this.session, this.clock.revision())) this.clock.hear(stored, this.timers.now());
        }
        if (this.clock.revision() < revision && !this.clock.isClosed()) await new Promise<void>((resolve) => this.waiting.add(resolve));
      }
    } finally {
      cancel();
    }
  }
}

const tooLong = () =>
  new HindcastError('log-unavailable', `What was asked for could not be recorded within ${ANSWERED_WITHIN_MS / 1_000} s, and changes nothing.`);
