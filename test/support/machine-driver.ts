/**
 * Drives the session machine by hand: a story in an array, a clock that moves when it is told to, and every effect
 * performed at once and written down.
 */
import { BEFORE_ALL, compareKeys, endOf, type OrderKey, startOf } from '../../events/story-time.js';
import {
  type Effect,
  type Input,
  openSession,
  type SessionState,
  type Settings,
  type Target,
  type Transition,
  transition,
  type Upcoming,
} from '../../src/replay/session-machine.js';

export type Said =
  | { readonly said: 'event'; readonly key: OrderKey; readonly due: number; readonly mono: number; readonly pass: number; readonly generation: number }
  | {
      readonly said: 'clock';
      readonly status: string;
      readonly at: number;
      readonly rate: number;
      readonly mono: number;
      readonly didSeek: boolean;
      readonly clamped: boolean;
      readonly requestId?: string | number;
    }
  | { readonly said: 'states'; readonly place: OrderKey }
  | { readonly said: 'silence'; readonly from: number; readonly to: number; readonly wallMs: number };

type Distributive<T> = T extends unknown ? Omit<T, 'mono'> : never;
export type Command = Distributive<Input>;

export const steps = (instants: readonly number[]): Upcoming[] => instants.map((at, i) => ({ key: [at, 0, `e${String(i).padStart(3, '0')}`], played: true }));

export class MachineDriver {
  state!: SessionState;
  mono = 1_000;
  readonly said: Said[] = [];
  wakeAt: number | null = null;
  /** Seeks that wait to be answered, where `answerSeeks` is off. */
  readonly seeks: Extract<Effect, { do: 'seek' }>[] = [];
  answerSeeks = true;

  constructor(
    public story: Upcoming[],
    settings: Partial<Settings> = {},
    first: Target = { to: 'start' },
    paused = false,
    private readonly window = 3,
  ) {
    this.apply(
      openSession(
        { rate: 1, idleMs: Infinity, until: null, loop: null, follow: false, pauseOnChapter: false, from: { to: 'start' }, ...settings },
        first,
        paused,
        this.mono,
      ),
    );
  }

  send(command: Command): void {
    this.apply(transition(this.state, { ...command, mono: this.mono } as Input));
  }

  /** Lets time pass, waking the machine when it asked for it. */
  pass(ms: number): void {
    const end = this.mono + ms;
    while (this.wakeAt !== null && this.wakeAt <= end) {
      this.mono = Math.max(this.mono, this.wakeAt);
      this.wakeAt = null;
      this.send({ on: 'woken' });
    }
    this.mono = end;
  }

  answer(seek: Extract<Effect, { do: 'seek' }>): void {
    const { place, at, clamped } = this.land(seek.target);
    this.apply(
      transition(this.state, {
        on: 'sought',
        mono: this.mono,
        generation: seek.generation,
        place,
        at,
        clamped,
        around: this.around(place),
        ...(seek.requestId === undefined ? {} : { requestId: seek.requestId }),
      }),
    );
  }

  get events(): Extract<Said, { said: 'event' }>[] {
    return this.said.filter((frame) => frame.said === 'event');
  }

  get clocks(): Extract<Said, { said: 'clock' }>[] {
    return this.said.filter((frame) => frame.said === 'clock');
  }

  private get played(): Upcoming[] {
    return this.story.filter((step) => step.played);
  }

  land(target: Target): { place: OrderKey; at: number; clamped: boolean } {
    const first = this.played[0]?.key[0] ?? 0;
    const last = this.played.at(-1)?.key[0] ?? 0;
    if (target.to === 'start') return { place: BEFORE_ALL, at: first, clamped: false };
    if (target.to === 'place') return { place: target.key, at: Math.min(Math.max(target.key[0], first), last), clamped: false };
    if (target.to === 'instant') {
      if (target.at < first) return { place: BEFORE_ALL, at: first, clamped: true };
      if (target.at > last) return { place: endOf(last), at: last, clamped: true };
      return { place: endOf(target.at), at: target.at, clamped: false };
    }
    if (target.to === 'before') return { place: startOf(target.at), at: Math.min(Math.max(target.at, first), last), clamped: false };
    if (target.to === 'end') return { place: endOf(last), at: last, clamped: false };
    if (target.to === 'chapter') {
      const chapters = this.played.filter((step) => step.chapter === true).map((step) => step.key);
      const ahead = chapters.filter((key) => compareKeys(key, target.from) > 0);
      const behindIt = chapters.filter((key) => compareKeys(key, target.from) < 0);
      const key = target.count > 0 ? ahead[target.count - 1] : behindIt.at(target.count);
      if (key === undefined) return target.count > 0 ? { place: endOf(last), at: last, clamped: true } : { place: BEFORE_ALL, at: first, clamped: true };
      return { place: key, at: key[0], clamped: false };
    }
    const behind = this.played.filter((step) => compareKeys(step.key, target.from) <= 0);
    const key = behind.at(-1 - target.count)?.key;
    return key === undefined ? { place: BEFORE_ALL, at: first, clamped: true } : { place: key, at: key[0], clamped: false };
  }

  around(place: OrderKey) {
    const behind = this.played.filter((step) => compareKeys(step.key, place) <= 0);
    const ahead = this.story.filter((step) => compareKeys(step.key, place) > 0);
    let upcoming = ahead.slice(0, this.window);
    for (let n = this.window; upcoming.filter((step) => step.played).length < 2 && n <= ahead.length; n++) upcoming = ahead.slice(0, n);
    // What stands before it in the same list is of no account.
    const shown = behind.slice(-1);
    return { before: behind.at(-1)?.key[0] ?? null, upcoming: [...shown, ...upcoming], next: shown.length, complete: upcoming.length === ahead.length };
  }

  private apply({ state, effects }: Transition): void {
    this.state = state;
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'seek':
        if (this.answerSeeks) this.answer(effect);
        else this.seeks.push(effect);
        return;
      case 'load':
        return this.apply(transition(this.state, { on: 'loaded', mono: this.mono, generation: effect.generation, around: this.around(this.state.place) }));
      case 'clock':
        this.said.push({
          said: 'clock',
          status: effect.status,
          at: effect.clock.at,
          rate: effect.clock.rate,
          mono: effect.clock.mono,
          didSeek: effect.didSeek,
          clamped: effect.clamped ?? false,
          ...(effect.requestId === undefined ? {} : { requestId: effect.requestId }),
        });
        return;
      case 'states':
        this.said.push({ said: 'states', place: this.state.place });
        return;
      case 'deliver':
        if (this.story.find((step) => compareKeys(step.key, effect.key) === 0)?.played === true)
          this.said.push({ said: 'event', key: effect.key, due: effect.due, mono: this.mono, pass: this.state.pass, generation: this.state.generation });
        return;
      case 'silence':
        this.said.push({ said: 'silence', from: effect.from, to: effect.to, wallMs: effect.wallMs });
        return;
      case 'wake':
        this.wakeAt = effect.at;
        return;
    }
  }
}
