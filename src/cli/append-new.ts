/**
 * Moves a story into a log: appends what the log does not have yet.
 * Invariant: an id never means two things; what is there already is passed over.
 */
import { catalogue } from '../../events/catalogue.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { contentOf } from '../exporters/digest.js';
import type { EventLog } from '../log/log.js';
import { parsedEvents } from '../recording/recorded-events.js';
import { logId, streamOf } from '../recording/recorder.js';

/** So many events are appended together. */
const BATCH = 500;

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
