/**
 * What a person does to the clock: play, seek, step, rate, silences, loop, live, perspective, filter.
 * Invariants: each is asked of the server and shown when it answers; a refusal is said; seeks under a hand are throttled.
 * Unit: story time in milliseconds since the epoch, rates story seconds per second, limits seconds of the watcher's.
 */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type ClockState, type Hello, type Replay, ReplayError, type ReplayOptions } from '../../src/sdk/index.js';
import type { Clockwork } from './clockwork.js';
import { jumped } from './gaps.js';
import type { Notices } from './notices.js';
import { createSeeker } from './seeker.js';
import type { Server } from './server.js';
import { type Filter, isFiltered, type StageFeed } from './stage-feed.js';

export type Pace = { readonly kind: 'fit'; readonly seconds: number } | { readonly kind: 'rate'; readonly rate: number };

/** Whole story in so many seconds, and its longest silence in so many. */
export const FITS: readonly { readonly seconds: number; readonly idle: number; readonly words: string }[] = [
  { seconds: 60, idle: 5, words: '1 minute' },
  { seconds: 180, idle: 12, words: '3 minutes' },
  { seconds: 600, idle: 30, words: '10 minutes' },
];
export const DEFAULT_PACE: Pace = { kind: 'fit', seconds: 180 };
/** For a rate that was chosen by itself, the longest silence lasts so long. */
const USUAL_IDLE = 12;
export const RATES = [1, 60, 3_600, 21_600, 86_400, 604_800] as const;
const LEAST_RATE = 0.01;
const MOST_RATE = 10_000_000;
/** So many events ahead are read to know how far a jump of a few seconds leads. */
const AHEAD = 60;

export const idleOf = (pace: Pace) => (pace.kind === 'fit' ? (FITS.find(({ seconds }) => seconds === pace.seconds)?.idle ?? USUAL_IDLE) : USUAL_IDLE);

/** What is steered: the player, as far as the controls know it. */
export interface Steered {
  readonly server: Server;
  readonly story: { readonly id: string };
  readonly shared?: object | undefined;
  readonly watched: Replay;
  readonly clock: ReadonlySignal<ClockState | undefined>;
  readonly moves: ReadonlySignal<boolean>;
  readonly span: ReadonlySignal<{ readonly from: number; readonly to: number }>;
  readonly sought: Signal<number | undefined>;
  readonly problem: Signal<string | undefined>;
  readonly as: Signal<string | null>;
  readonly filter: Signal<Filter>;
  readonly clockwork: Clockwork;
  readonly feed: StageFeed;
  readonly notices: Notices;
  readonly scale: { read(): Promise<void> };
  failed(error: unknown): void;
}

export class Controls {
  /** As it is shown: what was asked for last, and where that is refused, what is in force. */
  readonly pace;
  private inForce: Pace;
  /** The longest gap in force, as the server told it. */
  readonly idleLimit = signal<number | null>(null);
  readonly shortens = signal(true);
  /** The first end of a loop in the making, or both. */
  readonly loop = signal<{ readonly from: number; readonly to: number | null } | undefined>(undefined);
  private readonly seeker = createSeeker((at) => void this.tell(at));
  private seeks = 0;

  constructor(
    private readonly player: Steered,
    pace: Pace,
  ) {
    this.pace = signal<Pace>(pace);
    this.inForce = pace;
  }

  /** What a private replay is opened with. */
  opening(): ReplayOptions {
    const pace = this.pace.peek();
    const idle = this.shortens.peek() ? { idleLimit: idleOf(pace) } : {};
    return pace.kind === 'fit' ? { fit: pace.seconds, ...idle } : { rate: pace.rate, ...idle };
  }

  greeted({ idleLimit, loop, nominalRate }: Hello): void {
    this.idleLimit.value = idleLimit;
    if (this.player.shared !== undefined) {
      this.shortens.value = idleLimit !== null;
      this.inForce = { kind: 'rate', rate: nominalRate };
      this.pace.value = this.inForce;
    }
    this.loop.value = loop === undefined ? undefined : { from: Date.parse(loop.from), to: Date.parse(loop.to) };
  }

  private async run(act: () => Promise<ClockState>): Promise<boolean> {
    try {
      await act();
      this.player.problem.value = undefined;
      return true;
    } catch (error) {
      this.player.failed(error);
      return false;
    }
  }

  private get replay() {
    return this.player.watched;
  }

  toggle(): void {
    void this.run(() => (this.player.moves.peek() || this.player.clock.peek()?.status === 'live' ? this.replay.pause() : this.replay.play()));
  }

  /** Under a hand: the page shows at once where it goes. */
  seek(at: number): void {
    const { from, to } = this.player.span.peek();
    // The beginning is a moment before the story, with nothing of it on the stage.
    this.player.sought.value = Math.min(Math.max(at, from), to);
    this.player.clockwork.wake();
    this.seeker(at <= from ? from - 1000 : Math.min(at, to));
  }

  /** At once, and done when the clock is there. */
  async seekNow(at: number): Promise<void> {
    await this.tell(at);
  }

  private async tell(at: number): Promise<void> {
    const mine = ++this.seeks;
    const { sought } = this.player;
    const goal = sought.peek();
    this.player.feed.follows.value = true;
    this.player.feed.revealed.value = undefined;
    await this.run(() => this.replay.seek(at));
    // The hand may be elsewhere by now, and what it asks for may not be sent yet.
    if (mine !== this.seeks || sought.peek() !== goal) return;
    sought.value = undefined;
    this.player.clockwork.wake();
  }

  step(count: number, unit: 'event' | 'chapter' = 'event'): void {
    this.player.feed.follows.value = true;
    void this.run(() => this.replay.step(count, unit));
  }

  /** So many seconds of the watcher's time, through whatever silences lie there. */
  async jump(seconds: number): Promise<void> {
    const { player } = this;
    const at = player.clockwork.now.peek();
    const around = player.feed.window.peek().shown.map((one) => one.at);
    let ahead: number[] = [];
    if (seconds > 0) {
      try {
        const { events } = await player.server.client.page(player.story.id, { from: Math.floor(at), limit: AHEAD, as: player.as.peek() ?? undefined });
        ahead = events.map((event) => Date.parse(event.inSightAt ?? event.occurredAt ?? '')).filter(Number.isFinite);
      } catch {
        // Then as far as is known.
      }
    }
    const rate = player.clock.peek()?.nominalRate ?? 1;
    const { from, to } = player.span.peek();
    const edges = [...around, ...ahead, ...(around.length === 0 ? [from] : [])];
    this.seek(jumped(at, seconds, ahead.length < AHEAD ? [...edges, to] : edges, { rate, idleLimit: this.idleLimit.peek() }));
  }

  percent(tenths: number): void {
    const { from, to } = this.player.span.peek();
    this.seek(from + ((to - from) * tenths) / 10);
  }

  /** A pace of its own: the rate and the limit that it takes are what the server finds for a replay that is opened so. */
  async setPace(pace: Pace): Promise<void> {
    this.pace.value = pace;
    const done = await this.run(async () => {
      let rate = pace.kind === 'rate' ? pace.rate : 1;
      let limit: number | null = this.shortens.peek() ? idleOf(pace) : null;
      if (pace.kind === 'fit') {
        const as = this.player.as.peek();
        const probe = this.player.server.replay('stories', this.player.story.id, {
          fit: pace.seconds,
          ...(limit === null ? {} : { idleLimit: limit }),
          ...(as === null ? {} : { as }),
          paused: true,
          items: false,
        });
        try {
          const told = await probe.opened;
          rate = told.nominalRate;
          limit = told.idleLimit;
        } finally {
          probe.close();
        }
        if (this.pace.peek() !== pace) throw new ReplayError('superseded');
      }
      await this.replay.idleLimit(limit);
      this.idleLimit.value = limit;
      return this.replay.rate(rate);
    });
    if (done) this.inForce = pace;
    else if (this.pace.peek() === pace) this.pace.value = this.inForce;
  }

  /** Twice or half as fast as what is shown. */
  scaleRate(factor: number): void {
    const pace = this.pace.peek();
    const rate = pace.kind === 'rate' ? pace.rate : (this.player.clock.peek()?.nominalRate ?? 1);
    void this.setPace({ kind: 'rate', rate: Math.min(MOST_RATE, Math.max(LEAST_RATE, rate * factor)) });
  }

  async setShortens(shortens: boolean): Promise<void> {
    this.shortens.value = shortens;
    await this.setPace(this.pace.peek());
  }

  /** First press: from here. Second: to here, and again and again. Third: no more. */
  async pressLoop(): Promise<void> {
    const loop = this.loop.peek();
    const now = this.player.clockwork.now.peek();
    if (loop === undefined) {
      this.loop.value = { from: now, to: null };
    } else if (loop.to === null && now > loop.from) {
      const to = Math.floor(now) + 1;
      const done = await this.run(() => this.replay.loop([Math.floor(loop.from), to]));
      this.loop.value = done ? { from: loop.from, to } : undefined;
    } else {
      if (loop.to !== null) await this.run(() => this.replay.loop(null));
      this.loop.value = undefined;
    }
  }

  live(): void {
    this.player.feed.follows.value = true;
    this.loop.value = undefined;
    void this.run(() => this.replay.live());
  }

  /** Through whose eyes; null: everybody's. */
  async look(as: string | null): Promise<void> {
    const { player } = this;
    const before = player.as.peek();
    player.as.value = as;
    player.feed.follows.value = true;
    if (await this.run(() => this.replay.filter({ as }))) void player.scale.read();
    else player.as.value = before;
  }

  /** What is shown of it all. */
  async show(filter: Filter): Promise<void> {
    const { player } = this;
    player.filter.value = filter;
    await this.run(() => this.replay.filter(filter));
    player.feed.follows.value = true;
    await player.feed.fill();
    if (!isFiltered(filter)) player.notices.clear();
  }
}
