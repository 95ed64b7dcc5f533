/**
 * A shared session as this node serves it: one clock, moved by what its stream in the log says and by nothing else, and
 * audiences that it plays for.
 * Invariants: a control takes effect when it is read back from the log, at the moment the log stored it, so that every node,
 * and one that starts anew, comes to the same clock; controls take effect in the order of the stream. Unit: ms; `mono` is
 * monotonic.
 */
import { compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { ClientMessage, Opening, RequestId } from '../protocol.js';
import { type ControlMessage, inputOf } from '../replay/controls.js';
import { type ControlledData, isControl, type Left, leftSettings, settingsOf } from '../replay/session-events.js';
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
import { Audience, type Performance } from './audience.js';
import { ControlDesk } from './control-desk.js';
import { Eyes } from './eyes.js';
import { helloFrame, readingOf } from './frames.js';
import { beforeStored, type LogClock } from './log-clock.js';
import type { Scheduler, Timers, Wakeable } from './scheduler.js';
import { Seat, type Stalls } from './seat.js';
import type { SessionStreams, StoredEvent, StoredSession } from './session-streams.js';
import type { Watcher } from './watcher.js';

/** A clock stands still no longer for a control that is on its way. */
const LONGEST_STAND_MS = 250;
/** So many reads of what lies ahead in one turn; then the event loop has its own. */
const READS_A_TURN = 16;

export interface SharedContext {
  readonly timeline: Timeline;
  readonly heads: HeadViews;
  readonly streams: SessionStreams;
  readonly clock: LogClock;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  readonly wallOf: (mono: number) => number;
  readonly onError: (error: unknown) => void;
  readonly onEnded: () => void;
  readonly onDelivered?: ((lateMs: number) => void) | undefined;
}

interface Take {
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

export class SharedSession implements Stalls {
  readonly story: string;
  private readonly eyes: Eyes;
  private readonly audiences = new Map<string, Audience>();
  /** Audiences that are being got ready, by whose eyes. */
  private readonly opening = new Map<string, Promise<Audience>>();
  /** Who watches, and among whom. */
  private readonly seats = new Map<Seat, Audience>();
  private readonly alarm: Wakeable;
  private readonly expiry: Wakeable;
  private readonly performance: Performance;
  /** Undefined until it has begun. */
  private state!: SessionState;
  private playing!: Take;
  /** The status that is recorded. */
  private recorded: string | undefined;
  private revision!: number;
  private lens: string | undefined;
  /** So many are about to come in, or ask something. */
  private visitors = 0;
  private begun = false;
  /** Why it is over, once it is. */
  private over = new HindcastError('session-over');
  private closed = false;
  private busy = false;
  private reads = 0;
  /** Where a seek of the clock itself is under way, such as that of a loop's next round. */
  private seeking: Promise<void> | undefined;
  /** Controls that are stored and have not taken effect. */
  private heard: { readonly stored: StoredEvent; readonly mono: number }[] = [];
  private applying = false;
  private readonly desk: ControlDesk;
  /** While a control is on its way nothing is played: what it makes of the clock holds from now on. How to go on without it. */
  private standing: (() => void) | undefined;
  /** Something became due meanwhile. */
  private isDue = false;
  private answering: { readonly seat: Seat; readonly requestId: RequestId } | undefined;
  private unfollow: () => void = () => {};

  constructor(
    readonly id: string,
    private readonly context: SharedContext,
    story: string,
  ) {
    const { timeline, heads, scheduler, wallOf, timers } = context;
    this.story = story;
    this.eyes = new Eyes(timeline, heads, story, () => this.storyChanged());
    this.alarm = scheduler.wakeable((mono) => this.input({ on: 'woken', mono }));
    this.expiry = scheduler.wakeable(() => this.end(new HindcastError('session-over')));
    this.performance = {
      timeline,
      heads,
      story,
      wallOf,
      now: () => timers.now(),
      state: () => this.state,
      guarded: (action) => this.guarded(action),
      broke: (error) => this.broke(error),
      isClosed: () => this.closed,
    };
    this.desk = new ControlDesk(id, context.streams, timers, {
      revision: () => this.revision,
      isClosed: () => this.closed,
      resolve: (message) => this.resolve(message),
      hear: (stored, readAt) => this.hear(stored, readAt),
      answer: (seat, requestId) => this.answer(seat, requestId),
      refuse: (seat, error, requestId) => this.refuse(seat, error, requestId),
      onError: context.onError,
      goOn: () => this.goOn(),
      onIdle: () => this.tidy(),
    });
  }

  /** Carries the session on from what its stream says, at the moment that it is now. */
  async begin(read: () => Promise<StoredSession>): Promise<void> {
    const { timeline, streams, clock, timers } = this.context;
    // Followed first: what is stored while it is read is heard all the same.
    this.unfollow = await streams.follow(this.id, (stored, readAt) => this.hear(stored, readAt));
    const { opened, last, revision } = await read();
    const { as, expiresAt, left: first } = opened.event.data;
    this.revision = revision;
    if (!timeline.has(this.story)) throw new HindcastError('unknown-story');
    if (as !== null) await this.eyes.look(as);
    this.lens = as ?? undefined;
    const left = last?.event.data.left ?? first;
    if (left.pauseOnChapter) await this.eyes.followChapters();
    this.recorded = left.status;
    const { created } = last ?? opened;
    const since = clock.monoOf(created) - beforeStored(left.moment, created);
    const anchor = anchorFrom(left);
    this.playing = { revision: left.take.revision, from: decodeCursor(left.take.from).key };
    const sight = this.sight();
    await this.playUnwatched(restoreSession(anchor, sight.around(anchor.place), since), since);
    const now = timers.now();
    await this.playUnwatched(transition(this.state, { on: 'woken', mono: now }), now);
    this.expiry.set(clock.monoOf(expiresAt));
    this.begun = true;
    // The story may have changed meanwhile, and more of it is due.
    this.input({ on: 'changed', mono: timers.now() });
    void this.applyAll();
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

  /** Keeps it until it is let go, though nobody may be seated. */
  hold(): void {
    this.visitors++;
  }

  letGo(): void {
    this.visitors--;
    this.tidy();
  }

  /** What it is now, for who only asks. */
  describe() {
    const { status, pass, settings, place } = this.state;
    const { wallOf, timers } = this.context;
    const mono = timers.now();
    const { rate, idleMs, until, loop } = settings;
    return {
      clock: {
        status,
        ...readingOf({ ...this.state.clock }, wallOf),
        nominalRate: rate,
        pass,
        cursor: encodeCursor({ key: place, watermark: this.context.timeline.position(), take: takeOf(this.playing, pass) }),
      },
      idleLimit: Number.isFinite(idleMs) ? idleMs / 1000 : null,
      until,
      loop,
      as: this.lens ?? null,
      watchers: this.seats.size,
      hosts: [...this.seats.keys()].filter((seat) => seat.isHost).length,
      serverNow: wallOf(mono),
    };
  }

  // ---- who is there -----------------------------------------------------------------------------

  /** Seats a watcher. Throws an error of the register where what he asks for cannot be, having sent nothing. */
  async enter(watcher: Watcher, opening: Opening, isHost: () => boolean, onLeft: () => void): Promise<Seat> {
    const seat = new Seat(watcher, this, opening.filter, onLeft);
    const cursor = opening.after === undefined ? undefined : decodeCursor(opening.after);
    const audience = await this.audienceOf(opening.as === undefined ? this.lens : (opening.as ?? undefined));
    await audience.ready(opening.projections);
    seat.want({ views: new Set(opening.projections) });
    for (;;) {
      const { take } = audience;
      const isSame = cursor?.take === take;
      const from = isSame ? cursor.key : this.playing.from;
      const missed = cursor === undefined ? undefined : await audience.missedAfter(from, seat);
      if (this.closed) throw this.over;
      // Another take began meanwhile: what was missed is to be found anew.
      if (take !== audience.take) continue;
      this.flush();
      seat.isHost = isHost();
      // What is wrong with what one asks for is his alone.
      const rest = cursor === undefined || missed === undefined ? [] : audience.bringUp(seat, cursor, from, missed);
      const resumed = cursor === undefined ? {} : { from: encodeCursor({ key: from, watermark: cursor.watermark, take }) };
      const texts = [this.helloFor(seat, audience), ...audience.asIs(seat, { didSeek: !isSame, ...(rest.length === 0 ? {} : resumed) }), ...rest];
      this.guarded(() => {
        this.seats.set(seat, audience);
        if (isSame && compareKeys(cursor.key, audience.place) > 0) seat.want({ seen: cursor.key });
        audience.seat(seat);
        seat.tell(texts);
      });
      return seat;
    }
  }

  private helloFor(seat: Seat, audience: Audience): string {
    const { reader, lens } = audience.eyes;
    const role = seat.isHost ? 'host' : 'viewer';
    const serverNow = this.context.wallOf(this.context.timers.now());
    const { settings } = this.state;
    return JSON.stringify(helloFrame({ session: this.id, story: this.story, role, span: reader.span(), settings, lens, serverNow }));
  }

  /** He has shown that he is the host. */
  promote(seat: Seat): void {
    const audience = this.seats.get(seat);
    if (seat.isHost || audience === undefined) return;
    this.guarded(() => {
      this.flush();
      seat.isHost = true;
      seat.tell([this.helloFor(seat, audience)]);
    });
  }

  private async audienceOf(lens: string | undefined): Promise<Audience> {
    const key = lens ?? '';
    const known = this.audiences.get(key);
    if (known !== undefined) return known;
    const opening = this.opening.get(key) ?? this.openAudience(lens, key);
    this.opening.set(key, opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(key);
    }
  }

  private async openAudience(lens: string | undefined, key: string): Promise<Audience> {
    const audience = new Audience(this.performance, takeOf(this.playing, this.state.pass));
    try {
      if (lens !== undefined) await audience.look(lens);
      if (this.closed) throw this.over;
    } catch (error) {
      audience.close(this.over);
      throw error;
    }
    // Whatever was played while it was got ready is behind it.
    audience.jump(this.limit(), takeOf(this.playing, this.state.pass));
    this.audiences.set(key, audience);
    return audience;
  }

  left(seat: Seat): void {
    this.seats.get(seat)?.unseat(seat);
    this.seats.delete(seat);
    this.desk.forget(seat);
    this.tidy();
  }

  /** Lets go of what nobody watches. */
  private tidy(): void {
    if (this.visitors === 0)
      for (const [key, audience] of this.audiences) {
        if (!audience.isEmpty) {
          audience.dropUnwatched();
          continue;
        }
        this.audiences.delete(key);
        audience.close(new HindcastError('session-over'));
      }
    if (this.seats.size === 0 && this.visitors === 0 && this.desk.isIdle && !this.applying) this.end(new HindcastError('session-over'));
  }

  recovered(seat: Seat): void {
    const audience = this.seats.get(seat);
    if (audience === undefined) return;
    this.guarded(() => {
      this.flush();
      const back = seat.comesBack(audience.here);
      if (back === undefined) return;
      seat.tell([JSON.stringify(back.lagging), ...audience.asIs(seat, { answers: back.answers })]);
    });
  }

  // ---- what they ask for ------------------------------------------------------------------------

  take(seat: Seat, message: ClientMessage): void {
    const { requestId } = message;
    if (isControl(message)) {
      if (!seat.isHost) return seat.fail(new HindcastError('forbidden', 'Only the host of a shared session moves its clock.'), requestId);
      return this.desk.ask(message, seat);
    }
    if (message.type === 'ping') {
      const serverNow = this.context.wallOf(this.context.timers.now());
      const pong = { type: 'pong', ...(message.t === undefined ? {} : { t: message.t }), serverNow, ...(requestId === undefined ? {} : { requestId }) };
      return seat.tell([JSON.stringify(pong)]);
    }
    // One after another: the last that was asked for is the one in force.
    seat.doing = seat.doing.then(() => this.serve(seat, message)).catch((error: unknown) => this.refuse(seat, error, requestId));
  }

  private async serve(seat: Seat, message: Extract<ClientMessage, { type: 'filter' | 'subscribe' | 'unsubscribe' }>): Promise<void> {
    const audience = this.seats.get(seat);
    if (audience === undefined || this.closed) return;
    const { requestId } = message;
    const answers = requestId === undefined ? [] : [requestId];
    switch (message.type) {
      case 'subscribe': {
        await audience.ready([message.projection]);
        if (this.seats.get(seat) !== audience) return;
        return this.guarded(() => {
          this.flush();
          audience.regroup(seat, { views: new Set([...seat.wanted.views, message.projection]) });
          const frame = audience.views.frameOf(message.projection);
          if (frame !== undefined) seat.tell([JSON.stringify({ ...frame, ...(requestId === undefined ? {} : { requestId }) })]);
        });
      }
      case 'unsubscribe': {
        return this.guarded(() => {
          this.flush();
          audience.regroup(seat, { views: new Set([...seat.wanted.views].filter((name) => name !== message.projection)) });
          seat.tell(audience.asIs(seat, { answers }).slice(0, 1));
          this.tidy();
        });
      }
      case 'filter': {
        const { filter, views } = seat.wanted;
        const { types = filter.types, participants = filter.participants, text = filter.text, as } = message;
        this.visitors++;
        try {
          const other = as === undefined ? audience : await this.audienceOf(as ?? undefined);
          await other.ready([...views]);
          if (!this.seats.has(seat) || this.closed) return;
          this.guarded(() => {
            this.flush();
            audience.unseat(seat);
            this.seats.set(seat, other);
            seat.want({ filter: { types, participants, text } });
            other.seat(seat);
            seat.tell(other.asIs(seat, { answers, didSeek: other !== audience }));
          });
        } finally {
          this.letGo();
        }
      }
    }
  }

  private refuse(seat: Seat, error: unknown, requestId: RequestId | undefined): void {
    if (error instanceof HindcastError && error.code !== 'internal') return seat.fail(error, requestId);
    this.context.onError(error);
    seat.fail(new HindcastError('internal'), requestId);
  }

  // ---- controls ---------------------------------------------------------------------------------

  /** What a message makes of the clock as it is now, nobody watching. */
  private async resolve(message: ControlMessage | undefined): Promise<{ data: ControlledData; isSame: boolean }> {
    const { timers, timeline, clock } = this.context;
    const chapters = message?.type === 'step' && message.unit === 'chapter' ? await this.eyes.chapterPlaces() : [];
    // What is due is played first.
    this.input({ on: 'woken', mono: timers.now() });
    while (this.seeking !== undefined) await this.seeking;
    const mono = timers.now();
    const moment = clock.createdAt(mono);
    const before = this.state;
    if (message === undefined)
      return { data: { left: leftAs(anchorOf(before, mono), moment, timeline.position(), this.playing), sought: false, clamped: false }, isSame: false };
    const { anchor, landed } = intended(before, inputOf(message, mono), this.sight(chapters));
    const take = landed === undefined ? this.playing : { revision: this.revision + 1, from: landed.place };
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
  private goOn(): void {
    const { standing, isDue } = this;
    this.standing = undefined;
    this.isDue = false;
    standing?.();
    if (isDue) this.input({ on: 'woken', mono: this.context.timers.now() });
  }

  private answer(seat: Seat, requestId: RequestId): void {
    const audience = this.seats.get(seat);
    if (audience === undefined) return;
    this.guarded(() => {
      this.flush();
      seat.tell(audience.asIs(seat, { answers: [requestId] }).slice(0, 1));
    });
  }

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

  private async apply({ id, event }: StoredEvent, mono: number): Promise<void> {
    if (event.kind === 'closed') return this.end(new HindcastError('session-over'));
    if (event.kind !== 'controlled') return;
    const { left, sought, clamped } = event.data;
    // The newest seek wins.
    if (sought && this.heard.some(({ stored }) => stored.event.kind === 'controlled' && stored.event.data.sought)) {
      const asker = this.desk.askerOf(id);
      if (asker?.seat !== undefined && asker.requestId !== undefined) this.answer(asker.seat, asker.requestId);
      return;
    }
    while (this.seeking !== undefined) await this.seeking;
    const anchor = anchorFrom(left);
    const take = takeOf(left.take, left.pass);
    // A round that began before this was heard of is no longer: its take is not the one that is told.
    const jumps = sought || [...this.audiences.values()].some((audience) => audience.take !== take);
    const adopt = jumps ? await this.foldAll(anchor.place, () => !this.closed) : () => {};
    if (adopt === undefined || this.closed) return;
    const asker = this.desk.askerOf(id);
    this.guarded(() => {
      this.flush();
      this.playing = { revision: left.take.revision, from: decodeCursor(left.take.from).key };
      // A node that was not as far catches up; one that was further has sent more than was played, and sends it once.
      for (const audience of this.audiences.values()) {
        if (jumps) audience.jump(anchor.place, take);
        else audience.reachTo(anchor.place, mono);
      }
      adopt();
      const around = this.readAhead(anchor.place);
      this.recorded = left.status;
      if (asker?.seat !== undefined && asker.requestId !== undefined) this.answering = { seat: asker.seat, requestId: asker.requestId };
      const requestId = asker?.requestId === undefined ? {} : { requestId: asker.requestId };
      this.run(() => transition(this.state, { on: 'anchored', mono, anchor, sought: jumps, clamped, around, ...requestId }));
      this.answering = undefined;
      this.goOn();
      this.run(() => transition(this.state, { on: 'woken', mono: Math.max(mono, this.context.timers.now()) }));
      if (jumps) for (const audience of this.audiences.values()) audience.views.takeUp();
    });
  }

  /** Folds the views of every audience up to a place; answers how to go on with them, all at once. Undefined where that is not wanted any more. */
  private async foldAll(place: OrderKey, isCurrent: () => boolean): Promise<(() => void) | undefined> {
    const there = new Set(this.audiences.values());
    const folded = await Promise.all([...there].map((audience) => audience.views.foldFor(place, isCurrent)));
    const adopting = folded.filter((adopt) => adopt !== undefined);
    if (adopting.length < folded.length || !isCurrent()) return undefined;
    return () => {
      for (const adopt of adopting) adopt();
      // Those who came meanwhile through eyes of their own.
      for (const audience of this.audiences.values()) if (!there.has(audience)) audience.views.foldAnew();
    };
  }

  // ---- the clock --------------------------------------------------------------------------------

  /** The story changed in the log. */
  storyChanged(): void {
    if (this.closed || !this.begun || this.state.seeking) return;
    for (const audience of this.audiences.values()) audience.readAnew();
    this.input({ on: 'changed', mono: this.context.timers.now() });
    if (this.state.status === 'playing') this.desk.anchorSoon();
  }

  /** Views that were stale can be told as they are. */
  storyFolded(): void {
    if (!this.closed) for (const audience of this.audiences.values()) audience.views.refoldStale();
  }

  private input(input: Input): void {
    if (this.closed) return;
    if (input.on === 'woken' && this.standing !== undefined) {
      this.isDue = true;
      return;
    }
    this.reads = 0;
    this.run(() => transition(this.state, input));
  }

  private run(next: () => Transition): void {
    this.guarded(() => {
      const { state, effects } = next();
      this.state = state;
      for (const effect of effects) this.perform(effect);
    });
  }

  /** Once for each status that it came to by itself. */
  private anchorStatus(): void {
    this.recorded = this.state.status;
    this.desk.anchor();
  }

  private guarded(action: () => void): void {
    if (this.closed) return;
    const outer = !this.busy;
    this.busy = true;
    try {
      action();
      if (outer && this.state.status !== this.recorded) this.anchorStatus();
    } catch (error) {
      this.broke(error);
    } finally {
      if (outer) {
        this.busy = false;
        this.flush();
      }
    }
  }

  private perform(effect: Effect): void {
    const audiences = this.audiences.values();
    switch (effect.do) {
      case 'seek':
        this.seeking = this.comeRound(effect)
          .catch((error: unknown) => this.broke(error))
          .finally(() => {
            this.seeking = undefined;
          });
        return;
      case 'load':
        return this.load(effect.generation);
      case 'clock':
        for (const audience of audiences) audience.tellClock(effect, effect.requestId === undefined ? undefined : this.answerIn(audience));
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

  private answerIn(audience: Audience): { readonly seat: Seat; readonly requestId: RequestId } | undefined {
    return this.answering !== undefined && this.seats.get(this.answering.seat) === audience ? this.answering : undefined;
  }

  /** The next round of a loop: the same for all, from the same place. */
  private async comeRound({ generation, target }: Extract<Effect, { do: 'seek' }>): Promise<void> {
    const { place, at, clamped } = this.eyes.reader.land(target);
    const isCurrent = () => !this.closed && this.state.generation === generation;
    const adopt = await this.foldAll(place, isCurrent);
    if (adopt === undefined) return;
    this.guarded(() => {
      this.flush();
      this.playing = { ...this.playing, from: place };
      for (const audience of this.audiences.values()) audience.jump(place, takeOf(this.playing, this.state.pass));
      adopt();
      const around = this.readAhead(place);
      this.run(() => transition(this.state, { on: 'sought', mono: this.context.timers.now(), generation, place, at, clamped, around }));
      for (const audience of this.audiences.values()) audience.views.takeUp();
    });
  }

  private load(generation: number): void {
    const read = () => {
      if (this.closed || generation !== this.state.generation || !this.state.loading) return;
      for (const audience of this.audiences.values()) audience.catchUp(this.state.place);
      const around = this.readAhead();
      this.run(() => transition(this.state, { on: 'loaded', mono: this.context.timers.now(), generation, around }));
    };
    this.reads++;
    if (this.reads <= READS_A_TURN) return read();
    // A great deal is due at once: it goes out in turns, so that no other session waits for this one.
    setImmediate(() =>
      this.guarded(() => {
        this.reads = 0;
        read();
      }),
    );
  }

  /** Reads what lies ahead of a place, for the clock and for whoever sees the story as it does. */
  private readAhead(place = this.state.place) {
    const { reader, chapters } = this.eyes;
    const { steps, around } = reader.ahead(place, chapters);
    const known = around.complete ? endOf(Number.MAX_VALUE) : (steps.at(-1)?.key ?? place);
    for (const audience of this.audiences.values()) if (audience.eyes.reader.track === reader.track) audience.foresee(steps, around.next, known);
    return around;
  }

  /** Everything up to here is played: of an instant that was reached and is behind, all of it. */
  private limit(): OrderKey {
    const { place, around } = this.state;
    const [instant, seq] = place;
    const whole = endOf(instant);
    if (!Number.isFinite(instant) || !Number.isFinite(seq) || compareKeys(place, whole) >= 0) return place;
    const next = nextOf(around);
    return next === undefined || next.key[0] > instant ? whole : place;
  }

  private flush(): void {
    for (const audience of this.audiences.values()) {
      // What came into the sight of other eyes at an instant stands in their story at a place of its own.
      if (audience.eyes.reader.track !== this.eyes.reader.track && !this.state.seeking) audience.reachTo(this.limit(), this.context.timers.now());
      audience.flush();
    }
  }

  // ---- the end ----------------------------------------------------------------------------------

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
    this.alarm.cancel();
    this.expiry.cancel();
    this.standing?.();
    this.desk.close();
    this.unfollow();
    for (const seat of [...this.seats.keys()]) seat.end(error);
    for (const audience of this.audiences.values()) audience.close(error);
    this.audiences.clear();
    this.eyes.close();
    this.context.onEnded();
  }
}

function sameSettings({ settings: a }: Anchor, { settings: b }: SessionState): boolean {
  return JSON.stringify(leftSettings(a)) === JSON.stringify(leftSettings(b));
}
