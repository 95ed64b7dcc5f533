/**
 * What this log does not do, and says so: of stories and sessions nothing is ever deleted, cut off or hidden.
 * Invariant: what is protected has no metadata stream and no tombstone, so no answer promises that its events go away. An
 * event of the type of a tombstone is one: only a request to delete writes it.
 * Unit: one append, or one request to delete.
 */
import type { LogEventData } from '../log/log.js';
import { accessDenied } from './errors.js';
import { TOMBSTONE } from './messages.js';

const META = '$$';
const OURS = /^(?:[$][$])?(?:story|session)-/;

export interface Protection {
  /** The stream, or the one that it describes, is kept as it is for ever. */
  covers(stream: string): boolean;
}

/** `protects` false: no stream is protected, as in EventStoreDB. */
export function createProtection(protects: boolean): Protection {
  return { covers: (stream) => protects && OURS.test(stream) };
}

export const isMetastream = (stream: string): boolean => stream.startsWith(META);
export const metastreamOf = (stream: string): string => META + stream;
export const originalOf = (metastream: string): string => metastream.slice(META.length);

/** Throws Refused where nothing may be appended to the stream. */
export function refuseStream(stream: string, protection: Protection): void {
  if (isMetastream(stream) && protection.covers(stream))
    throw accessDenied('Stories and sessions have no metadata: nothing of them is ever cut off or deleted.');
}

/** Throws Refused where an event is not a client's to write. */
export function refuseEvent({ type }: LogEventData): void {
  if (type === TOMBSTONE) throw accessDenied('A stream is deleted by a request to delete it, not by an event.');
}

/** Throws Refused where the stream may not be deleted, softly or for good. */
export function refuseToDelete(stream: string, protection: Protection): void {
  if (protection.covers(stream)) throw accessDenied('Nothing of a story or a session is ever deleted.');
  if (isMetastream(stream)) throw accessDenied('A metadata stream goes with the stream that it describes.');
}
