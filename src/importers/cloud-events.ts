/**
 * CloudEvents, one JSON object a line, as events to be recorded.
 * Invariant: what is no event is told with its line, and nothing after it is taken. Unit: lines count from 1.
 */
import { fromCloudEvent, isCloudEvent } from '../../events/cloud-events.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';

/** No line is longer, in characters. */
const LONGEST_LINE = 8 * 1024 * 1024;

export interface ReadEvent {
  readonly line: number;
  readonly event: StoryEvent;
}

/** Throws `bad-json` or `bad-event`, which name the line. */
export async function* readCloudEvents(lines: AsyncIterable<string>): AsyncGenerator<ReadEvent> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const at = `line ${line}`;
    if (text.length > LONGEST_LINE) throw new HindcastError('body-too-large', `${at} has ${text.length} characters.`, [{ at, message: 'too long' }]);
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
    yield { line, event: read.event };
  }
}
