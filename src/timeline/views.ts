/**
 * Views as of any moment: the states of projections after every step up to a place, read from the last keeping and folded
 * on from there.
 * Invariant: a state comes from one consistent reading of the read model, whatever was kept of it, with the same result.
 * Unit: a long fold gives way to the event loop every few milliseconds.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Step } from '../../events/steps.js';
import { BEFORE_ALL, compareKeys, type OrderKey } from '../../events/story-time.js';
import type { Pageable } from '../../projections/projection.js';
import { HindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import { type AnyProjection, type Keepings, viewKey } from './keepings.js';
import type { Audit, Reading, Store, Track } from './store.js';

export type { AnyProjection } from './keepings.js';

/** A fold reads the clock after so many steps, and gives way after so long. */
const CHECK_STEPS = 16;
const SLICE_MS = 2;

/** The state after one more step, or why the view cannot take it. It is tried twice: what is pure fails twice. */
export function evolveOrFault(projection: AnyProjection, state: unknown, step: Step): { readonly state: unknown } | { readonly fault: string } {
  let fault = '';
  for (let tries = 0; tries < 2; tries++) {
    try {
      const next = projection.evolve(state, step);
      if (typeof next === 'object' && next !== null) return { state: next };
      fault = `the reducer answered ${next === null ? 'null' : typeof next} in place of a state`;
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    }
  }
  return { fault };
}

/** The event, or the note, that a step is of. */
export function eventOf(step: Step): string {
  switch (step.kind) {
    case 'happening':
      return step.event.id;
    case 'mooted':
      return step.note.id;
    case 'described':
      return 'the description of the story';
    default:
      return step.event;
  }
}

export function viewFailed(projection: AnyProjection, { event, reason }: Audit): HindcastError {
  return new HindcastError('view-failed', `${projection.name}, at ${event}: ${reason}.`, [{ at: event, message: reason }]);
}

/** The state of one view at one place, to be read or folded on step by step. */
export class Fold {
  constructor(
    readonly projection: AnyProjection,
    private current: unknown,
    /** The place after the last step that was folded. */
    public key: OrderKey,
    /** What the log held when the step table was read. */
    readonly position: Position,
    /** Where false, an event that the view cannot take is an error; else it is set aside. */
    private readonly lenient: boolean,
    private readonly aside: Audit[],
    /** True where the past has changed and this is the last consistent state before that. */
    readonly stale: boolean,
  ) {}

  get state(): unknown {
    return this.current;
  }

  /** Events that the view could not take, in story order. */
  get setAside(): readonly Audit[] {
    return this.aside;
  }

  view(): unknown {
    return this.projection.view(this.current);
  }

  /** A list of the view that is longer than it shows; undefined where there is none of that name. */
  list(name: string): Pageable | undefined {
    const lists = this.projection.lists?.(this.current) ?? {};
    return Object.hasOwn(lists, name) ? lists[name] : undefined;
  }

  /** Folds one step on. Answers whether the state changed. Throws `view-failed`. */
  advance(step: Step): boolean {
    const result = evolveOrFault(this.projection, this.current, step);
    this.key = step.key;
    if ('fault' in result) {
      const audit = { event: eventOf(step), reason: result.fault };
      if (!this.lenient) throw viewFailed(this.projection, audit);
      this.aside.push(audit);
      return false;
    }
    const changed = result.state !== this.current;
    this.current = result.state;
    return changed;
  }
}

export interface FoldTables {
  readonly store: Store;
  readonly keepings: Keepings;
  /** May an event that this view cannot take be set aside? */
  readonly lenient: (projection: AnyProjection) => boolean;
  /** Monotonic, in ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Folds projections over a track up to a place (inclusive), each from its last keeping; the steps are read once for all.
 * `reading`: an older consistent reading, whose states are stale. Throws `shutting-down` when the signal aborts.
 */
export async function foldUpTo(tables: FoldTables, track: Track, projections: readonly AnyProjection[], upTo: OrderKey, old?: Reading): Promise<Fold[]> {
  const { store, keepings, now, signal, lenient } = tables;
  const own: Reading = { transaction: old === undefined ? store.root.useReadTransaction() : undefined };
  const reading = old ?? own;
  const { transaction } = reading;
  const options = transaction === undefined ? {} : { transaction };
  try {
    const position = (store.meta.get('position', options) as Position | undefined) ?? '';
    const folds = projections.map((projection) => {
      const kept = keepings.read(track, projection, upTo, reading, old !== undefined);
      const aside = auditsUpTo(store, track, projection, kept.place, reading);
      return new Fold(projection, kept.state, kept.place, position, lenient(projection), aside, old !== undefined);
    });
    if (compareKeys(upTo, BEFORE_ALL) <= 0) return folds;
    // Those that were kept furthest back begin; the others join at the place where they were kept.
    const from = folds.reduce<OrderKey | undefined>((first, { key }) => (first === undefined || compareKeys(key, first) < 0 ? key : first), undefined);
    let count = 0;
    let sliceStart = now();
    const range = { start: [track, ...(from ?? BEFORE_ALL)], exclusiveStart: true, end: [track, ...upTo], inclusiveEnd: true, ...options };
    for (const { value: step } of store.steps.getRange(range as unknown as Parameters<Store['steps']['getRange']>[0])) {
      if (step.key[0] === Infinity) break;
      for (const fold of folds) if (compareKeys(fold.key, step.key) < 0) fold.advance(step);
      if (++count % CHECK_STEPS === 0 && now() - sliceStart > SLICE_MS) {
        await turn();
        if (signal.aborted) throw new HindcastError('shutting-down');
        sliceStart = now();
      }
    }
    return folds;
  } finally {
    own.transaction?.done();
    own.transaction = undefined;
  }
}

function auditsUpTo(store: Store, track: Track, projection: AnyProjection, place: OrderKey, reading: Reading): Audit[] {
  const view = viewKey(projection);
  const { transaction } = reading;
  const range = {
    start: [track, view, -Infinity, -Infinity, ''],
    end: [track, view, ...place],
    inclusiveEnd: true,
    ...(transaction === undefined ? {} : { transaction }),
  };
  return [...store.audits.getRange(range as unknown as Parameters<Store['audits']['getRange']>[0])].map(({ value }) => value);
}
