/**
 * What goes wrong, as the protocol says it: a status with trailers where a call fails, a status with one detail where an
 * append of a batch does. Clients choose the class of their error by the trailer `exception`, or by the type of the detail.
 * Invariant: every failure becomes one `Refused`; what is not foreseen says nothing of the inside, and is told to `onError`.
 * Unit: one refusal.
 */
import type rpc from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { isHindcastError } from '../errors.js';
import type { WrongExpectedRevision } from '../log/log.js';

/** What can stand in the detail of a batch's status. */
interface Detail {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Where an append of a batch has another code than a call. */
  readonly code?: status;
}

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: status;
  readonly trailers: Readonly<Record<string, string>>;
  readonly detail: Detail;
  /** Of one append among others: the whole call fails with it. */
  readonly endsCall: boolean;

  constructor(code: status, message: string, detail: Detail, trailers: Readonly<Record<string, string>> = {}, endsCall = false) {
    super(message);
    this.endsCall = endsCall;
    this.code = code;
    this.detail = detail;
    this.trailers = trailers;
  }
}

const detail = (type: string, message: { serializeBinary(): Uint8Array }): Detail => ({
  type: `event_store.client.${type}`,
  bytes: message.serializeBinary(),
});
const unknown = (): Detail => detail('Unknown', new shared.Unknown());

const badDetail = (message: string): Detail => {
  const bad = new shared.BadRequest();
  bad.setMessage(message);
  return detail('BadRequest', bad);
};

/** What a request that is understood and still not taken is refused with, where clients have no class of their own for it. */
export const refused = (message: string): Refused => new Refused(status.UNKNOWN, message, unknown());

export const badRequest = (message: string): Refused => new Refused(status.INVALID_ARGUMENT, message, badDetail(message));

export function missingProperty(name: string): Refused {
  const message = `The metadata of the event lacks "${name}".`;
  return new Refused(status.INVALID_ARGUMENT, message, badDetail(message), {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });
}

export function tooLarge(limit: number): Refused {
  const size = new shared.MaximumAppendSizeExceeded();
  size.setMaxappendsize(limit);
  return new Refused(status.INVALID_ARGUMENT, `The append is larger than ${limit} bytes.`, detail('MaximumAppendSizeExceeded', size), {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });
}

export function streamDeleted(stream: string): Refused {
  const deleted = new shared.StreamDeleted();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  deleted.setStreamIdentifier(identifier);
  const trailers = { exception: 'stream-deleted', 'stream-name': trailer(stream) };
  return new Refused(
    status.FAILED_PRECONDITION,
    'The stream has been deleted for good.',
    { ...detail('StreamDeleted', deleted), code: status.NOT_FOUND },
    trailers,
  );
}

/** What who deletes a stream is told; an append has an answer of its own for it. `expected` and `actual` as EventStoreDB numbers them. */
export function notAsExpected(stream: string, expected: number, actual: number): Refused {
  return new Refused(status.FAILED_PRECONDITION, `The stream was expected at ${expected} and is at ${actual}.`, unknown(), {
    exception: 'wrong-expected-version',
    'stream-name': trailer(stream),
    'expected-version': String(expected),
    'actual-version': String(actual),
  });
}

export function notLeader({ host, port }: { readonly host: string; readonly port: number }): Refused {
  const trailers = { exception: 'not-leader', 'leader-endpoint-host': host, 'leader-endpoint-port': String(port) };
  return new Refused(status.NOT_FOUND, 'This node is not the leader.', unknown(), trailers, true);
}

export const tooSlow = (): Refused => new Refused(status.ABORTED, 'The subscriber is too slow for what comes: it has to subscribe again.', unknown());

/** Trailers are short, and of printable ASCII. */
const trailer = (text: string): string => text.slice(0, 1_000).replace(/[^\x20-\x7e]/g, '?');

export const accessDenied = (message: string): Refused =>
  new Refused(status.PERMISSION_DENIED, message, detail('AccessDenied', new shared.AccessDenied()), { exception: 'access-denied' });

export const timedOut = (): Refused => new Refused(status.DEADLINE_EXCEEDED, 'The deadline has passed.', detail('Timeout', new shared.Timeout()));
export const tooMuch = (message: string): Refused => new Refused(status.RESOURCE_EXHAUSTED, message, unknown());
export const unavailable = (message: string): Refused => new Refused(status.UNAVAILABLE, message, unknown());
/** What a call with answers in a stream is told when the server closes. */
export const cutShort = (): Refused => new Refused(status.CANCELLED, 'The server is shutting down.', unknown());
export const shuttingDown = (): Refused => unavailable('The server is shutting down.');

/** Recognised by its code, as the port says. */
export function isWrongExpected(error: unknown): error is WrongExpectedRevision {
  return error instanceof Error && (error as { code?: unknown }).code === 'wrong-expected-revision';
}

/** The refusal that an error is; `onError` is told of what nobody foresaw. */
export function refusalOf(error: unknown, onError: (error: unknown) => void): Refused {
  if (error instanceof Refused) return error;
  if (isHindcastError(error) && (error.code === 'log-unavailable' || error.code === 'disk-full')) return unavailable(error.message);
  if (isHindcastError(error) && error.code === 'body-too-large') return refused(error.message);
  onError(error);
  return new Refused(status.INTERNAL, 'Something went wrong inside the server.', unknown());
}

/** As the status of a whole call. */
export function callStatus(refused: Refused): StatusObject {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(refused.trailers)) metadata.set(name, value);
  return { code: refused.code, details: refused.message, metadata };
}

/** As what becomes of one append among others. */
export function batchStatus({ code, message, detail }: Pick<Refused, 'code' | 'message' | 'detail'>): statuses.Status {
  const packed = new any.Any();
  packed.pack(detail.bytes, detail.type);
  const answer = new statuses.Status();
  // The two enumerations are the same numbers.
  answer.setCode((detail.code ?? code) as number as rpc.Code);
  answer.setMessage(message);
  answer.setDetails(packed);
  return answer;
}

/** As what becomes of one append among others where its stream was not as expected. */
export function wrongExpectedStatus(wrong: shared.WrongExpectedVersion): statuses.Status {
  return batchStatus({ code: status.ALREADY_EXISTS, message: 'The stream is not as expected.', detail: detail('WrongExpectedVersion', wrong) });
}
