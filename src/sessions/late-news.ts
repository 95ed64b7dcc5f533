/**
 * What a past that changes still owes to whoever watches: late happenings, corrections, retractions, read from the log on
 * from a watermark.
 * Invariants: each is told once, in log order, judged by the place at which it was met; the watermark moves with each, so
 * that whoever comes back with its cursor gets the rest.
 */
import type { OrderKey } from '../../events/story-time.js';
import type { Position } from '../log/log.js';
import type { News, StoryReader } from './story-reader.js';

export interface NewsDesk {
  /** The last place in the log that is in the read model. */
  position(): Position;
  reader(): StoryReader;
  /** False where no more can be told now: `pay` is then called when it can. */
  mayTell(): boolean;
  tell(item: News, place: OrderKey, backfill: boolean): void;
  /** The views are touched. */
  refold(): void;
  /** Calls `action` in a later turn, unless it is over. */
  later(action: () => void): void;
}

export class LateNews {
  /** Everything the log held up to here has been told, if it lies behind. */
  watermark: Position = '';
  /** Stretches of the log that are still to be told, each judged by the place at which it was met. */
  private owing: { readonly place: OrderKey; readonly upTo: Position; readonly backfill: boolean }[] = [];

  constructor(private readonly desk: NewsDesk) {}

  /** Nothing is owed: whatever is recorded by now is known. */
  begin(): void {
    this.watermark = this.desk.position();
    this.owing = [];
  }

  /**
   * Tells what was recorded since the watermark and lies at or behind `place`. What lies ahead of it is played in its turn; so
   * what is told later is still judged by this place.
   */
  catchUp(place: OrderKey, backfill: boolean): void {
    const upTo = this.desk.position();
    if (upTo > (this.owing.at(-1)?.upTo ?? this.watermark)) this.owing.push({ place, upTo, backfill });
    this.pay();
  }

  /** Tells what is owed, as far as it may. */
  pay(): void {
    for (let debt = this.owing[0]; debt !== undefined; debt = this.owing[0]) {
      const { place, backfill } = debt;
      const { news, touched, upTo, complete } = this.desk.reader().news(this.watermark, debt.upTo, place);
      for (const item of news) {
        if (!this.desk.mayTell()) return;
        this.watermark = item.position;
        this.desk.tell(item, place, backfill);
      }
      this.watermark = upTo;
      // Whoever comes back has just had its views folded: they hold it all.
      if (touched && !backfill) this.desk.refold();
      if (!complete) return this.desk.later(() => this.pay());
      this.owing.shift();
    }
  }
}
