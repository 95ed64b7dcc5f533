/**
 * A whole story as its log has it: written to a file, and verified event by event.
 * Invariant: as much is held as one event.
 */
import { HindcastError } from '../errors.js';
import { Digest, revisionOfHead } from '../exporters/digest.js';
import { toNdjson } from '../exporters/cloud-events.js';
import { type EventsOptions, eventsOf, parsedEvents, type StoryLog } from '../recording/recorded-events.js';
import { logId } from '../recording/recorder.js';
import { Ledger } from './ledger.js';

export interface Exported {
  readonly story: string;
  readonly events: number;
  readonly head: string;
  readonly contentDigest: string;
}

/** Writes a story line by line; `write` resolves when more may be written. */
export async function exportStory(log: StoryLog, story: string, write: (text: string) => Promise<void>, options: EventsOptions = {}): Promise<Exported> {
  const digest = new Digest();
  let events = 0;
  const counted = async function* () {
    for await (const event of eventsOf(log, story, options)) {
      digest.take(event);
      events++;
      yield event;
    }
  };
  for await (const line of toNdjson(counted())) await write(line);
  return { story, events, head: digest.head, contentDigest: digest.contentDigest };
}

export interface Verified {
  readonly story: string;
  readonly events: number;
  readonly head: string;
  readonly contentDigest: string;
  /** Copies of an id that the story has before; the first of them counts. */
  readonly copies: number;
  /** The first thing that does not fit; undefined where all does. */
  readonly fault?: string;
}

/** Reads a whole story and says the first event that does not fit. `against`: a head that was published. */
export async function verifyStory(log: StoryLog, story: string, against?: string): Promise<Verified> {
  const wanted = against === undefined ? undefined : revisionOfHead(against);
  if (against !== undefined && wanted === undefined)
    throw new HindcastError('bad-request', `"${against.slice(0, 120)}" is no head: sha256:<64 digits>@<revision>.`, [{ at: 'against', message: 'no head' }]);
  const seen = new Ledger();
  try {
    return await verified(log, story, seen, wanted, against);
  } finally {
    seen.close();
  }
}

async function verified(log: StoryLog, story: string, seen: Ledger, wanted: number | undefined, against: string | undefined): Promise<Verified> {
  const digest = new Digest();
  let fault: string | undefined;
  let next = 0;
  for await (const { logged, ...parsed } of parsedEvents(log, story)) {
    const at = `revision ${logged.revision}`;
    if (logged.revision !== next)
      fault ??= next === 0 ? `the story begins at ${at}: what was before is missing` : `${at} follows revision ${next - 1}: what was between is missing`;
    next = logged.revision + 1;
    if ('fault' in parsed) {
      fault ??= `${at} is no event of this version: ${parsed.fault}`;
      continue;
    }
    const { event } = parsed;
    if (logged.id !== logId(story, event.id)) fault ??= `${at} ("${event.id}") does not have the log id that belongs to it`;
    seen.add(event.id, '', '');
    digest.take(event);
    if (wanted === logged.revision && digest.head !== against)
      fault ??= `the events up to revision ${wanted} are not those of the published head: here they make ${digest.head}`;
  }
  if (next === 0) throw new HindcastError('unknown-story', `"${story}" is not in this log.`);
  if (wanted !== undefined && wanted >= next) fault ??= `the published head is at revision ${wanted}, and the story ends at ${next - 1}: events are missing`;
  const { head, contentDigest } = digest;
  const { copy: copies } = seen.settle();
  return { story, events: next, head, contentDigest, copies, ...(fault === undefined ? {} : { fault }) };
}
