/**
 * Puts drafts into a log as the recorder would, for tests of what reads a log.
 */
import { catalogue } from '../../events/catalogue.js';
import { dataBytes, type EventLog, type LogEventData, type Position } from '../../src/log/log.js';
import { logId, streamOf } from '../../src/recording/recorder.js';

/** Appends each draft by itself, or as many together as one append takes; answers the last position. */
export async function record(log: EventLog, story: string, drafts: readonly unknown[], together = false): Promise<Position> {
  const data = drafts.map((draft, i) => {
    const parsed = catalogue.parseDraft(draft, () => `event-${i}`);
    if ('faults' in parsed) throw new Error(parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '));
    return { id: logId(story, parsed.event.id), ...catalogue.toStored(parsed.event) };
  });
  let position = '';
  for (const part of together ? parts(data, log.maxAppendBytes) : data.map((event) => [event]))
    position = (await log.append(streamOf(story), part, 'any')).position;
  return position;
}

function parts(events: readonly LogEventData[], most: number): LogEventData[][] {
  const all: LogEventData[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    bytes += dataBytes(event);
    if (bytes > most) {
      all.push([]);
      bytes = dataBytes(event);
    }
    all.at(-1)?.push(event);
  }
  return all;
}
