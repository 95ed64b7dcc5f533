/**
 * One replay as the page has it, over the SDK: the clock, the stage, the views, the connection, each as a signal, and what
 * a person can do. Invariants: nothing starts by itself; the server alone moves the clock; there is no DOM in here.
 */
import { batch, computed, type Signal, signal } from '@preact/signals';
import {
  type ClockState,
  type ConnectionState,
  type Hello,
  isPassing,
  type Replay,
  ReplayError,
  type ReplayItem,
  type SilenceItem,
  type StoryDetail,
  type StoryEvent,
  type View,
} from '../../src/sdk/index.js';
import { type Cast, castOf, type Direction, sidesOf } from './cast.js';
import { createClockwork } from './clockwork.js';
import { Controls, DEFAULT_PACE, type Pace } from './controls.js';
import { lineOf } from './line.js';
import { newsOf } from './news.js';
import { Notices } from './notices.js';
import { Scale } from './scale.js';
import type { Server } from './server.js';
import { type Filter, NO_FILTER, StageFeed } from './stage-feed.js';
import { ViewBoard } from './view-board.js';
import type { ViewName, ViewStates } from './views.js';

/** What the address asks for. */
export interface Beginning {
  readonly at: number | null;
  readonly event: string | null;
  readonly rate: number | null;
  readonly as: string | null;
}

export interface Shared {
  readonly id: string;
  readonly hostToken: string | undefined;
}

/** The scale of a story that grows is read again no more often than this. */
const GROWN_MS = 5_000;

export class Player {
  readonly clock = signal<ClockState | undefined>(undefined);
  readonly connection = signal<ConnectionState>({ status: 'connecting' });
  readonly hello = signal<Hello | undefined>(undefined);
  readonly span: Signal<{ readonly from: number; readonly to: number }>;
  readonly silence = signal<SilenceItem | undefined>(undefined);
  readonly as: Signal<string | null>;
  readonly filter = signal<Filter>(NO_FILTER);
  readonly problem = signal<string | undefined>(undefined);
  /** What could not be read of the stage; it mends by itself. */
  private readonly unread = signal<string | undefined>(undefined);
  /** Why it ended for good. */
  readonly fatal = signal<ReplayError | undefined>(undefined);
  /** The seek that is under way: until it is answered, the page shows where it goes. */
  readonly sought = signal<number | undefined>(undefined);
  readonly started = signal(false);
  readonly notices = new Notices();
  readonly cast: Signal<Cast>;
  readonly feed: StageFeed;
  readonly scale: Scale;
  readonly controls: Controls;
  private readonly board = new ViewBoard(
    ['unanswered-requests'],
    () => this.replay,
    (error) => this.failed(error),
  );
  private replay: Replay | undefined;
  private place: string | undefined;
  private ended = false;
  private revealedFirst = false;

  readonly moves = computed(() => ['playing', 'held'].includes(this.clock.value?.status ?? ''));
  readonly canControl = computed(() => this.hello.value?.role !== 'viewer');
  readonly status = computed(() => {
    const { status } = this.connection.value;
    if (this.clock.value === undefined || !this.started.value) return status === 'waiting' || status === 'closed' ? 'lost' : 'connecting';
    return status === 'open' ? this.clock.value.status : 'lost';
  });
  readonly line = computed(() =>
    lineOf({
      connection: this.connection.value,
      opened: this.hello.value !== undefined,
      status: this.clock.value?.status,
      problem: this.problem.value ?? this.unread.value,
      busy: this.slow.value,
      silence: this.silence.value,
      clamped: this.clock.value?.clamped === true && this.asked,
    }),
  );
  /** Reading takes long enough to be said. */
  private readonly slow = signal(false);
  /** The last moment came from the address, not from a hand on the scrubber. */
  private asked = false;
  readonly clockwork = createClockwork(() => ({ at: this.read(), moves: this.sought.peek() === undefined && (this.clock.peek()?.rate ?? 0) !== 0 }));

  constructor(
    readonly server: Server,
    readonly story: StoryDetail,
    readonly beginning: Beginning,
    readonly shared?: Shared,
  ) {
    this.as = signal(beginning.as);
    this.cast = signal(castOf(story));
    this.span = signal({ from: Date.parse(story.from ?? ''), to: Date.parse(story.to ?? '') });
    this.scale = new Scale(server.client, story.id, () => this.as.peek());
    this.feed = new StageFeed({
      client: server.client,
      story: story.id,
      place: () => this.place,
      as: () => this.as.peek(),
      filter: () => this.filter.peek(),
      failed: (message) => {
        this.unread.value = message;
      },
    });
    const pace: Pace = beginning.rate === null ? DEFAULT_PACE : { kind: 'rate', rate: beginning.rate };
    this.controls = new Controls(this, pace);
    this.replay = this.open(beginning.at);
    let slowly: ReturnType<typeof setTimeout> | undefined;
    this.feed.busy.subscribe((busy) => {
      clearTimeout(slowly);
      if (busy) slowly = setTimeout(() => (this.slow.value = true), 700);
      else this.slow.value = false;
    });
    void this.scale.read();
    void this.seat();
  }

  /** The replay itself, for what the controls ask of it. */
  get watched(): Replay {
    if (this.replay === undefined) throw new Error('The player is not open.');
    return this.replay;
  }

  /** Who speaks on which side; where that cannot be read, all speak on one. */
  private async seat(): Promise<void> {
    try {
      const { state } = await this.server.client.projection<{ pairs: Direction[] }>(this.story.id, 'participants');
      this.cast.value = castOf(this.story, sidesOf(state.pairs));
    } catch {
      // One side will do.
    }
  }

  /** `fit` speaks of the whole story: it is opened at the beginning, and goes on from there to where it shall be. */
  private open(at: number | null): Replay {
    const { shared, story, server } = this;
    const views = this.board.wanted;
    const as = this.as.peek();
    const options = { views, items: false, ...(as === null ? {} : { as }), reconnect: { triesToOpen: Number.POSITIVE_INFINITY } } as const;
    const opened =
      shared === undefined
        ? server.replay('stories', story.id, { ...options, ...this.controls.opening(), paused: true })
        : server.replay('sessions', shared.id, shared.hostToken === undefined ? options : { ...options, token: shared.hostToken });
    opened.on('connection', (state) => {
      this.connection.value = state;
      if (state.status === 'open' && opened.info !== undefined) this.greet(opened.info);
    });
    opened.on('clock', (state) => this.told(opened, state));
    opened.on('item', (item) => this.heard(item));
    opened.on('view', (view) => this.board.take(view));
    opened.on('error', (error) => {
      this.problem.value = error.message;
    });
    opened.opened.then((hello) => this.begin(opened, hello, shared === undefined ? at : null)).catch(() => {});
    opened.closed.catch((error: unknown) => this.over(opened, error));
    return opened;
  }

  private greet(hello: Hello): void {
    this.hello.value = hello;
    const { from, to } = this.span.peek();
    this.span.value = { from: Math.min(Date.parse(hello.from), from || Infinity), to: Math.max(Date.parse(hello.to), to || -Infinity) };
    this.controls.greeted(hello);
  }

  private async begin(opened: Replay, hello: Hello, at: number | null): Promise<void> {
    this.greet(hello);
    if (at !== null) {
      this.asked = true;
      await opened.seek(at).catch((error: unknown) => this.failed(error));
    }
    if (opened.clock.state === undefined) await new Promise<void>((resolve) => opened.on('clock', () => resolve()));
    if (opened !== this.replay) return;
    this.jumped = false;
    this.started.value = true;
    this.clockwork.wake();
    await this.feed.fill();
    const { event } = this.beginning;
    if (event !== null && !this.revealedFirst) {
      this.revealedFirst = true;
      await this.reveal(event);
    }
  }

  private told(opened: Replay, state: ClockState): void {
    batch(() => {
      this.clock.value = state;
      this.place = state.cursor;
      if (opened.info !== undefined && opened.info !== this.hello.peek()) this.greet(opened.info);
      const { silence } = this;
      const at = Date.parse(state.at);
      if (silence.value !== undefined && (at < Date.parse(silence.value.from) || at >= Date.parse(silence.value.to))) silence.value = undefined;
      this.clockwork.wake();
    });
    if (this.started.peek() && this.jumped) {
      this.jumped = false;
      this.asked = false;
      void this.feed.fill();
    }
  }
  /** The clock jumped; the frame that says where comes next. */
  private jumped = false;

  private heard(item: ReplayItem): void {
    const known = item.kind === 'changed' ? this.feed.window.peek().shown.find((one) => one.event.id === item.id)?.event : undefined;
    const news = newsOf(item, known, this.cast.peek().name);
    if (news !== undefined) this.notices.say(news.text, news.event);
    if (item.kind === 'event') {
      const ms = Date.parse(item.at);
      if (news === undefined) this.place = item.cursor;
      if (ms > this.span.peek().to) this.span.value = { ...this.span.peek(), to: ms };
    } else if (item.kind === 'seek') {
      this.jumped = true;
      this.silence.value = undefined;
    } else if (item.kind === 'silence') this.silence.value = item;
    if (news !== undefined || (item.kind === 'event' && this.clock.peek()?.status === 'live')) this.scale.soon(GROWN_MS);
    this.feed.heard(item);
  }

  private read(): number {
    const sought = this.sought.peek();
    if (sought !== undefined) return sought;
    const now = this.watched.clock.now();
    const { from, to } = this.span.peek();
    if (!Number.isFinite(now)) return from;
    const silence = this.silence.peek();
    if (silence !== undefined && now >= Date.parse(silence.to)) this.silence.value = undefined;
    return Math.min(Math.max(now, from), to);
  }

  private over(opened: Replay, error: unknown): void {
    if (opened !== this.replay || this.ended) return;
    // A place that the server does not know any more, such as after it was given another log: opened anew where it was.
    if (error instanceof ReplayError && error.code === 'bad-cursor') {
      this.place = undefined;
      this.replay = this.open(this.clockwork.now.peek());
      return;
    }
    this.fatal.value = error instanceof ReplayError ? error : new ReplayError('connection-lost', String(error));
  }

  failed(error: unknown): void {
    if (!(error instanceof ReplayError) || ['superseded', 'closed'].includes(error.code)) return;
    this.problem.value = error.code === 'log-unavailable' ? 'The log cannot be reached just now, so that was not done. What is shown stays.' : error.message;
  }

  // ---- views ------------------------------------------------------------------------------------

  view<N extends ViewName>(name: N): Signal<View<ViewStates[N]> | undefined> {
    return this.board.view(name);
  }

  /** Keeps a view up to date as long as somebody shows it; answers how to let it go. */
  watch(name: ViewName): () => void {
    return this.board.watch(name);
  }

  // ---- single events ----------------------------------------------------------------------------

  /** One event that is played, with everything recorded about it. */
  async event(id: string): Promise<StoryEvent> {
    const found = await this.server.client.event(this.story.id, id, { as: this.as.peek() ?? undefined });
    if (found.cursor === undefined) throw new ReplayError('unknown-event', found.retractedBy === undefined ? undefined : 'That event was retracted.');
    return found;
  }

  /** Brings an event into view; one that is still to come is sought. */
  async reveal(id: string): Promise<void> {
    try {
      const event = await this.event(id);
      const at = event.inSightAt ?? event.occurredAt;
      if (at === null) {
        this.problem.value = 'That event has no place in time, so it is not played. It is listed under “About this story”.';
        return;
      }
      const [ms, now] = [Date.parse(at), this.clockwork.now.peek()];
      // At the very instant of the clock it may be on either side of its place.
      const isAhead = ms > now || (ms === now && !this.feed.window.peek().shown.some((one) => one.event.id === id)) || !this.started.peek();
      if (isAhead) {
        await this.controls.seekNow(ms);
        await this.feed.fill();
      }
      if (!(await this.feed.reveal(event))) this.notices.say('That event is not among what is shown now');
    } catch (error) {
      this.problem.value = isPassing(error) ? 'That event cannot be read just now.' : 'There is no such event in this story.';
    }
  }

  close(): void {
    this.ended = true;
    this.replay?.close();
    this.feed.close();
    this.scale.close();
    this.clockwork.stop();
  }
}
