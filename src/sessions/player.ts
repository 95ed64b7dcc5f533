import type { Step } from '../../events/steps.js';
import { compareKeys, formatInstant, instantOf, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import { type ClientMessage, loopFrom, type Opening, RATES, type RequestId, type ServerFrame, SUBPROTOCOL } from '../protocol.js';
import { type Effect, type Input, openSession, type SessionState, type Target, type Transition, transition } from '../replay/session-machine.js';
import { solveFit } from '../replay/silence-map.js';
import { storyAt } from '../replay/clock.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { Eyes } from './eyes.js';
import type { Scheduler, Timers, Wakeable } from './scheduler.js';
import { ShownViews } from './shown-views.js';
import type { News } from './story-reader.js';
import { MOST_UNSENT, TOO_MUCH_UNSENT, type Watcher } from './watcher.js';

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

export class Player {
  private readonly eyes: Eyes;
  private readonly views: ShownViews;
  private readonly alarm: Wakeable;
  /** Undefined until it has begun. */
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
  private filtering: Promise<void> = Promise.resolve();
  /** Length of what is written and not yet handed to the watcher. */
  private pending = 0;

  constructor(
    readonly id: string,
    readonly story: string,
    private readonly watcher: Watcher,
    private readonly context: PlayerContext,
  ) {
    const { timeline, heads } = context;
    this.eyes = new Eyes(timeline, heads, story, () => this.storyChanged());
    this.views = new ShownViews({
      timeline,
      heads,
      eyes: this.eyes,
      state: () => this.state,
      cursor: (place) => this.cursor(place),
      send: (frame) => this.send(frame),
      guarded: (action) => this.guarded(action),
      broke: (error) => this.broke(error),
      isClosed: () => this.closed,
    });
    this.alarm = context.scheduler.wakeable((mono) => this.input({ on: 'woken', mono }));
  }

  /** Says hello and begins. Throws an error of the register, having sent nothing, where the opening cannot be met. */
  async open(opening: Opening): Promise<void> {
    const { timeline } = this.context;
    if (!timeline.has(this.story)) throw new HindcastError('unknown-story', `"${this.story}" is not among the stories.`, [{ at: 'story', message: 'unknown' }]);
    const wanted = opening.projections.map((name) => this.views.named(name));
    const resume = opening.after === undefined ? undefined : decodeCursor(opening.after);
    if (opening.as !== undefined) await this.eyes.look(opening.as);
    this.eyes.filterBy(opening.filter);
    const { reader, lens } = this.eyes;
    const { from, to } = reader.span();
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
    const landing = reader.land(first);
    const until = opening.until ?? null;
    const idleMs = opening.idleMs ?? Infinity;
    const fit = opening.fitMs === undefined ? undefined : solveFit(reader.stretches(landing.place, landing.at, until), opening.fitMs, idleMs, RATES.least);
    if (fit !== undefined && fit.rate > RATES.most) {
      throw new HindcastError('bad-rate', 'So short a fit needs a faster rate than there is.', [{ at: 'fit', message: 'too short for this story' }]);
    }
    const loop = opening.loop ?? null;
    const { follow, pauseOn } = opening;
    const pauseOnChapter = pauseOn === 'chapter';
    const settings = { rate: fit?.rate ?? opening.rate ?? RATES.usual, idleMs: fit?.idleMs ?? idleMs, until, loop, follow, pauseOnChapter, from: start };
    if (pauseOnChapter) await this.eyes.followChapters();
    const position = timeline.position();
    // Nobody has seen more than there is.
    this.watermark = resume === undefined || resume.watermark > position ? position : resume.watermark;
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
      ...(lens === undefined ? {} : { as: lens }),
      ...(fit?.raised === true ? { idleLimitRaised: true } : {}),
      serverNow: this.context.wallOf(this.context.timers.now()),
    });
    this.resuming = resume !== undefined;
    for (const view of wanted) this.views.add(view);
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
        // One after another: the last that was asked for is the one in force.
        this.filtering = this.filtering.then(() => this.changeFilter(message)).catch((error: unknown) => this.failOrBreak(error, requestId));
        return;
      case 'subscribe':
        return this.subscribe(message.projection, requestId);
      case 'unsubscribe':
        this.views.remove(message.projection);
        return this.tellClock(echo);
      case 'ping':
        this.send({ type: 'pong', ...(message.t === undefined ? {} : { t: message.t }), serverNow: this.context.wallOf(mono), ...echo });
        return this.flush();
    }
  }

  /** The story changed in the log. */
  storyChanged(): void {
    if (this.closed || this.state === undefined || this.state.seeking) return;
    this.input({ on: 'changed', mono: this.context.timers.now() });
  }

  /** Views that were stale can be told as they are. */
  storyFolded(): void {
    if (!this.closed) this.views.refoldStale();
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
    this.views.close();
    this.eyes.close();
    this.context.onClosed();
  }

  /** Takes a filter message: what it names changes, null ends it, what it leaves out stays. */
  private async changeFilter(message: Extract<ClientMessage, { type: 'filter' }>): Promise<void> {
    if (this.closed) return;
    const { filter, lens } = this.eyes;
    const { types = filter.types, participants = filter.participants, text = filter.text, as, requestId } = message;
    const echo = requestId === undefined ? {} : { requestId };
    if (as !== undefined && (as ?? undefined) !== lens) {
      await this.eyes.look(as);
      if (this.closed) return;
      this.eyes.filterBy({ types, participants, text });
      this.views.lookAgain();
      const mono = this.context.timers.now();
      return this.input({ on: 'seek', mono, target: { to: 'instant', at: storyAt(this.state.clock, mono) }, ...echo });
    }
    this.eyes.filterBy({ types, participants, text });
    this.guarded(() => {
      this.views.tellStates();
      this.tellClock(echo);
    });
  }

  private failOrBreak(error: unknown, requestId: RequestId | undefined): void {
    if (error instanceof HindcastError && error.code !== 'shutting-down') this.fail(error, requestId);
    else this.broke(error);
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
        this.views.tellAll(effect.generation);
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
    const { eyes, views } = this;
    const landing = eyes.reader.land(target, target.to === 'chapter' ? await eyes.chapterPlaces() : []);
    if (!(await views.foldFor(landing.place, () => !this.closed && this.state.generation === generation))) return;
    // A new client has been sent nothing yet: what happened before its place is in the states, not in frames.
    if (!this.resuming) {
      this.watermark = this.context.timeline.position();
      this.owing = [];
    }
    const { steps, around } = eyes.reader.ahead(landing.place, eyes.chapters);
    this.window(steps);
    this.resumed = this.resuming ? landing.place : undefined;
    this.resuming = false;
    this.input({ on: 'sought', mono: this.context.timers.now(), generation, ...landing, around, ...(requestId === undefined ? {} : { requestId }) });
    views.takeUp();
    this.flush();
  }

  private load(generation: number): void {
    if (this.unsent() > MOST_UNSENT) this.hold();
    const read = () => {
      if (this.closed || generation !== this.state.generation || !this.state.loading) return;
      this.catchUp(this.state.place, false);
      const { steps, around } = this.eyes.reader.ahead(this.state.place, this.eyes.chapters);
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
      if (this.eyes.matches(step.event)) {
        this.send({ type: 'event', cursor, at: formatInstant(key[0]), dueWall: this.context.wallOf(due), event: this.eyes.published(step, cursor) });
        this.context.onDelivered?.(this.context.timers.now() - due);
      }
    }
    this.views.advance(step);
  }

  private subscribe(name: string, requestId: RequestId | undefined): void {
    try {
      this.views.subscribe(this.views.named(name), requestId);
    } catch (error) {
      this.failOrBreak(error, requestId);
    }
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
      const { news, touched, upTo, complete } = this.eyes.reader.news(this.watermark, debt.upTo, place);
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
      if (touched && !backfill) this.views.refoldAll();
      if (!complete) {
        setImmediate(() => this.guarded(() => this.pay()));
        return;
      }
      this.owing.shift();
    }
  }

  private tellNews({ id, by, kind, happening }: News, place: OrderKey, backfill: boolean): void {
    // What comes late and is not asked for is not sent; what was sent may since have become something that is not.
    if (kind === 'late' && happening !== undefined && !this.eyes.matches(happening.event)) return;
    const event = happening === undefined ? null : this.eyes.published(happening, this.cursor(happening.key));
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
