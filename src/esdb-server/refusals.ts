/**
 * What this log does not do, and says so: nothing that was stored is deleted, cut off or hidden.
 * Invariant: no answer promises that events go away. So streams are not deleted, stories and sessions have no metadata
 * stream at all, and the metadata of other streams may be any JSON but what would hide events.
 * Unit: one append, or one request to delete.
 */
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { LogEventData } from '../log/log.js';
import { accessDenied, callStatus } from './errors.js';

const OURS = /^[$][$](story|session)-/;
/** What in a metadata stream has EventStoreDB hide events. */
const HIDING = ['$tb', '$maxCount', '$maxAge'];

/** Throws Refused where nothing may be appended to the stream. */
export function refuseStream(stream: string): void {
  if (OURS.test(stream)) throw accessDenied('Stories and sessions have no metadata: nothing of them is ever cut off or deleted.');
}

/** Throws Refused where an event of the stream would have to hide others. */
export function refuseEvent(stream: string, { data }: LogEventData): void {
  if (!stream.startsWith('$$') || typeof data !== 'object' || data === null) return;
  // Bytes are not understood here, and might be by others.
  const hides = data instanceof Uint8Array || HIDING.some((name) => Object.hasOwn(data, name));
  if (hides) throw accessDenied('This log keeps every event: it takes no limits of age or count, and cuts nothing off.');
}

/** The answer to whoever wants to delete a stream, softly or for good. */
export const refuseToDelete: handleUnaryCall<unknown, never> = (_call, callback) => {
  callback(callStatus(accessDenied('Nothing stored in this log is ever deleted.')));
};
