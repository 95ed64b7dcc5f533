/**
 * Events of the log as messages of the protocol, and the other way round.
 * Invariant: an event read, written again as it came, is the same event. Positions are the numbers of the events in the log,
 * commit and prepare alike.
 * Unit: one event; `created` in ticks of 100 ns since the epoch.
 */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { numberOf, positionOf } from '../log/embedded/positions.js';
import type { ExpectedRevision, LogEvent, LogEventData, Position } from '../log/log.js';
import { badRequest, missingProperty, tooLarge } from './errors.js';
import { jsonBytes, jsonIn } from './json.js';

/** How a reader wants ids. */
export type IdForm = 'structured' | 'string';

/** Data, metadata and twice the length of the type: together no more than this. */
export const LARGEST_EVENT = 1024 * 1024;
/** Filters look at types: their length is bounded as that of names is. */
const LONGEST_TYPE = 1_000;
const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
const TICKS = 10_000n;

export function eventMessage(event: LogEvent, ids: IdForm): streams.ReadResp {
  const position = numberText(event.position);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(idMessage(event.id, ids));
  recorded.setStreamIdentifier(streamMessage(event.stream));
  recorded.setStreamRevision(String(event.revision));
  recorded.setCommitPosition(position);
  recorded.setPreparePosition(position);
  const isJson = !(event.data instanceof Uint8Array);
  const properties = recorded.getMetadataMap();
  properties.set('type', event.type);
  properties.set('content-type', isJson ? JSON_TYPE : BYTES_TYPE);
  properties.set('created', String(BigInt(Math.trunc(event.created)) * TICKS));
  recorded.setData(bytesOf(event.data));
  recorded.setCustomMetadata(bytesOf(event.metadata));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(position);
  const answer = new streams.ReadResp();
  answer.setEvent(read);
  return answer;
}

type Proposed = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

/** An event that a client wants stored, and its size in bytes. Throws Refused. */
export function proposedEvent(proposed: Proposed): { readonly event: LogEventData; readonly size: number } {
  const properties = proposed.getMetadataMap();
  const type = properties.get('type') ?? '';
  if (type === '') throw missingProperty('type');
  if (type.length > LONGEST_TYPE) throw badRequest(`The type of an event has at most ${LONGEST_TYPE} characters.`);
  const contentType = properties.get('content-type') ?? '';
  if (contentType === '') throw missingProperty('content-type');
  const data = proposed.getData_asU8();
  const metadata = proposed.getCustomMetadata_asU8();
  const size = data.length + metadata.length + 2 * type.length;
  if (size > LARGEST_EVENT) throw tooLarge(LARGEST_EVENT);
  const event = {
    id: idOf(proposed.getId()),
    type,
    data: contentType === JSON_TYPE ? valueIn(data) : data,
    metadata: valueIn(metadata),
  };
  return { event, size };
}

/** The expectation of an append, by the names that the messages of both kinds of append share. */
interface ExpectationFields {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** `revision`: what is expected where it is a number; undefined where none is given. Throws Refused. */
export function expectedOf(fields: ExpectationFields, revision: string | undefined): ExpectedRevision {
  if (fields.hasAny()) return 'any';
  if (fields.hasNoStream()) return 'no_stream';
  if (fields.hasStreamExists()) return 'stream_exists';
  if (revision === undefined) throw badRequest('The append does not say what it expects of the stream.');
  return wholeNumber(revision);
}

export function streamMessage(stream: string): shared.StreamIdentifier {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  return identifier;
}

const names = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name of a stream. Throws Refused. */
export function streamOf(identifier: shared.StreamIdentifier | undefined): string {
  const bytes = identifier?.getStreamName_asU8() ?? new Uint8Array();
  if (bytes.length === 0) throw badRequest('A stream has to be named.');
  try {
    return names.decode(bytes);
  } catch {
    throw badRequest('The name of the stream is not UTF-8.');
  }
}

export function idMessage(id: string, form: IdForm): shared.UUID {
  const message = new shared.UUID();
  if (form === 'string') {
    message.setString(id);
    return message;
  }
  const hex = id.replaceAll('-', '');
  const structured = new shared.UUID.Structured();
  structured.setMostSignificantBits(signed(hex.slice(0, 16)));
  structured.setLeastSignificantBits(signed(hex.slice(16)));
  message.setStructured(structured);
  return message;
}

/** An id as text; whether it is a UUID is the log's to say. Throws Refused where there is none. */
export function idOf(message: shared.UUID | undefined): string {
  const structured = message?.getStructured();
  if (structured !== undefined) {
    const hex = unsigned(structured.getMostSignificantBits()) + unsigned(structured.getLeastSignificantBits());
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  if (message === undefined || !message.hasString()) throw badRequest('An id is missing.');
  return message.getString();
}

const signed = (hex: string): string => String(BigInt.asIntN(64, BigInt(`0x${hex}`)));
const unsigned = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');

/** The number in a message of what may go beyond what a number holds exactly; nothing in a log does. */
export function wholeNumber(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** A position as the protocol writes it, commit and prepare alike. */
export const numberText = (position: Position): string => String(numberOf(position));
export const positionAt = (number: number): Position => positionOf(number);

/** What the bytes say as JSON, which may be null, or else the bytes. */
function valueIn(bytes: Uint8Array): LogEventData['data'] {
  const value = jsonIn(bytes);
  return value === undefined ? bytes : value;
}

function bytesOf(value: LogEventData['data']): Uint8Array {
  return value instanceof Uint8Array ? value : jsonBytes(value);
}
