/**
 * The date of a message as its header states it, with the offset that stands there.
 * Invariant: a day or an hour that there is not is no date; what the header leaves open (the seconds, the zone) stays open.
 */
import { formatInstant } from '../../events/story-time.js';
import { isReal, type WallTime, wallMs } from './local-time.js';

export interface MailDate {
  readonly wall: WallTime;
  /** Minutes east of UTC; undefined where the header names no zone that means an offset. */
  readonly offset: number | undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DATE =
  /^(?:[a-z]+\s*,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?$/i;
/** No date is longer, with whatever is said beside it. */
const LONGEST = 500;
/** The names that the standard gives a meaning; every other name has none. */
const NAMED: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};

/** Undefined where it is no date at all. */
export function mailDate(header: string): MailDate | undefined {
  const m = header.length > LONGEST ? null : DATE.exec(withoutComments(header).trim());
  if (m === null) return undefined;
  const month = MONTHS.indexOf((m[2] ?? '').toLowerCase()) + 1;
  const wall = { year: fullYear(m[3] ?? ''), month, day: Number(m[1]), hour: Number(m[4]), minute: Number(m[5]) };
  const time: WallTime = m[6] === undefined ? wall : { ...wall, second: Number(m[6]) };
  if (month === 0 || !isReal(time.second === 60 ? { ...time, second: 59 } : time)) return undefined;
  if (m[7] === undefined) return { wall: time, offset: m[10] === undefined ? undefined : NAMED[m[10].toLowerCase()] };
  const [hours, minutes] = [Number(m[8]), Number(m[9])];
  return hours > 23 || minutes > 59 ? undefined : { wall: time, offset: (m[7] === '-' ? -1 : 1) * (hours * 60 + minutes) };
}

/** A date with its offset, as RFC 3339. */
export function instantText({ wall, offset }: MailDate & { readonly offset: number }): string {
  // A leap second is told as the last one before it: no clock of ours has it.
  const ms = wallMs(wall.second === 60 ? { ...wall, second: 59 } : wall) - offset * 60_000;
  return formatInstant(ms, offset);
}

/** Two and three digits are years as the standard reads them. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length === 2 ? year + (year < 50 ? 2000 : 1900) : digits.length === 3 ? year + 1900 : year;
}

function withoutComments(header: string): string {
  let depth = 0;
  let text = '';
  for (const character of header) {
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) text += character;
  }
  return text;
}
