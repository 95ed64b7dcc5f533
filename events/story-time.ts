/**
 * Story time: when a thing happened, how surely, and in what order things happened.
 * Invariants: the placing instant lies within its bounds; the order is total and never depends on the log.
 * Unit: instants are integer milliseconds since the Unix epoch; texts are RFC 3339 with an offset.
 */

/** How fine the source's own statement is; `unknown` where it gives an order or a bound but no date. */
export const PRECISIONS = ['millisecond', 'second', 'minute', 'hour', 'day', 'month', 'year', 'unknown'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A time stated by reference to another happening: an ISO 8601 duration, or only the order. */
export interface RelativeTime {
  /** The id of the happening it is stated against. */
  readonly to: string;
  /** `PT12H`, `-P1D`, …, or `after` / `before` where the source states no amount. */
  readonly offset: string;
  /** True where the source hedges the amount ("about"). */
  readonly approximate: boolean;
}

/** What is known of a time, in full. */
export interface When {
  readonly precision: Precision;
  readonly approximate: boolean;
  /** First instant at which it can have happened, RFC 3339, or null where nothing bounds it. */
  readonly earliest: string | null;
  /** Last instant at which it can have happened, RFC 3339, or null where nothing bounds it. */
  readonly latest: string | null;
  /** The source's own words for the time, or null where it gives none. */
  readonly stated: string | null;
  readonly relative?: RelativeTime;
  /** IANA name of the zone the words were meant in. */
  readonly zone?: string;
}

export interface StoryTime {
  /** The placing instant, RFC 3339, or null where nothing bounds it: then it is listed and never played. */
  readonly occurredAt: string | null;
  readonly when: When;
  /** True where the source gives no date and bounds alone place it. */
  readonly undated?: true;
}

/** What an author may leave out; `completeTime` fills it in. */
export interface DraftTime {
  readonly occurredAt?: string | null;
  readonly when?: Partial<When>;
}

export interface TimeFault {
  /** The field at fault, as a JSON pointer into the draft. */
  readonly at: string;
  readonly message: string;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTE = 60_000;
/** Story time runs from the year 1 to the year 9998. */
const EARLIEST = new Date(0).setUTCFullYear(1, 0, 2);
const LATEST = Date.UTC(9998, 11, 30);

interface Parsed {
  readonly ms: number;
  readonly offsetMinutes: number;
  readonly fraction: boolean;
}

/** Texts that were read of late: the same instant is asked for again and again while an event is taken in. */
const recent = new Map<string, Parsed>();
const MOST_RECENT = 512;

function parse(text: string): Parsed | undefined {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const parsed = parseAnew(text);
  if (recent.size >= MOST_RECENT) recent.clear();
  if (parsed !== undefined) recent.set(text, parsed);
  return parsed;
}

function parseAnew(text: string): Parsed | undefined {
  const m = RFC3339.exec(text);
  if (m === null) return undefined;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : DAYS[month - 1];
  if (days === undefined || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  const offHours = Number(m[10] ?? 0);
  const offMinutes = Number(m[11] ?? 0);
  if (offHours > 23 || offMinutes > 59) return undefined;
  const offset = (m[9] === '-' ? -1 : 1) * (offHours * 60 + offMinutes);
  const millis = Number((m[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(0).setUTCFullYear(year, month - 1, day);
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  const ms = date + clock - offset * MINUTE;
  // At any offset its year can be written with four digits.
  if (ms < EARLIEST || ms > LATEST) return undefined;
  return { ms, offsetMinutes: offset, fraction: m[7] !== undefined };
}

/** Milliseconds since the epoch, or undefined where `text` is no real RFC 3339 instant with an offset. */
export function parseInstant(text: string): number | undefined {
  return parse(text)?.ms;
}

/** The instant of a text that was validated before; throws a RangeError where it was not. */
export function instantOf(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new RangeError(`not an RFC 3339 instant: ${text}`);
  return ms;
}

/** RFC 3339 text of an instant at a fixed offset (minutes east of UTC); milliseconds are shown only where they are not zero. */
export function formatInstant(ms: number, offsetMinutes = 0): string {
  const iso = new Date(ms + offsetMinutes * MINUTE).toISOString();
  const body = iso.endsWith('.000Z') ? iso.slice(0, -5) : iso.slice(0, -1);
  if (offsetMinutes === 0) return `${body}Z`;
  const abs = Math.abs(offsetMinutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${body}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

/** The offset a text was written with, in minutes east of UTC. */
export function offsetOf(text: string): number {
  return parse(text)?.offsetMinutes ?? 0;
}

/** First and last millisecond of the unit of `precision` that holds `ms`, in local time at a fixed offset. */
export function unitSpan(ms: number, precision: Precision, offsetMinutes: number): { earliest: number; latest: number } {
  if (precision === 'millisecond' || precision === 'second' || precision === 'unknown') return { earliest: ms, latest: ms };
  const shift = offsetMinutes * MINUTE;
  const local = new Date(ms + shift);
  if (precision === 'month' || precision === 'year') {
    const year = local.getUTCFullYear();
    const month = precision === 'year' ? 0 : local.getUTCMonth();
    const start = local.setUTCFullYear(year, month, 1);
    const first = start - (((start % 86_400_000) + 86_400_000) % 86_400_000);
    const next = new Date(first).setUTCFullYear(precision === 'year' ? year + 1 : year, precision === 'year' ? 0 : month + 1, 1);
    return { earliest: first - shift, latest: next - 1 - shift };
  }
  const size = precision === 'minute' ? MINUTE : precision === 'hour' ? 60 * MINUTE : 1440 * MINUTE;
  const start = Math.floor((ms + shift) / size) * size - shift;
  return { earliest: start, latest: start + size - 1 };
}

/**
 * The full story time of a draft, or the faults in it. Source of the rules: a placing instant is what the author
 * gives; where none is given it is `latest` ("had happened by then"); with no `latest` there is none.
 */
export function completeTime(draft: DraftTime): { time: StoryTime } | { faults: TimeFault[] } {
  const faults: TimeFault[] = [];
  const given = draft.when ?? {};
  const read = (text: string | null | undefined, at: string): Parsed | undefined => {
    if (text === null || text === undefined) return undefined;
    const parsed = parse(text);
    if (parsed === undefined) faults.push({ at, message: `"${text}" is not a real instant as RFC 3339 with an offset` });
    return parsed;
  };
  const placed = read(draft.occurredAt, '/occurredAt');
  const earliest = read(given.earliest, '/when/earliest');
  const latest = read(given.latest, '/when/latest');
  if (faults.length > 0) return { faults };

  const precision = given.precision ?? (placed === undefined ? 'unknown' : placed.fraction ? 'millisecond' : 'second');
  const approximate = given.approximate ?? false;
  if (approximate && placed !== undefined && (given.earliest === undefined || given.latest === undefined)) {
    return { faults: [{ at: '/when', message: 'an approximate time needs earliest and latest' }] };
  }
  let from = given.earliest ?? null;
  let to = given.latest ?? null;
  if (placed !== undefined) {
    const span = unitSpan(placed.ms, precision, placed.offsetMinutes);
    // An explicit null says that nothing bounds it; only what is left out follows from the precision.
    if (given.earliest === undefined) from = formatInstant(Math.max(EARLIEST, Math.min(span.earliest, latest?.ms ?? span.earliest)), placed.offsetMinutes);
    if (given.latest === undefined) to = formatInstant(Math.min(LATEST, Math.max(span.latest, earliest?.ms ?? span.latest)), placed.offsetMinutes);
  }
  const low = from === null ? -Infinity : instantOf(from);
  const high = to === null ? Infinity : instantOf(to);
  if (low > high) faults.push({ at: '/when/latest', message: 'latest lies before earliest' });
  if (placed !== undefined && faults.length === 0 && (placed.ms < low || placed.ms > high)) {
    faults.push({ at: '/occurredAt', message: 'the placing instant lies outside earliest and latest' });
  }
  const relative = given.relative;
  if (relative !== undefined && parseOffset(relative.offset) === undefined) {
    faults.push({ at: '/when/relative/offset', message: `"${relative.offset}" is neither an ISO 8601 duration nor "after" nor "before"` });
  }
  if (faults.length > 0) return { faults };

  const occurredAt = draft.occurredAt ?? to;
  const undated = precision === 'unknown' && occurredAt !== null;
  const when: When = {
    precision,
    approximate,
    earliest: from,
    latest: to,
    stated: given.stated ?? null,
    ...(relative === undefined ? {} : { relative }),
    ...(given.zone === undefined ? {} : { zone: given.zone }),
  };
  return { time: { occurredAt, when, ...(undated ? { undated: true as const } : {}) } };
}

/** Placing instant, first and last possible instant, in milliseconds; the bounds are infinite where there are none. */
export interface Bounds {
  readonly at: number;
  readonly earliest: number;
  readonly latest: number;
}

/** The bounds of a placed happening; undefined where it has no placing instant. */
export function boundsOf(time: StoryTime): Bounds | undefined {
  if (time.occurredAt === null) return undefined;
  return {
    at: instantOf(time.occurredAt),
    earliest: time.when.earliest === null ? -Infinity : instantOf(time.when.earliest),
    latest: time.when.latest === null ? Infinity : instantOf(time.when.latest),
  };
}

// ---- order ------------------------------------------------------------------------------------

/** A place in story order: placing instant (ms), sequence, event id. */
export type OrderKey = readonly [instant: number, seq: number, id: string];

/** Marks (things that change views and are not played) come after the happenings of their instant. */
export const MARK_SEQ = Number.MAX_SAFE_INTEGER;

/** The place before everything. */
export const BEFORE_ALL: OrderKey = [-Infinity, 0, ''];

/** The place after everything that is placed at or before `instant`. */
export function endOf(instant: number): OrderKey {
  return [instant, Infinity, ''];
}

/** The place just before everything that is placed at `instant`. */
export function startOf(instant: number): OrderKey {
  return [instant, -Infinity, ''];
}

/** Ids compare by code point, as the time index stores them. */
function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xs = x >= 0xd800 && x <= 0xdfff;
    const ys = y >= 0xd800 && y <= 0xdfff;
    // A surrogate stands for a code point above every other unit.
    return xs === ys ? x - y : xs ? 1 : -1;
  }
  return a.length - b.length;
}

/** Total order: negative where `a` comes first; 0 only for the same place. */
export function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return compareIds(a[2], b[2]);
}

/** The earlier of two places; one that is not given does not count. */
export function earlier(a: OrderKey | undefined, b: OrderKey | undefined): OrderKey | undefined {
  return a === undefined || (b !== undefined && compareKeys(b, a) < 0) ? b : a;
}

// ---- relative times ---------------------------------------------------------------------------

const DURATION = /^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

export type Offset =
  | { readonly kind: 'order'; readonly sign: 1 | -1 }
  /** Clock time: an exact number of milliseconds. */
  | { readonly kind: 'clock'; readonly ms: number; readonly unitMs: number }
  /** Calendar days, whatever the hour. */
  | { readonly kind: 'days'; readonly days: number }
  /** Calendar months (a year is twelve). */
  | { readonly kind: 'months'; readonly months: number };

/** Reads the offset of a relative time; undefined where it is none. */
export function parseOffset(text: string): Offset | undefined {
  if (text === 'after') return { kind: 'order', sign: 1 };
  if (text === 'before') return { kind: 'order', sign: -1 };
  const m = DURATION.exec(text);
  if (m === null || /[PT]$/.test(text)) return undefined;
  const sign = m[1] === '-' ? -1 : 1;
  const [years, months, weeks, days, hours, minutes, seconds] = m.slice(2).map((x) => (x === undefined ? 0 : Number(x))) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (years + months > 0 && weeks + days + hours + minutes + seconds === 0) return { kind: 'months', months: sign * (years * 12 + months) };
  if (years + months > 0) return undefined;
  if (hours + minutes + seconds === 0) return { kind: 'days', days: sign * (weeks * 7 + days) };
  const unitMs = seconds > 0 ? 1000 : minutes > 0 ? MINUTE : 60 * MINUTE;
  return { kind: 'clock', ms: sign * ((weeks * 7 + days) * 86_400_000 + hours * 3_600_000 + minutes * MINUTE + seconds * 1000), unitMs };
}

/** Milliseconds from one placed time to another, as a range: what is stated about them narrows it. Null: nothing bounds that side. */
export interface Lapse {
  readonly ms: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
}

/** How long after `from` did `to` happen? Negative where it is placed before; undefined where one of them is not placed. */
export function lapse(from: StoryTime & { readonly id: string }, to: StoryTime): Lapse | undefined {
  const a = boundsOf(from);
  const b = boundsOf(to);
  if (a === undefined || b === undefined) return undefined;
  const ms = b.at - a.at;
  const relative = to.when.relative;
  const offset = relative?.to === from.id ? parseOffset(relative.offset) : undefined;
  if (offset?.kind === 'clock' && relative?.approximate === false) return { ms: offset.ms, minMs: offset.ms, maxMs: offset.ms };
  // What came after something, by its placing or by what is stated, cannot have taken less than no time.
  const least = ms >= 0 || (offset?.kind === 'order' && offset.sign > 0) ? 0 : -Infinity;
  const minMs = Math.min(Math.max(least, b.earliest - a.latest), ms);
  const maxMs = Math.max(b.latest - a.earliest, ms);
  return { ms, minMs: Number.isFinite(minMs) ? minMs : null, maxMs: Number.isFinite(maxMs) ? maxMs : null };
}

/**
 * Does the placing of `event` agree with what is stated of it relative to `to`? Clock offsets hold to the unit they
 * are stated in (a fifth of the amount where approximate), day and month offsets hold on the calendar at the
 * offsets the two texts are written with. Answers a sentence where it does not hold.
 */
export function relativeFault(event: StoryTime, to: StoryTime): string | undefined {
  const relative = event.when.relative;
  if (relative === undefined) return undefined;
  const offset = parseOffset(relative.offset);
  if (offset === undefined) return `"${relative.offset}" is no offset`;
  if (event.occurredAt === null || to.occurredAt === null) return undefined;
  const a = instantOf(to.occurredAt);
  const b = instantOf(event.occurredAt);
  if (offset.kind === 'order') return (b - a) * offset.sign >= 0 ? undefined : `it is stated as ${relative.offset}, and placed the other way round`;
  if (offset.kind === 'clock') {
    const slack = relative.approximate ? Math.max(Math.abs(offset.ms) / 5, offset.unitMs) : offset.unitMs;
    return Math.abs(b - a - offset.ms) < slack
      ? undefined
      : `it is stated ${relative.offset} from "${relative.to}", and placed ${(b - a) / MINUTE} minutes from it`;
  }
  const local = (text: string, ms: number) => new Date(ms + offsetOf(text) * MINUTE);
  const da = local(to.occurredAt, a);
  const db = local(event.occurredAt, b);
  const days = Math.floor(db.getTime() / 86_400_000) - Math.floor(da.getTime() / 86_400_000);
  const months = (db.getUTCFullYear() - da.getUTCFullYear()) * 12 + db.getUTCMonth() - da.getUTCMonth();
  const [got, want, unit, slack] = offset.kind === 'days' ? [days, offset.days, 'days', Math.abs(offset.days) / 5] : [months, offset.months, 'months', 1];
  return Math.abs(got - want) <= (relative.approximate ? slack : 0)
    ? undefined
    : `it is stated ${want} ${unit} from "${relative.to}", and placed ${got} ${unit} from it`;
}
