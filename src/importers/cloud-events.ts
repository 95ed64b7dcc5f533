/**
 * CloudEvents, one JSON object a line, as events to be recorded.
 * Invariant: what is no event is told with its line, and nothing after it is taken. Unit: one event at a time.
 */
import { fromCloudEvent, isCloudEvent } from '../../events/cloud-events.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import type { Line } from './lines.js';

/** Throws `bad-json` or `bad-event`, which name the line. */
export async function* readCloudEvents(lines: AsyncIterable<Line>): AsyncGenerator<StoryEvent> {
  for await (const { number, text } of lines) {
    if (text.trim() === '') continue;
    const at = `line ${number}`;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new HindcastError('bad-json', `${at} is not JSON.`, [{ at, message: 'not JSON' }]);
    }
    if (!isCloudEvent(value)) throw new HindcastError('bad-event', `${at} is no CloudEvent.`, [{ at, message: 'no CloudEvent' }]);
    const read = fromCloudEvent(value);
    if ('faults' in read) {
      const faults = read.faults.map((fault) => ({ at: `${at}${fault.at}`, message: fault.message }));
      throw new HindcastError('bad-event', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults);
    }
    yield read.event;
  }
}
