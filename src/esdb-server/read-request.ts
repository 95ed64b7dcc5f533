/**
 * What a reader asks for, understood: one message of the protocol serves reads and subscriptions, of a stream and of the
 * whole log.
 * Invariant: what comes through is a combination that makes sense; the rest is refused with a sentence.
 * Unit: one request. Revisions and positions are whole numbers; beyond what a number holds exactly they are all the same end.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { badRequest, refused } from './errors.js';
import { type Filter, readFilter } from './filters.js';
import { type IdForm, streamOf, wholeNumber } from './messages.js';

export type Place = 'start' | 'end' | number;

interface Common {
  /** A revision, or the number of an event in the log. */
  readonly from: Place;
  readonly ids: IdForm;
  /** Events that links point to are wanted beside them. */
  readonly resolves: boolean;
}

export interface StreamRead extends Common {
  readonly of: 'stream';
  readonly stream: string;
}

export interface LogRead extends Common {
  readonly of: 'log';
  /** The place is the one before the event at `from`, as checkpoints name it. */
  readonly isBefore: boolean;
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
const HIGHEST = 2n ** 63n - 1n;
/** Stands for the end where a number is wanted. */
const END = 2n ** 64n - 1n;

/** Throws Refused. */
export function readRequest(request: streams.ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw badRequest('A read has options.');
  const extent = extentOf(options);
  return { ...subjectOf(options, extent), extent };
}

function subjectOf(options: streams.ReadReq.Options, extent: Extent | undefined): StreamRead | LogRead {
  const ids = idFormOf(options);
  const filter = options.getFilter();
  const resolves = options.getResolveLinks();
  const stream = options.getStream();
  if (stream !== undefined) {
    if (filter !== undefined) throw badRequest('A filter goes with a read of the whole log only.');
    const name = streamOf(stream.getStreamIdentifier());
    const from = stream.hasRevision() ? revisionOf(stream.getRevision(), extent) : edgeOf(stream);
    if (extent?.limit === 0) throw refused('A read of a stream is of one event at least.');
    if (extent?.backwards === false && from === 'end') throw refused('Beyond the end of a stream there is nothing to read.');
    return { of: 'stream', stream: name, from, ids, resolves };
  }
  const all = options.getAll();
  if (all === undefined) throw badRequest('A read is of a stream or of the whole log.');
  const position = all.getPosition();
  const place = position === undefined ? { from: edgeOf(all), isBefore: false } : placeOf(position);
  return { of: 'log', ...place, ids, resolves, filter: filter && readFilter(filter) };
}

function revisionOf(text: string, extent: Extent | undefined): Place {
  const revision = BigInt(text);
  if (revision === END) return 'end';
  if (revision > HIGHEST) throw refused('There is no such revision.');
  if (revision === HIGHEST && extent === undefined) throw refused('Behind the last revision that there can be nothing comes.');
  return wholeNumber(text);
}

function placeOf(position: streams.ReadReq.Options.Position): { readonly from: Place; readonly isBefore: boolean } {
  const [commit, prepare] = [BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())];
  if (prepare > commit) throw refused('The prepare position is beyond the commit position.');
  for (const one of [commit, prepare]) if (one > HIGHEST && one !== END) throw refused('There is no such position.');
  return commit === END ? { from: 'end', isBefore: false } : { from: wholeNumber(String(commit)), isBefore: prepare < commit };
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
