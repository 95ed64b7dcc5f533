/**
 * What of the story is held for the stage: a window of events that follow each other in story order.
 * Invariants: each event stands once; the window has no holes; it never holds more than MOST_HELD, however long the story,
 * and knows whether something lies before it and how much has happened after it.
 */
import type { PublishedEvent } from '../../events/published.js';

export interface Shown {
  readonly event: PublishedEvent;
  /** Where it stands in this replay, in ms: through other eyes it may be later than it happened. */
  readonly at: number;
  /** It was recorded after its moment had been played. */
  readonly late: boolean;
  /** It came while somebody watched, not with a jump. */
  readonly fresh: boolean;
  /** It was retracted: a note stands in its place until the next jump. */
  readonly withdrawn?: true;
}

export interface StageWindow {
  readonly shown: readonly Shown[];
  /** There are earlier events that are not held. */
  readonly older: boolean;
  /** So many later events have happened that are not held. */
  readonly newer: number;
  /** So many stood before the first one since the window was filled: places in the feed are counted from there. */
  readonly base: number;
}

/** So many stand on the page while it follows the clock, and at most so many while somebody reads further up. */
export const USUAL = 200;
export const MOST_HELD = 400;

export const EMPTY: StageWindow = { shown: [], older: false, newer: 0, base: 0 };

const instantOfText = (text: string | null | undefined) => (text == null ? Number.NaN : Date.parse(text));

export function shownOf(event: PublishedEvent, more: { readonly at?: string; readonly late?: boolean; readonly fresh?: boolean } = {}): Shown {
  const at = instantOfText(more.at ?? (event as { inSightAt?: string }).inSightAt ?? event.occurredAt);
  return { event, at, late: more.late ?? false, fresh: more.fresh ?? false };
}

/** What has happened by the clock, and nothing else. What stood there already keeps its marks, and a withdrawn note its place. */
export function filled(before: StageWindow, events: readonly PublishedEvent[], older: boolean, keepNotes: boolean): StageWindow {
  const known = new Map(before.shown.map((one) => [one.event.id, one]));
  const shown = events.map((event) => {
    const next = shownOf(event);
    const old = known.get(event.id);
    if (old === undefined || old.withdrawn) return next;
    // The same object where nothing changed, so that nothing is drawn anew.
    return old.at === next.at && same(old.event, event) ? old : { ...next, late: old.late, fresh: false };
  });
  if (!keepNotes) return { shown, older, newer: 0, base: 0 };
  const ids = new Set(events.map((event) => event.id));
  for (const note of before.shown) {
    if (!note.withdrawn || ids.has(note.event.id) || (older && note.at < (shown[0]?.at ?? Infinity))) continue;
    const place = shown.findIndex((one) => one.at > note.at || (one.at === note.at && one.event.seq > note.event.seq));
    shown.splice(place === -1 ? shown.length : place, 0, note);
  }
  return { shown, older, newer: 0, base: 0 };
}

const same = (a: PublishedEvent, b: PublishedEvent) =>
  a.position === b.position && a.correctedBy === b.correctedBy && JSON.stringify(a.annotations) === JSON.stringify(b.annotations);

/** What was played now, at the end. `follows`: the reader is there; where not, nothing is taken from under their eyes. */
export function added(window: StageWindow, news: readonly Shown[], follows: boolean): StageWindow {
  const known = new Set(window.shown.map((one) => one.event.id));
  const fresh: Shown[] = [];
  for (const one of news) {
    if (known.has(one.event.id)) continue;
    known.add(one.event.id);
    fresh.push(one);
  }
  if (fresh.length === 0) return window;
  if (window.newer > 0) return { ...window, newer: window.newer + fresh.length };
  const all = [...window.shown, ...fresh];
  if (follows) return { shown: all.slice(-USUAL), older: window.older || all.length > USUAL, newer: 0, base: window.base + Math.max(0, all.length - USUAL) };
  return { ...window, shown: all.slice(0, MOST_HELD), newer: Math.max(0, all.length - MOST_HELD) };
}

/** Earlier events, put before the others; what is held too many at the end is let go, and counted. */
export function preceded(window: StageWindow, events: readonly PublishedEvent[], older: boolean): StageWindow {
  const known = new Set(window.shown.map((one) => one.event.id));
  const all = [...events.filter((event) => !known.has(event.id)).map((event) => shownOf(event)), ...window.shown];
  const base = Math.max(0, window.base - (all.length - window.shown.length));
  return { shown: all.slice(0, MOST_HELD), older, newer: window.newer + Math.max(0, all.length - MOST_HELD), base };
}

/** A correction or a retraction of something that stands there. */
export function changed(window: StageWindow, id: string, event: PublishedEvent | null): StageWindow {
  if (!window.shown.some((one) => one.event.id === id)) return window;
  const shown = window.shown.map((one): Shown => {
    if (one.event.id !== id) return one;
    return event === null ? { ...one, withdrawn: true } : { ...one, event };
  });
  return { ...window, shown };
}
