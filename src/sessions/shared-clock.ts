/**
 * The clock of a shared session: the machine of a replay, performed for all audiences at once.
 * Invariant: it is moved by time, by a story that changes and by anchors that were read from the log, and never by a wish: what
 * a wish would make of it is only told. Unit: ms; `mono` is monotonic.
 */
import { compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import type { RequestId } from '../protocol.js';
import { type ControlMessage, inputOf } from '../replay/controls.js';
import { type ControlledData, type Left, leftSettings, settingsOf } from '../replay/session-events.js';
import {
  type Anchor,
  anchorOf,
  type Effect,
  type Input,
  nextOf,
  restoreSession,
  type SessionState,
  type Transition,
  transition,
} from '../replay/session-machine.js';
import { intended, type StoryInSight, unwatched } from '../replay/unwatched.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import type { Audience } from './audience.js';
import { Eyes } from './eyes.js';
import { readingOf } from './frames.js';
import { type LogClock, STORED_WITHIN_MS } from './log-clock.js';
import { READS_A_TURN, ReadingTurns } from './reading-turns.js';
import type { Scheduler, Timers, Wakeable } from './scheduler.js';
import type { Seat } from './seat.js';

/** A clock stands still no longer for a control that is on its way: stored later, that is no longer in force. */
const LONGEST_STAND_MS = STORED_WITHIN_MS;

export interface ClockContext {
  readonly timeline: Timeline;
  readonly heads: HeadViews;
  readonly clock: LogClock;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  readonly wallOf: (mono: number) => number;
  readonly onDelivered?: ((lateMs: number) => void) | undefined;
}

/** The session that the clock is of. */
export interface Clocked {
  readonly story: string;
  audiences(): Iterable<Audience>;
  isClosed(): boolean;
  /** It came by itself to a status that is not recorded. */
  statusCame(): void;
  /** Where chapters begin has changed. */
  chaptersChanged(): void;
  broke(error: unknown): void;
}

/** From where the clock plays, another after each seek. `revision`: of the control that made it so. */
export interface Take {
  readonly revision: number;
  readonly from: OrderKey;
}

/** A clock as it is recorded. `take`: from where it is played. */
export function leftAs({ status, at, place, pass, playedMs, settings }: Anchor, moment: number, position: string, { revision, from }: Take): Left {
  return {
    status: status === 'held' ? 'playing' : status,
    at,
    moment,
    cursor: encodeCursor({ key: place, watermark: position }),
    pass,
    playedMs,
    ...leftSettings(settings),
    take: { revision, from: encodeCursor({ key: from, watermark: '' }) },
  };
}

function anchorFrom(left: Left): Anchor {
  const { status, at, cursor, pass, playedMs } = left;
  return { status, at, place: decodeCursor(cursor).key, pass, playedMs, settings: settingsOf(left) };
}

const takeOf = ({ revision }: { readonly revision: number }, pass: number) => `${revision}.${pass}`;

/** Who is answered with the clock, and among whom. */
export interface Answering {
  readonly audience: Audience;
  readonly seat: Seat;
  readonly requestId: RequestId;
}

/** Who asked for what the stream says, as far as it was here. */
export interface Asker {
  readonly requestId: RequestId | undefined;
  /** Undefined where he is gone. */
  readonly answering: Answering | undefined;
}

export class SharedClock {
  readonly eyes: Eyes;
  /** Through whose eyes it is timed. */
  lens: string | undefined;
  /** Undefined until it is restored. */
  state!: SessionState;
  /** From where is played what is played. */
  playing!: Take;
  /** The status that is recorded. */
  private recorded: string | undefined;
  private readonly alarm: Wakeable;
  private busy = false;
  private readonly turns = new ReadingTurns((action) => this.guarded(action));
  /** Where a seek of the clock itself is under way, such as that of a loop's next round. */
  private seeking: Promise<void> | undefined;
  /** While a control is on its way nothing is played: what it makes of the clock holds from now on. How to go on without it. */
  private standing: (() => void) | undefined;
  /** Something became due meanwhile. */
  private isDue = false;
  private answering: Answering | undefined;

  constructor(
    private readonly context: ClockContext,
    private readonly session: Clocked,
  ) {
    const { timeline, heads, scheduler } = context;
    this.eyes = new Eyes(timeline, heads, session.story, () => session.chaptersChanged());
    this.alarm = scheduler.wakeable((mono) => this.input({ on: 'woken', mono }));
  }

  /** Whose take is played. */
  get take(): string {
    return takeOf(this.playing, this.state.pass);
  }

  /** Takes a clock as it was left at a moment, and plays on unwatched to where it is now. */
  async restore(left: Left, since: number): Promise<void> {
    this.recorded = left.status;
    this.playing = takeIn(left);
    const anchor = anchorFrom(left);
    const sight = this.sight();
    await this.playUnwatched(restoreSession(anchor, sight.around(anchor.place), since), since);
    const now = this.context.timers.now();
    await this.playUnwatched(transition(this.state, { on: 'woken', mono: now }), now);
  }

  private async playUnwatched(begun: Transition, mono: number): Promise<void> {
    const steps = unwatched(begun, this.sight(), mono);
    for (let i = 1; ; i++) {
      const { done, value } = steps.next();
      if (done === true) {
        this.state = value.state;
        if (value.round !== undefined) this.playing = { ...this.playing, from: value.round };
        return;
      }
      if (i % READS_A_TURN === 0) await new Promise(setImmediate);
    }
  }

  private sight(chapters: readonly OrderKey[] = []): StoryInSight {
    const { reader } = this.eyes;
    return { land: (target) => reader.land(target, chapters), around: (place) => reader.ahead(place, this.eyes.chapters).around };
  }

  /** What it is now, for who only asks. */
  describe() {
    const { status, pass, settings, place } = this.state;
    const { wallOf, timeline } = this.context;
    const { rate, idleMs, until, loop } = settings;
    return {
      clock: {
        status,
        ...readingOf({ ...this.state.clock }, wallOf),
        nominalRate: rate,
        pass,
        cursor: encodeCursor({ key: place, watermark: timeline.position(), take: this.take }),
      },
      idleLimit: Number.isFinite(idleMs) ? idleMs / 1000 : null,
      until,
      loop,
      as: this.lens ?? null,
    };
  }

  // ---- controls ---------------------------------------------------------------------------------

  /** What a message makes of the clock as it is now, nobody watching. `revision`: that of the control before it. */
  async resolve(message: ControlMessage | undefined, revision: number): Promise<{ data: ControlledData; isSame: boolean }> {
    const { timers, timeline, clock } = this.context;
    const chapters = message?.type === 'step' && message.unit === 'chapter' ? await this.eyes.chapterPlaces() : [];
    // What is due is played first.
    this.input({ on: 'woken', mono: timers.now() });
    await this.settled();
    const mono = timers.now();
    const moment = clock.createdAt(mono);
    const before = this.state;
    if (message === undefined)
      return { data: { left: leftAs(anchorOf(before, mono), moment, timeline.position(), this.playing), sought: false, clamped: false }, isSame: false };
    const { anchor, landed } = intended(before, inputOf(message, mono), this.sight(chapters));
    const take = landed === undefined ? this.playing : { revision: revision + 1, from: landed.place };
    this.standStill();
    const isSame = landed === undefined && anchor.status === before.status && compareKeys(anchor.place, before.place) === 0 && sameSettings(anchor, before);
    return { data: { left: leftAs(anchor, moment, timeline.position(), take), sought: landed !== undefined, clamped: landed?.clamped === true }, isSame };
  }

  private standStill(): void {
    this.goOn();
    const cancel = this.context.timers.after(LONGEST_STAND_MS, () => this.goOn());
    this.standing = cancel;
  }

  /** The control has taken effect, or will not, or takes too long. */
  goOn(): void {
    const { standing, isDue } = this;
    this.standing = undefined;
    this.isDue = false;
    standing?.();
    if (isDue) this.input({ on: 'woken', mono: this.context.timers.now() });
  }

  private async settled(): Promise<void> {
    while (this.seeking !== undefined) await this.seeking;
  }

  /** Becomes what the stream says. `mono`: when it took effect. */
  async become({ left, sought, clamped }: ControlledData, mono: number, asker: () => Asker | undefined): Promise<void> {
    await this.settled();
    const anchor = anchorFrom(left);
    const take = takeOf(left.take, left.pass);
    const isClosed = () => this.session.isClosed();
    // A round that began before this was heard of is no longer: its take is not the one that is told.
    const jumps = sought || [...this.session.audiences()].some((audience) => audience.take !== take);
    const adopt = jumps ? await this.foldAll(anchor.place, () => !isClosed()) : () => {};
    if (adopt === undefined || isClosed()) return;
    const { requestId, answering } = asker() ?? {};
    this.between(() => {
      this.playing = takeIn(left);
      // A node that was not as far catches up; one that was further has sent more than was played, and sends it once.
      for (const audience of this.session.audiences()) {
        if (jumps) audience.jump(anchor.place, take);
        else audience.reachTo(anchor.place, mono);
      }
      adopt();
      const around = this.readAhead(anchor.place);
      this.recorded = left.status;
      this.answering = answering;
      const echo = requestId === undefined ? {} : { requestId };
      this.run(() => transition(this.state, { on: 'anchored', mono, anchor, sought: jumps, clamped, around, ...echo }));
      this.answering = undefined;
      this.goOn();
      this.run(() => transition(this.state, { on: 'woken', mono: Math.max(mono, this.context.timers.now()) }));
      if (jumps) for (const audience of this.session.audiences()) audience.views.takeUp();
    });
  }

  /** Folds the views of every audience up to a place; answers how to go on with them, all at once. Undefined where that is not wanted any more. */
  private async foldAll(place: OrderKey, isCurrent: () => boolean): Promise<(() => void) | undefined> {
    const there = new Set(this.session.audiences());
    const folded = await Promise.all([...there].map((audience) => audience.views.foldFor(place, isCurrent)));
    const adopting = folded.filter((adopt) => adopt !== undefined);
    if (adopting.length < folded.length || !isCurrent()) return undefined;
    return () => {
      for (const adopt of adopting) adopt();
      // Those who came meanwhile through eyes of their own.
      for (const audience of this.session.audiences()) if (!there.has(audience)) audience.views.foldAnew();
    };
  }

  // ---- what moves it ----------------------------------------------------------------------------

  /** The story changed in the log. Is anything played that it may have changed? */
  storyChanged(): boolean {
    if (this.state.seeking) return false;
    for (const audience of this.session.audiences()) audience.readAnew();
    this.input({ on: 'changed', mono: this.context.timers.now() });
    return this.state.status === 'playing';
  }

  private input(input: Input): void {
    if (this.session.isClosed()) return;
    if (input.on === 'woken' && this.standing !== undefined) {
      this.isDue = true;
      return;
    }
    this.turns.begin();
    this.run(() => transition(this.state, input));
  }

  private run(next: () => Transition): void {
    this.guarded(() => {
      const { state, effects } = next();
      this.state = state;
      for (const effect of effects) this.perform(effect);
    });
  }

  /** Does something between two frames: what was played before it has been sent. */
  between(action: () => void): void {
    this.guarded(() => {
      this.flush();
      action();
    });
  }

  /** What fails in it ends this session and no other. */
  guarded(action: () => void): void {
    if (this.session.isClosed()) return;
    const outer = !this.busy;
    this.busy = true;
    try {
      action();
      if (outer && this.state.status !== this.recorded) {
        // Once for each status that it came to by itself.
        this.recorded = this.state.status;
        this.session.statusCame();
      }
    } catch (error) {
      this.session.broke(error);
    } finally {
      if (outer) {
        this.busy = false;
        this.flush();
      }
    }
  }

  private perform(effect: Effect): void {
    const audiences = this.session.audiences();
    switch (effect.do) {
      case 'seek':
        this.seeking = this.comeRound(effect)
          .catch((error: unknown) => this.session.broke(error))
          .finally(() => {
            this.seeking = undefined;
          });
        return;
      case 'load':
        return this.load(effect.generation);
      case 'clock':
        for (const audience of audiences)
          audience.tellClock(effect, effect.requestId !== undefined && this.answering?.audience === audience ? this.answering : undefined);
        return;
      case 'states':
        for (const audience of audiences) audience.views.tellAll(effect.generation);
        return;
      case 'deliver':
        for (const audience of audiences) audience.reachTo(effect.key, effect.due);
        this.context.onDelivered?.(this.context.timers.now() - effect.due);
        return;
      case 'silence':
        for (const audience of audiences) audience.tellSilence(effect);
        return;
      case 'wake':
        this.alarm.set(effect.at);
        return;
    }
  }

  /** The next round of a loop: the same for all, from the same place. */
  private async comeRound({ generation, target }: Extract<Effect, { do: 'seek' }>): Promise<void> {
    const { place, at, clamped } = this.eyes.reader.land(target);
    const isCurrent = () => !this.session.isClosed() && this.state.generation === generation;
    const adopt = await this.foldAll(place, isCurrent);
    if (adopt === undefined) return;
    this.between(() => {
      this.playing = { ...this.playing, from: place };
      for (const audience of this.session.audiences()) audience.jump(place, takeOf(this.playing, this.state.pass));
      adopt();
      const around = this.readAhead(place);
      this.run(() => transition(this.state, { on: 'sought', mono: this.context.timers.now(), generation, place, at, clamped, around }));
      for (const audience of this.session.audiences()) audience.views.takeUp();
    });
  }

  private load(generation: number): void {
    const read = () => {
      if (this.session.isClosed() || generation !== this.state.generation || !this.state.loading) return;
      for (const audience of this.session.audiences()) audience.catchUp(this.state.place);
      const around = this.readAhead();
      this.run(() => transition(this.state, { on: 'loaded', mono: this.context.timers.now(), generation, around }));
    };
    this.turns.take(read);
  }

  /** Reads what lies ahead of a place, for the clock and for whoever sees the story as it does. */
  private readAhead(place = this.state.place) {
    const { reader, chapters } = this.eyes;
    const { steps, around } = reader.ahead(place, chapters);
    const known = around.complete ? endOf(Number.MAX_VALUE) : (steps.at(-1)?.key ?? place);
    for (const audience of this.session.audiences()) if (audience.eyes.reader.track === reader.track) audience.foresee(steps, around.next, known);
    return around;
  }

  /** Everything up to here is played: of an instant that was reached and is behind, all of it. */
  limit(): OrderKey {
    const { place, around } = this.state;
    const [instant, seq] = place;
    const whole = endOf(instant);
    if (!Number.isFinite(instant) || !Number.isFinite(seq) || compareKeys(place, whole) >= 0) return place;
    const next = nextOf(around);
    return next === undefined || next.key[0] > instant ? whole : place;
  }

  flush(): void {
    for (const audience of this.session.audiences()) {
      // What came into the sight of other eyes at an instant stands in their story at a place of its own.
      if (audience.eyes.reader.track !== this.eyes.reader.track && !this.state.seeking) audience.reachTo(this.limit(), this.context.timers.now());
      audience.flush();
    }
  }

  close(): void {
    this.alarm.cancel();
    this.standing?.();
    this.eyes.close();
  }
}

function takeIn({ take }: Left): Take {
  return { revision: take.revision, from: decodeCursor(take.from).key };
}

function sameSettings({ settings: a }: Anchor, { settings: b }: SessionState): boolean {
  return JSON.stringify(leftSettings(a)) === JSON.stringify(leftSettings(b));
}
