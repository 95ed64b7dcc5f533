/**
 * Lens tracks: the steps of a story as a lens shows them, for the lenses that somebody looks through. Each is laid when it
 * is first asked for, follows the story from then on, and is taken away when others are looked through.
 * Invariant: a track that is laid holds, after each commit, exactly what the lens shows of the story's steps.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { isHappening, type RecordedHappening } from '../../events/event.js';
import { type Lens, throughLens } from '../../events/lens.js';
import type { Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, earlier, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import type { Keepings } from './keepings.js';
import { type Change, LAST, type LensOf, type Store, stepKey, type Track, trackOf } from './store.js';

/** So many lenses of all stories together are kept; the one that was looked through longest ago goes first. */
const MOST_LENSES = 16;
/** So many steps are looked at in one turn of the event loop. */
const STEPS_A_TURN = 128;

interface Laid extends LensOf {
  readonly track: Track;
  /** Resolves when the track is laid. */
  ready: Promise<void>;
  isReady: boolean;
  /** Ids that changed while it was being laid. */
  readonly missed: Set<string>;
  /** How many look through it now: it is not taken away under them. */
  users: number;
}

export class LensTracks {
  /** The last looked through stands last. */
  private readonly laid = new Map<Track, Laid>();

  /** `clear`: takes away what views have kept of a track. `onLaid`: a track is there to be folded. */
  constructor(
    private readonly store: Store,
    private readonly keepings: Keepings,
    private readonly clear: (track: Track) => void,
    private readonly onLaid: (track: Track) => void,
    private readonly signal: AbortSignal,
  ) {
    for (const { key, value } of store.lenses.getRange()) {
      this.laid.set(key, { ...value, track: key, ready: Promise.resolve(), isReady: true, missed: new Set(), users: 0 });
    }
  }

  /** The track of a story through a lens, laid by then. It is held until the answer's `release` is called. */
  async open(story: string, lens: Lens): Promise<{ readonly track: Track; release(): void }> {
    const track = trackOf(story, lens);
    const laid = this.laid.get(track) ?? this.begin({ story, lens, track });
    this.laid.delete(track);
    this.laid.set(track, laid);
    laid.users++;
    try {
      await laid.ready;
      await this.forgetOldest();
    } catch (error) {
      laid.users--;
      throw error;
    }
    return { track, release: () => void laid.users-- };
  }

  /** Holds a track that is laid; answers how to let it go. */
  hold(track: Track): () => void {
    const laid = this.laid.get(track);
    if (laid === undefined) return () => {};
    laid.users++;
    return () => void laid.users--;
  }

  private begin(of: { story: string; lens: Lens; track: Track }): Laid {
    const laid: Laid = { ...of, isReady: false, missed: new Set(), users: 0, ready: Promise.resolve() };
    laid.ready = this.lay(laid);
    laid.ready.catch(() => this.laid.delete(of.track));
    return laid;
  }

  /** All tracks that are laid. */
  tracks(): Track[] {
    return [...this.laid.values()].filter((laid) => laid.isReady).map((laid) => laid.track);
  }

  private async forgetOldest(): Promise<void> {
    for (const [track, laid] of this.laid) {
      if (this.laid.size <= MOST_LENSES) return;
      if (!laid.isReady || laid.users > 0) continue;
      this.laid.delete(track);
      await this.store.write(() => {
        // Whoever asked for it meanwhile lays it anew, after this.
        if (!this.laid.has(track)) this.takeAway(track);
      });
    }
  }

  private takeAway(track: Track): void {
    const { store } = this;
    store.lenses.remove(track);
    // A chunk of it that is being folded is not kept.
    this.keepings.changed(track, BEFORE_ALL, 0);
    for (const key of [...store.journal.getKeys({ start: [track, '', 0], end: [track, LAST, 0] })]) store.journal.remove(key);
    for (const key of [...store.steps.getKeys({ start: [track, -Infinity, -Infinity, ''], end: [track, Infinity, Infinity, LAST] })]) store.steps.remove(key);
    for (const key of [...store.sights.getKeys({ start: [track, ''], end: [track, LAST] })]) store.sights.remove(key);
    this.clear(track);
  }

  private async lay(laid: Laid): Promise<void> {
    const { store } = this;
    const { story, lens, track, missed } = laid;
    await store.write(() => this.takeAway(track));
    let after: OrderKey = BEFORE_ALL;
    for (let complete = false; !complete; ) {
      const from = after;
      const read = await store.write(() => {
        const range = { start: [story, ...from], exclusiveStart: true, end: [story, Infinity, Infinity, LAST], limit: STEPS_A_TURN };
        const steps = [...store.steps.getRange(range as unknown as Parameters<Store['steps']['getRange']>[0])].map(({ value }) => value);
        for (const step of steps) this.show(laid, step);
        return steps;
      });
      after = read.at(-1)?.key ?? after;
      complete = read.length < STEPS_A_TURN;
      await turn();
      this.signal.throwIfAborted();
    }
    await store.write(() => {
      // What changed meanwhile may lie behind where it was read.
      for (const id of missed) this.showAgain(laid, id);
      missed.clear();
      laid.isReady = true;
      store.lenses.put(track, { story, lens });
    });
    this.onLaid(track);
  }

  /** Takes in what changed of a story. Inside the write transaction that changed it. */
  follow(story: string, changes: readonly Change[]): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    for (const laid of this.laid.values()) {
      if (laid.story !== story) continue;
      // The description belongs to no id: it may have changed with anything.
      const causes = new Map<string, Change>([['', last]]);
      for (const change of changes) for (const id of this.dependents(story, change.id)) causes.set(id, change);
      let nth = 0;
      for (const [id, cause] of causes) {
        if (!laid.isReady) laid.missed.add(id);
        else if (this.showAgain(laid, id, { cause, nth })) nth++;
      }
    }
  }

  /** What is looked at again when something changes: itself, what it disclosed, and requests that lapsed by it. */
  private *dependents(story: string, id: string): Generator<string> {
    const { store } = this;
    const others = { start: [story, id, ''], end: [story, id, LAST] } as { start: [string, string, string]; end: [string, string, string] };
    yield id;
    for (const [, , other] of [...store.rests.getKeys(others)]) yield other;
    for (const [, , note] of [...store.about.getKeys(others)]) {
      const identity = store.ids.get([story, note]);
      if (identity?.is === 'note' && identity.event.type === 'RequestMooted') yield note;
    }
  }

  /**
   * Shows anew what belongs to an id: a happening with its marks, or the mark of a mooted request; '' is the description.
   * Answers whether anything changed; what did is written down for those who look through the lens.
   */
  private showAgain({ track, lens, story }: Laid, id: string, by?: { readonly cause: Change; readonly nth: number }): boolean {
    const { store } = this;
    const now = stepsOf(store, story, id)
      .map((step) => throughLens(step, lens, (other) => happeningOf(store, story, other)))
      .filter((step) => step !== undefined);
    const before = store.sights.get([track, id]) ?? [];
    const old = before.map((key) => store.steps.get(stepKey(track, key))).filter((step) => step !== undefined);
    if (JSON.stringify(old) === JSON.stringify(now)) return false;
    let from: OrderKey | undefined;
    for (const key of before) {
      store.steps.remove(stepKey(track, key));
      from = earlier(from, key);
    }
    for (const step of now) {
      store.steps.put(stepKey(track, step.key), step);
      from = earlier(from, step.key);
    }
    if (now.length > 0)
      store.sights.put(
        [track, id],
        now.map((step) => step.key),
      );
    else store.sights.remove([track, id]);
    if (from === undefined) return false;
    this.keepings.changed(track, from, now.length);
    if (by !== undefined) this.write(track, id, by.cause, by.nth, keyIn(old), keyIn(now) ?? now[0]?.key, from);
    return true;
  }

  private write(
    track: Track,
    id: string,
    { position, by, kind: cause }: Change,
    nth: number,
    was: OrderKey | undefined,
    now: OrderKey | undefined,
    from: OrderKey,
  ): void {
    const kind = now === undefined ? 'retracted' : was === undefined && now[1] !== MARK_SEQ ? 'added' : cause === 'added' ? 'annotated' : cause;
    this.store.journal.put([track, position, nth], {
      position,
      kind,
      id,
      by,
      ...(was === undefined ? {} : { was }),
      ...(now === undefined ? {} : { now }),
      from,
    });
  }

  private show({ track, lens, story }: Laid, step: Step): void {
    const { store } = this;
    const shown = throughLens(step, lens, (id) => happeningOf(store, story, id));
    if (shown === undefined) return;
    store.steps.put(stepKey(track, shown.key), shown);
    const owner = ownerOf(step);
    const known = store.sights.get([track, owner]) ?? [];
    if (!known.some((key) => compareKeys(key, shown.key) === 0)) store.sights.put([track, owner], [...known, shown.key]);
  }
}

/** Where the happening among some steps stands. */
const keyIn = (steps: readonly Step[]) => steps.find((step) => step.kind === 'happening')?.key;

/** The id that a step belongs to. */
function ownerOf(step: Step): string {
  switch (step.kind) {
    case 'happening':
      return step.event.id;
    case 'mooted':
      return step.note.id;
    case 'described':
      return '';
    default:
      return step.event;
  }
}

function happeningOf(store: Store, story: string, id: string): RecordedHappening | undefined {
  const identity = store.ids.get([story, id]);
  if (identity?.is !== 'happening') return undefined;
  const step = store.steps.get([story, identity.instant, identity.seq, id]);
  return step?.kind === 'happening' && isHappening(step.event) ? step.event : undefined;
}

/** The steps of a story that belong to an id, as everybody sees them. */
function stepsOf(store: Store, story: string, id: string): Step[] {
  const identity = id === '' ? undefined : store.ids.get([story, id]);
  const places: OrderKey[] = [];
  if (id === '') places.push([-Infinity, MARK_SEQ, '']);
  else if (identity?.is === 'happening')
    places.push([identity.instant, identity.seq, id], ...(identity.marks ?? []).map(([instant, mark]): OrderKey => [instant, MARK_SEQ, mark]));
  else if (identity?.is === 'note' && identity.mark !== undefined) places.push([identity.mark, MARK_SEQ, id]);
  return places.map((place) => store.steps.get(stepKey(story, place))).filter((step) => step !== undefined);
}
