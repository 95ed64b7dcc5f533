/**
 * The player in a terminal: a replay in, keys in, pictures out. It decides nothing that a pure part can: what is shown is in
 * state.ts and picture.ts, what keys mean in controls.ts.
 * Invariants: the terminal is given back however it ends; what is asked for in vain is told and ends nothing.
 */
import { setInterval, clearInterval } from 'node:timers';
import type { ReadStream, WriteStream } from 'node:tty';
import type { UnansweredRequests } from '../../../projections/unanswered-requests.js';
import type { Client, Replay, ReplayError, ReplayOptions, StoryDetail, StoryEvent } from '../../sdk/index.js';
import { tellingOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';
import type { Key } from '../terminal/keys.js';
import { enterScreen, type Screen, showsUnicode } from '../terminal/screen.js';
import type { Style } from '../terminal/style.js';
import { controlOf } from './controls.js';
import { pictureOf } from './picture.js';
import { Presentation } from './presentation.js';
import { type PlayState, take, withShown } from './state.js';

export const VIEW = 'unanswered-requests';
/** Between two pictures, in ms. */
const PICTURE_MS = 100;
/** A story with more happenings is gone through by the clock alone, as if nothing were shortened. */
const MOST_KNOWN = 20_000;
/** So many happenings from before a place are shown when it is gone to. */
const BEFORE = 40;
const RATES = { least: 0.01, most: 10_000_000 } as const;

export interface Playing {
  readonly client: Client;
  readonly replay: Replay;
  readonly story: StoryDetail;
  /** What was asked of the replay. */
  readonly asked: ReplayOptions;
  /** Stays when the story is at its end. */
  readonly stays: boolean;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly style: Style;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Resolves with the last state when whoever watches has seen enough, or all. Rejects with what else ended the replay. */
export async function playOnScreen(playing: Playing): Promise<PlayState> {
  const player = new Player(playing);
  try {
    return await player.done;
  } finally {
    player.leave();
  }
}

class Player {
  readonly done: Promise<PlayState>;
  private state: PlayState;
  private instants: number[] | undefined;
  private idleMs = Number.POSITIVE_INFINITY;
  private readonly screen: Screen;
  private readonly timer: NodeJS.Timeout;
  private finish!: (error?: unknown) => void;
  /** Where the latest seek that is not answered yet goes, in presentation ms. */
  private going: number | undefined;
  /** Counts the places that were gone to: what is read for an older one comes too late. */
  private place = 0;
  private left = false;

  constructor(private readonly playing: Playing) {
    const { replay, story, asked, input, output } = playing;
    const telling = tellingOf(story);
    const [from, to] = [Date.parse(story.from ?? ''), Date.parse(story.to ?? '')];
    this.state = {
      title: cleanLine(story.title),
      telling,
      ...(asked.as === undefined ? {} : { eyes: telling.name(asked.as) }),
      from,
      to,
      clock: { status: 'opening', at: Number.NaN, rate: 0, nominalRate: 0 },
      presentation: new Presentation([], from, to, { rate: 1, idleMs: Number.POSITIVE_INFINITY }),
      shown: [],
      open: [],
      help: false,
    };
    this.done = new Promise((resolve, reject) => {
      this.finish = (error) => (error === undefined ? resolve(this.state) : reject(error));
    });
    replay.on('view', () => this.viewed());
    replay.on('clock', () => this.told());
    replay.on('connection', (connection) => {
      const lost = connection.status === 'waiting' ? `${connection.error.message} Trying again in ${Math.ceil(connection.retryInMs / 1000)} s.` : undefined;
      this.state = { ...this.state, connection: lost === undefined ? undefined : cleanLine(lost) };
    });
    replay.on('error', (error) => this.say(error));
    replay.opened.then((hello) => {
      this.idleMs = hello.idleLimit === null ? Number.POSITIVE_INFINITY : hello.idleLimit * 1000;
      this.state = { ...this.state, from: Date.parse(hello.from), to: Date.parse(hello.to) };
      this.told();
      void this.learnAll();
      void this.before();
    }, this.finish);
    replay.closed.then(() => this.finish(), this.finish);
    this.viewed();
    this.screen = enterScreen(input, output, { key: (key) => this.key(key), resized: () => this.draw(), ended: () => this.finish() });
    this.timer = setInterval(() => this.draw(), PICTURE_MS);
    this.draw();
    void this.watch();
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    clearInterval(this.timer);
    this.screen.leave();
    this.playing.replay.close();
  }

  private draw(): void {
    if (this.left) return;
    const { clock } = this.playing.replay;
    const at = clock.now();
    this.state = { ...this.state, clock: { ...this.state.clock, at } };
    const { columns, rows } = this.screen;
    this.screen.draw(pictureOf(this.state, { columns, rows, style: this.playing.style, unicode: showsUnicode(this.playing.env) }));
  }

  private async watch(): Promise<void> {
    try {
      for await (const item of this.playing.replay.stream()) {
        this.state = take(this.state, item);
        if (item.kind === 'event') this.learn(Date.parse(item.at));
        if (item.kind === 'seek') void this.before();
        if (item.kind === 'end' && !this.playing.stays) this.finish();
      }
    } catch (error) {
      this.finish(error);
    }
  }

  private viewed(): void {
    const view = this.playing.replay.views.get<UnansweredRequests>(VIEW);
    if (view !== undefined) this.state = { ...this.state, open: view.state.unanswered, totals: view.state.totals };
  }

  private told(): void {
    const { state: clock } = this.playing.replay.clock;
    if (clock === undefined) return;
    const before = this.state.clock;
    const { status, rate, nominalRate } = clock;
    this.state = { ...this.state, clock: { status, at: this.playing.replay.clock.now(), rate, nominalRate } };
    if (nominalRate !== before.nominalRate) this.pace();
  }

  // ---- the time it takes ------------------------------------------------------------------------

  private pace(): void {
    const { from, to, clock } = this.state;
    const rate = clock.nominalRate > 0 ? clock.nominalRate : 1;
    const pacing = this.instants === undefined ? { rate, idleMs: Number.POSITIVE_INFINITY } : { rate, idleMs: this.idleMs };
    this.state = { ...this.state, presentation: new Presentation(this.instants ?? [], from, to, pacing) };
  }

  /** Where happenings are, so that silences can be marked and jumped over. */
  private async learnAll(): Promise<void> {
    const { client, story, asked } = this.playing;
    const instants: number[] = [];
    try {
      for await (const event of client.events(story.id, { as: asked.as })) {
        if (event.occurredAt !== null) instants.push(placeOf(event));
        if (instants.length > MOST_KNOWN) return;
      }
    } catch (error) {
      return this.say(error);
    }
    this.instants = instants.sort((a, b) => a - b);
    this.pace();
  }

  private learn(instant: number): void {
    const { instants } = this;
    if (instants === undefined || instants.length > MOST_KNOWN || !(instant > (instants.at(-1) ?? Number.NEGATIVE_INFINITY))) return;
    instants.push(instant);
    if (instant > this.state.to) this.state = { ...this.state, to: instant };
    this.pace();
  }

  /** Shows what stands before the place that the clock is at. */
  private async before(): Promise<void> {
    const place = ++this.place;
    const { client, replay, story, asked } = this.playing;
    const { types, text, as, participants } = asked;
    try {
      const { events } = await client.page(story.id, { place: replay.clock.state?.cursor, order: 'latest', limit: BEFORE, types, text, as, participants });
      if (place !== this.place) return;
      const placed = events.filter(({ occurredAt }) => occurredAt !== null);
      this.state = withShown(this.state, placed.map((event) => ({ event, at: placeOf(event), late: false })).reverse());
    } catch (error) {
      this.say(error);
    }
  }

  // ---- keys -------------------------------------------------------------------------------------

  private key(key: Key): void {
    const control = controlOf(key);
    if (control === undefined) return;
    const { replay } = this.playing;
    this.state = { ...this.state, notice: undefined };
    switch (control.do) {
      case 'quit':
        return this.finish();
      case 'help':
        this.state = { ...this.state, help: !this.state.help };
        return this.draw();
      case 'toggle':
        return this.ask(this.isRunning() ? replay.pause() : replay.play());
      case 'move':
        return this.go((this.going ?? this.state.presentation.wallAt(replay.clock.now())) + control.byMs);
      case 'share':
        return this.go(this.state.presentation.durationMs * control.of);
      case 'pace': {
        const rate = Math.min(RATES.most, Math.max(RATES.least, this.state.clock.nominalRate * control.times));
        return this.ask(replay.rate(rate));
      }
      case 'step': {
        // A step stands still where it comes to; a chapter is gone to, and on from there.
        const goesOn = control.unit === 'chapter' && this.isRunning();
        return this.ask(replay.step(control.count, control.unit).then((clock) => (goesOn ? replay.play() : clock)));
      }
    }
  }

  private isRunning(): boolean {
    return ['playing', 'held', 'live'].includes(this.state.clock.status);
  }

  private go(wallMs: number): void {
    const { presentation } = this.state;
    const goal = Math.min(presentation.durationMs, Math.max(0, wallMs));
    this.going = goal;
    const settled = () => {
      if (this.going === goal) this.going = undefined;
    };
    this.ask(this.playing.replay.seek(Math.round(presentation.instantAt(goal))).finally(settled));
  }

  private ask(asked: Promise<unknown>): void {
    asked.then(
      () => this.draw(),
      (error: unknown) => this.say(error),
    );
  }

  private say(error: unknown): void {
    const { code, message } = error as Partial<ReplayError>;
    if (code === 'superseded' || code === 'closed') return;
    this.state = { ...this.state, notice: cleanLine(message ?? String(error)) };
  }
}

/** Where a happening stands, in ms since the epoch: through other eyes where it came into sight. */
function placeOf({ occurredAt, inSightAt }: StoryEvent): number {
  return Date.parse(inSightAt ?? occurredAt ?? '');
}
