/**
 * A shared session as this node serves it: one clock, moved by what its stream in the log says and by nothing else, and a room
 * that it plays for.
 * Invariants: a control takes effect when it is read back from the log, at the moment the log stored it, so that every node,
 * and one that starts anew, comes to the same clock; controls take effect in the order of the stream; one that the log stored
 * too late for its moment takes none, on any node. Unit: ms; `mono` is monotonic.
 */
import { HindcastError } from '../errors.js';
import type { Opening } from '../protocol.js';
import type { Performance } from './audience.js';
import { ControlDesk } from './control-desk.js';
import { beforeStored } from './log-clock.js';
import type { Wakeable } from './scheduler.js';
import type { Seat } from './seat.js';
import { isInForce, type SessionStreams, type StoredEvent, type StoredSession } from './session-streams.js';
import { type ClockContext, SharedClock } from './shared-clock.js';
import { SharedRoom } from './shared-room.js';
import type { Watcher } from './watcher.js';

export interface SharedContext extends ClockContext {
  readonly streams: SessionStreams;
  readonly onError: (error: unknown) => void;
  readonly onEnded: () => void;
}

export class SharedSession {
  private readonly clock: SharedClock;
  private readonly room: SharedRoom;
  private readonly desk: ControlDesk;
  private readonly expiry: Wakeable;
  /** The last revision of the stream that has taken effect. */
  private revision!: number;
  private begun = false;
  /** Why it is over, once it is. */
  private over = new HindcastError('session-over');
  private closed = false;
  /** What is stored and has not taken effect. */
  private heard: { readonly stored: StoredEvent; readonly mono: number }[] = [];
  private applying = false;
  private unfollow: () => void = () => {};

  constructor(
    readonly id: string,
    private readonly context: SharedContext,
    readonly story: string,
  ) {
    const { timeline, heads, scheduler, wallOf, timers, streams, onError } = context;
    const isClosed = () => this.closed;
    const broke = (error: unknown) => this.broke(error);
    const clock = new SharedClock(context, {
      story,
      audiences: () => this.room.audiences.values(),
      isClosed,
      statusCame: () => this.desk.anchor(),
      chaptersChanged: () => this.storyChanged(),
      broke,
    });
    const performance: Performance = {
      timeline,
      heads,
      story,
      wallOf,
      now: () => timers.now(),
      state: () => clock.state,
      guarded: (action) => clock.guarded(action),
      broke,
      isClosed,
    };
    this.clock = clock;
    this.room = new SharedRoom(
      {
        id,
        story,
        performance,
        isClosed,
        over: () => this.over,
        control: (message, seat) => this.desk.ask(message, seat),
        left: (seat) => this.desk.forget(seat),
        thinned: () => this.tidy(),
        onError,
      },
      clock,
    );
    this.desk = new ControlDesk(id, streams, timers, {
      revision: () => this.revision,
      isClosed,
      resolve: (message) => clock.resolve(message, this.revision),
      hear: (stored, readAt) => this.hear(stored, readAt),
      answer: (seat, requestId) => this.room.answer(seat, requestId),
      waits: (seat, requestId) => seat.waits(requestId),
      refuse: (seat, error, requestId) => this.room.refuse(seat, error, requestId),
      onError,
      goOn: () => clock.goOn(),
      onIdle: () => this.tidy(),
    });
    this.expiry = scheduler.wakeable(() => this.end(new HindcastError('session-over')));
  }

  /** Carries the session on from what its stream says, at the moment that it is now. */
  async begin(read: () => Promise<StoredSession>): Promise<void> {
    const { timeline, streams, clock } = this.context;
    const { eyes } = this.clock;
    // Followed first: what is stored while it is read is heard all the same.
    this.unfollow = await streams.follow(this.id, (stored, readAt) => this.hear(stored, readAt));
    const { opened, last, revision } = await read();
    const { as, expiresAt, left: first } = opened.event.data;
    this.revision = revision;
    if (!timeline.has(this.story)) throw new HindcastError('unknown-story');
    if (as !== null) await eyes.look(as);
    this.clock.lens = as ?? undefined;
    const left = last?.event.data.left ?? first;
    if (left.pauseOnChapter) await eyes.followChapters();
    const { created } = last ?? opened;
    await this.clock.restore(left, clock.monoOf(created) - beforeStored(left.moment, created));
    this.expiry.set(clock.monoOf(expiresAt));
    this.begun = true;
    // The story may have changed meanwhile, and more of it is due.
    this.clock.storyChanged();
    void this.applyAll();
  }

  /** Keeps it until it is let go, though nobody may be seated. */
  hold(): void {
    this.room.hold();
  }

  letGo(): void {
    this.room.letGo();
  }

  /** What it is now, for who only asks. */
  describe() {
    const { wallOf, timers } = this.context;
    return { ...this.clock.describe(), ...this.room.count(), serverNow: wallOf(timers.now()) };
  }

  /** Seats a watcher. Throws an error of the register where what he asks for cannot be, having sent nothing. */
  enter(watcher: Watcher, opening: Opening, isHost: () => boolean, onLeft: () => void): Promise<Seat> {
    return this.room.enter(watcher, opening, isHost, onLeft);
  }

  // ---- what the stream says ---------------------------------------------------------------------

  private hear(stored: StoredEvent, readAt: number): void {
    if (this.closed || stored.revision <= (this.heard.at(-1)?.stored.revision ?? this.revision ?? -1)) return;
    const { created, event } = stored;
    const storedAt = this.context.clock.observe(created, readAt, this.desk.askerOf(stored.id)?.sent);
    const mono = event.kind === 'controlled' ? storedAt - beforeStored(event.data.left.moment, created) : storedAt;
    this.heard.push({ stored, mono });
    void this.applyAll();
  }

  private async applyAll(): Promise<void> {
    if (this.applying || !this.begun) return;
    this.applying = true;
    try {
      for (let next = this.heard.shift(); next !== undefined && !this.closed; next = this.heard.shift()) {
        if (next.stored.revision <= this.revision) continue;
        await this.apply(next.stored, next.mono);
        this.revision = next.stored.revision;
        this.desk.applied();
      }
    } catch (error) {
      this.broke(error);
    } finally {
      this.applying = false;
      this.tidy();
    }
  }

  private async apply(stored: StoredEvent, mono: number): Promise<void> {
    const { id } = stored;
    if (stored.event.kind === 'closed') return this.end(new HindcastError('session-over'));
    if (!isInForce(stored)) return this.desk.lapsed(id);
    const { event } = stored;
    // The newest seek wins.
    if (event.data.sought && this.heard.some((newer) => isInForce(newer.stored) && newer.stored.event.data.sought)) {
      const asker = this.desk.askerOf(id);
      if (asker?.seat !== undefined && asker.requestId !== undefined) this.room.answer(asker.seat, asker.requestId);
      return;
    }
    await this.clock.become(event.data, mono, () => {
      const asker = this.desk.askerOf(id);
      return asker && { requestId: asker.requestId, answering: this.room.answering(asker.seat, asker.requestId) };
    });
  }

  // ---- what the story does ----------------------------------------------------------------------

  /** The story changed in the log. */
  storyChanged(): void {
    if (this.closed || !this.begun) return;
    if (this.clock.storyChanged()) this.desk.anchorSoon();
  }

  /** Views that were stale can be told as they are. */
  storyFolded(): void {
    if (!this.closed) for (const audience of this.room.audiences.values()) audience.views.refoldStale();
  }

  // ---- the end ----------------------------------------------------------------------------------

  /** Lets go of what nobody watches, and of the session where nobody is there. */
  private tidy(): void {
    this.room.tidy();
    if (this.room.isEmpty && this.desk.isIdle && !this.applying) this.end(new HindcastError('session-over'));
  }

  private broke(error: unknown): void {
    if (this.closed) return;
    const known = error instanceof HindcastError ? error : new HindcastError('internal', undefined, [], { cause: error });
    if (known.code === 'internal') this.context.onError(error);
    this.end(known);
  }

  /** Everybody is told why, and it ends. */
  end(error: HindcastError): void {
    if (this.closed) return;
    this.closed = true;
    this.over = error;
    this.expiry.cancel();
    this.desk.close();
    this.unfollow();
    this.room.close(error);
    this.clock.close();
    this.context.onEnded();
  }
}
