/**
 * The session machine: what one replay does with each thing that happens to it. transition(state, input) answers the
 * next state and the effects to be performed, in order; it waits for nothing and reads no clock.
 * Invariants: every step is delivered exactly once a pass, in story order, and never before it is due; what answers an
 * older generation than the current one is ignored. Unit: milliseconds; `mono` is the monotonic clock.
 */
import { BEFORE_ALL, compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import type { RequestId, Status } from '../protocol.js';
import { type Clock, dueAt, storyAt } from './clock.js';
import { paceOf } from './silence-map.js';

/** A step that lies ahead: its place, and whether it is played or only a mark. */
export interface Upcoming {
  readonly key: OrderKey;
  readonly played: boolean;
  /** A chapter begins with it. */
  readonly chapter?: boolean;
}

/** Where a seek goes. */
export type Target =
  | { readonly to: 'start' }
  /** State as of an instant, everything at it included. */
  | { readonly to: 'instant'; readonly at: number }
  /** State before everything at an instant. */
  | { readonly to: 'before'; readonly at: number }
  /** After the last happening. */
  | { readonly to: 'end' }
  /** The n-th beginning of a chapter after a place, or before it where n is negative; the state includes it. */
  | { readonly to: 'chapter'; readonly count: number; readonly from: OrderKey }
  /** A place, with the clock at a story time of its own. */
  | { readonly to: 'place'; readonly key: OrderKey }
  /** So many happenings before the place one is at. */
  | { readonly to: 'back'; readonly count: number; readonly from: OrderKey };

/** What lies around a place, as the read model tells it. */
export interface Surroundings {
  /** Placing instant of the last happening at or before the place; null where there is none. */
  readonly before: number | null;
  /** Steps in order, whoever else may read them: those after the place begin at `next`, with at least two happenings among them, unless `complete`. */
  readonly upcoming: readonly Upcoming[];
  readonly next: number;
  /** No happening lies beyond `upcoming`. */
  readonly complete: boolean;
}

export interface Loop {
  readonly from: number;
  readonly to: number;
}

/** A round of a loop lasts at least so long for the watcher, in ms. */
export const SHORTEST_ROUND_MS = 100;
const DAY_MS = 86_400_000;

export type StepUnit = 'event' | 'day' | 'chapter';

export interface Settings {
  /** Nominal rate. */
  readonly rate: number;
  /** Infinity where silences are not shortened. */
  readonly idleMs: number;
  /** Inclusive. */
  readonly until: number | null;
  /** From one instant to another, the second exclusive, again and again. */
  readonly loop: Loop | null;
  /** At the end go on live. */
  readonly follow: boolean;
  /** Stand still where a chapter begins. */
  readonly pauseOnChapter: boolean;
  /** Where `play` starts again at the end. */
  readonly from: Target;
}

export interface SessionState {
  readonly status: Status;
  /** True until the place of the current generation is known; the clock stands meanwhile. */
  readonly seeking: boolean;
  readonly generation: number;
  readonly pass: number;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Everything up to here is delivered. */
  readonly place: OrderKey;
  readonly around: Surroundings;
  /** True while more of the story has been asked for. */
  readonly loading: boolean;
  /** Happenings still to be delivered at once by a step forward. */
  readonly stepping: number;
  readonly steppingFor: RequestId | undefined;
  /** Why the clock is held, while it is: a watcher that does not read. */
  readonly held: boolean;
  /** When this generation began to play, by the monotonic clock. */
  readonly since: number;
  /** When the round that is sought is to begin: however late its states are, the rounds of a loop keep time. */
  readonly roundAt: number | undefined;
  /** True while a round of a loop has run as it began: the next lasts as long. */
  readonly steady: boolean;
}

/** What a session is told to be, whatever it was: all of it but what the story itself says. */
export interface Anchor {
  readonly status: Status;
  readonly at: number;
  readonly place: OrderKey;
  readonly pass: number;
  /** For how long this generation had been playing, in ms. */
  readonly playedMs: number;
  readonly settings: Settings;
}

export type Input =
  | {
      readonly on: 'sought';
      readonly mono: number;
      readonly generation: number;
      readonly place: OrderKey;
      readonly at: number;
      readonly clamped: boolean;
      readonly around: Surroundings;
      readonly requestId?: RequestId;
    }
  | { readonly on: 'loaded'; readonly mono: number; readonly generation: number; readonly around: Surroundings }
  /** From `mono` on it is what it is told to be. `sought`: it has jumped there. */
  | {
      readonly on: 'anchored';
      readonly mono: number;
      readonly anchor: Anchor;
      readonly sought: boolean;
      readonly clamped: boolean;
      readonly around: Surroundings;
      readonly requestId?: RequestId;
    }
  /** The story changed: what was known of what lies ahead no longer holds. */
  | { readonly on: 'changed'; readonly mono: number }
  | { readonly on: 'woken'; readonly mono: number }
  | { readonly on: 'congested'; readonly mono: number }
  | { readonly on: 'drained'; readonly mono: number }
  | { readonly on: 'play' | 'pause' | 'live'; readonly mono: number; readonly requestId?: RequestId }
  | { readonly on: 'seek'; readonly mono: number; readonly target: Target; readonly requestId?: RequestId }
  | { readonly on: 'rate'; readonly mono: number; readonly rate: number; readonly requestId?: RequestId }
  | { readonly on: 'idle'; readonly mono: number; readonly idleMs: number; readonly requestId?: RequestId }
  | { readonly on: 'until'; readonly mono: number; readonly at: number | null; readonly requestId?: RequestId }
  | { readonly on: 'loop'; readonly mono: number; readonly loop: Loop | null; readonly requestId?: RequestId }
  | { readonly on: 'step'; readonly mono: number; readonly unit?: StepUnit; readonly count: number; readonly requestId?: RequestId };

export type Effect =
  /** Find the place, fold the views up to it, answer `sought`. */
  | { readonly do: 'seek'; readonly generation: number; readonly target: Target; readonly requestId?: RequestId }
  /** Read what lies after the place as it is then, answer `loaded`. */
  | { readonly do: 'load'; readonly generation: number }
  /** Tell the clock as it is. */
  | {
      readonly do: 'clock';
      readonly clock: Clock;
      readonly place: OrderKey;
      readonly status: Status;
      readonly nominalRate: number;
      readonly pass: number;
      readonly didSeek: boolean;
      readonly clamped?: boolean;
      readonly requestId?: RequestId;
    }
  /** Send the full state of every view, as of the place of this generation. */
  | { readonly do: 'states'; readonly generation: number }
  /** Send a step that was due at `due`. */
  | { readonly do: 'deliver'; readonly key: OrderKey; readonly due: number }
  | { readonly do: 'silence'; readonly from: number; readonly to: number; readonly wallMs: number }
  /** Wake the session at a monotonic instant; null: at none. */
  | { readonly do: 'wake'; readonly at: number | null };

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

const NOTHING: Surroundings = { before: null, upcoming: [], next: 0, complete: false };

/** The first step after the place. */
export function nextOf({ upcoming, next }: Surroundings): Upcoming | undefined {
  return upcoming[next];
}

/** The same from after that step on. */
function past(around: Surroundings, step: Upcoming): Surroundings {
  return { before: step.played ? step.key[0] : around.before, upcoming: around.upcoming, next: around.next + 1, complete: around.complete };
}

const unplaced = (settings: Settings, status: Status, mono: number): SessionState => ({
  status,
  seeking: true,
  generation: 1,
  pass: 1,
  settings,
  clock: { at: 0, mono, rate: 0 },
  place: BEFORE_ALL,
  around: NOTHING,
  loading: false,
  stepping: 0,
  steppingFor: undefined,
  held: false,
  since: mono,
  roundAt: undefined,
  steady: false,
});

/** A new session; it begins to move when its first seek is answered. */
export function openSession(settings: Settings, first: Target, paused: boolean, mono: number): Transition {
  return { state: unplaced(settings, paused ? 'paused' : 'playing', mono), effects: [{ do: 'seek', generation: 1, target: first }] };
}

/** A session as it was told to be at `mono`. */
export function restoreSession(anchor: Anchor, around: Surroundings, mono: number): Transition {
  return transition(unplaced(anchor.settings, anchor.status, mono), { on: 'anchored', mono, anchor, sought: true, clamped: false, around });
}

/** What a session is, to be told of it elsewhere. */
export function anchorOf({ status, clock, place, pass, since, settings }: SessionState, mono: number): Anchor {
  return { status, at: storyAt(clock, mono), place, pass, playedMs: mono - since, settings };
}

export function transition(state: SessionState, input: Input): Transition {
  const run = new Run(state, input.mono);
  run.take(input);
  return { state: run.state, effects: run.effects };
}

/** As in other players, a seek away from the end plays on. */
export function statusAfterSeek(status: Status): Status {
  return status === 'ended' ? 'playing' : status;
}

/** What an input changes, nothing being played: of what is due then, and after, nothing is delivered. */
export function intention(state: SessionState, input: Input): Transition {
  const run = new Run(state, input.mono, true);
  run.take(input);
  return { state: run.state, effects: run.effects };
}

const echo = (requestId: RequestId | undefined) => (requestId === undefined ? {} : { requestId });

/** One transition in the making: a state that is replaced as it goes, and the effects so far. */
class Run {
  readonly effects: Effect[] = [];

  constructor(
    public state: SessionState,
    private readonly mono: number,
    private readonly isStill = false,
  ) {}

  take(input: Input): void {
    switch (input.on) {
      case 'sought':
        return this.sought(input);
      case 'loaded':
        if (input.generation !== this.state.generation || !this.state.loading) return;
        this.set({ loading: false, around: input.around });
        return this.settle();
      case 'anchored':
        return this.anchored(input);
      case 'changed':
        return this.changed();
      case 'woken':
        return this.advance();
      case 'congested':
        if (this.state.held) return;
        this.advance();
        this.set({ held: true });
        return this.repace();
      case 'drained':
        if (!this.state.held) return;
        this.set({ held: false });
        return this.repace();
      case 'play':
        return this.play(input.requestId);
      case 'pause':
        this.advance();
        if (this.state.status === 'playing' || this.state.status === 'live') this.set({ status: 'paused' });
        return this.repace(input.requestId, true);
      case 'live':
        this.set({ status: 'live', settings: { ...this.state.settings, loop: null } });
        return this.seek({ to: 'end' }, input.requestId);
      case 'seek':
        // Who looks back from what happens now plays on from there.
        if (this.state.status === 'live') this.set({ status: 'playing' });
        return this.seek(input.target, input.requestId);
      case 'rate':
        return this.adjust({ rate: input.rate }, input.requestId);
      case 'idle':
        return this.adjust({ idleMs: input.idleMs }, input.requestId);
      case 'until':
        return this.adjust({ until: input.at }, input.requestId);
      case 'loop':
        return this.loop(input.loop, input.requestId);
      case 'step':
        return this.step(input.unit ?? 'event', input.count, input.requestId);
    }
  }

  private set(changed: Partial<SessionState>): void {
    this.state = { ...this.state, ...changed };
  }

  // ---- commands ---------------------------------------------------------------------------------

  private play(requestId: RequestId | undefined): void {
    const { status, clock, settings, around, seeking } = this.state;
    const more = (this.nextPlayed() !== undefined || !around.complete) && (settings.loop !== null || (settings.until ?? Infinity) > clock.at);
    if (!more && !seeking && status === 'paused' && this.goesLive()) this.set({ status: 'live' });
    if (!more && !seeking && status !== 'playing' && this.state.status !== 'live') {
      this.set({ status: 'playing', pass: this.state.pass + 1 });
      return this.seek(settings.from, requestId);
    }
    if (status === 'paused' || status === 'ended') this.set({ status: 'playing' });
    this.repace(requestId, true);
  }

  private adjust(changed: Partial<Settings>, requestId: RequestId | undefined): void {
    this.become(changed);
    this.repace(requestId, true);
  }

  private seek(target: Target, requestId: RequestId | undefined): void {
    const generation = this.state.generation + 1;
    const at = this.storyNow();
    this.set({ generation, seeking: true, loading: false, stepping: 0, steppingFor: undefined, roundAt: undefined, clock: { at, mono: this.mono, rate: 0 } });
    // The seek comes last: its answer, however soon, sets an alarm of its own.
    this.effects.push({ do: 'wake', at: null }, { do: 'seek', generation, target, ...echo(requestId) });
  }

  /** Sets settings. What was due under the old ones is delivered under them, and a new limit behind the clock does not draw it back. */
  private become(changed: Partial<Settings>): void {
    this.advance();
    const clock = { ...this.state.clock, at: this.storyNow(), mono: this.mono };
    this.set({ clock, settings: { ...this.state.settings, ...changed } });
  }

  /** A clock outside of the new loop goes to its beginning. */
  private loop(loop: Loop | null, requestId: RequestId | undefined): void {
    // A loop has no end to go on from.
    this.become({ loop, follow: loop === null && this.state.settings.follow });
    if (this.state.status === 'ended' || this.state.status === 'live') this.set({ status: loop === null ? this.state.status : 'playing' });
    const at = this.storyNow();
    if (loop !== null && (this.state.seeking || at < loop.from || at >= loop.to)) return this.seek({ to: 'before', at: loop.from }, requestId);
    this.repace(requestId, true);
  }

  /** At the end of the story, and not at a moment before it, a session that follows goes live. */
  private goesLive(): boolean {
    const { follow, until, loop } = this.state.settings;
    return follow && until === null && loop === null;
  }

  private step(unit: StepUnit, count: number, requestId: RequestId | undefined): void {
    this.advance();
    if (unit !== 'event') {
      this.set({ status: 'paused' });
      const { place, clock } = this.state;
      const from = this.state.seeking ? endOf(clock.at) : place;
      return this.seek(unit === 'day' ? { to: 'instant', at: this.storyNow() + count * DAY_MS } : { to: 'chapter', count, from }, requestId);
    }
    if (this.state.status !== 'ended' || count < 0) this.set({ status: 'paused' });
    if (count < 0) return this.seek({ to: 'back', count: -count, from: this.state.place }, requestId);
    // A step that another one overtakes is answered where it got to.
    if (this.state.steppingFor !== undefined) this.tellClock(this.state.steppingFor, false, false);
    if (this.state.seeking || count === 0) return this.repace(requestId, true);
    this.set({ stepping: count, steppingFor: requestId });
    this.repace();
    this.stepForward();
  }

  // ---- answers ----------------------------------------------------------------------------------

  private sought(input: Extract<Input, { on: 'sought' }>): void {
    if (input.generation !== this.state.generation || !this.state.seeking) return;
    const status = statusAfterSeek(this.state.status);
    const { roundAt } = this.state;
    const from = roundAt ?? this.mono;
    const clock = { at: input.at, mono: from, rate: 0 };
    this.set({ status, seeking: false, place: input.place, around: input.around, clock, since: from, roundAt: undefined, steady: roundAt !== undefined });
    this.begin(true, input.clamped, input.requestId);
  }

  private anchored({ anchor, sought, clamped, around, requestId }: Extract<Input, { on: 'anchored' }>): void {
    const { status, at, place, pass, settings } = anchor;
    const clock = { at, mono: this.mono, rate: 0 };
    const since = this.mono - anchor.playedMs;
    const generation = this.state.generation + (sought ? 1 : 0);
    this.state = { ...unplaced(settings, status, this.mono), seeking: false, generation, pass, clock, place, around, since };
    this.begin(sought, clamped, requestId);
  }

  /** Goes on from a place and a clock that were set. */
  private begin(didSeek: boolean, clamped: boolean, requestId: RequestId | undefined): void {
    this.startPace();
    this.tellClock(requestId, didSeek, clamped);
    if (didSeek) this.effects.push({ do: 'states', generation: this.state.generation });
    this.tellSilence();
    this.advance();
  }

  /** Goes on after more of the story is known: a gap may have another end now, and another pace. */
  private settle(): void {
    if (this.state.stepping > 0) return this.stepForward();
    const { clock } = this.state;
    const gap = this.gap();
    const rate = this.paceNow()?.rate ?? 0;
    // Between happenings of one instant there is no gap: the clock is anchored by the last of them, when that was due.
    const isTie = gap !== undefined && gap.from === gap.to && clock.rate !== 0;
    if (!isTie && rate !== clock.rate && !(clock.rate === 0 && gap === undefined)) this.repace();
    else this.advance();
  }

  /** What happened up to the clock is delivered, or sent by whoever saw it come late: the place moves up to the clock. */
  private changed(): void {
    if (this.state.seeking) return;
    this.advance();
    const { place, around } = this.state;
    const reached = endOf(this.storyNow());
    const next = nextOf(around);
    // Of several happenings at one instant some may still lie ahead, after a step.
    const free = next === undefined || compareKeys(next.key, reached) > 0;
    if (free && around.before !== null && compareKeys(place, reached) < 0) this.set({ place: reached });
    this.set({ loading: true, steady: false });
    this.effects.push({ do: 'load', generation: this.state.generation });
  }

  // ---- the clock --------------------------------------------------------------------------------

  private storyNow(): number {
    return this.clampToNext(storyAt(this.state.clock, this.mono));
  }

  /** The clock never passes a happening that is not delivered yet, nor the end. */
  private clampToNext(at: number): number {
    const next = this.nextPlayed();
    const limits = [at, ...(next === undefined ? [] : [Math.max(next, this.state.clock.at)])];
    const { until } = this.state.settings;
    const { loop } = this.state.settings;
    if (loop !== null && loop.to >= this.state.clock.at) limits.push(loop.to);
    if (loop === null && until !== null && until >= this.state.clock.at) limits.push(until);
    if (next === undefined && this.state.around.complete) limits.push(this.lastPlayed());
    return Math.min(...limits);
  }

  /** The story time of the end, once nothing lies ahead. */
  private lastPlayed(): number {
    const { clock, around } = this.state;
    return Math.max(clock.at, around.before ?? clock.at);
  }

  private nextPlayed(): number | undefined {
    const { upcoming, next } = this.state.around;
    for (let i = next; i < upcoming.length; i++) {
      const step = upcoming[i] as Upcoming;
      if (step.played) return step.key[0];
    }
    return undefined;
  }

  /** The gap between the neighbouring happenings around the clock; undefined where there is none on either side. */
  private gap(): { from: number; to: number } | undefined {
    const to = this.nextPlayed();
    if (to === undefined) return undefined;
    return { from: this.state.around.before ?? to, to };
  }

  private twoAhead(): boolean {
    let played = 0;
    const { upcoming, next } = this.state.around;
    for (let i = next; i < upcoming.length; i++) if (upcoming[i]?.played === true && ++played === 2) return true;
    return false;
  }

  private moves(): boolean {
    const { status, seeking, held } = this.state;
    return status === 'playing' && !seeking && !held;
  }

  private paceNow() {
    const gap = this.gap();
    if (gap === undefined || !this.moves()) return undefined;
    const { rate, idleMs } = this.state.settings;
    return paceOf(gap.to - gap.from, rate, idleMs);
  }

  /** Sets the rate of the clock to that of the gap it is in, from its anchor. */
  private startPace(): void {
    this.set({ clock: { ...this.state.clock, rate: this.paceNow()?.rate ?? (this.moves() && !this.state.around.complete ? this.state.settings.rate : 0) } });
  }

  /** Re-anchors the clock where it is, at the pace that holds now, and goes on. */
  private repace(requestId?: RequestId, always = false): void {
    const before = this.state.clock.rate;
    this.set({ clock: { at: this.storyNow(), mono: this.mono, rate: 0 }, steady: false });
    this.startPace();
    if (always || before !== this.state.clock.rate) this.tellClock(requestId, false, false);
    if (before !== this.state.clock.rate) this.tellSilence();
    this.advance();
  }

  private tellClock(requestId: RequestId | undefined, didSeek: boolean, clamped: boolean): void {
    const { clock, place, pass, settings, held } = this.state;
    const status = held && this.state.status === 'playing' ? 'held' : this.state.status;
    this.effects.push({ do: 'clock', clock, place, status, nominalRate: settings.rate, pass, didSeek, ...(clamped ? { clamped } : {}), ...echo(requestId) });
  }

  private tellSilence(): void {
    const gap = this.gap();
    const pace = this.paceNow();
    if (gap !== undefined && pace?.shortened === true) this.effects.push({ do: 'silence', from: gap.from, to: gap.to, wallMs: pace.wallMs });
  }

  // ---- playing ----------------------------------------------------------------------------------

  /** Delivers everything that is due, then aims at what comes next. */
  private advance(): void {
    if (this.isStill) return;
    if (this.state.status === 'live') return this.goOn();
    while (this.moves()) {
      const { around, clock, settings } = this.state;
      const next = nextOf(around);
      const ahead = this.nextPlayed();
      // The gap after a happening must be known when it is delivered: its pace begins there.
      if (!around.complete && !this.twoAhead()) return this.load();
      const { loop } = settings;
      const until = loop === null ? (settings.until ?? Infinity) : Infinity;
      if (ahead === undefined || next === undefined) {
        // After the last happening nothing is played but the marks of its own instant.
        const last = this.lastPlayed();
        if (next === undefined || next.key[0] > last || next.key[0] > until) {
          if (loop !== null) return this.comeRound(last);
          return this.end(last, dueAt(clock, last));
        }
      }
      if (loop !== null && next.key[0] >= loop.to) return this.comeRound(loop.to);
      if (until < next.key[0]) {
        const due = dueAt(clock, until);
        if (this.mono < due) return this.wake(due);
        return this.end(Math.max(until, clock.at), due);
      }
      const due = dueAt(clock, next.key[0]);
      if (this.mono < due) return this.wake(due);
      this.deliver(next, due);
    }
    if (!this.state.seeking) this.wake(null);
  }

  /** The end of a round of a loop: the next begins when it is due, and not too soon. */
  private comeRound(at: number): void {
    const { settings, clock, since, pass, steady } = this.state;
    const reached = dueAt(clock, at);
    if (this.mono < reached) return this.wake(reached);
    const due = Math.max(reached, since + SHORTEST_ROUND_MS);
    if (this.mono < due) {
      // Waiting at the end of the story, or of the loop, the clock stands.
      if (clock.rate !== 0) {
        this.set({ clock: { at: Math.max(at, clock.at), mono: reached, rate: 0 } });
        this.tellClock(undefined, false, false);
      }
      return this.wake(due);
    }
    // Rounds that nobody was there for are counted and not played.
    const missed = steady ? Math.floor((this.mono - due) / (due - since)) : 0;
    this.set({ pass: pass + 1 + missed });
    this.seek({ to: 'before', at: settings.loop?.from ?? at }, undefined);
    this.set({ roundAt: due + missed * (due - since) });
  }

  /** Live: what has been appended ahead is delivered as soon as it is known. */
  private goOn(): void {
    if (this.state.seeking || this.state.held) return;
    const { around } = this.state;
    let told = false;
    for (let next = nextOf(around); next !== undefined && this.nextPlayed() !== undefined; next = nextOf(this.state.around)) {
      this.stepOver(next);
      told = told || next.played;
    }
    this.takeMarks();
    if (told) this.tellClock(undefined, false, false);
    if (!this.state.around.complete) return this.load();
    this.wake(null);
  }

  private deliver(step: Upcoming, due: number): void {
    const { around } = this.state;
    this.effects.push({ do: 'deliver', key: step.key, due });
    this.set({ place: step.key, around: past(around, step) });
    if (!step.played) return;
    if (step.chapter === true && this.state.settings.pauseOnChapter) {
      this.set({ status: 'paused', clock: { at: step.key[0], mono: due, rate: 0 } });
      return this.tellClock(undefined, false, false);
    }
    const pace = this.paceNow();
    if (pace === undefined || this.nextPlayed() === step.key[0]) return;
    if (pace.rate !== this.state.clock.rate) {
      // The next gap has a pace of its own: it begins at the instant this happening was due, not when it was sent.
      this.set({ clock: { at: step.key[0], mono: due, rate: pace.rate } });
      this.tellClock(undefined, false, false);
    }
    this.tellSilence();
  }

  private end(at: number, mono: number): void {
    const { until } = this.state.settings;
    const isStoryEnd = until === null || at < until;
    this.set({ status: isStoryEnd && this.goesLive() ? 'live' : 'ended', clock: { at, mono, rate: 0 } });
    this.tellClock(undefined, false, false);
    this.wake(null);
  }

  private load(): void {
    if (this.state.loading) return;
    this.set({ loading: true });
    this.effects.push({ do: 'load', generation: this.state.generation });
  }

  private wake(at: number | null): void {
    this.effects.push({ do: 'wake', at });
  }

  private stepOver(step: Upcoming): void {
    const { around, stepping, clock } = this.state;
    this.effects.push({ do: 'deliver', key: step.key, due: this.mono });
    this.set({
      place: step.key,
      around: past(around, step),
      stepping: stepping - (step.played ? 1 : 0),
      clock: { at: Math.max(step.key[0], clock.at), mono: this.mono, rate: 0 },
    });
  }

  /** Delivers the happenings of a step forward, whatever the clock says, and stands at the last of them. */
  private stepForward(): void {
    const { steppingFor } = this.state;
    while (this.state.stepping > 0) {
      const { around } = this.state;
      const next = nextOf(around);
      if (this.nextPlayed() === undefined) {
        if (!around.complete) return this.load();
        this.set({ stepping: 0, status: 'ended' });
        break;
      }
      if (next === undefined) break;
      this.stepOver(next);
    }
    this.takeMarks();
    this.set({ steppingFor: undefined });
    this.tellClock(steppingFor, false, false);
  }

  /** Where the last of an instant was reached, the marks of that instant belong to it. */
  private takeMarks(): void {
    for (let mark = nextOf(this.state.around); mark?.played === false && mark.key[0] <= this.state.clock.at; mark = nextOf(this.state.around))
      this.stepOver(mark);
  }
}
