/**
 * What a reader asks for, understood: one message of the protocol serves reads and subscriptions, of a stream and of the
 * whole log.
 * Invariant: what comes through is a combination that makes sense; the rest is refused with a sentence.
 * Unit: one request. Revisions and positions are whole numbers; beyond what a number holds exactly they are all the same end.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { badRequest } from './errors.js';
import { type Filter, readFilter } from './filters.js';
import { type IdForm, streamOf, wholeNumber } from './messages.js';

export type Place = 'start' | 'end' | number;

interface Common {
  /** A revision, or the number of an event in the log. */
  readonly from: Place;
  readonly ids: IdForm;
}

export interface StreamRead extends Common {
  readonly of: 'stream';
  readonly stream: string;
}

export interface LogRead extends Common {
  readonly of: 'log';
  readonly filter: Filter | undefined;
}

export interface Extent {
  readonly backwards: boolean;
  readonly limit: number;
}

export type ReadRequest = (StreamRead | LogRead) & {
  /** How much of what there is; undefined: a subscription to what there is and what comes. */
  readonly extent: Extent | undefined;
};

const { CountOptionCase, ReadDirection, UUIDOption } = streams.ReadReq.Options;
const { ContentCase } = UUIDOption;

/** Throws Refused. */
export function readRequest(request: streams.ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw badRequest('A read has options.');
  const extent = extentOf(options);
  return { ...subjectOf(options), extent };
}

function subjectOf(options: streams.ReadReq.Options): StreamRead | LogRead {
  const ids = idFormOf(options);
  const filter = options.getFilter();
  const stream = options.getStream();
  if (stream !== undefined) {
    if (filter !== undefined) throw badRequest('A filter goes with a read of the whole log only.');
    const from = stream.hasRevision() ? wholeNumber(stream.getRevision()) : edgeOf(stream);
    return { of: 'stream', stream: streamOf(stream.getStreamIdentifier()), from, ids };
  }
  const all = options.getAll();
  if (all === undefined) throw badRequest('A read is of a stream or of the whole log.');
  const position = all.getPosition();
  const from = position === undefined ? edgeOf(all) : wholeNumber(position.getCommitPosition());
  return { of: 'log', from, ids, filter: filter && readFilter(filter) };
}

function edgeOf(options: { hasStart(): boolean; hasEnd(): boolean }): Place {
  if (options.hasStart()) return 'start';
  if (options.hasEnd()) return 'end';
  throw badRequest('A read says where it begins.');
}

function idFormOf(options: streams.ReadReq.Options): IdForm {
  switch (options.getUuidOption()?.getContentCase()) {
    case ContentCase.STRUCTURED:
      return 'structured';
    case ContentCase.STRING:
      return 'string';
    default:
      throw badRequest('A read says how it wants ids.');
  }
}

function extentOf(options: streams.ReadReq.Options): Extent | undefined {
  const backwards = options.getReadDirection() === ReadDirection.BACKWARDS;
  switch (options.getCountOptionCase()) {
    case CountOptionCase.COUNT:
      return { backwards, limit: wholeNumber(options.getCount()) };
    case CountOptionCase.SUBSCRIPTION:
      if (backwards) throw badRequest('A subscription goes forwards.');
      return undefined;
    default:
      throw badRequest('A read says how many events it wants, or that it is a subscription.');
  }
}
