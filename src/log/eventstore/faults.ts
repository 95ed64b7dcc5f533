/**
 * What goes wrong with EventStoreDB, in the words of the register.
 * Invariant: nothing of the client's own errors is seen outside; what may yet succeed is `log-unavailable`.
 */
import { ErrorType, isCommandError, WrongExpectedVersionError } from '@eventstore/db-client';
import { HindcastError } from '../../errors.js';
import { type ExpectedRevision, WrongExpectedRevision } from '../log.js';

/** It may have been done or not, or may be done another time. */
const PASSING: ReadonlySet<unknown> = new Set([
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.TIMEOUT,
  ErrorType.DEADLINE_EXCEEDED,
  ErrorType.NOT_LEADER,
  ErrorType.UNKNOWN,
]);

/** What the client calls it; undefined where it is no answer of the server. */
const typeOf = (error: unknown) => (error instanceof Error && isCommandError(error) ? error.type : undefined);

/** Is it worth another try, at once? */
export function isPassing(error: unknown): boolean {
  return typeOf(error) === undefined || PASSING.has(typeOf(error));
}

/** Was a subscriber dropped because a burst came ("Consumer too slow to handle event while live")? It may begin again at once. */
export function isDrop(error: unknown): boolean {
  return typeOf(error) === ErrorType.TIMEOUT;
}

/** What was said, without what only the libraries mean by it. */
function plain(message: string): string {
  return message
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/\s*Resolution note:.*$/s, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g, '');
}

/** The word of the register for what a call threw. */
export function faultOf(error: unknown, about: { readonly stream?: string; readonly expected?: ExpectedRevision } = {}): Error {
  if (error instanceof HindcastError || error instanceof RangeError) return error;
  const { stream = '', expected = 'any' } = about;
  const cause = { cause: error };
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? Number(actualVersion) : undefined);
  }
  const said = plain(error instanceof Error ? error.message : String(error));
  switch (typeOf(error)) {
    case ErrorType.ACCESS_DENIED:
      return new HindcastError('log-unavailable', 'EventStoreDB denies access: look at the credentials in EVENTSTORE_URL.', [], cause);
    case ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED:
      return new HindcastError('body-too-large', 'EventStoreDB takes no append so large.', [], cause);
    case ErrorType.STREAM_DELETED:
      return new HindcastError('data-damaged', `The stream ${stream} has been deleted from the log.`, [], cause);
    default:
      return new HindcastError('log-unavailable', `EventStoreDB: ${said}`, [], cause);
  }
}
