/**
 * What goes wrong with EventStoreDB, in the words of the register.
 * Invariant: nothing of the client's own errors is seen outside; what may yet succeed is `log-unavailable`.
 */
import { ErrorType, isCommandError, MaxAppendSizeExceededError, WrongExpectedVersionError } from '@eventstore/db-client';
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
  if (denialOf(error, {}) !== undefined) return false;
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

/** gRPC's UNAUTHENTICATED: the name or the password is wrong. A right that is missing is PERMISSION_DENIED. */
const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

export interface About {
  /** Left out: the log as a whole, which is EventStoreDB's stream `$all`. */
  readonly stream?: string;
  /** Of an append. */
  readonly expected?: ExpectedRevision;
}

/** Was the call refused to this user, and why? Undefined where it was not. */
function denialOf(error: unknown, { stream, expected }: About): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeOf(error) !== ErrorType.ACCESS_DENIED && !(typeOf(error) === ErrorType.UNKNOWN && code === PERMISSION_DENIED)) return undefined;
  if (code === UNAUTHENTICATED) return 'EventStoreDB does not accept the name and the password in EVENTSTORE_URL.';
  if (stream === undefined)
    return 'EventStoreDB knows the user, who has no right to read "$all": put one of the user\'s groups into acl.readRoles of the metadata of the stream $all, as somebody of the group $admins.';
  const list = expected === undefined ? 'acl.readRoles' : 'acl.writeRoles';
  return `EventStoreDB knows the user, who has no right to ${expected === undefined ? 'read' : 'append to'} "${stream}": put one of the user's groups into ${list} of that stream's metadata, or into the defaults in $settings.`;
}

/** The word of the register for what a call threw. */
export function faultOf(error: unknown, about: About = {}): Error {
  if (error instanceof HindcastError || error instanceof RangeError) return error;
  const { stream = '', expected = 'any' } = about;
  const cause = { cause: error };
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? Number(actualVersion) : undefined);
  }
  const denial = denialOf(error, about);
  if (denial !== undefined) return new HindcastError('log-unavailable', denial, [], cause);
  if (error instanceof MaxAppendSizeExceededError)
    return new HindcastError(
      'body-too-large',
      `EventStoreDB takes at most ${error.maxAppendSize?.toLocaleString('en')} bytes of event data in one append, fewer than EVENTSTORE_MAX_APPEND_SIZE says. Send it as several appends.`,
      [],
      cause,
    );
  const said = plain(error instanceof Error ? error.message : String(error));
  switch (typeOf(error)) {
    case ErrorType.STREAM_DELETED:
      return new HindcastError('story-tombstoned', `The stream ${stream} has a tombstone.`, [], cause);
    default:
      return new HindcastError('log-unavailable', `EventStoreDB: ${said}`, [], cause);
  }
}
