/**
 * The views a session shows: folded along with the replay, told in full where they begin and by patches from then on.
 * Invariants: a patch applies to what was told before it in the same generation; what was asked for before a seek is never
 * told after it; a view of the whole story is folded once for all who are shown it.
 */
import type { Step } from '../../events/steps.js';
import { compareKeys, formatInstant, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { FrameOf, RequestId } from '../protocol.js';
import type { SessionState } from '../replay/session-machine.js';
import { patchOf } from '../replay/state-patch.js';
import type { HeadState, HeadViews } from '../timeline/head-views.js';
import type { AnyProjection, Fold, Timeline } from '../timeline/timeline.js';
import type { Eyes } from './eyes.js';

/** Folds that meet a changing past are folded again; after so many times they are taken as they are. */
const MOST_REFOLDS = 8;

/** A view along the replay, and what its watcher was last told of it. */
interface Shown {
  fold: Fold;
  seq: number;
  told: unknown;
}

/** A view of the whole story, wherever the clock is. */
interface ShownWhole {
  readonly stop: () => void;
  head: HeadState | undefined;
  /** The generation that the watcher was last told it in; 0: in none. */
  generation: number;
  seq: number;
  told: unknown;
  /** The request that its first state answers. */
  requestId: RequestId | undefined;
}

/** Where the replay is that they go along with. */
export type Playhead = Pick<SessionState, 'generation' | 'place' | 'clock' | 'seeking'>;

/** What shows them. */
export interface Stage {
  readonly timeline: Timeline;
  readonly heads: HeadViews;
  readonly eyes: Eyes;
  /** Undefined before it has begun. */
  state(): Playhead | undefined;
  cursor(place: OrderKey): string;
  send(frame: FrameOf<'projection'>): void;
  /** Does something outside of a transition, and hands on what it sends. */
  guarded(action: () => void): void;
  broke(error: unknown): void;
  isClosed(): boolean;
}

export class ShownViews {
  private readonly views = new Map<string, AnyProjection>();
  private shown = new Map<string, Shown>();
  private readonly whole = new Map<string, ShownWhole>();
  /** Views asked for while a seek was under way, each with the request it answers. */
  private readonly subscribing = new Map<string, RequestId | undefined>();

  /** The generation that is told: what is delivered before a seek belongs to the one before it. */
  private generation = 1;

  constructor(private readonly stage: Stage) {}

  /** The view of a name; throws `unknown-projection`. */
  named(name: string): AnyProjection {
    const { timeline } = this.stage;
    const view = timeline.projection(name);
    if (view !== undefined) return view;
    const known = timeline.projections.map((other) => other.name).join(', ');
    throw new HindcastError('unknown-projection', `"${name.slice(0, 80)}" is none; there are ${known}.`, [
      { at: 'projections', message: 'unknown projection' },
    ]);
  }

  /** Shows a view from the first seek on. */
  add(view: AnyProjection): void {
    if (view.whole === true) this.showWhole(view, undefined);
    else this.views.set(view.name, view);
  }

  /** The names of those that are shown. */
  names(): string[] {
    return [...this.views.keys(), ...this.whole.keys()];
  }

  /** The full state of a view as it was told last, for one more to whom it is told; undefined where it has not been told. */
  frameOf(name: string): FrameOf<'projection'> | undefined {
    const shown = this.shown.get(name);
    if (shown !== undefined) return shown.told === undefined ? undefined : this.stateFrame(shown);
    const whole = this.whole.get(name);
    if (whole === undefined || whole.generation !== this.generation) return undefined;
    return { ...this.headOfWhole(name, whole), state: whole.told };
  }

  /** Shows a view from now on. */
  subscribe(view: AnyProjection, requestId: RequestId | undefined): void {
    if (view.whole === true) return this.showWhole(view, requestId);
    this.views.set(view.name, view);
    // The place is not known while a seek is under way: this view is folded when it is.
    if (this.stage.state()?.seeking === true) this.subscribing.set(view.name, requestId);
    else this.refoldSoon([view.name], requestId);
  }

  remove(name: string): void {
    this.views.delete(name);
    this.shown.delete(name);
    this.whole.get(name)?.stop();
    this.whole.delete(name);
  }

  /** Other eyes see another story: views of the whole of it are followed anew. */
  lookAgain(): void {
    for (const name of [...this.whole.keys()]) {
      this.remove(name);
      this.showWhole(this.named(name), undefined);
    }
  }

  // ---- seeking ----------------------------------------------------------------------------------

  /**
   * Folds every view up to a place, for a seek; `isCurrent` tells whether that is still wanted. Answers how to go on with them
   * from there, or undefined where it is not. Until then they go along with what is played.
   */
  async foldFor(place: OrderKey, isCurrent: () => boolean): Promise<(() => void) | undefined> {
    const { timeline, eyes } = this.stage;
    let folds: readonly Fold[] = [];
    const isOvertaken = () => folds[0] !== undefined && !folds[0].stale && timeline.touched(eyes.reader.track, folds[0].position, place);
    for (let tries = 0; tries < MOST_REFOLDS; tries++) {
      const wanted = [...this.views.values()];
      folds = wanted.length === 0 ? [] : await timeline.folds(eyes.story, wanted, { upTo: place, ...eyes.seen });
      if (!isCurrent()) return undefined;
      // What is stale is told as such, and told anew when it no longer is.
      if (!isOvertaken()) break;
    }
    return () => {
      const shown = folds.filter(({ projection }) => this.views.has(projection.name));
      this.shown = new Map(shown.map((fold) => [fold.projection.name, { fold, seq: -1, told: undefined }]));
      // Those that came meanwhile, and whatever the past became meanwhile, are folded when it is there.
      for (const name of this.views.keys()) if (!this.shown.has(name) && !this.subscribing.has(name)) this.subscribing.set(name, undefined);
      if (isOvertaken()) for (const name of this.shown.keys()) this.subscribing.set(name, undefined);
    };
  }

  /** What is folded is of another place: every view is folded when the new one is there, and told then. */
  foldAnew(): void {
    this.shown = new Map();
    for (const name of this.views.keys()) if (!this.subscribing.has(name)) this.subscribing.set(name, undefined);
  }

  /** Tells every view in full, at the beginning of a generation. */
  tellAll(generation: number): void {
    this.generation = generation;
    for (const shown of this.shown.values()) this.tellState(shown);
    for (const [name, whole] of this.whole) this.tellWhole(name, whole);
  }

  /** Tells the views along the replay in full again. */
  tellStates(): void {
    for (const shown of this.shown.values()) this.tellState(shown);
  }

  /** Folds what was subscribed to while a seek was under way. */
  takeUp(): void {
    for (const [name, asked] of this.subscribing) this.refoldSoon([name], asked);
    this.subscribing.clear();
  }

  // ---- along the replay -------------------------------------------------------------------------

  advance(step: Step): void {
    for (const shown of this.shown.values()) if (shown.fold.advance(step)) this.tellPatch(shown);
  }

  /** The past changed: every view is folded anew. */
  refoldAll(): void {
    if (this.shown.size > 0) this.refoldSoon([...this.shown.keys()]);
  }

  /** Views that were stale can be told as they are. */
  refoldStale(): void {
    const stale = [...this.shown].filter(([, { fold }]) => fold.stale).map(([name]) => name);
    if (stale.length > 0) this.refoldSoon(stale);
  }

  private refoldSoon(names: readonly string[], requestId?: RequestId): void {
    void this.refold(names, requestId).catch((error: unknown) => this.stage.broke(error));
  }

  /** Folds views anew up to the place, and tells their full state. */
  private async refold(names: readonly string[], requestId?: RequestId): Promise<void> {
    const { timeline, eyes } = this.stage;
    const { generation } = this.stateNow();
    const { track } = eyes.reader;
    const views = names.map((name) => this.views.get(name)).filter((view) => view !== undefined);
    if (views.length === 0) return;
    const fold = () => timeline.folds(eyes.story, views, { upTo: this.stateNow().place, ...eyes.seen });
    let folds = await fold();
    const isOvertaken = () => folds[0]?.stale === false && timeline.touched(track, folds[0].position, this.stateNow().place);
    for (let tries = 0; tries < MOST_REFOLDS && isOvertaken(); tries++) folds = await fold();
    if (this.stage.isClosed()) return;
    if (this.stateNow().generation !== generation) return this.askAgain(names, requestId);
    this.stage.guarded(() => {
      for (const [i, one] of folds.entries()) {
        const view = views[i] as AnyProjection;
        if (this.views.get(view.name) !== view) continue;
        const { place } = this.stateNow();
        // The replay went on meanwhile: what it delivered is folded on.
        if (compareKeys(one.key, place) < 0) for (const step of timeline.steps(track, { after: one.key, upTo: place })) one.advance(step);
        const shown: Shown = { fold: one, seq: this.shown.get(view.name)?.seq ?? -1, told: undefined };
        this.shown.set(view.name, shown);
        this.tellState(shown, requestId);
      }
    });
  }

  /** A seek came in between: it tells the states that it knew of; whoever asked for one, or for a new one, is still answered. */
  private askAgain(names: readonly string[], requestId: RequestId | undefined): void {
    for (const name of names) {
      if (requestId === undefined && this.shown.has(name)) continue;
      if (this.stateNow().seeking) this.subscribing.set(name, requestId);
      else this.refoldSoon([name], requestId);
    }
  }

  private stateNow(): Playhead {
    return this.stage.state() as Playhead;
  }

  private tellState(shown: Shown, requestId?: RequestId): void {
    const state = shown.fold.view();
    shown.seq++;
    shown.told = state;
    this.stage.send({ ...this.stateFrame(shown), ...(requestId === undefined ? {} : { requestId }) });
  }

  private stateFrame(shown: Shown): FrameOf<'projection'> {
    return { ...this.headOf(shown), ...(shown.fold.stale ? { stale: true } : {}), state: shown.told };
  }

  private tellPatch(shown: Shown): void {
    const state = shown.fold.view();
    const patch = patchOf(shown.told, state);
    if (patch.length === 0) return;
    shown.seq++;
    shown.told = state;
    // More of what is due may follow: this is as of the step that was folded, and not of the last of them.
    this.stage.send({ ...this.headOf(shown, shown.fold.key), patch });
  }

  private headOf(
    { fold, seq }: Shown,
    reached = this.stateNow().place,
  ): Pick<FrameOf<'projection'>, 'type' | 'name' | 'version' | 'generation' | 'seq' | 'at' | 'cursor'> {
    const { name, version } = fold.projection;
    const { clock } = this.stateNow();
    const { generation } = this;
    const at = Number.isFinite(fold.key[0]) ? fold.key[0] : clock.at;
    const cursor = this.stage.cursor(compareKeys(fold.key, reached) > 0 ? fold.key : reached);
    return { type: 'projection', name, version, generation, seq, at: formatInstant(Math.max(at, clock.at)), cursor };
  }

  // ---- of the whole story -----------------------------------------------------------------------

  private showWhole(view: AnyProjection, requestId: RequestId | undefined): void {
    const known = this.whole.get(view.name);
    if (known !== undefined) {
      known.requestId = requestId;
      known.generation = 0;
      return this.stage.guarded(() => this.tellWhole(view.name, known));
    }
    const whole: ShownWhole = { stop: () => stop(), head: undefined, generation: 0, seq: -1, told: undefined, requestId };
    this.whole.set(view.name, whole);
    const { heads, eyes } = this.stage;
    const take = (head: HeadState) => {
      whole.head = head;
      const state = this.stage.state();
      if (this.stage.isClosed() || state === undefined || state.seeking) return;
      this.stage.guarded(() => this.tellWhole(view.name, whole));
    };
    const stop = heads.follow(eyes.story, view, take, eyes.lens);
  }

  /** Tells a view in full where the watcher has not had it in this generation, else what changed. */
  private tellWhole(name: string, whole: ShownWhole): void {
    const { head, requestId } = whole;
    const state = this.stage.state();
    if (head === undefined || state === undefined) return;
    const isNew = whole.generation !== this.generation;
    const patch = isNew ? [] : patchOf(whole.told, head.state);
    if (!isNew && patch.length === 0) return;
    whole.seq = isNew && whole.generation !== 0 ? 0 : whole.seq + 1;
    whole.told = head.state;
    whole.generation = this.generation;
    whole.requestId = undefined;
    const frame = this.headOfWhole(name, whole);
    this.stage.send(isNew ? { ...frame, state: head.state, ...(requestId === undefined ? {} : { requestId }) } : { ...frame, patch });
  }

  private headOfWhole(name: string, { seq, head }: ShownWhole): FrameOf<'projection'> {
    const { clock, place } = this.stateNow();
    const { version } = this.named(name);
    const stale = head?.stale === true ? { stale: true } : {};
    const { generation } = this;
    return { type: 'projection', name, version, generation, seq, at: formatInstant(clock.at), cursor: this.stage.cursor(place), ...stale };
  }

  close(): void {
    for (const { stop } of this.whole.values()) stop();
  }
}
