/**
 * Views as of any moment: the state of a projection after every step up to a place in story order.
 * Invariant: a state comes from one consistent reading of the step table, through a snapshot or not, with the same result.
 * Unit: a long fold gives way to the event loop every few milliseconds.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Step } from '../../events/resolve.js';
import { BEFORE_ALL, compareKeys, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { Projection } from '../../projections/projection.js';
import type { Position } from '../log/log.js';
import { LAST, type Store } from './store.js';

/** A snapshot is written after so many steps: a read folds at most as many. */
const SNAPSHOT_STEPS = 1_024;
/** A fold reads the clock after so many steps, and gives way after so long. */
const CHECK_STEPS = 16;
const SLICE_MS = 4;

export type AnyProjection = Projection<unknown, unknown>;

/** The state of one view at one place, to be read or folded on step by step. */
export class Fold {
  constructor(
    readonly projection: AnyProjection,
    private current: unknown,
    /** The place after the last step that was folded. */
    public key: OrderKey,
    /** What the log held when the step table was read. */
    readonly position: Position,
  ) {}

  get state(): unknown {
    return this.current;
  }

  view(): unknown {
    return this.projection.view(this.current);
  }

  /** Folds one step on. Answers whether the state changed. */
  advance(step: Step): boolean {
    const next = this.projection.evolve(this.current, step);
    const changed = next !== this.current;
    this.current = next;
    this.key = step.key;
    return changed;
  }
}

/** Folds `projection` over the story up to `upTo` (inclusive), from the nearest snapshot. `now` in ms, monotonic. Throws `shutting-down` when `signal` aborts. */
export async function foldUpTo(store: Store, story: string, projection: AnyProjection, upTo: OrderKey, now: () => number, signal: AbortSignal): Promise<Fold> {
  const transaction = store.root.useReadTransaction();
  try {
    const name = `${projection.name}@${projection.version}`;
    const position = (store.meta.get('position', { transaction }) as Position | undefined) ?? '';
    let fold = new Fold(projection, projection.initial(), BEFORE_ALL, position);
    if (upTo[0] === -Infinity) return fold;
    for (const { key, value } of store.snapshots.getRange({
      transaction,
      reverse: true,
      start: [story, ...upTo, LAST],
      end: [story, -Infinity, -Infinity, '', ''],
    })) {
      if (key[4] !== name) continue;
      fold = new Fold(projection, projection.load?.(value.state) ?? value.state, [key[1], key[2], key[3]], position);
      break;
    }
    let since = 0;
    let sliceStart = now();
    const from = fold.key;
    for (const { value: step } of store.steps.getRange({
      transaction,
      start: [story, ...from],
      exclusiveStart: true,
      end: [story, ...upTo],
      inclusiveEnd: true,
    })) {
      if (!Number.isFinite(step.key[0])) break;
      fold.advance(step);
      since++;
      if (since % SNAPSHOT_STEPS === 0) keepSnapshot(store, story, name, fold);
      if (since % CHECK_STEPS === 0 && now() - sliceStart > SLICE_MS) {
        await turn();
        if (signal.aborted) throw new HindcastError('shutting-down');
        sliceStart = now();
      }
    }
    return fold;
  } finally {
    transaction.done();
  }
}

/** Writes a snapshot unless the story changed before it since it was read: that change has dropped, and would miss, this one. */
function keepSnapshot(store: Store, story: string, name: string, fold: Fold): void {
  const { key, position, projection } = fold;
  const state = projection.save?.(fold.state) ?? fold.state;
  const kept = store.root.transaction(() => {
    for (const { value: change } of store.journal.getRange({ start: [story, position], exclusiveStart: true, end: [story, LAST] })) {
      if (compareKeys(change.from, key) <= 0) return;
    }
    store.snapshots.put([story, ...key, name], { state });
  });
  // A snapshot only saves time: one that cannot be kept is done without.
  kept.catch(() => {});
}
