/**
 * The address of a moment: what stands behind the # of a link, read and written.
 * Invariants: what is written is read back the same; nonsense is said and otherwise passed over. A token never stands here.
 */
import { formatInstant, parseInstant } from '../../events/story-time.js';

export interface Place {
  /** Story time, ms since the epoch. */
  readonly at: number | null;
  readonly event: string | null;
  /** Story seconds per second. */
  readonly rate: number | null;
  readonly as: string | null;
}

export const NOWHERE: Place = { at: null, event: null, rate: null, as: null };
const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/;
const LEAST_RATE = 0.01;
const MOST_RATE = 10_000_000;
const short = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** What a hash asks for, and what of it cannot be understood, a sentence each. */
export function readHash(hash: string): { readonly place: Place; readonly faults: readonly string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const faults: string[] = [];
  // A plus sign that was not escaped arrives as a space: an offset is the only place where one can stand.
  const time = given.get('t')?.replace(' ', '+') ?? null;
  const at = time === null ? null : (parseInstant(time) ?? null);
  if (time !== null && at === null) faults.push(`The link asks for “${short(time)}”, which is no moment.`);
  const text = given.get('rate');
  const rate = text === null ? null : Number(text);
  const isRate = rate !== null && text?.trim() !== '' && rate >= LEAST_RATE && rate <= MOST_RATE;
  if (text !== null && !isRate) faults.push(`The link asks for the rate “${short(text)}”, which is none.`);
  const as = given.get('as');
  const isWho = as !== null && SLUG.test(as);
  if (as !== null && !isWho) faults.push(`The link asks for the eyes of “${short(as)}”, which is nobody’s name here.`);
  const event = given.get('e');
  return {
    place: { at, event: event === null || event === '' || event.length > 200 ? null : event, rate: isRate ? rate : null, as: isWho ? as : null },
    faults,
  };
}

/** Colons stay as they are: they may, and a person can read them. */
const escaped = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':');

/** The hash of a place; empty where there is nothing to say. */
export function writeHash({ at, event, rate, as }: Place): string {
  const fields = [
    ...(event === null ? [] : [`e=${escaped(event)}`]),
    ...(at === null ? [] : [`t=${escaped(formatInstant(at))}`]),
    ...(rate === null ? [] : [`rate=${rate}`]),
    ...(as === null ? [] : [`as=${escaped(as)}`]),
  ];
  return fields.length === 0 ? '' : `#${fields.join('&')}`;
}

/** The page's own address with another query: what is null is left out. */
export function pageAddress(base: string, fields: Readonly<Record<string, string | null>>, hash = ''): string {
  const url = new URL(base);
  url.hash = '';
  url.search = '';
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value === '' ? escaped(name) : `${escaped(name)}=${escaped(value)}`],
  );
  return `${url.href}${given.length === 0 ? '' : `?${given.join('&')}`}${hash}`;
}

const inMarkup = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** A frame to be put into another page. */
export function frameMarkup(address: string, title: string): string {
  return `<iframe src="${inMarkup(address)}" title="${inMarkup(title)}" width="100%" height="640" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`;
}
