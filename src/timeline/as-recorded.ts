/**
 * A story as the log knew it at some moment of recorded time, or as its source had recorded it by then: resolved from the
 * events that had been stored by then.
 * Invariant: what was recorded later, be it an event, a correction or a retraction, has no part in it; where the log lacks events
 * of the story, nothing is told of what was known (`story-truncated`).
 * Unit: recorded time in ms since the epoch, by the running maximum of the log's own clock, which never goes back; what a
 * source says of its own recorded time is a claim, and is taken as it stands.
 */
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent, RecordedHappening } from '../../events/event.js';
import { type Lens, throughLens } from '../../events/lens.js';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { compareKeys, formatInstant, instantOf } from '../../events/story-time.js';
import { type EventLog, type Position, START } from '../log/log.js';
import { STREAM_PREFIX } from './indexing.js';
import type { Store } from './store.js';
import { truncatedStory } from './stream-standing.js';

/** Which events of a story count; both conditions hold where both are given. */
export interface Known {
  /** Those that the log had stored by then. */
  readonly recordedAt?: number;
  /** Those that their source says it had recorded by then; where it says nothing, the log's own time counts. */
  readonly originallyRecordedAt?: number;
}

export interface AsRecorded {
  /** The last position of the story that counts; START where there was none yet. */
  readonly position: Position;
  /** In story order. */
  readonly steps: readonly Step[];
}

/** So many answers are kept: a reader who looks at one moment mostly asks for more of it. */
const KEPT = 8;

export type ReadAsRecorded = (story: string, known: Known, lens?: Lens) => Promise<AsRecorded>;

export function createAsRecorded(log: EventLog, store: Store): ReadAsRecorded {
  const kept = new Map<string, AsRecorded>();

  return async (story, { recordedAt = Infinity, originallyRecordedAt = Infinity }, lens) => {
    const events: RecordedEvent[] = [];
    let position: Position = START;
    let next = 0;
    for await (const logged of log.read(`${STREAM_PREFIX}${story}`)) {
      if (logged.revision !== next) throw truncatedStory(story, next === 0 ? logged.revision : 0);
      next = logged.revision + 1;
      // Where the log's clock had gone back, an event counts as stored when the latest before it was.
      if ((store.clock.get([story, logged.revision]) ?? logged.created) > recordedAt) break;
      const recorded = { story, position: logged.position, revision: logged.revision, recordedAt: formatInstant(logged.created) };
      const parsed = catalogue.parseStored({ type: logged.type, data: logged.data, metadata: logged.metadata }, recorded);
      if (originallyRecordedAt === Infinity) position = logged.position;
      if (!('event' in parsed)) continue;
      const { originalRecordedAt } = parsed.event;
      if ((originalRecordedAt === undefined ? logged.created : instantOf(originalRecordedAt)) > originallyRecordedAt) continue;
      position = logged.position;
      events.push(parsed.event);
    }
    if (next === 0 && (store.stories.get(story)?.revision ?? -1) >= 0) throw truncatedStory(story, null);
    const key = JSON.stringify([story, position, originallyRecordedAt, lens]);
    const answer = kept.get(key) ?? { position, steps: seenThrough(resolveStory(events), lens) };
    kept.delete(key);
    kept.set(key, answer);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}

function seenThrough(steps: readonly Step[], lens: Lens | undefined): readonly Step[] {
  if (lens === undefined) return steps;
  const happenings = new Map<string, RecordedHappening>();
  for (const step of steps) if (step.kind === 'happening') happenings.set(step.event.id, step.event);
  return steps
    .map((step) => throughLens(step, lens, (id) => happenings.get(id)))
    .filter((step) => step !== undefined)
    .sort((a, b) => compareKeys(a.key, b.key));
}
