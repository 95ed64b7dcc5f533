/**
 * Deletion, as EventStoreDB has it: softly, by metadata that hides every event until the next append, or for good, by a last
 * event behind which there can be none. Nothing goes from the log.
 * Invariants: what is protected is not deleted; a stream is as was expected when it is deleted, or it is not deleted.
 * Unit: one request.
 */
import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { WholeLog, ExpectedRevision, Position } from '../log/log.js';
import { isWrongExpected, notAsExpected, streamDeleted } from './errors.js';
import type { Begun, Gate } from './gate.js';
import type { Life, Lives } from './lives.js';
import { expectedOf, numberText, streamOf, TOMBSTONE } from './messages.js';
import { metastreamOf, type Protection, refuseToDelete } from './refusals.js';
import { metadataEvent, type Writes } from './writes.js';

export interface DeletingPorts {
  readonly log: WholeLog;
  readonly lives: Lives;
  readonly gate: Gate;
  readonly protection: Protection;
  readonly writes: Writes;
}

/** Hides all there is; written so, since no program holds this number exactly. */
const ALL_HIDDEN = '{"$tb":9223372036854775807}';
const NUMBERS = { any: -2, no_stream: -1, stream_exists: -4 } as const;

/** Rejects with Refused, or with what the log says. */
export async function serveDelete(ports: DeletingPorts, request: streams.DeleteReq): Promise<streams.DeleteResp> {
  const answer = new streams.DeleteResp();
  const place = new streams.DeleteResp.Position();
  setPosition(place, await deleted(ports, request.getOptions(), softly));
  answer.setPosition(place);
  return answer;
}

export async function serveTombstone(ports: DeletingPorts, request: streams.TombstoneReq): Promise<streams.TombstoneResp> {
  const answer = new streams.TombstoneResp();
  const place = new streams.TombstoneResp.Position();
  setPosition(place, await deleted(ports, request.getOptions(), forGood));
  answer.setPosition(place);
  return answer;
}

type Deletion = (ports: DeletingPorts, stream: string, life: Life, expected: ExpectedRevision) => Promise<Position>;

function deleted(ports: DeletingPorts, options: streams.DeleteReq.Options | streams.TombstoneReq.Options | undefined, deletion: Deletion): Promise<Position> {
  const { lives, gate, protection, writes } = ports;
  const stream = streamOf(options?.getStreamIdentifier() ?? new shared.StreamIdentifier());
  refuseToDelete(stream, protection);
  const expected = expectedOf(options as streams.DeleteReq.Options, options?.hasRevision() === true ? options.getRevision() : undefined);
  return gate.enter(async (): Promise<Begun<Position>> => {
    writes.changed(stream);
    for (;;) {
      const life = await lives.of(stream);
      refuseUnlessExpected(stream, life, expected);
      try {
        return { done: Promise.resolve(await deletion(ports, stream, life, expected)) };
      } catch (error) {
        // What had begun before was not stored yet when the stream was looked at; nothing begins meanwhile.
        if (!isWrongExpected(error)) throw error;
      }
    }
  });
}

async function softly({ log }: DeletingPorts, stream: string, { last, metadata }: Life, expected: ExpectedRevision): Promise<Position> {
  if (last === undefined && metadata === undefined) throw notAsExpected(stream, numberFor(expected), -1);
  const { position } = await log.append(metastreamOf(stream), [metadataEvent(ALL_HIDDEN)], metadata?.revision ?? 'no_stream');
  return position;
}

async function forGood({ log }: DeletingPorts, stream: string, { last }: Life): Promise<Position> {
  const tombstone = { id: randomUUID(), type: TOMBSTONE, data: new Uint8Array(), metadata: new Uint8Array() };
  const { position } = await log.append(stream, [tombstone], last?.revision ?? 'no_stream');
  return position;
}

/** Throws Refused. */
function refuseUnlessExpected(stream: string, { last, metadata, isTombstoned, isDeleted }: Life, expected: ExpectedRevision): void {
  if (isTombstoned || (isDeleted && expected === 'stream_exists')) throw streamDeleted(stream);
  const holds =
    expected === 'any' ||
    (expected === 'stream_exists' && (last ?? metadata) !== undefined) ||
    (expected === 'no_stream' && (last === undefined || isDeleted)) ||
    expected === last?.revision;
  if (!holds) throw notAsExpected(stream, numberFor(expected), last?.revision ?? -1);
}

const numberFor = (expected: ExpectedRevision): number => (typeof expected === 'number' ? expected : NUMBERS[expected]);

function setPosition(place: streams.DeleteResp.Position | streams.TombstoneResp.Position, position: Position): void {
  place.setCommitPosition(numberText(position));
  place.setPreparePosition(numberText(position));
}
