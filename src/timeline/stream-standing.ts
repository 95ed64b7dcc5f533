/**
 * What the log still has of a story: others may have had the beginning of its stream taken away, or have closed it for good. A read
 * model that took the events before knows them still, and says what the log lacks, as one that is made anew does.
 * Invariant: what is kept is what the log answered last. Unit: one story.
 */
import { HindcastError, isHindcastError } from '../errors.js';
import type { EventLog } from '../log/log.js';
import { NEW_STORY, STREAM_PREFIX } from './indexing.js';
import type { Store, StoryCounts } from './store.js';

export interface StreamStanding {
  /** Events are missing, at the beginning or between. */
  readonly truncated: boolean;
  /** The first revision that the log has; null where it has none. */
  readonly firstRevision: number | null;
  readonly tombstoned: boolean;
}

export class StreamStandings {
  private asking = new Map<string, Promise<StreamStanding>>();

  constructor(
    private readonly log: EventLog,
    private readonly store: Store,
  ) {}

  /** Asks the log; whoever asks at the same time is answered together. Throws what the log throws. */
  ask(story: string): Promise<StreamStanding> {
    const asked = this.asking.get(story) ?? this.look(story).finally(() => this.asking.delete(story));
    this.asking.set(story, asked);
    return asked;
  }

  /** Keeps that the log has closed a story. */
  async close(story: string): Promise<void> {
    await this.keep(story, (counts) => ({ ...counts, tombstoned: true }));
  }

  private async look(story: string): Promise<StreamStanding> {
    let firstRevision: number | null = null;
    try {
      for await (const { revision } of this.log.read(`${STREAM_PREFIX}${story}`, { limit: 1 })) firstRevision = revision;
    } catch (error) {
      if (!isHindcastError(error) || error.code !== 'story-tombstoned') throw error;
      await this.close(story);
      return { truncated: true, firstRevision: null, tombstoned: true };
    }
    const counts = this.store.stories.get(story);
    if (firstRevision !== (counts?.firstRevision === undefined ? 0 : counts.firstRevision) && counts !== undefined)
      await this.keep(story, ({ firstRevision: _, ...rest }) => (firstRevision === 0 ? rest : { ...rest, firstRevision }));
    return { truncated: firstRevision !== 0 || counts?.truncated === true, firstRevision, tombstoned: false };
  }

  private async keep(story: string, change: (counts: StoryCounts) => StoryCounts): Promise<void> {
    await this.store.write(() => void this.store.stories.put(story, change(this.store.stories.get(story) ?? NEW_STORY)));
  }
}

/** Throws `story-truncated` where the log lacks events of the story, and `story-tombstoned` where it gives none out. */
export function demandWhole(story: string, { truncated, firstRevision, tombstoned }: StreamStanding): void {
  if (tombstoned) throw new HindcastError('story-tombstoned', `"${story}" is still told from what was read before.`);
  if (truncated) throw truncatedStory(story, firstRevision);
}

export function truncatedStory(story: string, firstRevision: number | null): HindcastError {
  const what = firstRevision === null ? 'none of it any more' : firstRevision === 0 ? 'not all of it' : `it only from revision ${firstRevision} on`;
  return new HindcastError('story-truncated', `Of "${story}" the log has ${what}.`, [{ at: 'story', message: `the log has ${what}` }]);
}
