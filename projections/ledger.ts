/**
 * A ledger: rows by key, in the order in which they came, as many as a story brings. A state holds of it only what
 * changed since it was kept; the rest is read where it is kept, as of that place.
 * Invariants: a ledger never changes; the cost of a row does not grow with their number; a row keeps its place for good,
 * also while it is taken away.
 */
import { Map as PersistentMap } from 'immutable';
import type { Page } from './projection.js';

/** Where the rows that were kept are read, as of one place of one story. Numbers count from 0, in the order of coming. */
export interface LedgerSource<Row> {
  /** The number of a key, or undefined where it never came. */
  numberOf(key: string): number | undefined;
  /** The row of a number; null where it is taken away. */
  row(n: number): Row | null;
}

const NOWHERE: LedgerSource<never> = { numberOf: () => undefined, row: () => null };

/** What there is beside the rows themselves: how many are in it, and the number of the next that comes. */
export interface LedgerCounts {
  readonly size: number;
  readonly next: number;
}

/** What changed since a ledger was kept. */
export interface LedgerChanges<Row> extends LedgerCounts {
  readonly rows: readonly (readonly [n: number, row: Row | null])[];
  /** Keys that came, with their numbers. */
  readonly keys: readonly (readonly [key: string, n: number])[];
}

export class Ledger<Row> {
  private constructor(
    private readonly source: LedgerSource<Row>,
    readonly size: number,
    private readonly next: number,
    private readonly changed: PersistentMap<number, Row | null>,
    private readonly came: PersistentMap<string, number>,
  ) {}

  static empty<Row>(): Ledger<Row> {
    return Ledger.over<Row>(NOWHERE, { size: 0, next: 0 });
  }

  /** The ledger that was kept, as its source tells it. */
  static over<Row>(source: LedgerSource<Row>, { size, next }: LedgerCounts): Ledger<Row> {
    return new Ledger<Row>(source, size, next, PersistentMap(), PersistentMap());
  }

  private numberOf(key: string): number | undefined {
    const n = this.came.get(key) ?? this.source.numberOf(key);
    return n === undefined || n >= this.next ? undefined : n;
  }

  private at(n: number): Row | null {
    const row = this.changed.get(n);
    return row === undefined ? this.source.row(n) : row;
  }

  get(key: string): Row | undefined {
    const n = this.numberOf(key);
    return n === undefined ? undefined : (this.at(n) ?? undefined);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Sets a row. One that came before keeps its place; a new one comes last. */
  set(key: string, row: Row): Ledger<Row> {
    const n = this.numberOf(key);
    return this.put(key, n, n === undefined ? null : this.at(n), row);
  }

  /** Sets a row from what it was. */
  update(key: string, change: (row: Row | undefined) => Row): Ledger<Row> {
    const n = this.numberOf(key);
    const known = n === undefined ? null : this.at(n);
    return this.put(key, n, known, change(known ?? undefined));
  }

  private put(key: string, n: number | undefined, known: Row | null, row: Row): Ledger<Row> {
    if (n === undefined) return new Ledger(this.source, this.size + 1, this.next + 1, this.changed.set(this.next, row), this.came.set(key, this.next));
    return new Ledger(this.source, this.size + (known === null ? 1 : 0), this.next, this.changed.set(n, row), this.came);
  }

  delete(key: string): Ledger<Row> {
    const n = this.numberOf(key);
    if (n === undefined || this.at(n) === null) return this;
    return new Ledger(this.source, this.size - 1, this.next, this.changed.set(n, null), this.came);
  }

  /** The last `count` rows, first come first. */
  latest(count: number): Row[] {
    return [...this.page(count).rows].reverse();
  }

  /** Up to `limit` rows that came before a number, latest first; left out: from the last. */
  page(limit: number, before: number = this.next): Page<Row> {
    const rows: Row[] = [];
    let n = Math.min(before, this.next) - 1;
    for (; n >= 0 && rows.length < limit; n--) {
      const row = this.at(n);
      if (row !== null) rows.push(row);
    }
    return { rows, next: n >= 0 ? n + 1 : null };
  }

  // ---- how it is kept ---------------------------------------------------------------------------

  counts(): LedgerCounts {
    return { size: this.size, next: this.next };
  }

  /** What changed since it was kept; undefined where nothing did. */
  saveChanges(): LedgerChanges<Row> | undefined {
    return this.changed.size === 0 ? undefined : { ...this.counts(), rows: [...this.changed], keys: [...this.came] };
  }
}
