/**
 * Many appends over one call: each in parts that share a correlation id, answered when it is stored or refused.
 * Invariants: appends reach the log in the order in which their last parts came; a correlation id is answered once, and
 * what still comes of an append that was refused is passed over; no more is read than there is room for.
 * Unit: one call; a batch is one append of it.
 */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

import { START, type WrongExpectedRevision } from '../log/log.js';
import { type BatchPart, timeLeft } from './deadlines.js';
import { badRequest, batchStatus, Refused, timedOut, tooMuch, wrongExpectedStatus } from './errors.js';
import type { Incoming } from './incoming.js';
import { expectedOf, idOf, numberText, streamOf } from './messages.js';
import type { Outgoing } from './outgoing.js';
import { type AppendPorts, createPendingAppend, type PendingAppend } from './pending-append.js';
import type { Stored } from './writes.js';

type Options = streams.BatchAppendReq.Options;
type Answer = streams.BatchAppendResp;

export interface BatchPorts extends AppendPorts {
  /** Wall clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** Batches of a call that lack their last part, at most. */
const MOST_OPEN = 1_000;
/** Batches of a call on their way to the disk, at most. */
const MOST_UNDER_WAY = 256;
/** As far as timers reach; who waits longer waits for ever. */
const LONGEST_WAIT = 2 ** 31 - 1;

interface Batch {
  readonly correlation: shared.UUID;
  readonly options: Options;
  readonly append: PendingAppend;
  answered: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Takes what comes in until nothing more does, then waits for what is under way. Rejects where no more can be answered. */
export async function serveBatches(ports: BatchPorts, parts: Incoming<BatchPart>, out: Outgoing<Answer>): Promise<void> {
  const { memory, now } = ports;
  /** By correlation id; null: refused, the rest of it is passed over. */
  const open = new Map<string, Batch | null>();
  const underWay = new Set<Promise<void>>();
  /** Why nothing more can be answered. */
  let fault: { readonly error: unknown } | undefined;

  const answer = (batch: Batch, what: Stored | statuses.Status): void => {
    if (batch.answered) return;
    batch.answered = true;
    clearTimeout(batch.timer);
    out.send(answerOf(batch.correlation, batch.options, what));
  };

  const refuse = (batch: Batch, refused: Refused): void => {
    const key = idOf(batch.correlation);
    if (open.get(key) === batch) open.set(key, null);
    batch.append.drop();
    answer(batch, batchStatus(refused));
  };

  /** The batch that a part belongs to, or undefined where it is passed over. */
  const batchOf = (part: BatchPart, correlation: shared.UUID): Batch | undefined => {
    const key = idOf(correlation);
    const known = open.get(key);
    if (known !== undefined) return known ?? undefined;
    if (open.size >= MOST_OPEN) throw tooMuch(`A call has at most ${MOST_OPEN} batches that are not complete.`);
    const options = part.request.getOptions();
    try {
      if (options === undefined) throw badRequest('A batch begins with its options.');
      const left = timeLeft(part, now());
      if (left !== undefined && left <= 0) throw timedOut();
      const batch: Batch = { correlation, options, append: pendingOf(ports, options), answered: false, timer: undefined };
      open.set(key, batch);
      if (left !== undefined && left <= LONGEST_WAIT) batch.timer = setTimeout(() => expire(batch), left).unref();
      return batch;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      open.set(key, null);
      out.send(answerOf(correlation, options, batchStatus(error)));
      return undefined;
    }
  };

  /** What the log has already is stored none the less: its sender does not know, and asks again with the same ids. */
  const expire = (batch: Batch): void => {
    if (open.get(idOf(batch.correlation)) === batch) refuse(batch, timedOut());
    else answer(batch, batchStatus(timedOut()));
  };

  const store = async (batch: Batch): Promise<void> => {
    try {
      const outcome = await batch.append.store();
      answer(batch, 'stored' in outcome ? outcome.stored : wrongExpectedStatus(wrongVersion(outcome.wrong, batch.options)));
    } catch (error) {
      if (error instanceof Refused && !error.endsCall) answer(batch, batchStatus(error));
      else {
        fault ??= { error };
        parts.stop();
      }
    }
  };

  const take = (part: BatchPart): void => {
    const correlation = part.request.getCorrelationId();
    if (correlation === undefined) throw badRequest('A batch has a correlation id.');
    const batch = batchOf(part, correlation);
    try {
      if (batch !== undefined) for (const proposed of part.request.getProposedMessagesList()) batch.append.add(proposed);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refuse(batch as Batch, error);
    }
    if (!part.request.getIsFinal()) return;
    const key = idOf(correlation);
    const complete = open.get(key);
    open.delete(key);
    if (complete === undefined || complete === null) return;
    const stored = store(complete).finally(() => underWay.delete(stored));
    underWay.add(stored);
  };

  /** Until there is room for another part, in memory and on the way back to the client. */
  const room = async (): Promise<void> => {
    while (underWay.size >= MOST_UNDER_WAY || (memory.tight && underWay.size > 0)) await underWay.values().next().value;
    await out.room();
  };

  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      take(part);
      await room();
    }
    while (underWay.size > 0) await Promise.all(underWay);
    if (fault !== undefined) throw fault.error;
  } finally {
    for (const batch of open.values()) {
      clearTimeout(batch?.timer);
      batch?.append.drop();
    }
  }
}

function pendingOf(ports: AppendPorts, options: Options): PendingAppend {
  const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
  return createPendingAppend(ports, streamOf(options.getStreamIdentifier()), expected);
}

/** Without options the stream is not known; clients read its name from every answer, so it is always there. */
function answerOf(correlation: shared.UUID, options: Options | undefined, what: Stored | statuses.Status): Answer {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(correlation);
  answer.setStreamIdentifier(options?.getStreamIdentifier() ?? new shared.StreamIdentifier());
  if (options?.hasStreamPosition()) answer.setStreamPosition(options.getStreamPosition());
  if (options?.hasNoStream()) answer.setNoStream(new empty.Empty());
  if (options?.hasAny()) answer.setAny(new empty.Empty());
  if (options?.hasStreamExists()) answer.setStreamExists(new empty.Empty());
  if ('position' in what) answer.setSuccess(success(what));
  else answer.setError(what);
  return answer;
}

function success({ revision, position }: Stored): streams.BatchAppendResp.Success {
  const stored = new streams.BatchAppendResp.Success();
  if (revision === undefined) stored.setNoStream(new empty.Empty());
  else stored.setCurrentRevision(String(revision));
  if (position === START) stored.setNoPosition(new empty.Empty());
  else {
    const place = new shared.AllStreamPosition();
    place.setCommitPosition(numberText(position));
    place.setPreparePosition(numberText(position));
    stored.setPosition(place);
  }
  return stored;
}

function wrongVersion({ actual }: WrongExpectedRevision, options: Options): shared.WrongExpectedVersion {
  const wrong = new shared.WrongExpectedVersion();
  if (actual === undefined) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(actual));
  if (options.hasAny()) wrong.setExpectedAny(new empty.Empty());
  else if (options.hasNoStream()) wrong.setExpectedNoStream(new empty.Empty());
  else if (options.hasStreamExists()) wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedStreamPosition(options.getStreamPosition());
  return wrong;
}
