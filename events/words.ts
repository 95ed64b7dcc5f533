/**
 * Times and durations in words, in one time zone, the same for whoever shows a story.
 * Invariant: nothing is said more precisely than it is known; where the bounds differ, both are said. Unit: ms.
 */
import type { Precision, When } from './story-time.js';

/** What has a time that can be said. */
interface Timed {
  readonly when: Pick<When, 'precision' | 'approximate' | 'earliest' | 'latest'>;
}
type Bounded = { readonly when: Pick<When, 'earliest' | 'latest'> };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number of things: "1 day", "1,200 days". */
export const count = (n: number, unit: string, many = `${unit}s`) => `${n.toLocaleString('en')} ${n === 1 ? unit : many}`;

/** A length of time, rounded down to what a person would say. */
export function duration(ms: number): string {
  if (ms < 1000) return 'less than a second';
  if (ms < MINUTE) return count(Math.floor(ms / 1000), 'second');
  if (ms < HOUR) return count(Math.floor(ms / MINUTE), 'minute');
  if (ms < 2 * DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return count(Math.floor(ms / HOUR), 'hour') + (ms < 6 * HOUR && minutes > 0 ? ` ${count(minutes, 'minute')}` : '');
  }
  return count(Math.floor(ms / DAY), 'day');
}

/** The least length of time that a person would say and that is not shorter. */
export function durationUp(ms: number): string {
  if (ms > 0 && ms < 1000) return count(1, 'second');
  const unit = ms < MINUTE ? 1000 : ms < 6 * HOUR ? MINUTE : ms < 2 * DAY ? HOUR : DAY;
  return duration(Math.ceil(ms / unit) * unit);
}

/** A length of time that is only known to lie between two; null where nothing bounds it on that side. */
export function lapse(least: number | null, most: number | null): string {
  const minMs = Math.max(0, least ?? 0);
  if (most === null) return minMs < 1000 ? 'a time that is not stated' : `at least ${duration(minMs)}`;
  return minMs === most ? duration(most) : between(minMs, Math.max(0, most));
}

function between(minMs: number, maxMs: number): string {
  const inDays = minMs >= DAY && maxMs >= 2 * DAY;
  const [least, most] = [inDays ? count(Math.floor(minMs / DAY), 'day') : duration(minMs), durationUp(maxMs)];
  if (least === most) return least;
  if (minMs < 1000) return `at most ${most}`;
  const unitOf = (text: string) => (text.split(' ').length === 2 ? text.split(' ')[1]?.replace(/s$/, '') : undefined);
  return unitOf(least) !== undefined && unitOf(least) === unitOf(most) ? `${least.split(' ')[0]} to ${most}` : `${least} to ${most}`;
}

export type Words = ReturnType<typeof wordsIn>;

/** Writes instants, in ms, as clocks in a zone show them. Throws a RangeError where there is no such zone. */
export function writerIn(zone: string, options: Intl.DateTimeFormatOptions): (ms: number) => string {
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...options });
  return (ms) =>
    formatter
      .format(ms)
      .replace(/\u202f/g, ' ')
      .replace(/\b[AP]M\b/, (half) => half.toLowerCase());
}

/** The parts of a time as a clock shows it, the greatest first. */
export const CLOCK_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type ClockParts = Readonly<Record<(typeof CLOCK_PARTS)[number], number>>;

/** What clocks in a zone show at an instant, in ms. Throws a RangeError where there is no such zone. */
export function clockIn(zone: string): (ms: number) => ClockParts {
  const numeric = 'numeric';
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  return (ms) => {
    const shown = new Map(formatter.formatToParts(ms).map(({ type, value }) => [type as string, Number(value)]));
    return Object.fromEntries(CLOCK_PARTS.map((part) => [part, shown.get(part) ?? ((ms % 1_000) + 1_000) % 1_000])) as ClockParts;
  };
}

/** Words for times as clocks in a zone show them, by its IANA name. Throws a RangeError where there is no such zone. */
export function wordsIn(zone: string) {
  const format = (options: Intl.DateTimeFormatOptions) => writerIn(zone, options);
  const date = format({ dateStyle: 'long' });
  const weekday = format({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
  const month = format({ year: 'numeric', month: 'long' });
  const year = format({ year: 'numeric' });
  const hour = format({ hour: 'numeric' });
  const time = format({ hour: 'numeric', minute: '2-digit' });
  const second = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
  const clock = format({ hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });

  const startsDay = (ms: number) => second(ms) === '12:00:00 am';
  const endsDay = (ms: number) => second(ms) === '11:59:59 pm';
  /** An end of a stretch: a day where it is the edge of one, else a time of day. */
  const edge = (ms: number, whole: boolean) => (whole ? date(ms) : `${time(ms)} on ${date(ms)}`);
  const from = (ms: number) => edge(ms, startsDay(ms));
  const by = (ms: number) => edge(ms, endsDay(ms));

  /** A time of day, to the second where it is not a whole minute. */
  const exact = (ms: number) => (ms % MINUTE === 0 ? time(ms) : second(ms));

  function between(earliest: number | null, latest: number | null): string {
    if (earliest === null || latest === null)
      return latest !== null ? `by ${by(latest)}` : earliest !== null ? `after ${from(earliest)}` : 'at a time that nothing bounds';
    if (earliest === latest) return `at ${exact(latest)} on ${date(latest)}`;
    if (date(earliest) !== date(latest)) return `between ${from(earliest)} and ${by(latest)}`;
    if (time(earliest) === time(latest)) return `at ${time(latest)} on ${date(latest)}`;
    return startsDay(earliest) && endsDay(latest) ? `on ${date(latest)}` : `between ${time(earliest)} and ${time(latest)} on ${date(latest)}`;
  }

  /** How a time of some precision is said, and what must be the same at both bounds for it to be said so. */
  const said: Record<Precision, { same: (ms: number) => string; words: (ms: number, about: string) => string }> = {
    year: { same: year, words: (ms, about) => `in ${about}${year(ms)}, month not stated` },
    month: { same: month, words: (ms, about) => `in ${about}${month(ms)}, day not stated` },
    day: { same: date, words: (ms, about) => `${about || 'on '}${date(ms)}, hour not stated` },
    hour: { same: (ms) => `${date(ms)} ${hour(ms)}`, words: (ms, about) => `${about || 'at '}${hour(ms)} on ${date(ms)}, minute not stated` },
    minute: { same: (ms) => `${date(ms)} ${time(ms)}`, words: (ms, about) => `${about || 'at '}${time(ms)} on ${date(ms)}` },
    second: { same: (ms) => `${date(ms)} ${second(ms)}`, words: (ms, about) => `${about || 'at '}${second(ms)} on ${date(ms)}` },
    millisecond: { same: (ms) => `${date(ms)} ${second(ms)}`, words: (ms, about) => `${about || 'at '}${second(ms)} on ${date(ms)}` },
    unknown: { same: () => '', words: () => '' },
  };

  return {
    date,
    weekday,
    year,
    time,
    second,
    clock,
    /** When an event can have happened, by its bounds alone. */
    bounds({ when }: Bounded): string {
      return between(when.earliest === null ? null : Date.parse(when.earliest), when.latest === null ? null : Date.parse(when.latest));
    },
    /** When an event happened, as precisely as its source says and no more. */
    when(event: Timed): string {
      const { precision, approximate, earliest, latest } = event.when;
      if (precision === 'unknown') return `not dated: ${this.bounds(event)}`;
      if (earliest !== null && latest !== null) {
        const [a, b] = [Date.parse(earliest), Date.parse(latest)];
        const { same, words } = said[precision];
        if (same(a) === same(b)) return words(b, approximate ? 'about ' : '');
      }
      return (approximate ? 'some time ' : '') + this.bounds(event);
    },
  };
}
