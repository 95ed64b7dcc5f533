/**
 * The append of one call: first where and what is expected there, then an event a message, then the answer.
 * Invariants: a stream that is not as expected is an answer, not a failure; a call that fails, or breaks off, has stored
 * nothing, unless the log had it already when the connection was lost.
 * Unit: one call, one append.
 */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream } from '@grpc/grpc-js';

import { START, type WrongExpectedRevision } from '../log/log.js';
import { badRequest } from './errors.js';
import { expectedOf, numberText, streamOf } from './messages.js';
import { type AppendPorts, createPendingAppend, type PendingAppend } from './pending-append.js';
import type { Stored } from './writes.js';

/** Undefined: the client broke off. `begin` is called when all is there, and may refuse. Rejects with Refused, or with what the log says. */
export async function serveAppend(
  ports: AppendPorts,
  call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
  begin: () => void,
): Promise<streams.AppendResp | undefined> {
  let options: streams.AppendReq.Options | undefined;
  let append: PendingAppend | undefined;
  try {
    for await (const message of call.iterator({ destroyOnReturn: false }) as AsyncIterable<streams.AppendReq>) {
      const event = message.getProposedMessage();
      if (append === undefined) {
        options = message.getOptions();
        if (options === undefined) throw badRequest('An append begins with its options.');
        append = pendingOf(ports, options);
      } else if (event === undefined) throw badRequest('Behind its options, an append has events.');
      else append.add(event);
    }
  } catch (error) {
    append?.drop();
    if (call.cancelled || call.destroyed) return undefined;
    throw error;
  }
  if (append === undefined || options === undefined) throw badRequest('An append begins with its options.');
  try {
    begin();
  } catch (error) {
    append.drop();
    throw error;
  }
  const outcome = await append.store();
  return 'stored' in outcome ? success(outcome.stored) : wrongVersion(outcome.wrong, options);
}

function pendingOf(ports: AppendPorts, options: streams.AppendReq.Options): PendingAppend {
  const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
  return createPendingAppend(ports, streamOf(options.getStreamIdentifier()), expected);
}

function success({ revision, position }: Stored): streams.AppendResp {
  const stored = new streams.AppendResp.Success();
  if (revision === undefined) stored.setNoStream(new shared.Empty());
  else stored.setCurrentRevision(String(revision));
  if (position === START) stored.setNoPosition(new shared.Empty());
  else {
    const place = new streams.AppendResp.Position();
    place.setCommitPosition(numberText(position));
    place.setPreparePosition(numberText(position));
    stored.setPosition(place);
  }
  const answer = new streams.AppendResp();
  answer.setSuccess(stored);
  return answer;
}

function wrongVersion({ actual }: WrongExpectedRevision, options: streams.AppendReq.Options): streams.AppendResp {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (actual === undefined) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(actual));
  if (options.hasAny()) wrong.setExpectedAny(new shared.Empty());
  else if (options.hasNoStream()) wrong.setExpectedNoStream(new shared.Empty());
  else if (options.hasStreamExists()) wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(options.getRevision());
  const answer = new streams.AppendResp();
  answer.setWrongExpectedVersion(wrong);
  return answer;
}
