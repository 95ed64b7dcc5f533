/**
 * Keepings: the states of views that are written down along a track, so that a state as of any place is read and not
 * folded from the beginning. A keeping is whole, or only what changed since the one before; it is written whole when the
 * changes outweigh it, so that a read costs at most about twice the state.
 * Invariants: what is kept up to a view's frontier is what a fold over the track's steps gives; beyond it nothing counts.
 * Unit: bytes are characters of the kept text.
 */
import { createHash } from 'node:crypto';
import { BEFORE_ALL, compareKeys, earlier, type OrderKey } from '../../events/story-time.js';
import { Ledger, type LedgerChanges, type LedgerCounts, type LedgerSource } from '../../projections/ledger.js';
import type { Projection } from '../../projections/projection.js';
import { Table } from '../../projections/table.js';
import { type Block, type Keeping, LAST, lastUpTo, type Reading, type Store, type Track, type ViewKey, within } from './store.js';

export type AnyProjection = Projection<unknown, unknown>;
type Fields = Readonly<Record<string, unknown>>;
const AFTER_ALL: OrderKey = [Infinity, Infinity, LAST];
type SavedTable = Parameters<Table<unknown>['load']>[0];

/** After so many keepings in a row that are not whole, one is, whatever it weighs. */
const LONGEST_CHAIN = 64;
/** So many rows of a ledger stand in one block: it is written whole when one of them changes. */
const BLOCK = 4;
/** A longer key of a ledger's row is kept as its digest. */
const LONGEST_KEY = 200;
/** So many keepings are far: states that far on are not folded by whoever reads them. */
const FAR = 32;
/** A source keeps so many blocks that it read. */
const BLOCKS_HELD = 256;

export function viewKey({ name, version }: { readonly name: string; readonly version: number }): ViewKey {
  return `${name}@${version}`;
}

/** What has been read or written of a view at a place, and what it took. */
export interface Kept {
  readonly place: OrderKey;
  readonly state: unknown;
  /** Place of the last whole keeping; undefined where nothing was kept. */
  readonly whole: OrderKey | undefined;
  readonly wholeBytes: number;
  readonly changeBytes: number;
  readonly chain: number;
}

/** A state that has grown beyond what can be kept. */
export class StateTooLarge extends Error {
  override readonly name = 'StateTooLarge';
}

function storedKey(key: string): string {
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, 100)}…${createHash('sha256').update(key).digest('base64')}`;
}

/** Reads a ledger as it was kept at a place. */
class KeptLedger implements LedgerSource<unknown> {
  private readonly blocks = new Map<number, Block>();

  constructor(
    private readonly store: Store,
    private readonly track: Track,
    private readonly view: ViewKey,
    private readonly name: string,
    private readonly place: OrderKey,
    private readonly reading: Reading | undefined,
  ) {}

  numberOf(key: string): number | undefined {
    const n = this.store.numbers.get([this.track, this.view, this.name, storedKey(key)], within(this.reading));
    // The number may be from before the past changed: then another key has it now, or none.
    return n === undefined || this.block(Math.floor(n / BLOCK)).keys[n % BLOCK] !== key ? undefined : n;
  }

  row(n: number): unknown {
    return this.block(Math.floor(n / BLOCK)).rows[n % BLOCK] ?? null;
  }

  block(number: number): Block {
    const held = this.blocks.get(number);
    if (held !== undefined) return held;
    const block = lastUpTo(this.store.rows, [this.track, this.view, this.name, number], this.place, this.reading)?.value ?? NO_BLOCK;
    if (this.blocks.size >= BLOCKS_HELD) this.blocks.clear();
    this.blocks.set(number, block);
    return block;
  }
}

const NO_BLOCK: Block = { keys: [], rows: [] };

/** What became of a track: how many steps came at most, whether some were placed before what was kept, and long before. */
export interface Touched {
  steps: number;
  late: boolean;
  far: boolean;
}

/** So many characters of kept states stay at hand as objects. */
const MOST_AT_HAND = 64 * 1024 * 1024;

export class Keepings {
  /**
   * States that were read or written of late, by track, view and place; the last used stands last. What is kept at a place
   * changes only by what is done here, so that they are what the store has, or will have.
   */
  private readonly atHand = new Map<string, Kept>();
  private bytesAtHand = 0;
  private touched = new Map<Track, Touched>();
  /** Frontiers as they are in the store. */
  private readonly frontiers = new Map<Track, Map<ViewKey, OrderKey>>();
  /** For each track that is being folded: the first place that has changed since it was read. */
  private readonly watched = new Map<Track, OrderKey | undefined>();

  constructor(
    private readonly store: Store,
    private readonly largest = 64 * 1024 * 1024,
  ) {}

  // ---- frontiers --------------------------------------------------------------------------------

  /** The place up to which a view is kept. */
  frontier(track: Track, view: ViewKey, reading?: Reading): OrderKey {
    if (reading?.transaction !== undefined) return this.store.frontiers.get([track, view], within(reading)) ?? BEFORE_ALL;
    return this.known(track).get(view) ?? BEFORE_ALL;
  }

  private known(track: Track): Map<ViewKey, OrderKey> {
    let known = this.frontiers.get(track);
    if (known === undefined) {
      known = new Map();
      for (const { key, value } of this.store.frontiers.getRange({ start: [track, ''], end: [track, '\u{10ffff}'] })) known.set(key[1], value);
      this.frontiers.set(track, known);
    }
    return known;
  }

  /** What changed from a place on, by so many steps: nothing kept beyond counts any more. Inside a write transaction. */
  changed(track: Track, from: OrderKey, steps: number): void {
    if (this.watched.has(track)) this.watched.set(track, earlier(this.watched.get(track), from));
    const touched = this.touched.get(track) ?? { steps: 0, late: false, far: false };
    touched.steps += steps;
    for (const [view, frontier] of this.known(track)) {
      if (compareKeys(frontier, from) < 0) continue;
      if (!touched.far) {
        const beyond = { start: [track, view, ...from], end: [track, view, ...frontier], inclusiveEnd: true, limit: FAR } as unknown as StateRange;
        touched.far = [...this.store.states.getKeys(beyond)].length === FAR;
      }
      touched.late = true;
      this.setFrontier(track, view, this.lastBefore(track, view, from));
    }
    this.touched.set(track, touched);
  }

  /** What has changed since it was last asked, track by track. */
  takeTouched(): Map<Track, Touched> {
    const { touched } = this;
    this.touched = new Map();
    return touched;
  }

  private setFrontier(track: Track, view: ViewKey, place: OrderKey): void {
    this.known(track).set(view, place);
    this.store.frontiers.put([track, view], place);
  }

  private lastBefore(track: Track, view: ViewKey, place: OrderKey): OrderKey {
    return lastUpTo(this.store.states, [track, view], place, undefined, 'before')?.place ?? BEFORE_ALL;
  }

  /** Begins to watch a track for changes; `unchanged` tells whether there was one at or before a place since. */
  watch(track: Track): { unchanged(upTo: OrderKey): boolean; end(): void } {
    this.watched.set(track, undefined);
    return {
      unchanged: (upTo) => {
        const first = this.watched.get(track);
        return first === undefined || compareKeys(first, upTo) > 0;
      },
      end: () => void this.watched.delete(track),
    };
  }

  /** Forgets what it knows of the store: a transaction that was to change it has failed. */
  forget(): void {
    this.frontiers.clear();
    this.atHand.clear();
    this.bytesAtHand = 0;
  }

  // ---- at hand ----------------------------------------------------------------------------------

  private take(key: string): Kept | undefined {
    const kept = this.atHand.get(key);
    if (kept === undefined) return undefined;
    this.atHand.delete(key);
    this.atHand.set(key, kept);
    return kept;
  }

  private leave(key: string): void {
    const kept = this.atHand.get(key);
    if (kept === undefined) return;
    this.bytesAtHand -= bytesOf(kept);
    this.atHand.delete(key);
  }

  private lay(key: string, kept: Kept): void {
    this.leave(key);
    this.atHand.set(key, kept);
    this.bytesAtHand += bytesOf(kept);
    for (const [oldest] of this.atHand) {
      if (this.bytesAtHand <= MOST_AT_HAND) return;
      this.leave(oldest);
    }
  }

  // ---- reading ----------------------------------------------------------------------------------

  /**
   * The last keeping of a view at or before a place that counts; its initial state where there is none. `isOld`: the
   * reading is from before the past changed.
   */
  read(track: Track, projection: AnyProjection, upTo: OrderKey, reading?: Reading, isOld = false): Kept {
    const { store } = this;
    const view = viewKey(projection);
    const frontier = this.frontier(track, view, reading);
    const from = compareKeys(frontier, upTo) < 0 ? frontier : upTo;
    const initial = projection.initial() as Fields;
    const last = lastUpTo(store.states, [track, view], from, reading);
    if (last === undefined) return { place: BEFORE_ALL, state: initial, whole: undefined, wholeBytes: 0, changeBytes: 0, chain: 0 };
    const { place, value } = last;
    const key = handKey(track, view, place);
    const known = isOld ? undefined : this.take(key);
    if (known !== undefined) return known;
    const whole = value.since ?? place;
    const texts = value.since === undefined ? [value.state] : this.chain(track, view, value.since, place, reading);
    const open = (name: string, counts: LedgerCounts) => Ledger.over(new KeptLedger(store, track, view, name, place, reading), counts);
    const state = loadFields(initial, texts, open);
    const wholeBytes = texts[0]?.length ?? 0;
    const changeBytes = texts.slice(1).reduce((sum, text) => sum + text.length, 0);
    const kept: Kept = { place, state, whole, wholeBytes, changeBytes, chain: texts.length - 1 };
    if (!isOld) this.lay(key, kept);
    return kept;
  }

  private chain(track: Track, view: ViewKey, from: OrderKey, to: OrderKey, reading: Reading | undefined): string[] {
    const range = { start: [track, view, ...from], end: [track, view, ...to], inclusiveEnd: true, ...within(reading) };
    return [...this.store.states.getRange(range as StateRange)].map(({ value }) => value.state);
  }

  // ---- writing ----------------------------------------------------------------------------------

  /**
   * Writes down the state of a view at a place, in the stead of all that was kept beyond `before`, up to that place. Inside
   * a write transaction. Throws `StateTooLarge`, having written nothing.
   */
  write(track: Track, projection: AnyProjection, before: Kept, place: OrderKey, state: unknown): Kept {
    const { store } = this;
    const view = viewKey(projection);
    const fields = state as Fields;
    const changes = JSON.stringify(changesOf(fields, before.state as Fields));
    const outweighs = before.whole === undefined || before.changeBytes + changes.length > before.wholeBytes || before.chain + 1 >= LONGEST_CHAIN;
    const whole = outweighs ? JSON.stringify(wholeOf(fields)) : undefined;
    if (whole !== undefined && whole.length > this.largest)
      throw new StateTooLarge(
        `the state of ${projection.name} has ${whole.length} characters, and ${this.largest} can be kept: what grows with the story belongs into a ledger`,
      );
    this.drop(track, view, before.place, place);
    const blocks: [string, number][] = [];
    for (const [name, value] of Object.entries(fields)) {
      if (!(value instanceof Ledger)) continue;
      const changed = value.saveChanges();
      if (changed !== undefined) for (const block of this.writeLedger(track, view, name, before.place, place, changed)) blocks.push([name, block]);
    }
    const text = whole === undefined ? { since: before.whole as OrderKey, state: changes } : { state: whole };
    const keeping: Keeping = blocks.length === 0 ? text : { ...text, blocks };
    store.states.put([track, view, place[0], place[1], place[2]], keeping);
    this.setFrontier(track, view, place);
    const rebased = keptFields(fields, (name, counts) => Ledger.over(new KeptLedger(store, track, view, name, place, undefined), counts));
    const kept: Kept =
      whole === undefined
        ? { ...before, place, state: rebased, changeBytes: before.changeBytes + changes.length, chain: before.chain + 1 }
        : { place, state: rebased, whole: place, wholeBytes: whole.length, changeBytes: 0, chain: 0 };
    this.lay(handKey(track, view, place), kept);
    return kept;
  }

  /** Writes the blocks that changed, each whole; answers which. */
  private writeLedger(track: Track, view: ViewKey, name: string, before: OrderKey, place: OrderKey, changes: LedgerChanges<unknown>): number[] {
    const { store } = this;
    const kept = new KeptLedger(store, track, view, name, before, undefined);
    const blocks = new Map<number, { keys: string[]; rows: unknown[] }>();
    const blockOf = (n: number) => {
      const number = Math.floor(n / BLOCK);
      let block = blocks.get(number);
      if (block === undefined) {
        const { keys, rows } = kept.block(number);
        block = { keys: [...keys], rows: [...rows] };
        blocks.set(number, block);
      }
      return block;
    };
    for (const [key, n] of changes.keys) {
      blockOf(n).keys[n % BLOCK] = key;
      store.numbers.put([track, view, name, storedKey(key)], n);
    }
    for (const [n, row] of changes.rows) blockOf(n).rows[n % BLOCK] = row;
    for (const [number, { keys, rows }] of blocks) {
      // Numbers beyond the last are left over from before the past changed.
      const count = Math.min(BLOCK, changes.next - number * BLOCK);
      store.rows.put([track, view, name, number, place[0], place[1], place[2]], { keys: keys.slice(0, count), rows: rows.slice(0, count) });
    }
    return [...blocks.keys()];
  }

  /** Takes away what was kept of a view between two places, the second included. */
  drop(track: Track, view: ViewKey, after: OrderKey, upTo: OrderKey): void {
    const { store } = this;
    const range = { start: [track, view, ...after], exclusiveStart: true, end: [track, view, ...upTo], inclusiveEnd: true } as unknown as StateRange;
    for (const { key, value } of [...store.states.getRange(range)]) {
      const [, , ...place] = key;
      this.leave(handKey(track, view, place));
      for (const [name, block] of value.blocks ?? []) store.rows.remove([track, view, name, block, ...place]);
      store.states.remove(key);
    }
    for (const key of [...store.audits.getKeys(range as Parameters<Store['audits']['getKeys']>[0])]) store.audits.remove(key);
  }

  /** Forgets everything of a view on a track. Inside a write transaction. */
  clear(track: Track, view: ViewKey): void {
    const { store } = this;
    this.drop(track, view, BEFORE_ALL, AFTER_ALL);
    const numbers = store.numbers.getKeys({ start: [track, view, '', ''], end: [track, view, LAST, LAST] });
    for (const key of [...numbers]) store.numbers.remove(key);
    store.frontiers.remove([track, view]);
    this.known(track).delete(view);
  }
}

const handKey = (track: Track, view: ViewKey, place: OrderKey) => JSON.stringify([track, view, place]);

/** An empty state weighs something, too. */
const bytesOf = ({ wholeBytes, changeBytes }: Kept) => 1_000 + wholeBytes + changeBytes;

type StateRange = Parameters<Store['states']['getRange']>[0];

function changesOf(fields: Fields, before: Fields): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Table) {
      const changed = value.saveChanges();
      if (changed !== undefined) changes[name] = changed;
    } else if (value instanceof Ledger) {
      if (value.saveChanges() !== undefined) changes[name] = value.counts();
    } else if (value !== before[name]) changes[name] = value ?? null;
  }
  return changes;
}

function wholeOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Table ? value.save() : value instanceof Ledger ? value.counts() : value]),
  );
}

function keptFields(fields: Fields, open: (name: string, counts: LedgerCounts) => Ledger<unknown>): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Table ? value.kept() : value instanceof Ledger && value.saveChanges() !== undefined ? open(name, value.counts()) : value,
    ]),
  );
}

function loadFields(initial: Fields, texts: readonly string[], open: (name: string, counts: LedgerCounts) => Ledger<unknown>): Fields {
  const fields: Record<string, unknown> = { ...initial };
  const counts = new Map<string, LedgerCounts>();
  for (const text of texts) {
    for (const [name, value] of Object.entries(JSON.parse(text) as Fields)) {
      const field = fields[name];
      if (field instanceof Table) fields[name] = field.load(value as SavedTable);
      else if (field instanceof Ledger) counts.set(name, value as LedgerCounts);
      else fields[name] = value;
    }
  }
  for (const [name, held] of counts) fields[name] = open(name, held);
  return fields;
}
