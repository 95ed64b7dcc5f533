/**
 * Events as the port has them and as the client of EventStoreDB takes and gives them.
 * Invariant: what one of our logs takes every one takes, and gives back the same.
 */
import { binaryEvent, type EventData, jsonEvent, type RecordedEvent } from '@eventstore/db-client';
import type { Json } from '../../../events/catalogue.js';
import { HindcastError } from '../../errors.js';
import type { LogEvent, LogEventData } from '../log.js';
import { positionOf } from './positions.js';

/** What a log holds beside ours may have no metadata at all. */
const NONE = new Uint8Array();

/** Throws RangeError where a field is named `__proto__`, which not every log could keep, or where bytes are to be kept that the client would write anew. */
export function toServer({ id, type, data, metadata, verbatim }: LogEventData): EventData {
  if (verbatim !== undefined) throw new RangeError('the client of EventStoreDB writes JSON in its own way: it cannot keep bytes as they were written');
  for (const value of [data, metadata]) if (namesPrototype(value)) throw new RangeError('no field of an event can be named __proto__');
  const about = { id, type, metadata: metadata instanceof Uint8Array ? plain(metadata) : metadata };
  // The types of the client want objects; JSON is all that it takes.
  return data instanceof Uint8Array
    ? binaryEvent({ ...about, data: plain(data) } as unknown as Parameters<typeof binaryEvent>[0])
    : jsonEvent({ ...about, data } as unknown as Parameters<typeof jsonEvent>[0]);
}

/** The client takes bytes for bytes only where they are no Buffer. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

/** What closes a stream for good: an event of it that is none. */
const TOMBSTONE = '$streamDeleted';

export function isTombstone({ type, revision }: Pick<RecordedEvent, 'type' | 'revision'>): boolean {
  return type === TOMBSTONE && revision > BigInt(Number.MAX_SAFE_INTEGER);
}

/** A revision as a number that is exact. Throws `data-damaged` where there is none. */
export function revisionOf(revision: bigint, stream: string): number {
  if (revision <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(revision);
  throw new HindcastError('data-damaged', `The stream ${stream} has an event of revision ${revision}, beyond what can be counted exactly.`);
}

export function fromServer({ id, type, data, metadata, streamId, revision, position, created }: RecordedEvent): LogEvent {
  if (position === undefined) throw new Error(`event ${id} has no position: this needs EventStoreDB 22.10 or newer`);
  return {
    id: id.toLowerCase(),
    type,
    data: (data instanceof Uint8Array ? plain(data) : data) as Json | Uint8Array,
    metadata: (metadata === undefined ? NONE : metadata instanceof Uint8Array ? plain(metadata) : metadata) as Json | Uint8Array,
    stream: streamId,
    revision: revisionOf(revision, streamId),
    position: positionOf(position),
    created: created.getTime(),
  };
}
