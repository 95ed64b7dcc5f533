/**
 * The table of optimistic concurrency and idempotency that EventStoreDB keeps, as one pure function: it is the heart of
 * every append and has to be read and tested by itself.
 * Invariant: the answer follows from the arguments alone, and looks up no more than it needs.
 * Unit: revisions of one stream, from 0.
 */
import type { ExpectedRevision } from '../log.js';

/** What a stream holds, as far as the rules ask. */
export interface StreamFacts {
  /** Revision of the last event, or undefined where the stream does not exist. */
  readonly last: number | undefined;
  /** The id of the event at a revision that exists. */
  idAt(revision: number): string | undefined;
  /** The latest revision that carries the id. */
  revisionOf(id: string): number | undefined;
}

export type Decision =
  /** The events are new; the first of them gets this revision. */
  | { readonly do: 'append'; readonly revision: number }
  /** Every event is there already; the last of them stands at this revision. */
  | { readonly do: 'repeat'; readonly revision: number }
  /** The stream is not as expected. */
  | { readonly do: 'refuse' };

const REFUSE: Decision = { do: 'refuse' };

/** What becomes of an append of events with these ids (at least one). */
export function decideAppend(ids: readonly string[], expected: ExpectedRevision, stream: StreamFacts): Decision {
  if (expected === 'any') return decideAnywhere(ids, stream);
  if (expected === 'stream_exists') return stream.last === undefined ? REFUSE : decideAnywhere(ids, stream);
  const last = stream.last ?? -1;
  const after = expected === 'no_stream' ? -1 : expected;
  if (after === last) return { do: 'append', revision: last + 1 };
  return after < last ? decideBehind(ids, after + 1, last, stream) : REFUSE;
}

/** No revision is named: the events are new unless the first is known, and then all must be. */
function decideAnywhere(ids: readonly string[], stream: StreamFacts): Decision {
  let found: number | undefined;
  for (const [i, id] of ids.entries()) {
    found = stream.revisionOf(id);
    if (found === undefined) return i === 0 ? { do: 'append', revision: (stream.last ?? -1) + 1 } : REFUSE;
  }
  return found === undefined ? REFUSE : { do: 'repeat', revision: found };
}

/** A revision is named that the stream has passed: the events must be those that follow it, one for one. */
function decideBehind(ids: readonly string[], first: number, last: number, stream: StreamFacts): Decision {
  if (first + ids.length - 1 > last) return REFUSE;
  const same = ids.every((id, i) => stream.idAt(first + i) === id);
  return same ? { do: 'repeat', revision: first + ids.length - 1 } : REFUSE;
}
