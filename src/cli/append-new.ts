/**
 * Moves a story into a log: appends what the log does not have yet. The events are gone through twice, first to check all of
 * them, then to store them.
 * Invariants: an id never means two things; nothing is stored that was not checked; as much is held as one append, and of
 * each event its id and a short digest.
 */
import { createHash } from 'node:crypto';
import { catalogue } from '../../events/catalogue.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { contentOf } from '../exporters/digest.js';
import { type EventLog, type LogEventData, WrongExpectedRevision } from '../log/log.js';
import { parsedEvents } from '../recording/recorded-events.js';
import { logId, streamOf } from '../recording/recorder.js';

/** So many events are appended together, if they are not too large. */
const MOST_EVENTS = 500;
/** So many bytes: EventStoreDB takes twice as much, as it is set up. An event that is larger goes alone. */
const MOST_BYTES = 512 * 1024;

/** What is to be stored: of events that were all checked, those that the story lacks. */
export interface Plan {
  /** How many events there were. */
  readonly events: number;
  /** Id → digest of what it says. */
  readonly fresh: ReadonlyMap<string, string>;
  /** Of the story, before anything is stored; -1 where there is none. */
  readonly revision: number;
}

/** Looks through the events. Throws `id-reused` where an id means two things, in the story or among them. */
export async function planNew(log: EventLog, story: string, events: AsyncIterable<StoryEvent>): Promise<Plan> {
  const known = new Map<string, string>();
  let revision = -1;
  for await (const { logged, ...parsed } of parsedEvents(log, story)) {
    revision = logged.revision;
    if ('event' in parsed && !known.has(parsed.event.id)) known.set(parsed.event.id, digestOf(parsed.event));
  }
  const fresh = new Map<string, string>();
  let count = 0;
  for await (const event of events) {
    count++;
    const digest = digestOf(event);
    const before = known.get(event.id) ?? fresh.get(event.id);
    if (before === undefined) fresh.set(event.id, digest);
    else if (before !== digest)
      throw new HindcastError('id-reused', `"${event.id}" says something else in ${known.has(event.id) ? story : 'the same file'}.`, [
        { at: event.id, message: 'another event has this id' },
      ]);
  }
  return { events: count, fresh, revision };
}

/**
 * Stores what is planned, from the same events in the same order. What it throws says how many were stored before: `wrong-revision`
 * where others wrote to the story meanwhile, `bad-request` where the events are not those that were checked.
 */
export async function appendNew(log: EventLog, story: string, plan: Plan, events: AsyncIterable<StoryEvent>): Promise<void> {
  const left = new Map(plan.fresh);
  let { revision } = plan;
  let stored = 0;
  try {
    for await (const batch of batchesOf(story, left, events)) {
      ({ revision } = await log.append(streamOf(story), batch, revision < 0 ? 'no_stream' : revision));
      stored += batch.length;
    }
    if (left.size > 0) throw new HindcastError('bad-request', 'The events are not those that were checked.', [{ at: 'file', message: 'changed' }]);
  } catch (error) {
    const so = `${stored} of ${plan.fresh.size} events were stored; the same command goes on from there.`;
    if (error instanceof WrongExpectedRevision) throw new HindcastError('wrong-revision', `Others wrote to ${story} meanwhile. ${so}`, [], { cause: error });
    if (!(error instanceof HindcastError)) throw error;
    throw new HindcastError(error.code, `${error.detail ?? ''} ${so}`.trimStart(), error.faults, { cause: error });
  }
}

/** What is still to be stored, an append at a time; it is then no longer `left`. */
async function* batchesOf(story: string, left: Map<string, string>, events: AsyncIterable<StoryEvent>): AsyncGenerator<LogEventData[]> {
  let batch: LogEventData[] = [];
  let bytes = 0;
  for await (const event of events) {
    const digest = left.get(event.id);
    if (digest === undefined) continue;
    if (digest !== digestOf(event)) throw new HindcastError('bad-request', `"${event.id}" is not what it was.`, [{ at: event.id, message: 'changed' }]);
    left.delete(event.id);
    const stored = { id: logId(story, event.id), ...catalogue.toStored(event) };
    const size = Buffer.byteLength(JSON.stringify([stored.type, stored.data, stored.metadata]));
    if (batch.length === MOST_EVENTS || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(stored);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function digestOf(event: StoryEvent): string {
  return createHash('sha256').update(contentOf(event)).digest('base64url').slice(0, 22);
}
