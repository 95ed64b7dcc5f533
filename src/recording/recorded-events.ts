/**
 * A story as its log has it, event by event, for whoever needs no read model.
 * Invariant: events come in the order of revisions; what does not parse is told with its revision.
 */
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent } from '../../events/event.js';
import { formatInstant } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { EventLog, LogEvent } from '../log/log.js';
import { truncatedStory } from '../timeline/stream-standing.js';
import { streamOf } from './recorder.js';

/** As much of a log as is read here. */
export type StoryLog = Pick<EventLog, 'read'>;

export type Parsed = { readonly logged: LogEvent; readonly event: RecordedEvent } | { readonly logged: LogEvent; readonly fault: string };

export async function* parsedEvents(log: StoryLog, story: string): AsyncGenerator<Parsed> {
  for await (const logged of log.read(streamOf(story))) {
    const { position, revision, created } = logged;
    const read = catalogue.parseStored(logged, { story, position, revision, recordedAt: formatInstant(created) });
    if ('event' in read) yield { logged, event: read.event };
    else yield { logged, fault: read.faults.map(({ at, message }) => `${at}: ${message}`).join('; ') };
  }
}

export interface EventsOptions {
  /** What is left of a story of which the log lacks events is taken as it is. */
  readonly truncated?: 'accept';
}

/** The events of a story. Throws `unknown-story`, `story-truncated` where events are missing, or `bad-event` at the first that does not parse. */
export async function* eventsOf(log: StoryLog, story: string, { truncated }: EventsOptions = {}): AsyncGenerator<RecordedEvent> {
  let some = false;
  let next = 0;
  for await (const parsed of parsedEvents(log, story)) {
    some = true;
    const { revision } = parsed.logged;
    if (revision !== next && truncated !== 'accept') throw truncatedStory(story, next === 0 ? revision : 0);
    next = revision + 1;
    if ('fault' in parsed) throw new HindcastError('bad-event', `Revision ${parsed.logged.revision} of ${story}: ${parsed.fault}`);
    yield parsed.event;
  }
  if (!some) throw new HindcastError('unknown-story', `"${story}" is not in this log.`);
}
