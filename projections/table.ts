/**
 * A table: rows by key that a state holds whole, in the order in which they came. For what is bounded by who takes part
 * or by what is open, never by how long a story is; what only grows belongs into a ledger.
 * Invariant: a table never changes; a changed one shares what stayed the same, and remembers what changed since it was kept.
 */
import { Map as PersistentMap } from 'immutable';
import type { Page } from './projection.js';

interface Place<Row> {
  /** Where it stands: rows that came later have a greater number. */
  readonly n: number;
  readonly row: Row;
}

/** A row as it is written down: its key, its number, and itself; null where it was taken away. */
export type SavedRow<Row> = readonly [key: string, n: number, row: Row | null];

const UNCHANGED = PersistentMap<string, boolean>();

export class Table<Row> {
  private ordered: readonly (readonly [key: string, place: Place<Row>])[] | undefined;

  private constructor(
    private readonly places: PersistentMap<string, Place<Row>>,
    /** The number of the next new row. */
    private readonly next: number,
    /** Keys that were set or taken away since the table was last kept. */
    private readonly touched: PersistentMap<string, boolean>,
  ) {}

  static empty<Row>(): Table<Row> {
    return new Table<Row>(PersistentMap<string, Place<Row>>(), 0, UNCHANGED);
  }

  get size(): number {
    return this.places.size;
  }

  get(key: string): Row | undefined {
    return this.places.get(key)?.row;
  }

  has(key: string): boolean {
    return this.places.has(key);
  }

  /** Sets a row. One that is there keeps its place; a new one comes last. */
  set(key: string, row: Row): Table<Row> {
    return this.put(key, this.places.get(key), row);
  }

  /** Sets a row from what it was. */
  update(key: string, change: (row: Row | undefined) => Row): Table<Row> {
    const known = this.places.get(key);
    return this.put(key, known, change(known?.row));
  }

  private put(key: string, known: Place<Row> | undefined, row: Row): Table<Row> {
    if (known?.row === row && known !== undefined) return this;
    const places = this.places.set(key, { n: known?.n ?? this.next, row });
    const touched = this.touched.has(key) ? this.touched : this.touched.set(key, true);
    return new Table(places, known === undefined ? this.next + 1 : this.next, touched);
  }

  delete(key: string): Table<Row> {
    return this.places.has(key) ? new Table(this.places.delete(key), this.next, this.touched.set(key, true)) : this;
  }

  private inOrder(): readonly (readonly [key: string, place: Place<Row>])[] {
    if (this.ordered === undefined) this.ordered = [...this.places].sort(([, a], [, b]) => a.n - b.n);
    return this.ordered;
  }

  /** All rows, first come first. */
  rows(): Row[] {
    return this.inOrder().map(([, { row }]) => row);
  }

  keys(): string[] {
    return this.inOrder().map(([key]) => key);
  }

  /** The last `count` rows, first come first. */
  latest(count: number): Row[] {
    return this.inOrder()
      .slice(-count)
      .map(([, { row }]) => row);
  }

  /** Up to `limit` rows that came before a number, latest first; left out: from the last. */
  page(limit: number, before: number = this.next): Page<Row> {
    const earlier = this.inOrder().filter(([, { n }]) => n < before);
    const read = earlier.slice(Math.max(0, earlier.length - limit)).reverse();
    return { rows: read.map(([, { row }]) => row), next: read.length < earlier.length ? (read.at(-1)?.[1].n ?? null) : null };
  }

  // ---- how it is kept ---------------------------------------------------------------------------

  /** Everything, for a snapshot. */
  save(): { next: number; rows: SavedRow<Row>[] } {
    return { next: this.next, rows: [...this.places].map(([key, { n, row }]) => [key, n, row]) };
  }

  /** What changed since it was last kept; undefined where nothing did. */
  saveChanges(): { next: number; rows: SavedRow<Row>[] } | undefined {
    if (this.touched.size === 0) return undefined;
    const rows = [...this.touched.keys()].map((key): SavedRow<Row> => {
      const place = this.places.get(key);
      return place === undefined ? [key, -1, null] : [key, place.n, place.row];
    });
    return { next: this.next, rows };
  }

  /** The same table, from which changes are counted anew. */
  kept(): Table<Row> {
    return this.touched.size === 0 ? this : new Table(this.places, this.next, UNCHANGED);
  }

  /** The table as it was written down, on top of this one. */
  load(saved: { readonly next: number; readonly rows: readonly SavedRow<Row>[] }): Table<Row> {
    const places = this.places.withMutations((map) => {
      for (const [key, n, row] of saved.rows) {
        if (row === null) map.delete(key);
        else map.set(key, { n, row });
      }
    });
    return new Table(places, saved.next, UNCHANGED);
  }
}
