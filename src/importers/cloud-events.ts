/**
 * CloudEvents, one JSON object a line, as events to be recorded.
 * Invariant: what is no event is told with its line, and nothing after it is taken. Unit: one event at a time.
 */
import { fromCloudEvent, isCloudEvent } from '../../events/cloud-events.js';
import { HindcastError } from '../errors.js';
import type { Format, Taken } from './format.js';
import { type Line, linesOf } from './lines.js';

/** Throws `bad-json` or `bad-event`, which name the line. */
export async function* readCloudEvents(lines: AsyncIterable<Line>): AsyncGenerator<Taken> {
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
    yield { event: read.event, at };
  }
}

export const cloudEvents: Format = {
  name: 'cloudevents',
  copies: 'refused',
  describesItself: true,

  async recognises({ kind, entries }) {
    const [entry] = entries;
    if (kind !== 'file' || entry === undefined) return false;
    return /\.ndjson$/i.test(entry.name) || /^\ufeff?\s*\{\s*"/.test((await entry.head()).toString());
  },

  async open({ source }) {
    return async function* () {
      for (const entry of source.entries) yield* readCloudEvents(linesOf(entry.read()));
    };
  },
};
