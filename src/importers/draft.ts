/**
 * Drafts as events: what an importer made of an item, checked as any other draft is.
 * Invariants: an id has no character that an id may not have; a text is kept as it is, but for what is no Unicode and for what
 * an event cannot hold, and both are told. Unit: one event.
 */
import { createHash } from 'node:crypto';
import { catalogue } from '../../events/catalogue.js';
import type { StoryEvent } from '../../events/event.js';
import type { Report } from './report.js';

const LONGEST_ID = 200;
const LONGEST_TEXT = 65_536;
const UNUSABLE = /[\p{Cc}\p{Cs}\u{10ffff}]/u;
const HALF = /\p{Cs}/u;
const HALVES = /\p{Cs}/gu;

/** The id of a thing that has one in its source. */
export function sourceId(prefix: string, id: string): string {
  return id === '' || prefix.length + id.length > LONGEST_ID || UNUSABLE.test(id) ? digestId(prefix, id) : `${prefix}${id}`;
}

/** The id of a thing that its source knows by nothing but what it says. */
export function digestId(prefix: string, ...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return `${prefix}${hash.digest('base64url').slice(0, 32)}`;
}

/** `sha256:…` of the bytes an item was read from. */
export function rawDigest(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** What of a text an event can hold: the fields of the data that say it. */
export function wordsOf(text: string, at: string, report: Report): { text: string; incomplete?: true } {
  let whole = text;
  if (HALF.test(text)) {
    report.ambiguous('half of a surrogate pair, which is no character, stands as U+FFFD', at);
    whole = text.replace(HALVES, '\ufffd');
  }
  if (whole.length <= LONGEST_TEXT) return { text: whole };
  report.ambiguous(`a text of more than ${LONGEST_TEXT} characters is kept to its first ${LONGEST_TEXT}, and marked as incomplete`, at);
  return { text: whole.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/, ''), incomplete: true };
}

/** A line of a source (a file name, a subject) as a field that takes no more than so many characters. */
export function lineOf(text: string, longest = 2_000): string {
  return text
    .replace(HALVES, '\ufffd')
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '');
}

/** The event of a draft; undefined where it is none, which the report is told. */
export function eventOf(
  draft: { readonly id: string; readonly type: string; readonly [field: string]: unknown },
  at: string,
  report: Report,
): StoryEvent | undefined {
  const parsed = catalogue.parseDraft(draft, () => draft.id);
  if ('event' in parsed) return parsed.event;
  report.fault(parsed.faults.map((fault) => `${fault.at} ${fault.message}`).join(', '), at);
  return undefined;
}

/** An event without the digest of the bytes it was read from: two copies of an item are seldom packed alike. */
export function withoutRaw(event: StoryEvent): StoryEvent {
  return {
    ...event,
    sources: event.sources.map(({ digest, ...source }, i) => (i === 0 || digest === undefined ? source : { ...source, digest })),
  } as StoryEvent;
}
