/**
 * Where appends end: an event whose metadata say `more` is followed by the next event of its append, in its stream and in the log.
 * Invariant: no batch ends inside an append, and what is left begins one that has not ended. An event of another stream, or one
 * that does not follow by its revision, ends an append whatever was said.
 * Unit: events in log order.
 */
import type { LogEvent } from '../log/log.js';

/** Does the append of this event go on with the next? */
function goesOn({ metadata }: LogEvent): boolean {
  return typeof metadata === 'object' && metadata !== null && (metadata as { more?: unknown }).more === true;
}

function follows(event: LogEvent, before: LogEvent): boolean {
  return event.stream === before.stream && event.revision === before.revision + 1;
}

/** Batches of at least `size` events, where there are so many, that end with an append each; `rest` is an append that has not ended. */
export function wholeAppends(events: readonly LogEvent[], size: number): { readonly batches: LogEvent[][]; readonly rest: LogEvent[] } {
  const batches: LogEvent[][] = [];
  let batch: LogEvent[] = [];
  /** Where the append begins that the event at hand is of. */
  let begun = 0;
  for (const [i, event] of events.entries()) {
    const next = events[i + 1];
    batch.push(event);
    const isInside = goesOn(event) && (next === undefined || follows(next, event));
    if (isInside) continue;
    begun = i + 1;
    if (batch.length < size) continue;
    batches.push(batch);
    batch = [];
  }
  const open = events.length - begun;
  const rest = open === 0 ? [] : batch.splice(batch.length - open, open);
  if (batch.length > 0) batches.push(batch);
  return { batches, rest };
}
