/**
 * A private session: one watcher, one clock over one story. It performs what the session machine decides.
 * Invariants: frames leave in the order in which they were decided; a state that was asked for before the last seek is
 * thrown away; nothing here decides when something is due.
 */
import { publish } from '../../events/published.js';
import type { Step } from '../../events/steps.js';
import { compareKeys, formatInstant, instantOf, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import { type ClientMessage, type FrameOf, type Opening, RATES, type RequestId, type ServerFrame, SUBPROTOCOL } from '../protocol.js';
import { type Effect, type Input, openSession, type SessionState, type Target, type Transition, transition } from '../replay/session-machine.js';
import { solveFit } from '../replay/silence-map.js';
import { patchOf } from '../replay/state-patch.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadState, HeadViews } from '../timeline/head-views.js';
import type { AnyProjection, Fold, Timeline } from '../timeline/timeline.js';
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
  private readonly reader: StoryReader;
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
  open(opening: Opening): void {
    const { from, to } = this.reader.span();
    const wanted = opening.projections.map((name) => this.projection(name));
    for (const view of wanted) if (view.whole !== true) this.views.set(view.name, view);
    const resume = opening.after === undefined ? undefined : decodeCursor(opening.after);
    const start: Target = opening.from === undefined || opening.from <= from ? { to: 'start' } : { to: 'instant', at: opening.from };
    const first: Target =
      resume === undefined
        ? opening.from !== undefined && opening.from < from
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
    const settings = { rate: fit?.rate ?? opening.rate ?? RATES.usual, idleMs: fit?.idleMs ?? idleMs, until, from: start };
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
        return this.input({ on: message.type, mono, ...echo });
      case 'seek':
        return this.input({ on: 'seek', mono, target: { to: 'instant', at: instantOf(message.at) }, ...echo });
      case 'rate':
        return this.input({ on: 'rate', mono, rate: message.rate, ...echo });
      case 'step':
        return this.input({ on: 'step', mono, count: message.count ?? 1, ...echo });
      case 'until':
        return this.input({ on: 'until', mono, at: message.at === null ? null : instantOf(message.at), ...echo });
      case 'idleLimit':
        return this.input({ on: 'idle', mono, idleMs: message.seconds === null ? Infinity : message.seconds * 1000, ...echo });
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
    this.context.onClosed();
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
    const landing = this.reader.land(target);
    const shown = new Map<string, Shown>();
    for (let tries = 0; tries < MOST_REFOLDS; tries++) {
      const wanted = [...this.views.values()];
      const folds = wanted.length === 0 ? [] : await this.context.timeline.folds(this.story, wanted, { upTo: landing.place });
      if (this.closed || this.state.generation !== generation) return;
      shown.clear();
      for (const fold of folds) if (this.views.has(fold.projection.name)) shown.set(fold.projection.name, { fold, seq: -1, told: undefined });
      const [first] = folds;
      // What is stale is told as such, and told anew when it no longer is.
      if (first === undefined || first.stale || !this.context.timeline.touched(this.story, first.position, landing.place)) break;
    }
    this.shown = shown;
    // A new client has been sent nothing yet: what happened before its place is in the states, not in frames.
    if (!this.resuming) {
      this.watermark = this.context.timeline.position();
      this.owing = [];
    }
    const { steps, around } = this.reader.ahead(landing.place);
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
      const { steps, around } = this.reader.ahead(this.state.place);
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
      this.send({ type: 'event', cursor, at: formatInstant(key[0]), dueWall: this.context.wallOf(due), event: publish(step, cursor) });
      this.context.onDelivered?.(this.context.timers.now() - due);
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
    let folds = await timeline.folds(this.story, views, { upTo: this.state.place });
    const isOvertaken = () => folds[0]?.stale === false && timeline.touched(this.story, folds[0].position, this.state.place);
    for (let tries = 0; tries < MOST_REFOLDS && isOvertaken(); tries++) folds = await timeline.folds(this.story, views, { upTo: this.state.place });
    if (this.closed || this.state.generation !== generation) return;
    for (const [i, fold] of folds.entries()) {
      const view = views[i] as AnyProjection;
      if (this.views.get(view.name) !== view) continue;
      // The replay went on meanwhile: what it delivered is folded on.
      if (compareKeys(fold.key, this.state.place) < 0)
        for (const step of timeline.steps(this.story, { after: fold.key, upTo: this.state.place })) fold.advance(step);
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
    const stop = this.context.heads.follow(this.story, view, (head) => {
      whole.head = head;
      if (this.closed || this.state === undefined || this.state.seeking) return;
      this.guarded(() => this.tellWhole(view.name, whole));
    });
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
    const event = happening === undefined ? null : publish(happening, this.cursor(happening.key));
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
