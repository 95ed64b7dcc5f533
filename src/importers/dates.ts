/**
 * Dates in figures, as tables and chats write them, and what order their day, month and year stand in.
 * Invariants: an order is known where one date shows it and none is against it; else it has to be given. Unit: one date.
 */
import { HindcastError } from '../errors.js';
import type { DayOrder, ImportOptions } from './format.js';
import { isReal, type WallTime } from './local-time.js';
import { type Report, shown } from './report.js';

export interface Figures {
  /** The three figures of the date as they stand, and how many digits each has. */
  readonly figures: readonly [number, number, number];
  readonly digits: readonly [number, number, number];
  readonly time: Pick<WallTime, 'hour' | 'minute' | 'second' | 'millisecond'>;
  /** Minutes east of UTC, where the text names an offset. */
  readonly offset: number | undefined;
}

/** No date is longer. */
const LONGEST = 100;
const DATE = String.raw`(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?`;
const TIME = String.raw`(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([ap])\.?\s?m\.?)?`;
const OFFSET = String.raw`\s?(?:(Z)|([+-])(\d{2}):?(\d{2}))`;
const WHOLE = new RegExp(`^${DATE}(?:(?:,?\\s+|T)${TIME}(?:${OFFSET})?)?$`, 'i');

/** Undefined where it is no date in figures. */
export function figuresOf(text: string): Figures | undefined {
  const m = text.length > LONGEST ? null : WHOLE.exec(text.replace(/[\u00a0\u202f]/g, ' ').trim());
  if (m === null) return undefined;
  const figures = [Number(m[1]), Number(m[2]), Number(m[3])] as const;
  const digits = [m[1]?.length ?? 0, m[2]?.length ?? 0, m[3]?.length ?? 0] as const;
  if (m[4] === undefined) return { figures, digits, time: {}, offset: undefined };
  const half = m[8]?.toLowerCase();
  const clock = Number(m[4]);
  if (half !== undefined && (clock < 1 || clock > 12)) return undefined;
  const hour = half === undefined ? clock : (clock % 12) + (half === 'p' ? 12 : 0);
  const time = {
    hour,
    minute: Number(m[5]),
    ...(m[6] === undefined ? {} : { second: Number(m[6]) }),
    ...(m[7] === undefined ? {} : { millisecond: Number(m[7].padEnd(3, '0').slice(0, 3)) }),
  };
  const offset = m[9] !== undefined ? 0 : m[10] === undefined ? undefined : (m[10] === '-' ? -1 : 1) * (Number(m[11]) * 60 + Number(m[12]));
  return { figures, digits, time, offset };
}

/** The wall clock's time, in an order; undefined where there is no such day or time. */
export function wallOf({ figures: [a, b, c], digits: [da, , dc], time }: Figures, order: DayOrder): WallTime | undefined {
  const [year, yearDigits, month, day] = order === 'ymd' ? [a, da, b, c] : order === 'dmy' ? [c, dc, b, a] : [c, dc, a, b];
  if (yearDigits !== 4 && yearDigits !== 2) return undefined;
  const wall = { year: yearDigits === 2 ? 2000 + year : year, month, day, ...time };
  return isReal(wall) ? wall : undefined;
}

/** Gathers what the dates of an archive show of their order. */
export class OrderFinder {
  private possible = new Set<DayOrder>(['dmy', 'mdy']);
  private shownBy: string | undefined;
  private first: string | undefined;
  private twoDigits = false;

  take(figures: Figures, at: string, stated: string): void {
    // Four digits first are a year. One of two digits stands last, or somebody has to say that it does not.
    if (figures.digits[0] === 4) return;
    const these = (['dmy', 'mdy'] as const).filter((order) => wallOf(figures, order) !== undefined);
    if (these.length === 0) return;
    const where = `${at} ("${stated}")`;
    this.first ??= where;
    if (figures.digits[2] === 2) this.twoDigits = true;
    const left = new Set([...this.possible].filter((order) => these.some((one) => one === order)));
    if (left.size < this.possible.size && left.size === 1) this.shownBy = where;
    this.possible = left;
  }

  /** The order that was given, or that is shown. Throws `bad-request` where neither is. */
  order({ dayOrder }: ImportOptions, report: Report): DayOrder {
    if (this.twoDigits) report.assume('years of two digits are of this century, and stand last unless it is said that they do not');
    if (dayOrder !== undefined) return dayOrder;
    const [order] = this.possible;
    if (order !== undefined && this.possible.size === 1) {
      report.assume(`dates are written ${order}, as ${this.shownBy ?? this.first} shows`);
      return order;
    }
    if (this.first === undefined) return 'ymd';
    throw new HindcastError(
      'bad-request',
      this.possible.size === 0
        ? `The dates are in more than one order (the first is ${shown(this.first)}): say which one is meant with --day-order.`
        : `Whether day or month comes first cannot be seen from the dates (the first is ${shown(this.first)}): say it with --day-order dmy or mdy.`,
      [{ at: 'day-order', message: 'not given, and not to be seen' }],
    );
  }
}

/** Counts things that are told apart by nothing, as far as they are near each other. */
export class Occurrences {
  private readonly counts = new Map<string, number>();
  private readonly most: number;

  constructor(most = 4_096) {
    this.most = most;
  }

  /** 0 for the first of a kind. */
  next(key: string): number {
    const n = this.counts.get(key) ?? 0;
    this.counts.delete(key);
    this.counts.set(key, n + 1);
    if (this.counts.size > this.most) {
      const [oldest] = this.counts.keys();
      this.counts.delete(oldest as string);
    }
    return n;
  }
}
