/**
 * A replay as a client has it: what is sent, the views, the clock and the controls, over a connection that mends itself.
 * Invariant: frames take effect in the order in which they came; after the end nothing is told any more and nothing waits.
 */
import type { FrameOf, ServerFrame } from '../protocol.js';
import { type ClockState, StoryClock } from './clock.js';
import { Connection, type ConnectionState } from './connection.js';
import { ReplayError } from './errors.js';
import { Heartbeat } from './heartbeat.js';
import { itemOf, type ReplayItem } from './items.js';
import { Listeners } from './listeners.js';
import { OffsetEstimate } from './offset.js';
import { addressOf, queryOf, type ReplayOptions } from './options.js';
import { Queue } from './queue.js';
import { type Answer, type Control, Requests } from './requests.js';
import { Settings } from './settings.js';
import { type Moment, momentText, systemTimers, type Timers } from './time.js';
import { type View, Views } from './views.js';

/** What the server says first, on the latest connection. Times are RFC 3339, `idleLimit` presentation seconds. */
export type Hello = Omit<FrameOf<'hello'>, 'type' | 'protocol' | 'serverNow'>;

export interface ReplayEvents {
  /** Each item as it comes, whether or not anybody iterates. */
  item: ReplayItem;
  /** A view has a new state. */
  view: View;
  /** The clock was told anew, or was stopped by a lost connection; between these `clock.now()` extrapolates. */
  clock: ClockState;
  connection: ConnectionState;
  /** An error that answers no control and ends nothing. */
  error: ReplayError;
  /** A control of a shared session is not recorded yet, and this is why; it is settled within a few seconds. */
  waiting: ReplayError;
}

/** What a filter message changes: what it leaves out stays, null ends it. */
export interface FilterChange {
  readonly types?: readonly ReplayItemType[] | null;
  readonly participants?: readonly string[] | null;
  readonly text?: string | null;
  /** Whose eyes. This moves the replay to where those eyes' story is now. */
  readonly as?: string | null;
}
type ReplayItemType = Extract<ReplayItem, { kind: 'event' }>['event']['type'];

const ITEMS = { pausable: 1_000, other: 10_000 } as const;
const BACKOFF = { firstMs: 250, longestMs: 15_000, tries: Number.POSITIVE_INFINITY, triesToOpen: 3 } as const;

export class Replay implements AsyncIterable<ReplayItem> {
  readonly clock: StoryClock;
  /** Resolves with the first hello; rejects where there is none. */
  readonly opened: Promise<Hello>;
  /** Resolves when `close` was called or an iteration came to its end; rejects with what else ended the replay. */
  readonly closed: Promise<void>;

  private readonly timers: Timers;
  private readonly offset = new OffsetEstimate();
  private readonly queue = new Queue<ReplayItem>();
  private readonly listeners = new Listeners<ReplayEvents>();
  private readonly connection: Connection;
  private readonly requests: Requests;
  private readonly held: Views;
  private readonly settings: Settings;
  private readonly heartbeat: Heartbeat;
  private readonly shared: boolean;
  /** Views that were asked for at the opening: the server has taken their names, or has refused the opening. */
  private readonly initial: ReadonlySet<string>;
  private greeted: Hello | undefined;
  private settleOpened!: { resolve: (hello: Hello) => void; reject: (error: unknown) => void };
  private settleClosed!: { resolve: () => void; reject: (error: unknown) => void };
  private ended: { readonly error: unknown } | undefined;
  private reading = false;
  /** The socket is not read on. */
  private stopped = false;
  /** A clock was told on this connection. */
  private placed = false;
  /** Passes of connections before this one: each counts from 1 again. */
  private passesBefore = 0;
  private readonly unlisten: () => void;

  constructor(
    url: string | URL,
    private readonly options: ReplayOptions,
  ) {
    const { timers = systemTimers, random = Math.random, webSocket, token, ticket, signal, reconnect, views = [] } = options;
    const { address, query, shared } = addressOf(url);
    const given = { ...query, ...queryOf(options) };
    this.timers = timers;
    this.shared = shared;
    this.settings = new Settings(given, shared);
    this.initial = new Set([...(query.projections?.split(',').filter((name) => name !== '') ?? []), ...views]);
    this.clock = new StoryClock(this.offset, () => timers.now());
    this.opened = new Promise((resolve, reject) => {
      this.settleOpened = { resolve, reject };
    });
    this.closed = new Promise((resolve, reject) => {
      this.settleClosed = { resolve, reject };
    });
    // Whoever does not ask is not told: iterating and controlling reject with the same error.
    this.opened.catch(() => {});
    this.closed.catch(() => {});
    this.held = new Views((name) => void this.ask({ type: 'subscribe', projection: name }).catch(() => {}));
    for (const name of this.initial) this.held.want(name);
    this.connection = new Connection(
      {
        timers,
        random,
        ...BACKOFF,
        ...reconnect,
        webSocket,
        address: async () => {
          const next = new URL(address);
          const known = [...this.held.wants].filter((name) => this.initial.has(name) || this.held.get(name) !== undefined);
          const ticketed = ticket === undefined ? {} : { ticket: await ticket() };
          // Who may turn out to be the host of a shared session is known before it is opened.
          const says = shared && token !== undefined ? { auth: 'true' } : {};
          next.search = String(new URLSearchParams({ ...this.settings.query(known), ...ticketed, ...says }));
          return next.href;
        },
        token: async () => (typeof token === 'function' ? token() : token),
      },
      {
        hello: (frame) => this.hello(frame),
        frame: (frame) => this.frame(frame),
        lost: () => this.lost(),
        state: (state) => this.listeners.emit('connection', state),
        gaveUp: (error) => this.end(error),
      },
    );
    this.requests = new Requests(
      (text) => this.connection.send(text),
      () => this.regulate(),
    );
    this.heartbeat = new Heartbeat({
      timers,
      ping: (t) => this.connection.send(JSON.stringify({ type: 'ping', t })),
      listens: () => !this.stopped,
      onSilent: () => this.connection.drop(),
    });
    const abort = () => this.end(signal?.reason, true);
    this.unlisten = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    else this.connection.connect();
  }

  /** What the server said first; undefined until it is open. In a shared session `role` says who may control it. */
  get info(): Hello | undefined {
    return this.greeted;
  }

  // ---- what is sent -----------------------------------------------------------------------------

  /** What is sent, until the replay comes to its end. Leaving the loop, however it is left, closes the replay. */
  [Symbol.asyncIterator](): AsyncGenerator<ReplayItem, void, undefined> {
    return this.read(false);
  }

  /** What is sent, past an end as well (an item of its own), until the replay is closed. Leaving the loop closes nothing. */
  stream(): AsyncGenerator<ReplayItem, void, undefined> {
    return this.read(true);
  }

  /** Tells `listener` from now on; answers how to stop. What it throws is thrown again outside. */
  on<T extends keyof ReplayEvents>(type: T, listener: (value: ReplayEvents[T]) => void): () => void {
    return this.listeners.on(type, listener);
  }

  /** Ends it: iterations end, controls without an answer reject with `closed`. What waits is dropped. */
  close(): void {
    this.end(undefined, true);
  }

  // ---- views ------------------------------------------------------------------------------------

  /** The states of the views that are subscribed to, as of the last that was told; `on('view')` tells of changes. */
  readonly views: { get<State = unknown>(name: string): View<State> | undefined; readonly names: readonly string[] } = (() => {
    const held = () => this.held;
    return {
      get: <State>(name: string) => held().get(name) as View<State> | undefined,
      get names() {
        return held().names;
      },
    };
  })();

  /** The first state of a view, subscribed to where it is not yet. Rejects with `unknown-projection`, or with what ended the replay. */
  async view<State = unknown>(name: string): Promise<View<State>> {
    if (this.ended !== undefined) throw this.ended.error;
    if (!this.held.wants.has(name)) return this.subscribe<State>(name);
    return (await this.held.first(name)) as View<State>;
  }

  /** Resolves with the whole state. Rejects with `unknown-projection`. */
  async subscribe<State = unknown>(name: string): Promise<View<State>> {
    const known = this.held.wants.has(name);
    this.held.want(name);
    try {
      await this.ask({ type: 'subscribe', projection: name });
    } catch (error) {
      if (!known) this.held.forget(name, error);
      throw error;
    }
    const view = this.held.get(name);
    if (view === undefined) throw new ReplayError('superseded', 'It was unsubscribed from meanwhile.');
    return view as View<State>;
  }

  async unsubscribe(name: string): Promise<void> {
    this.held.forget(name, new ReplayError('superseded', 'It was unsubscribed from meanwhile.'));
    await this.ask({ type: 'unsubscribe', projection: name });
  }

  // ---- controls ---------------------------------------------------------------------------------
  // Each resolves with the clock that answers it. Each rejects with the server's error (`bad-rate`, `forbidden`, …), with
  // `closed`, or with what ended the replay. Asked for while the connection is away, it is done when there is one again.

  /** At the end it starts again, as a new pass. */
  play(): Promise<ClockState> {
    return this.control({ type: 'play' });
  }

  pause(): Promise<ClockState> {
    return this.control({ type: 'pause' });
  }

  /**
   * To a moment, everything at it included; outside of the story to its nearest end (`clamped`). A seek that a newer one
   * overtakes rejects with `superseded`. Items that are waiting still come first; then one of kind `seek`.
   */
  async seek(at: Moment): Promise<ClockState> {
    return this.control({ type: 'seek', at: momentText(at) });
  }

  /** Story seconds per second, 0.01 to 10,000,000; the place is kept. */
  rate(rate: number): Promise<ClockState> {
    return this.control({ type: 'rate', rate });
  }

  /** Forward, or back where `count` is negative, and pauses. Rejects with `connection-lost` where it may have been taken or not. */
  step(count = 1, unit: 'event' | 'day' | 'chapter' = 'event'): Promise<ClockState> {
    return this.control({ type: 'step', unit, count });
  }

  /** Ends there, inclusive; null: at the end of the story. */
  async until(at: Moment | null): Promise<ClockState> {
    return this.control({ type: 'until', at: at === null ? null : momentText(at) });
  }

  /** Again and again from one moment to another, the second exclusive; null ends it. */
  async loop(range: readonly [from: Moment, to: Moment] | null): Promise<ClockState> {
    const [from, to] = range === null ? [null, null] : [momentText(range[0]), momentText(range[1])];
    return this.control({ type: 'loop', from, to });
  }

  /** Longest gap, in presentation seconds; null: silences last as long as they did. */
  idleLimit(seconds: number | null): Promise<ClockState> {
    return this.control({ type: 'idleLimit', seconds });
  }

  /** To the end, and on with what is appended. */
  live(): Promise<ClockState> {
    return this.control({ type: 'live' });
  }

  filter({ types, participants, text, as }: FilterChange): Promise<ClockState> {
    return this.control({
      type: 'filter',
      ...(types === undefined ? {} : { types: types === null ? null : [...types] }),
      ...(participants === undefined ? {} : { participants: participants === null ? null : [...participants] }),
      ...(text === undefined ? {} : { text }),
      ...(as === undefined ? {} : { as }),
    });
  }

  private ask(message: Control): Promise<Answer> {
    return this.ended === undefined ? this.requests.ask(message) : Promise.reject(this.ended.error);
  }

  private async control(message: Control): Promise<ClockState> {
    const answer = await this.ask(message);
    return this.answers.get(answer as FrameOf<'clock'>) as ClockState;
  }

  /** The clock as each answer told it, by the frame. */
  private readonly answers = new WeakMap<FrameOf<'clock'>, ClockState>();

  // ---- frames -----------------------------------------------------------------------------------

  private hello(frame: FrameOf<'hello'>): void {
    const hello = this.greet(frame);
    this.settings.hello(frame);
    this.offset.begin(frame.serverNow, this.timers.now());
    this.heartbeat.start();
    for (const message of this.settings.afterOpening()) this.ask(message).catch(() => {});
    this.requests.connected();
    // A new socket is read on, whatever became of the one before.
    this.stopped = false;
    this.regulate();
    this.settleOpened.resolve(hello);
  }

  private greet({ type: _, protocol: __, serverNow: ___, ...hello }: FrameOf<'hello'>): Hello {
    this.greeted = hello;
    return hello;
  }

  private frame(frame: ServerFrame): void {
    this.heartbeat.heard();
    switch (frame.type) {
      case 'hello':
        this.greet(frame);
        return;
      case 'event':
        this.settings.reached(frame.cursor);
        return this.push(itemOf(frame, this.clock.pass));
      case 'changed':
      case 'silence':
      case 'lagging':
        return this.push(itemOf(frame, this.clock.pass));
      case 'clock':
        return this.told(frame);
      case 'projection': {
        // Its cursor is not one to go on from: it may lie beyond events that are still to come.
        const view = this.held.take(frame);
        if (view !== undefined) this.listeners.emit('view', view);
        return this.requests.answered(frame);
      }
      case 'pong':
        if (frame.t !== undefined) this.offset.take(frame.t, frame.serverNow, this.timers.now());
        return this.heartbeat.answered();
      case 'waiting':
        this.listeners.emit('waiting', new ReplayError(frame.code, frame.message));
        return;
      case 'error':
        if (!this.requests.refused(frame)) this.listeners.emit('error', new ReplayError(frame.code, frame.message, frame.faults));
        return;
    }
  }

  private told(frame: FrameOf<'clock'>): void {
    const first = !this.placed;
    this.placed = true;
    const before = this.clock.status;
    const { say, ...changed } = this.settings.clock(frame, first);
    const pass = frame.pass + this.passesBefore;
    const state = this.clock.take(frame, { ...changed, pass });
    this.settings.reached(frame.cursor);
    const message = this.requests.messageOf(frame.requestId);
    if (message !== undefined) this.settings.accepted(message);
    // A connection begins with a seek of its own; that is none, unless it answers one that was asked for.
    const jumped = frame.didSeek && !(first && frame.requestId === undefined);
    if (jumped) this.push({ kind: 'seek', at: state.at, pass });
    if (state.status === 'ended' && (before !== 'ended' || jumped)) this.push({ kind: 'end', at: state.at, pass });
    this.listeners.emit('clock', state);
    this.answers.set(frame, state);
    this.requests.answered(frame);
    for (const control of say) this.ask(control).catch(() => {});
  }

  private lost(): void {
    this.heartbeat.stop();
    this.stopped = false;
    this.placed = false;
    this.held.disconnected();
    this.requests.disconnected();
    if (this.shared) return;
    this.passesBefore = this.clock.pass - 1;
    const state = this.clock.hold();
    if (state !== undefined) this.listeners.emit('clock', state);
  }

  // ---- whoever iterates -------------------------------------------------------------------------

  private async *read(stays: boolean): AsyncGenerator<ReplayItem, void, undefined> {
    if (this.options.items === false) throw new TypeError('Nothing is kept for iterating: the replay was opened with items: false.');
    if (this.reading) throw new TypeError('Somebody iterates over this replay already; each item is given once.');
    this.reading = true;
    try {
      for (;;) {
        const item = await this.queue.take();
        this.regulate();
        if (item === undefined || (item.kind === 'end' && !stays)) return;
        yield item;
      }
    } finally {
      this.reading = false;
      if (!stays) this.close();
    }
  }

  private push(item: ReplayItem): void {
    this.listeners.emit('item', item);
    if (this.options.items === false || this.ended !== undefined) return;
    this.queue.push(item);
    this.regulate();
  }

  /** Reads on, or does not. */
  private regulate(): void {
    const { canPause } = this.connection;
    const most = this.options.buffer ?? (canPause ? ITEMS.pausable : ITEMS.other);
    const { size } = this.queue;
    if (!canPause) {
      if (size > most) this.end(new ReplayError('consumer-too-slow'));
      return;
    }
    // Who waits for an answer takes nothing meanwhile, and the answer stands behind what is not read.
    const stop = this.requests.size === 0 && (this.stopped ? size > most / 2 : size >= most);
    if (stop === this.stopped) return;
    this.stopped = stop;
    if (stop) this.connection.pause();
    else this.connection.resume();
  }

  /** Ends it once: with an error where one is given. What waits for whoever iterates is dropped, or taken first. */
  private end(error: unknown, drop = false): void {
    if (this.ended !== undefined) return;
    const all = error ?? new ReplayError('closed');
    this.ended = { error: all };
    this.unlisten();
    this.heartbeat.stop();
    this.connection.close();
    this.queue.end({ ...(error === undefined ? {} : { error }), drop });
    this.requests.end(all);
    this.held.end(all);
    this.settleOpened.reject(all);
    if (error === undefined) this.settleClosed.resolve();
    else this.settleClosed.reject(error);
    this.listeners.emit('connection', { status: 'closed', ...(error === undefined ? {} : { error }) });
  }
}
