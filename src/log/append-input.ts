/**
 * What a caller hands to an append, checked and brought into the form in which it is kept.
 * Invariant: what passes has ids that are UUIDs in lower case, a stream with a usable name and an expectation that makes sense.
 * Unit: one append.
 */
import { appendTooLarge, dataBytes, type ExpectedRevision, type LogEventData } from './log.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONE_SURROGATE = /\p{Cs}/u;
/** An index key holds the name, at up to three bytes a unit. */
const LONGEST_NAME = 500;

/** The events as they are kept. Throws RangeError, or `body-too-large` where their data has more than `maxBytes` bytes. */
export function checkedAppend(stream: string, events: readonly LogEventData[], expected: ExpectedRevision, maxBytes: number): LogEventData[] {
  if (stream.length === 0 || stream.length > LONGEST_NAME) throw new RangeError(`the name of a stream has 1 to ${LONGEST_NAME} characters`);
  if (LONE_SURROGATE.test(stream)) throw new RangeError('the name of a stream holds half of a surrogate pair');
  if (typeof expected === 'number' && (!Number.isSafeInteger(expected) || expected < 0)) throw new RangeError(`${expected} is no revision`);
  if (events.length === 0) throw new RangeError('an append has at least one event');
  const bytes = events.reduce((sum, event) => sum + dataBytes(event), 0);
  if (bytes > maxBytes) throw appendTooLarge(bytes, events.length, maxBytes);
  return events.map(({ id, type, data, metadata, verbatim }) => ({ id: checkedId(id), type, data, metadata, ...(verbatim === undefined ? {} : { verbatim }) }));
}

function checkedId(id: string): string {
  if (UUID.test(id)) return id;
  const lower = id.toLowerCase();
  if (!UUID.test(lower)) throw new RangeError(`"${id}" is no UUID`);
  return lower;
}
