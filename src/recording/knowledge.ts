/**
 * What recording needs of the log and of the read model, and nothing else of them.
 * Invariant: what is known of a story is a beginning of its stream, which ends where an append ends.
 * Unit: one log and one read model that follows it.
 */
import type { EventLog } from '../log/log.js';
import type { EventDetail, StoryDetail } from '../timeline/queries.js';
import type { StreamStanding } from '../timeline/stream-standing.js';
import type { Timeline } from '../timeline/timeline.js';

/** The log, to whoever appends to it. */
export type AppendableLog = Pick<EventLog, 'maxAppendBytes' | 'append' | 'head' | 'read'>;

/** The read model, to whoever judges by it. */
export interface ReadModel extends Pick<Timeline, 'knows' | 'writtenIn' | 'waitFor' | 'isLogReplaced' | 'checkLog'> {
  story(id: string): Pick<StoryDetail, 'revision'> | undefined;
  event(story: string, id: string): Pick<EventDetail, 'event'> | undefined;
  standing(story: string): Promise<Pick<StreamStanding, 'firstRevision'>>;
  onCommit(listener: (story: string) => void): () => void;
}
