/**
 * A story as the log knew it at some moment of recorded time: resolved from the events that had been stored by then.
 * Invariant: what was recorded later, be it an event, a correction or a retraction, has no part in it.
 * Unit: recorded time in ms since the epoch, by the running maximum of the log's own clock, which never goes back.
 */
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent } from '../../events/event.js';
import { resolveStory, type Step } from '../../events/resolve.js';
import { formatInstant } from '../../events/story-time.js';
import { type EventLog, type Position, START } from '../log/log.js';
import { STREAM_PREFIX } from './indexing.js';
import type { Store } from './store.js';

export interface AsRecorded {
  /** The last position of the story that counts; START where there was none yet. */
  readonly position: Position;
  /** In story order. */
  readonly steps: readonly Step[];
}

/** So many answers are kept: a reader who looks at one moment mostly asks for more of it. */
const KEPT = 8;

export type ReadAsRecorded = (story: string, recordedAt: number) => Promise<AsRecorded>;

export function createAsRecorded(log: EventLog, store: Store): ReadAsRecorded {
  const kept = new Map<string, AsRecorded>();

  return async (story, recordedAt) => {
    const events: RecordedEvent[] = [];
    let position: Position = START;
    for await (const logged of log.read(`${STREAM_PREFIX}${story}`)) {
      // Where the log's clock had gone back, an event counts as stored when the latest before it was.
      if ((store.clock.get([story, logged.revision]) ?? logged.created) > recordedAt) break;
      position = logged.position;
      const recorded = { story, position, revision: logged.revision, recordedAt: formatInstant(logged.created) };
      const parsed = catalogue.parseStored({ type: logged.type, data: logged.data, metadata: logged.metadata }, recorded);
      if ('event' in parsed) events.push(parsed.event);
    }
    const key = `${story} ${position}`;
    const answer = kept.get(key) ?? { position, steps: resolveStory(events) };
    kept.delete(key);
    kept.set(key, answer);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}
