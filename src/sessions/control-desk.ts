/**
 * Where the controls of a shared session are taken: each is resolved on the clock as it is, recorded in the session's stream,
 * and answered when it has taken effect.
 * Invariants: one after another; what cannot be recorded changes nothing and is answered with an error; of seeks that come
 * faster than they are recorded the newest wins. Unit: ms, monotonic.
 */
import { v4 as uuid } from 'uuid';
import type { Json } from '../../events/catalogue.js';
import { HindcastError } from '../errors.js';
import { WrongExpectedRevision } from '../log/log.js';
import type { RequestId } from '../protocol.js';
import type { ControlMessage } from '../replay/controls.js';
import { ANCHORED, CONTROLS, type ControlledData } from '../replay/session-events.js';
import type { Timers } from './scheduler.js';
import type { Seat } from './seat.js';
import type { SessionStreams, StoredEvent } from './session-streams.js';

/** Seeks are recorded at most so often: of those that come faster, the last. */
const SCRUB_MS = 100;
/** Where the story changes around the clock again and again, the clock is recorded anew at most so often. */
const ANCHOR_MS = 1_000;
/** Another node may record a control at the same time, again and again; after so many times whoever asked is told. */
const MOST_TRIES = 5;
/** What was stored and is not heard of in so long is read. */
const HEARD_WITHIN_MS = 2_000;

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
  refuse(seat: Seat, error: unknown, requestId: RequestId | undefined): void;
  onError(error: unknown): void;
  /** What was resolved has taken effect, or does not. */
  goOn(): void;
  /** Nothing is left to do. */
  onIdle(): void;
}

/** What is to be done to the clock, and for whom; nobody asked where the story changed around it. */
type Command = { readonly message: ControlMessage; readonly seat: Seat } | { readonly message: undefined };

/** Who asked for what was stored, and when it was sent. */
export interface Asked {
  readonly sent: number;
  readonly seat: Seat | undefined;
  readonly requestId: RequestId | undefined;
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
    this.commands.push({ message, seat });
    void this.work();
  }

  /** Who is gone asks for nothing more. */
  forget(seat: Seat): void {
    this.commands = this.commands.filter((command) => command.message === undefined || command.seat !== seat);
  }

  /** The clock has come to stand by itself, or goes on live: that is recorded, lest a story that grows sets it going again elsewhere. */
  anchor(): void {
    if (this.commands.some(({ message }) => message === undefined)) return;
    this.commands.push({ message: undefined });
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
    const { message } = command;
    if (command.message !== undefined && command.message.type === 'seek') {
      const newer = await this.newerSeek();
      if (newer !== undefined) {
        // Whose own seek it is knows; another is answered with where the clock is.
        if (newer !== command.seat && command.message.requestId !== undefined) this.clock.answer(command.seat, command.message.requestId);
        return;
      }
    }
    try {
      for (let tries = 1; !(await this.tryToRecord(command)); tries++) {
        // Somebody else has recorded the clock meanwhile: that serves as well.
        if (message === undefined) return;
        if (tries === MOST_TRIES) throw new HindcastError('wrong-revision', 'Others move this clock faster.');
      }
    } catch (error) {
      if (this.clock.isClosed()) return;
      if (command.message === undefined) this.clock.onError(error);
      else this.clock.refuse(command.seat, error, command.message.requestId);
    }
  }

  /** Waits until a seek may be recorded; answers whose newer one has overtaken it, if one has. */
  private async newerSeek(): Promise<Seat | undefined> {
    const wait = this.lastSeek + SCRUB_MS - this.timers.now();
    if (wait > 0) await new Promise<void>((resolve) => this.timers.after(wait, resolve));
    const newer = this.commands.findLast((other) => other.message?.type === 'seek');
    if (newer?.message !== undefined) return newer.seat;
    this.lastSeek = this.timers.now();
    return undefined;
  }

  /** False where somebody else has recorded something meanwhile. */
  private async tryToRecord(command: Command): Promise<boolean> {
    const { message } = command;
    const { data, isSame } = await this.clock.resolve(message);
    if (this.clock.isClosed()) return true;
    const requestId = message?.requestId;
    if (isSame && command.message !== undefined) {
      this.clock.goOn();
      // Nothing comes of it.
      if (requestId !== undefined) this.clock.answer(command.seat, requestId);
      return true;
    }
    const id = uuid();
    const before = this.clock.revision();
    this.asked.set(id, { sent: this.timers.now(), seat: command.message === undefined ? undefined : command.seat, requestId });
    try {
      const type = message === undefined ? ANCHORED : CONTROLS[message.type];
      const { revision } = await this.streams.append(this.session, id, type, data as unknown as Json, before);
      await this.untilApplied(revision);
      return true;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      await this.untilApplied(error.actual ?? before);
      return false;
    } finally {
      this.asked.delete(id);
      this.clock.goOn();
    }
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
