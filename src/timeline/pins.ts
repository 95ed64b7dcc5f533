/**
 * Pins: while the views of a track are folded anew over a long past, the reading from before the change is held, so that
 * what was right until then can still be told, as stale.
 * Invariants: a pin ends when its track is folded, or when it has been held too long, since the store grows by what a
 * held reading keeps from being overwritten. Unit: ms.
 */
import type { Reading, Track, Transaction } from './store.js';

const LONGEST_MS = 30_000;

interface Pin {
  readonly since: number;
  /** Shared by all tracks that were pinned by one commit. */
  readonly reading: Reading;
}

export class Pins {
  private readonly pins = new Map<Track, Pin>();

  /** `now`: monotonic, in ms. */
  constructor(private readonly now: () => number) {}

  /** Holds a reading for the tracks that have none yet; ends it where nobody needs it. */
  pin(transaction: Transaction, tracks: readonly Track[]): void {
    const since = this.now();
    for (const pin of this.pins.values()) if (since - pin.since > LONGEST_MS) end(pin.reading);
    const fresh = tracks.filter((track) => !this.pins.has(track));
    if (fresh.length === 0) return transaction.done();
    const reading: Reading = { transaction };
    for (const track of fresh) this.pins.set(track, { since, reading });
  }

  has(track: Track): boolean {
    return this.pins.has(track);
  }

  /** Since when the views of a track are behind; undefined where they are not. */
  since(track: Track): number | undefined {
    return this.pins.get(track)?.since;
  }

  /** The reading from before the change, as long as it is held. */
  reading(track: Track): Reading | undefined {
    const pin = this.pins.get(track);
    if (pin !== undefined && this.now() - pin.since > LONGEST_MS) end(pin.reading);
    return pin?.reading.transaction === undefined ? undefined : pin.reading;
  }

  /** The track is folded. Answers whether it was pinned. */
  release(track: Track): boolean {
    const pin = this.pins.get(track);
    if (pin === undefined) return false;
    this.pins.delete(track);
    if (![...this.pins.values()].some(({ reading }) => reading === pin.reading)) end(pin.reading);
    return true;
  }

  releaseAll(): void {
    for (const { reading } of this.pins.values()) end(reading);
    this.pins.clear();
  }
}

function end(reading: Reading): void {
  reading.transaction?.done();
  reading.transaction = undefined;
}
