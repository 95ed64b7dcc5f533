/**
 * Until when a batch is to be stored. Older clients name the instant, newer ones how long they wait; the definitions that
 * the official client ships know only the first, so the second is taken from the bytes.
 * Invariant: whatever a client says of its deadline is read, in either form.
 * Unit: one message of a batch; milliseconds.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';
import jspb from 'google-protobuf';
import durations from 'google-protobuf/google/protobuf/duration_pb.js';

export interface BatchPart {
  readonly request: streams.BatchAppendReq;
  /** How long its sender waits, where it says so in that form. */
  readonly patience: number | undefined;
}

/** Fields by their numbers: of a message of a batch, and of its options. */
const OPTIONS = 2;
const PATIENCE = 7;

export function readBatchPart(bytes: Uint8Array): BatchPart {
  const request = streams.BatchAppendReq.deserializeBinary(bytes);
  return { request, patience: request.hasOptions() ? patienceIn(bytes) : undefined };
}

/** How long there is from now on; undefined: for ever. */
export function timeLeft({ request, patience }: BatchPart, now: number): number | undefined {
  if (patience !== undefined) return patience;
  const deadline = request.getOptions()?.getDeadline();
  return deadline === undefined ? undefined : deadline.getSeconds() * 1000 + deadline.getNanos() / 1e6 - now;
}

function patienceIn(bytes: Uint8Array): number | undefined {
  const options = fieldIn(bytes, OPTIONS);
  const field = options && fieldIn(options, PATIENCE);
  if (field === undefined) return undefined;
  const duration = durations.Duration.deserializeBinary(field);
  return duration.getSeconds() * 1000 + duration.getNanos() / 1e6;
}

/** The bytes of a field that is a message. */
function fieldIn(bytes: Uint8Array, number: number): Uint8Array | undefined {
  const reader = new jspb.BinaryReader(bytes);
  while (reader.nextField()) {
    if (reader.getFieldNumber() === number && reader.isDelimited()) return reader.readBytes();
    reader.skipField();
  }
  return undefined;
}
