/**
 * A story as CloudEvents, one JSON object a line, in the order in which it was recorded: lossless, and taken by any log of ours.
 * Invariant: as much is held as one event.
 */
import { toCloudEvent } from '../../events/cloud-events.js';
import type { RecordedEvent } from '../../events/event.js';

export async function* toNdjson(events: AsyncIterable<RecordedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(toCloudEvent(event))}\n`;
}
