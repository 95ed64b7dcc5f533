/**
 * Events of the log as messages of the protocol, and the other way round.
 * Invariant: an event read, written again as it came, is the same event. Positions are the numbers of the events in the log,
 * commit and prepare alike.
 * Unit: one event; `created` in ticks of 100 ns since the epoch.
 */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { numberOf, positionOf } from '../log/embedded/positions.js';
import { contentsOf, writtenAs } from '../log/embedded/verbatim.js';
import { type ExpectedRevision, type LogEvent, type LogEventData, type Position, START } from '../log/log.js';
import { badRequest, missingProperty, refused } from './errors.js';

/** How a reader wants ids. */
export type IdForm = 'structured' | 'string';

const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
const TICKS = 10_000n;
/** The type of the event that ends a stream for good. In the log it has the next revision; readers are told the last that there can be. */
export const TOMBSTONE = '$streamDeleted';
export const LAST_REVISION = String(2n ** 63n - 1n);
const DASHLESS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NIL = '00000000-0000-0000-0000-000000000000';

/** What a reader is given: an event, or one that a link points to beside the link, or a link that points to none. */
export interface Resolved {
  readonly event: LogEvent | undefined;
  readonly link: LogEvent | undefined;
}

export function eventMessage({ event, link }: Resolved, ids: IdForm): streams.ReadResp {
  const read = new streams.ReadResp.ReadEvent();
  if (event !== undefined) read.setEvent(recordedMessage(event, ids));
  if (link !== undefined) read.setLink(recordedMessage(link, ids));
  // Of the event that stands in what is read.
  const original = link ?? event;
  if (original !== undefined) read.setCommitPosition(numberText(original.position));
  const answer = new streams.ReadResp();
  answer.setEvent(read);
  return answer;
}

function recordedMessage(event: LogEvent, ids: IdForm): streams.ReadResp.ReadEvent.RecordedEvent {
  const position = numberText(event.position);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(idMessage(event.id, ids));
  recorded.setStreamIdentifier(streamMessage(event.stream));
  recorded.setStreamRevision(event.type === TOMBSTONE ? LAST_REVISION : String(event.revision));
  recorded.setCommitPosition(position);
  recorded.setPreparePosition(position);
  const { isJson, data, metadata } = writtenAs(event);
  const properties = recorded.getMetadataMap();
  properties.set('type', event.type);
  properties.set('content-type', isJson ? JSON_TYPE : BYTES_TYPE);
  properties.set('created', String(BigInt(Math.trunc(event.created)) * TICKS));
  recorded.setData(data);
  recorded.setCustomMetadata(metadata);
  return recorded;
}

type Proposed = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

export interface ProposedEvent {
  readonly event: LogEventData;
  /** What counts towards the limit of an append, in bytes. */
  readonly data: number;
  /** What it takes in memory, in bytes. */
  readonly size: number;
}

/** An event that a client wants stored. Throws Refused. */
export function proposedEvent(proposed: Proposed): ProposedEvent {
  const properties = proposed.getMetadataMap();
  const type = properties.get('type');
  if (type === undefined) throw missingProperty('type');
  if (type === '') throw refused('The type of an event is not empty.');
  const contentType = properties.get('content-type');
  if (contentType === undefined) throw missingProperty('content-type');
  const data = proposed.getData_asU8();
  const metadata = proposed.getCustomMetadata_asU8();
  const event = { id: eventIdOf(proposed.getId()), type, ...contentsOf({ isJson: contentType === JSON_TYPE, data, metadata }) };
  return { event, data: data.length, size: data.length + metadata.length + 2 * type.length };
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
  if (bytes.length === 0) throw refused('A stream has to be named.');
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

/** The id of an event: a UUID in any of its usual forms, but not the one that stands for none. Throws Refused. */
function eventIdOf(message: shared.UUID | undefined): string {
  const text = idOf(message).trim().toLowerCase();
  const id =
    (/^\{(.*)\}$/.exec(text) ?? /^\((.*)\)$/.exec(text))?.[1] ??
    text.replace(/^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/, '$1-$2-$3-$4-$5');
  if (!UUID.test(id)) throw refused('The id of an event is no UUID.');
  if (id === NIL) throw refused('The id of an event is not the nil UUID.');
  return id;
}

/** An id as text, whatever it says. Throws Refused where there is none. */
export function idOf(message: shared.UUID | undefined): string {
  const structured = message?.getStructured();
  if (structured !== undefined) {
    const hex = unsigned(structured.getMostSignificantBits()) + unsigned(structured.getLeastSignificantBits());
    return hex.replace(DASHLESS, '$1-$2-$3-$4-$5');
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
/** `number` -1: before the first event. */
export const positionAt = (number: number): Position => (number < 0 ? START : positionOf(number));
