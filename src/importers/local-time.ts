/**
 * Times as clocks on a wall show them, in a zone: what instants they can have been.
 * Invariants: a time that a clock showed twice, or never, has bounds around all it can mean, and says so; the precision is
 * that of the statement. Unit: milliseconds.
 */
import { Temporal } from 'temporal-polyfill';
import { formatInstant, type Precision } from '../../events/story-time.js';

/** What is stated; what is finer than the statement is left out. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
  readonly millisecond?: number;
}

export interface Placed {
  readonly occurredAt?: string;
  readonly when: { readonly precision: Precision; readonly earliest: string; readonly latest: string; readonly stated: string; readonly zone?: string };
  /** `twice`: the clocks were put back over it; `never`: they were put forward over it. */
  readonly shown: 'once' | 'twice' | 'never';
}

const UNITS = { millisecond: 1, second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
/** Days of one offset, in a zone: nearly every day is one, and asking for it is what takes long. */
const MOST_DAYS = 4_096;

export function isZone(zone: string): boolean {
  try {
    return zone.length <= 64 && !/^[+-]/.test(zone) && Temporal.ZonedDateTime.from({ year: 2000, month: 1, day: 1, timeZone: zone }).timeZoneId !== '';
  } catch {
    return false;
  }
}

export class Zone {
  readonly name: string;
  /** Day → its offset in ms; null where it has more than one. */
  private readonly days = new Map<number, number | null>();

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined where there is no such day or time. */
  place(time: WallTime, stated: string): Placed | undefined {
    const precision = precisionOf(time);
    if (!isReal(time)) return undefined;
    if (precision === 'day') {
      const first = this.instants({ ...time, hour: 0 });
      const next = new Date(wallMs(time) + 86_400_000);
      const last = this.instants({ year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate(), hour: 0 });
      return this.between(first.from, last.to - 1, precision, stated, 'once');
    }
    const { from, to, shown } = this.instants(time);
    const span = UNITS[precision] - 1;
    if (precision === 'millisecond' || precision === 'second') return this.between(from, to, precision, stated, shown);
    return this.between(from, to + span, precision, stated, shown);
  }

  private between(from: number, to: number, precision: Precision, stated: string, shown: Placed['shown']): Placed {
    const bounds = { earliest: this.text(from), latest: this.text(to) };
    return { occurredAt: bounds.latest, when: { precision, ...bounds, stated, zone: this.name }, shown };
  }

  private text(ms: number): string {
    const offset = Math.round(this.offsetAt(ms) / 60_000);
    return formatInstant(ms, offset);
  }

  private offsetAt(ms: number): number {
    const day = Math.floor(ms / 86_400_000);
    const [before, after] = [this.dayOffset(day - 1), this.dayOffset(day)];
    const next = this.dayOffset(day + 1);
    if (before !== null && before === after && after === next) return before;
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.name).offsetNanoseconds / 1e6;
  }

  private instants(time: WallTime): { from: number; to: number; shown: Placed['shown'] } {
    const wall = wallMs(time);
    const offset = this.dayOffset(Math.floor(wall / 86_400_000));
    if (offset !== null) return { from: wall - offset, to: wall - offset, shown: 'once' };
    const plain = Temporal.PlainDateTime.from({ ...time }, { overflow: 'reject' });
    const earlier = plain.toZonedDateTime(this.name, { disambiguation: 'earlier' });
    const later = plain.toZonedDateTime(this.name, { disambiguation: 'later' });
    const shown = earlier.epochMilliseconds === later.epochMilliseconds ? 'once' : earlier.toPlainDateTime().equals(plain) ? 'twice' : 'never';
    return { from: earlier.epochMilliseconds, to: later.epochMilliseconds, shown };
  }

  /** The offset of a day of the wall clock; null where it changes. */
  private dayOffset(day: number): number | null {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const begin = new Date(day * 86_400_000);
    const at = (d: Date) => Temporal.PlainDateTime.from({ year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate() });
    const first = at(begin).toZonedDateTime(this.name);
    const next = at(new Date(begin.getTime() + 86_400_000)).toZonedDateTime(this.name);
    const one =
      first.offsetNanoseconds === next.offsetNanoseconds &&
      first.toPlainDateTime().equals(at(begin)) &&
      next.epochMilliseconds - first.epochMilliseconds === 86_400_000;
    const offset = one ? first.offsetNanoseconds / 1e6 : null;
    if (this.days.size >= MOST_DAYS) this.days.clear();
    this.days.set(day, offset);
    return offset;
  }
}

/** As if the clock on the wall showed UTC. */
export function wallMs({ year, month, day, hour = 0, minute = 0, second = 0, millisecond = 0 }: WallTime): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond;
}

/** Is there such a day, and such a time of day? */
export function isReal({ year, month, day, hour = 0, minute = 0, second = 0, millisecond = 0 }: WallTime): boolean {
  const date = new Date(new Date(0).setUTCFullYear(year, month - 1, day));
  if (year < 1 || year > 9_997 || month < 1 || month > 12 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || day < 1) return false;
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60 && millisecond >= 0 && millisecond < 1_000;
}

export function precisionOf({ hour, minute, second, millisecond }: WallTime): 'day' | 'hour' | 'minute' | 'second' | 'millisecond' {
  return hour === undefined ? 'day' : minute === undefined ? 'hour' : second === undefined ? 'minute' : millisecond === undefined ? 'second' : 'millisecond';
}
