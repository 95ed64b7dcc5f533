/**
 * A private session: one watcher, one clock over one story. It performs what the session machine decides.
 * Invariants: frames leave in the order in which they were decided; a state that was asked for before the last seek is
 * thrown away; nothing here decides when something is due.
 */
import { publish } from '../../events/published.js';
import type { Happening } from '../../events/event.js';
import { PUBLIC } from '../../events/lens.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { compareKeys, formatInstant, instantOf, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import {
  type ClientMessage,
  type Filter,
  type FrameOf,
  loopFrom,
  NO_FILTER,
  type Opening,
  RATES,
  type RequestId,
  type ServerFrame,
  SUBPROTOCOL,
} from '../protocol.js';
import { type Effect, type Input, openSession, type SessionState, type Target, type Transition, transition } from '../replay/session-machine.js';
import { solveFit } from '../replay/silence-map.js';
import { storyAt } from '../replay/clock.js';
import { patchOf } from '../replay/state-patch.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadState, HeadViews } from '../timeline/head-views.js';
import type { AnyProjection, Fold, Timeline } from '../timeline/timeline.js';
import { matcherOf } from './filter.js';
import type { Scheduler, Timers, Wakeable } from './scheduler.js';
import { type News, StoryReader } from './story-reader.js';
import { MOST_UNSENT, TOO_MUCH_UNSENT, type Watcher } from './watcher.js';

/** Folds that meet a changing past are folded again; after so many times they are taken as they are. */
const MOST_REFOLDS = 8;
/** So many reads of what lies ahead in one turn; then the event loop has its own. */
const READS_A_TURN = 16;

export interface PlayerContext {
  readonly timeline: Timeline;
  readonly heads: HeadViews;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  /** Server wall time, in epoch ms, of a monotonic instant. */
  readonly wallOf: (mono: number) => number;
  readonly onError: (error: unknown) => void;
  readonly onClosed: () => void;
  /** Lateness of an event frame in ms, told for each. */
  readonly onDelivered?: (lateMs: number) => void;
}

/** The view that tells where chapters begin, as far as it is needed here. */
const CHAPTERS = 'chapters';
interface ChaptersState {
  readonly chapters: readonly { readonly event: string }[];
}

/** A view this session shows, and what its watcher was last told of it. */
interface Shown {
  fold: Fold;
  seq: number;
  told: unknown;
}

/** A view of the whole story, wherever the clock is: folded once for all who are shown it. */
interface ShownWhole {
  readonly stop: () => void;
  head: HeadState | undefined;
  /** The generation that the watcher was last told it in. */
  generation: number;
  seq: number;
  told: unknown;
  /** The request that its first state answers. */
  requestId: RequestId | undefined;
}

export class Player {
  private reader: StoryReader;
  /** Whose eyes; undefined: everybody's. */
  private lens: string | undefined;
  private filter: Filter = NO_FILTER;
  private matches: (event: Happening) => boolean = () => true;
  /** Happenings at which a chapter begins, where it is to stand still there. */
  private chapters: ReadonlySet<string> = new Set();
  private leaveChapters: (() => void) | undefined;
  private readonly alarm: Wakeable;
  private readonly views = new Map<string, AnyProjection>();
  private shown = new Map<string, Shown>();
  private readonly whole = new Map<string, ShownWhole>();
  private state!: SessionState;
  private steps: readonly Step[] = [];
  private taken = 0;
  /** Everything the log held up to here has been sent, if it lies behind. */
  private watermark: Position = '';
  private outgoing: string[] = [];
  private reads = 0;
  private busy = false;
  private closed = false;
  /** True until what a resumed watcher missed has been sent. */
  private resuming = false;
  /** The place at which it was resumed, until then. */
  private resumed: OrderKey | undefined;
  /** Stretches of the log whose news is still to be told, each judged by the place at which it was met. */
  private owing: { readonly place: OrderKey; readonly upTo: Position; readonly backfill: boolean }[] = [];
  /** Length of what is written and not yet handed to the watcher. */
  private pending = 0;
  /** Views asked for while a seek was under way, each with the request it answers. */
  private readonly subscribing = new Map<string, RequestId | undefined>();

  constructor(
    readonly id: string,
    readonly story: string,
    private readonly watcher: Watcher,
    private readonly context: PlayerContext,
  ) {
    this.reader = new StoryReader(context.timeline, story);
    this.alarm = context.scheduler.wakeable((mono) => this.input({ on: 'woken', mono }));
  }

  /** Says hello and begins. Throws an error of the register, having sent nothing, where the opening cannot be met. */
  async open(opening: Opening): Promise<void> {
    const { timeline } = this.context;
    if (!timeline.has(this.story)) throw new HindcastError('unknown-story', `"${this.story}" is not among the stories.`, [{ at: 'story', message: 'unknown' }]);
    const wanted = opening.projections.map((name) => this.projection(name));
    for (const view of wanted) if (view.whole !== true) this.views.set(view.name, view);
    const resume = opening.after === undefined ? undefined : decodeCursor(opening.after);
    if (opening.as !== undefined) await this.lookThrough(opening.as);
    this.filterBy(opening.filter);
    const { from, to } = this.reader.span();
    const start: Target =
      opening.loop !== undefined
        ? { to: 'before', at: opening.loop.from }
        : opening.from === undefined || opening.from <= from
          ? { to: 'start' }
          : { to: 'instant', at: opening.from };
    const first: Target =
      resume === undefined
        ? opening.loop === undefined && opening.from !== undefined && opening.from < from
          ? { to: 'instant', at: opening.from }
          : start
        : { to: 'place', key: resume.key };
    const landing = this.reader.land(first);
    const until = opening.until ?? null;
    const idleMs = opening.idleMs ?? Infinity;
    const fit = opening.fitMs === undefined ? undefined : solveFit(this.reader.stretches(landing.place, landing.at, until), opening.fitMs, idleMs, RATES.least);
    if (fit !== undefined && fit.rate > RATES.most) {
      throw new HindcastError('bad-rate', 'So short a fit needs a faster rate than there is.', [{ at: 'fit', message: 'too short for this story' }]);
    }
    const loop = opening.loop ?? null;
    const { follow, pauseOn } = opening;
    const pauseOnChapter = pauseOn === 'chapter';
    const settings = { rate: fit?.rate ?? opening.rate ?? RATES.usual, idleMs: fit?.idleMs ?? idleMs, until, loop, follow, pauseOnChapter, from: start };
    if (pauseOnChapter) await this.followChapters();
    this.watermark = resume?.watermark ?? this.context.timeline.position();
    this.send({
      type: 'hello',
      protocol: SUBPROTOCOL,
      session: this.id,
      role: 'host',
      story: this.story,
      from: formatInstant(from),
      to: formatInstant(to),
      nominalRate: settings.rate,
      idleLimit: Number.isFinite(settings.idleMs) ? settings.idleMs / 1000 : null,
      ...(until === null ? {} : { until: formatInstant(until) }),
      ...(loop === null ? {} : { loop: { from: formatInstant(loop.from), to: formatInstant(loop.to) } }),
      ...(this.lens === undefined ? {} : { as: this.lens }),
      ...(fit?.raised === true ? { idleLimitRaised: true } : {}),
      serverNow: this.context.wallOf(this.context.timers.now()),
    });
    this.resuming = resume !== undefined;
    for (const view of wanted) if (view.whole === true) this.showWhole(view);
    this.run(() => openSession(settings, first, opening.paused, this.context.timers.now()));
  }

  /** Does what a client's message asks for. */
  command(message: ClientMessage): void {
    const { requestId } = message;
    const echo = requestId === undefined ? {} : { requestId };
    const mono = this.context.timers.now();
    switch (message.type) {
      case 'play':
      case 'pause':
      case 'live':
        return this.input({ on: message.type, mono, ...echo });
      case 'seek':
        return this.input({ on: 'seek', mono, target: { to: 'instant', at: instantOf(message.at) }, ...echo });
      case 'rate':
        return this.input({ on: 'rate', mono, rate: message.rate, ...echo });
      case 'step':
        return this.input({ on: 'step', mono, unit: message.unit, count: message.count ?? 1, ...echo });
      case 'until':
        return this.input({ on: 'until', mono, at: message.at === null ? null : instantOf(message.at), ...echo });
      case 'idleLimit':
        return this.input({ on: 'idle', mono, idleMs: message.seconds === null ? Infinity : message.seconds * 1000, ...echo });
      case 'loop':
        return this.input({ on: 'loop', mono, loop: loopFrom(message.from, message.to), ...echo });
      case 'filter':
        void this.changeFilter(message).catch((error: unknown) => this.failOrBreak(error, requestId));
        return;
      case 'subscribe':
        return this.subscribe(message.projection, requestId);
      case 'unsubscribe':
        this.views.delete(message.projection);
        this.shown.delete(message.projection);
        this.whole.get(message.projection)?.stop();
        this.whole.delete(message.projection);
        return this.tellClock(echo);
      case 'ping':
        this.send({ type: 'pong', ...(message.t === undefined ? {} : { t: message.t }), serverNow: this.context.wallOf(mono), ...echo });
        return this.flush();
    }
  }

  /** The story changed in the log. */
  storyChanged(): void {
    if (this.state.seeking || this.closed) return;
    this.input({ on: 'changed', mono: this.context.timers.now() });
  }

  /** Views that were stale can be told as they are. */
  storyFolded(): void {
    const stale = [...this.shown].filter(([, { fold }]) => fold.stale).map(([name]) => name);
    if (stale.length > 0 && !this.closed) this.refoldSoon(stale);
  }

  fail(error: HindcastError, requestId?: RequestId): void {
    const { code, message, faults } = error;
    this.send({ type: 'error', code, message, ...(faults.length === 0 ? {} : { faults: [...faults] }), ...(requestId === undefined ? {} : { requestId }) });
    this.flush();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.alarm.cancel();
    for (const { stop } of this.whole.values()) stop();
    this.leaveChapters?.();
    this.context.onClosed();
  }

  // ---- eyes and filters -------------------------------------------------------------------------

  private filterBy(filter: Filter): void {
    this.filter = filter;
    this.matches = matcherOf(filter);
  }

  /** Looks through other eyes from now on; null: everybody's. Throws where there are none such in the story. */
  private async lookThrough(as: string | null): Promise<void> {
    const { timeline } = this.context;
    if (as !== null && as !== PUBLIC && !timeline.takesPart(this.story, as))
      throw new HindcastError('bad-request', `"${as.slice(0, 80)}" takes no part in ${this.story}.`, [
        { at: 'as', message: 'neither a participant nor public' },
      ]);
    const reader = new StoryReader(timeline, as === null ? this.story : await timeline.through(this.story, as));
    reader.span();
    this.reader = reader;
    this.lens = as ?? undefined;
  }

  /** Takes a filter message: what it names changes, null ends it, what it leaves out stays. */
  private async changeFilter(message: Extract<ClientMessage, { type: 'filter' }>): Promise<void> {
    const { types = this.filter.types, participants = this.filter.participants, text = this.filter.text, as, requestId } = message;
    const echo = requestId === undefined ? {} : { requestId };
    if (as !== undefined && (as ?? undefined) !== this.lens) {
      await this.lookThrough(as);
      if (this.closed) return;
      this.filterBy({ types, participants, text });
      // Other eyes see another story: views of the whole of it are followed anew, and all the rest is told from here.
      for (const [name, whole] of [...this.whole]) {
        whole.stop();
        this.whole.delete(name);
        this.showWhole(this.projection(name));
      }
      if (this.leaveChapters !== undefined) await this.followChapters();
      if (this.closed) return;
      const mono = this.context.timers.now();
      return this.input({ on: 'seek', mono, target: { to: 'instant', at: this.storyNow(mono) }, ...echo });
    }
    this.filterBy({ types, participants, text });
    this.guarded(() => {
      for (const shown of this.shown.values()) this.tellState(shown);
      this.tellClock(echo);
    });
  }

  private storyNow(mono: number): number {
    return storyAt(this.state.clock, mono);
  }

  private failOrBreak(error: unknown, requestId: RequestId | undefined): void {
    if (error instanceof HindcastError && error.code !== 'shutting-down') this.fail(error, requestId);
    else this.broke(error);
  }

  /** Knows where chapters begin from now on, and already when it answers. */
  private async followChapters(): Promise<void> {
    const { timeline, heads } = this.context;
    const view = timeline.projection(CHAPTERS);
    this.leaveChapters?.();
    if (view === undefined) return;
    const take = (state: unknown) => {
      this.chapters = new Set((state as ChaptersState).chapters.map(({ event }) => event));
    };
    take((await timeline.fold(this.story, view, this.seen())).view());
    if (this.closed) return;
    const follow = (head: HeadState) => {
      take(head.state);
      if (this.state !== undefined) this.storyChanged();
    };
    this.leaveChapters = heads.follow(this.story, view, follow, this.lens);
  }

  /** The places where chapters begin, in order. */
  private async chapterPlaces(): Promise<OrderKey[]> {
    const view = this.context.timeline.projection(CHAPTERS);
    if (view === undefined) return [];
    const fold = await this.context.timeline.fold(this.story, view, this.seen());
    const places = (fold.view() as ChaptersState).chapters.map(({ event }) => this.context.timeline.step(this.reader.track, event)?.key);
    return places.filter((key) => key !== undefined).sort(compareKeys);
  }

  private seen(): { lens?: string } {
    return this.lens === undefined ? {} : { lens: this.lens };
  }

  private published(happening: EffectiveHappening, cursor: string) {
    return publish(this.lens === undefined ? happening : this.context.timeline.told(this.story, happening, this.lens), cursor);
  }

  // ---- the machine ------------------------------------------------------------------------------

  private input(input: Input): void {
    this.reads = 0;
    this.run(() => transition(this.state, input));
  }

  /** Takes a transition and performs its effects; an effect may answer with an input of its own. */
  private run(next: () => Transition): void {
    if (this.closed) return;
    const outer = !this.busy;
    this.busy = true;
    try {
      const { state, effects } = next();
      this.state = state;
      for (const effect of effects) this.perform(effect);
    } catch (error) {
      this.broke(error);
    } finally {
      if (outer) {
        this.busy = false;
        this.flush();
      }
    }
  }

  private broke(error: unknown): void {
    if (this.closed) return;
    const known = error instanceof HindcastError ? error : new HindcastError('internal', undefined, [], { cause: error });
    if (known.code === 'internal') this.context.onError(error);
    this.fail(known);
    this.watcher.close(known.close, known.code);
    this.close();
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'seek':
        void this.seek(effect).catch((error: unknown) => this.broke(error));
        return;
      case 'load':
        return this.load(effect.generation);
      case 'clock': {
        const { clock, place, status, nominalRate, pass, didSeek, clamped, requestId } = effect;
        this.send({
          type: 'clock',
          status,
          at: formatInstant(clock.at),
          rate: clock.rate,
          nominalRate,
          wall: this.context.wallOf(clock.mono),
          cursor: this.cursor(place),
          pass,
          didSeek,
          ...(clamped === undefined ? {} : { clamped }),
          ...(requestId === undefined ? {} : { requestId }),
        });
        return;
      }
      case 'states':
        for (const shown of this.shown.values()) this.tellState(shown);
        for (const [name, whole] of this.whole) this.tellWhole(name, whole);
        // Before anything is played on: what ties with the place would else be both late and on time.
        if (this.resumed !== undefined) this.catchUp(this.resumed, true);
        this.resumed = undefined;
        return;
      case 'deliver':
        return this.deliver(effect.key, effect.due);
      case 'silence':
        this.send({ type: 'silence', from: formatInstant(effect.from), to: formatInstant(effect.to), storyMs: effect.to - effect.from, wallMs: effect.wallMs });
        return;
      case 'wake':
        this.alarm.set(effect.at);
        return;
    }
  }

  private async seek({ generation, target, requestId }: Extract<Effect, { do: 'seek' }>): Promise<void> {
    const landing = this.reader.land(target, target.to === 'chapter' ? await this.chapterPlaces() : []);
    const shown = new Map<string, Shown>();
    for (let tries = 0; tries < MOST_REFOLDS; tries++) {
      const wanted = [...this.views.values()];
      const folds = wanted.length === 0 ? [] : await this.context.timeline.folds(this.story, wanted, { upTo: landing.place, ...this.seen() });
      if (this.closed || this.state.generation !== generation) return;
      shown.clear();
      for (const fold of folds) if (this.views.has(fold.projection.name)) shown.set(fold.projection.name, { fold, seq: -1, told: undefined });
      const [first] = folds;
      // What is stale is told as such, and told anew when it no longer is.
      if (first === undefined || first.stale || !this.context.timeline.touched(this.reader.track, first.position, landing.place)) break;
    }
    this.shown = shown;
    // A new client has been sent nothing yet: what happened before its place is in the states, not in frames.
    if (!this.resuming) {
      this.watermark = this.context.timeline.position();
      this.owing = [];
    }
    const { steps, around } = this.reader.ahead(landing.place, this.chapters);
    this.window(steps);
    this.resumed = this.resuming ? landing.place : undefined;
    this.resuming = false;
    this.input({ on: 'sought', mono: this.context.timers.now(), generation, ...landing, around, ...(requestId === undefined ? {} : { requestId }) });
    for (const [name, asked] of this.subscribing) this.refoldSoon([name], asked);
    this.subscribing.clear();
    this.flush();
  }

  private load(generation: number): void {
    if (this.unsent() > MOST_UNSENT) this.hold();
    const read = () => {
      if (this.closed || generation !== this.state.generation || !this.state.loading) return;
      this.catchUp(this.state.place, false);
      const { steps, around } = this.reader.ahead(this.state.place, this.chapters);
      this.window(steps);
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

  /** Does something outside a transition. What fails there ends this session and no other. */
  private guarded(action: () => void): void {
    if (this.closed) return;
    try {
      action();
      this.flush();
    } catch (error) {
      this.broke(error);
    }
  }

  private window(steps: readonly Step[]): void {
    this.steps = steps;
    this.taken = 0;
  }

  // ---- frames -----------------------------------------------------------------------------------

  private deliver(key: OrderKey, due: number): void {
    const step = this.steps[this.taken++];
    if (step === undefined || compareKeys(step.key, key) !== 0) throw new Error('the steps read ahead are not those that are due');
    if (step.kind === 'happening') {
      const cursor = this.cursor(key);
      if (this.matches(step.event)) {
        this.send({ type: 'event', cursor, at: formatInstant(key[0]), dueWall: this.context.wallOf(due), event: this.published(step, cursor) });
        this.context.onDelivered?.(this.context.timers.now() - due);
      }
    }
    for (const shown of this.shown.values()) if (shown.fold.advance(step)) this.tellPatch(shown);
  }

  private projection(name: string): AnyProjection {
    const view = this.context.timeline.projection(name);
    if (view !== undefined) return view;
    const known = this.context.timeline.projections.map((other) => other.name).join(', ');
    throw new HindcastError('unknown-projection', `"${name.slice(0, 80)}" is none; there are ${known}.`, [
      { at: 'projections', message: 'unknown projection' },
    ]);
  }

  private subscribe(name: string, requestId: RequestId | undefined): void {
    let view: AnyProjection;
    try {
      view = this.projection(name);
    } catch (error) {
      return this.fail(error as HindcastError, requestId);
    }
    if (view.whole === true) return this.showWhole(view, requestId);
    this.views.set(name, view);
    // The place is not known while a seek is under way: this view is folded when it is.
    if (this.state.seeking) this.subscribing.set(name, requestId);
    else this.refoldSoon([name], requestId);
  }

  private refoldSoon(names: readonly string[], requestId?: RequestId): void {
    void this.refold(names, requestId).catch((error: unknown) => this.broke(error));
  }

  /** Folds views anew up to the place, and tells their full state. */
  private async refold(names: readonly string[], requestId?: RequestId): Promise<void> {
    const { generation } = this.state;
    const { timeline } = this.context;
    const views = names.map((name) => this.views.get(name)).filter((view) => view !== undefined);
    if (views.length === 0) return;
    const { track } = this.reader;
    const fold = () => timeline.folds(this.story, views, { upTo: this.state.place, ...this.seen() });
    let folds = await fold();
    const isOvertaken = () => folds[0]?.stale === false && timeline.touched(track, folds[0].position, this.state.place);
    for (let tries = 0; tries < MOST_REFOLDS && isOvertaken(); tries++) folds = await fold();
    if (this.closed || this.state.generation !== generation) return;
    for (const [i, fold] of folds.entries()) {
      const view = views[i] as AnyProjection;
      if (this.views.get(view.name) !== view) continue;
      // The replay went on meanwhile: what it delivered is folded on.
      if (compareKeys(fold.key, this.state.place) < 0)
        for (const step of timeline.steps(track, { after: fold.key, upTo: this.state.place })) fold.advance(step);
      const shown: Shown = { fold, seq: this.shown.get(view.name)?.seq ?? -1, told: undefined };
      this.shown.set(view.name, shown);
      this.tellState(shown, requestId);
    }
    this.flush();
  }

  /** Shows a view of the whole story: its state now, and whenever the story changes. */
  private showWhole(view: AnyProjection, requestId?: RequestId): void {
    const known = this.whole.get(view.name);
    if (known !== undefined) {
      known.requestId = requestId;
      known.generation = 0;
      this.tellWhole(view.name, known);
      return this.flush();
    }
    const whole: ShownWhole = { stop: () => stop(), head: undefined, generation: 0, seq: -1, told: undefined, requestId };
    this.whole.set(view.name, whole);
    const stop = this.context.heads.follow(
      this.story,
      view,
      (head) => {
        whole.head = head;
        if (this.closed || this.state === undefined || this.state.seeking) return;
        this.guarded(() => this.tellWhole(view.name, whole));
      },
      this.lens,
    );
  }

  /** Tells a view of the whole story: in full where the watcher has not had it in this generation, else what changed. */
  private tellWhole(name: string, whole: ShownWhole): void {
    const { head, requestId } = whole;
    const version = this.projection(name).version;
    if (head === undefined) return;
    const { generation, clock, place } = this.state;
    const isNew = whole.generation !== generation;
    const patch = isNew ? [] : patchOf(whole.told, head.state);
    if (!isNew && patch.length === 0) return;
    whole.seq = isNew && whole.generation !== 0 ? 0 : whole.seq + 1;
    whole.told = head.state;
    whole.generation = generation;
    whole.requestId = undefined;
    const frame = {
      type: 'projection' as const,
      name,
      version,
      generation,
      seq: whole.seq,
      at: formatInstant(clock.at),
      cursor: this.cursor(place),
      ...(head.stale ? { stale: true } : {}),
    };
    this.send(isNew ? { ...frame, state: head.state, ...(requestId === undefined ? {} : { requestId }) } : { ...frame, patch });
  }

  private tellState(shown: Shown, requestId?: RequestId): void {
    const state = shown.fold.view();
    shown.seq++;
    shown.told = state;
    this.send({ ...this.projectionHead(shown), ...(shown.fold.stale ? { stale: true } : {}), state, ...(requestId === undefined ? {} : { requestId }) });
  }

  private tellPatch(shown: Shown): void {
    const state = shown.fold.view();
    const patch = patchOf(shown.told, state);
    if (patch.length === 0) return;
    shown.seq++;
    shown.told = state;
    this.send({ ...this.projectionHead(shown), patch });
  }

  private projectionHead({ fold, seq }: Shown): Pick<FrameOf<'projection'>, 'type' | 'name' | 'version' | 'generation' | 'seq' | 'at' | 'cursor'> {
    const { name, version } = fold.projection;
    const place = compareKeys(fold.key, this.state.place) > 0 ? fold.key : this.state.place;
    const at = Number.isFinite(fold.key[0]) ? fold.key[0] : this.state.clock.at;
    return {
      type: 'projection',
      name,
      version,
      generation: this.state.generation,
      seq,
      at: formatInstant(Math.max(at, this.state.clock.at)),
      cursor: this.cursor(place),
    };
  }

  private tellClock(echo: { requestId?: RequestId }): void {
    const { clock, place, status, pass, settings } = this.state;
    this.perform({ do: 'clock', clock, place, status, nominalRate: settings.rate, pass, didSeek: false, ...echo });
    this.flush();
  }

  /**
   * Sends what was recorded since the watermark and lies at or behind `place`: late happenings, corrections, retractions.
   * What lies ahead of it is played in its turn; so what is sent later is still judged by this place.
   */
  private catchUp(place: OrderKey, backfill: boolean): void {
    const upTo = this.context.timeline.position();
    if (upTo > (this.owing.at(-1)?.upTo ?? this.watermark)) this.owing.push({ place, upTo, backfill });
    this.pay();
  }

  /**
   * Pays what is owed, as far as the watcher reads. The watermark moves with each frame: whoever comes back with its
   * cursor gets the rest.
   */
  private pay(): void {
    for (let debt = this.owing[0]; debt !== undefined && !this.closed; debt = this.owing[0]) {
      const { place, backfill } = debt;
      const { news, touched, upTo, complete } = this.reader.news(this.watermark, debt.upTo, place);
      for (const item of news) {
        if (this.unsent() > MOST_UNSENT) {
          this.flush();
          return this.hold();
        }
        this.watermark = item.position;
        this.tellNews(item, place, backfill);
      }
      this.watermark = upTo;
      // A resumed session has just folded its views: they hold it all.
      if (touched && !backfill && this.shown.size > 0) this.refoldSoon([...this.shown.keys()]);
      if (!complete) {
        setImmediate(() => this.guarded(() => this.pay()));
        return;
      }
      this.owing.shift();
    }
  }

  private tellNews({ id, by, kind, happening }: News, place: OrderKey, backfill: boolean): void {
    // What comes late and is not asked for is not sent; what was sent may since have become something that is not.
    if (kind === 'late' && happening !== undefined && !this.matches(happening.event)) return;
    const event = happening === undefined ? null : this.published(happening, this.cursor(happening.key));
    if (kind !== 'late' || event === null || happening === undefined) return this.send({ type: 'changed', id, by, event });
    const dueWall = this.context.wallOf(this.context.timers.now());
    this.send({
      type: 'event',
      cursor: this.cursor(place),
      at: formatInstant(happening.key[0]),
      dueWall,
      event,
      late: true,
      ...(backfill ? { backfill } : {}),
    });
  }

  private cursor(place: OrderKey): string {
    return encodeCursor({ key: place, watermark: this.watermark });
  }

  private send(frame: ServerFrame): void {
    if (this.closed) return;
    const text = JSON.stringify(frame);
    this.outgoing.push(text);
    this.pending += text.length;
  }

  private unsent(): number {
    return this.watcher.buffered() + this.pending;
  }

  private flush(): void {
    if (this.busy || this.outgoing.length === 0) return;
    const frames = this.outgoing;
    this.outgoing = [];
    this.pending = 0;
    if (this.watcher.buffered() > TOO_MUCH_UNSENT) return this.giveUp();
    this.watcher.send(frames);
    if (this.watcher.buffered() > MOST_UNSENT) this.hold();
  }

  /** The watcher does not read as fast as this: its clock is held until it has. */
  private hold(): void {
    if (this.closed || this.state.held) return;
    this.run(() => transition(this.state, { on: 'congested', mono: this.context.timers.now() }));
    this.watcher.onDrained(() => {
      this.input({ on: 'drained', mono: this.context.timers.now() });
      this.guarded(() => this.pay());
    });
  }

  /** It asks for more and more and reads none of it. With its last cursor it can come back. */
  private giveUp(): void {
    const { close, code } = new HindcastError('too-slow');
    this.watcher.close(close, code);
    this.close();
  }
}
