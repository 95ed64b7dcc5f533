import type { Step } from '../../events/steps.js';
import { compareKeys, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { ClientMessage, Opening, RequestId, ServerFrame } from '../protocol.js';
import { storyAt } from '../replay/clock.js';
import { inputOf } from '../replay/controls.js';
import { type Effect, type Input, openSession, type SessionState, type Transition, transition } from '../replay/session-machine.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { Eyes } from './eyes.js';
import { clockAsIs, clockFrame, eventText, helloFrame, newsFrame, silenceFrame } from './frames.js';
import { LateNews } from './late-news.js';
import { ReadingTurns } from './reading-turns.js';
import type { Scheduler, Timers, Wakeable } from './scheduler.js';
import { ShownViews } from './shown-views.js';
import { startingOf } from './starting.js';
import type { News } from './story-reader.js';
import { MOST_UNSENT, TOO_MUCH_UNSENT, type Watched, type Watcher } from './watcher.js';

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

export class Player implements Watched {
  private readonly eyes: Eyes;
  private readonly views: ShownViews;
  private readonly news: LateNews;
  private readonly alarm: Wakeable;
  /** Undefined until it has begun. */
  private state!: SessionState;
  private steps: readonly Step[] = [];
  private taken = 0;
  private outgoing: string[] = [];
  private readonly turns = new ReadingTurns((action) => this.guarded(action));
  private busy = false;
  private closed = false;
  /** True until what a resumed watcher missed has been sent. */
  private resuming = false;
  /** The place at which it was resumed, until then. */
  private resumed: OrderKey | undefined;
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
    this.news = new LateNews({
      position: () => timeline.position(),
      reader: () => this.eyes.reader,
      mayTell: () => this.mayTell(),
      tell: (item, place, backfill) => this.tellNews(item, place, backfill),
      refold: () => this.views.refoldAll(),
      later: (action) => void setImmediate(() => this.guarded(action)),
    });
    this.alarm = context.scheduler.wakeable((mono) => this.input({ on: 'woken', mono }));
  }

  /** Says hello and begins. Throws an error of the register, having sent nothing, where the opening cannot be met. */
  async open(opening: Opening): Promise<void> {
    const { timeline } = this.context;
    if (!timeline.has(this.story)) throw new HindcastError('unknown-story', `"${this.story}" is not among the stories.`, [{ at: 'story', message: 'unknown' }]);
    const wanted = opening.projections.map((name) => this.views.named(name));
    const resume = opening.after === undefined ? undefined : decodeCursor(opening.after);
    if (opening.as !== undefined && opening.as !== null) await this.eyes.look(opening.as);
    this.eyes.filterBy(opening.filter);
    const { reader, lens } = this.eyes;
    const { settings, first, raised } = startingOf(opening, reader, resume === undefined ? undefined : { to: 'place', key: resume.key });
    if (settings.pauseOnChapter) await this.eyes.followChapters();
    const position = timeline.position();
    // Nobody has seen more than there is.
    this.news.watermark = resume === undefined || resume.watermark > position ? position : resume.watermark;
    const serverNow = this.context.wallOf(this.context.timers.now());
    this.send(helloFrame({ session: this.id, story: this.story, role: 'host', span: reader.span(), settings, lens, raised, serverNow }));
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
      default:
        return this.input(inputOf(message, mono));
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
    this.turns.begin();
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
      case 'clock':
        this.send(clockFrame(effect, this.cursor(effect.place), this.context.wallOf, effect.requestId));
        return;
      case 'states':
        this.views.tellAll(effect.generation);
        // Before anything is played on: what ties with the place would else be both late and on time.
        if (this.resumed !== undefined) this.news.catchUp(this.resumed, true);
        this.resumed = undefined;
        return;
      case 'deliver':
        return this.deliver(effect.key, effect.due);
      case 'silence':
        this.send(silenceFrame(effect));
        return;
      case 'wake':
        this.alarm.set(effect.at);
        return;
    }
  }

  private async seek({ generation, target, requestId }: Extract<Effect, { do: 'seek' }>): Promise<void> {
    const { eyes, views } = this;
    const landing = eyes.reader.land(target, target.to === 'chapter' ? await eyes.chapterPlaces() : []);
    const adopt = await views.foldFor(landing.place, () => !this.closed && this.state.generation === generation);
    if (adopt === undefined) return;
    adopt();
    // A new client has been sent nothing yet: what happened before its place is in the states, not in frames.
    if (!this.resuming) this.news.begin();
    const { steps, around } = eyes.reader.ahead(landing.place, eyes.chapters);
    this.window(steps, around.next);
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
      this.news.catchUp(this.state.place, false);
      const { steps, around } = this.eyes.reader.ahead(this.state.place, this.eyes.chapters);
      this.window(steps, around.next);
      this.run(() => transition(this.state, { on: 'loaded', mono: this.context.timers.now(), generation, around }));
    };
    this.turns.take(read);
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

  private window(steps: readonly Step[], next: number): void {
    this.steps = steps;
    this.taken = next;
  }

  // ---- frames -----------------------------------------------------------------------------------

  private deliver(key: OrderKey, due: number): void {
    const step = this.steps[this.taken++];
    if (step === undefined || compareKeys(step.key, key) !== 0) throw new Error('the steps read ahead are not those that are due');
    if (step.kind === 'happening') {
      if (this.eyes.matches(step.event)) {
        this.write(eventText(step, this.eyes, this.news, this.context.wallOf(due)));
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
    this.perform({ ...clockAsIs(this.state), ...echo });
    this.flush();
  }

  private tellNews(item: News, place: OrderKey, backfill: boolean): void {
    const frame = newsFrame(
      item,
      place,
      this.eyes,
      (key) => this.cursor(key),
      () => this.context.wallOf(this.context.timers.now()),
      backfill,
    );
    if (frame !== undefined) this.send(frame);
  }

  /** False where the watcher has more unread than is held for it: its clock is then held. */
  private mayTell(): boolean {
    if (this.closed) return false;
    if (this.unsent() <= MOST_UNSENT) return true;
    this.flush();
    this.hold();
    return false;
  }

  private cursor(place: OrderKey): string {
    return encodeCursor({ key: place, watermark: this.news.watermark });
  }

  private send(frame: ServerFrame): void {
    this.write(JSON.stringify(frame));
  }

  private write(text: string): void {
    if (this.closed) return;
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
      this.guarded(() => this.news.pay());
    });
  }

  /** It asks for more and more and reads none of it. With its last cursor it can come back. */
  private giveUp(): void {
    const { close, code } = new HindcastError('too-slow');
    this.watcher.close(close, code);
    this.close();
  }
}
