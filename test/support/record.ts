/**
 * Puts drafts into a log as the recorder would, for tests of what reads a log.
 */
import { catalogue } from '../../events/catalogue.js';
import type { EventLog, Position } from '../../src/log/log.js';
import { logId, streamOf } from '../../src/recording/recorder.js';

/** Appends each draft by itself, or all of them together; answers the last position. */
export async function record(log: EventLog, story: string, drafts: readonly unknown[], together = false): Promise<Position> {
  const data = drafts.map((draft, i) => {
    const parsed = catalogue.parseDraft(draft, () => `event-${i}`);
    if ('faults' in parsed) throw new Error(parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '));
    return { id: logId(story, parsed.event.id), ...catalogue.toStored(parsed.event) };
  });
  if (together) return (await log.append(streamOf(story), data, 'any')).position;
  let position = '';
  for (const event of data) position = (await log.append(streamOf(story), [event], 'any')).position;
  return position;
}
