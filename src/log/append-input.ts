/**
 * What a caller hands to an append, checked and brought into the form in which it is kept.
 * Invariant: what passes has ids that are UUIDs in lower case, a stream with a usable name and an expectation that makes sense.
 * Unit: one append.
 */
import { appendTooLarge, dataBytes, type ExpectedRevision, type LogEventData } from './log.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONE_SURROGATE = /\p{Cs}/u;
/** Longer than anybody needs, and short enough to be held many times over. In bytes of UTF-8. */
export const LONGEST_NAME = 128 * 1024;
export const LONGEST_TYPE = 1024 * 1024;

/** The events as they are kept. Throws RangeError, or `body-too-large` where their data has more than `maxBytes` bytes. */
export function checkedAppend(stream: string, events: readonly LogEventData[], expected: ExpectedRevision, maxBytes: number): LogEventData[] {
  if (stream.length === 0 || isLonger(stream, LONGEST_NAME)) throw new RangeError(`the name of a stream has 1 to ${LONGEST_NAME} bytes`);
  if (LONE_SURROGATE.test(stream)) throw new RangeError('the name of a stream holds half of a surrogate pair');
  if (typeof expected === 'number' && (!Number.isSafeInteger(expected) || expected < 0)) throw new RangeError(`${expected} is no revision`);
  if (events.length === 0) throw new RangeError('an append has at least one event');
  if (events.some(({ type }) => isLonger(type, LONGEST_TYPE))) throw new RangeError(`the type of an event has at most ${LONGEST_TYPE} bytes`);
  const bytes = events.reduce((sum, event) => sum + dataBytes(event), 0);
  if (bytes > maxBytes) throw appendTooLarge(bytes, events.length, maxBytes);
  return events.map(({ id, type, data, metadata, verbatim }) => ({ id: checkedId(id), type, data, metadata, ...(verbatim === undefined ? {} : { verbatim }) }));
}

/** A text of so many units has at most three times as many bytes: most are not measured. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function checkedId(id: string): string {
  if (UUID.test(id)) return id;
  const lower = id.toLowerCase();
  if (!UUID.test(lower)) throw new RangeError(`"${id}" is no UUID`);
  return lower;
}
