/**
 * A story as its log has it, event by event, for commands that need no read model.
 * Invariant: events come in the order of revisions; what does not parse is told with its revision.
 */
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent, StoryEvent } from '../../events/event.js';
import { formatInstant } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { contentOf } from '../exporters/digest.js';
import type { EventLog, LogEvent } from '../log/log.js';
import { logId, streamOf } from '../recording/recorder.js';

/** So many events are appended together. */
const BATCH = 500;

export type Parsed = { readonly logged: LogEvent; readonly event: RecordedEvent } | { readonly logged: LogEvent; readonly fault: string };

export async function* parsedEvents(log: EventLog, story: string): AsyncGenerator<Parsed> {
  for await (const logged of log.read(streamOf(story))) {
    const { position, revision, created } = logged;
    const read = catalogue.parseStored(logged, { story, position, revision, recordedAt: formatInstant(created) });
    if ('event' in read) yield { logged, event: read.event };
    else yield { logged, fault: read.faults.map(({ at, message }) => `${at}: ${message}`).join('; ') };
  }
}

/** The events of a story. Throws `unknown-story`, or `bad-event` at the first that does not parse. */
export async function* eventsOf(log: EventLog, story: string): AsyncGenerator<RecordedEvent> {
  let some = false;
  for await (const parsed of parsedEvents(log, story)) {
    some = true;
    if ('fault' in parsed) throw new HindcastError('bad-event', `Revision ${parsed.logged.revision} of ${story}: ${parsed.fault}`);
    yield parsed.event;
  }
  if (!some) throw new HindcastError('unknown-story', `"${story}" is not in this log.`);
}

/**
 * Appends events to a story behind what it has; those it has already are passed over. Throws `id-reused` where the story has
 * another event under the same id: then nothing is stored. With `dryRun` nothing is stored either.
 */
export async function appendNew(log: EventLog, story: string, events: readonly StoryEvent[], dryRun = false): Promise<{ added: number; known: number }> {
  const known = new Map<string, string>();
  let revision = -1;
  for await (const { logged, ...parsed } of parsedEvents(log, story)) {
    revision = logged.revision;
    if ('event' in parsed && !known.has(parsed.event.id)) known.set(parsed.event.id, contentOf(parsed.event));
  }
  const fresh: StoryEvent[] = [];
  for (const event of events) {
    const content = contentOf(event);
    const before = known.get(event.id);
    if (before !== undefined && before !== content)
      throw new HindcastError('id-reused', `"${event.id}" says something else in ${story}.`, [{ at: event.id, message: 'another event has this id' }]);
    if (before === undefined) fresh.push(event);
    known.set(event.id, content);
  }
  for (let i = 0; i < fresh.length && !dryRun; i += BATCH) {
    const batch = fresh.slice(i, i + BATCH).map((event) => ({ id: logId(story, event.id), ...catalogue.toStored(event) }));
    ({ revision } = await log.append(streamOf(story), batch, revision < 0 ? 'no_stream' : revision));
  }
  return { added: fresh.length, known: events.length - fresh.length };
}
