/**
 * Subscriptions: what there is behind a place, then what comes, for as long as the subscriber listens.
 * Invariants: no event behind the place is left out or sent twice, however slow the subscriber; whatever a checkpoint names
 * has been sent or was not wanted, so that who begins again behind it loses nothing. Whoever is slow finds the rest in the
 * log: no more than one batch of it is in memory.
 * Unit: one subscription. A filter's checkpoints come after so many events of the log were looked at, wanted or not, and
 * once where the subscriber has caught up, which is said once.
 */
import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';

import { type EventLog, type LogEvent, type Position, START } from '../log/log.js';
import { unavailable } from './errors.js';
import { eventMessage, numberText, positionAt } from './messages.js';
import type { Outgoing } from './outgoing.js';
import { createPace } from './pace.js';
import type { LogRead, StreamRead } from './read-request.js';

type Out = Outgoing<streams.ReadResp>;

export async function serveSubscription(log: EventLog, wanted: StreamRead | LogRead, out: Out): Promise<void> {
  if (wanted.of === 'log') await followLog(log, wanted, out);
  else await followStream(log, wanted, out);
  if (!out.over) throw unavailable('The log has been closed.');
}

async function followLog(log: EventLog, { from, ids, filter }: LogRead, out: Out): Promise<void> {
  const after = from === 'start' ? START : from === 'end' ? await log.end() : positionAt(from);
  const send = sender(out);
  await send(confirmation());
  const pace = createPace();
  let considered = 0;
  let checked: Position = after;
  let caughtUp = false;

  const check = async (position: Position): Promise<void> => {
    considered = 0;
    if (position <= checked) return;
    checked = position;
    await send(checkpoint(position));
  };

  for await (const notice of log.subscribe({ after, signal: out.signal })) {
    if (notice.kind === 'caught-up') {
      if (caughtUp) continue;
      caughtUp = true;
      if (filter !== undefined) await check(notice.position);
      await send(caughtUpMessage());
      continue;
    }
    if (notice.kind !== 'events') continue;
    for (const event of notice.events) {
      await pace();
      if (filter === undefined || filter.wants(event)) await send(eventMessage(event, ids));
      if (filter !== undefined && ++considered >= filter.every) await check(event.position);
      if (out.over) return;
    }
  }
}

async function followStream(log: EventLog, { stream, from, ids }: StreamRead, out: Out): Promise<void> {
  // Taken before the stream is read: whatever is appended meanwhile is found by one or by both, and told apart by revision.
  let after = await log.end();
  let next = typeof from === 'number' ? Math.min(from + 1, Number.MAX_SAFE_INTEGER) : 0;
  const send = sender(out);
  const pass = async (event: LogEvent): Promise<void> => {
    if (event.stream !== stream || event.revision < next) return;
    next = event.revision + 1;
    await send(eventMessage(event, ids));
  };
  await send(confirmation());
  if (from !== 'end') {
    for await (const event of log.read(stream, { from: next })) {
      await pass(event);
      if (out.over) return;
      if (event.position > after) after = event.position;
    }
  }
  let caughtUp = false;
  for await (const notice of log.subscribe({ after, streamPrefixes: [stream], signal: out.signal })) {
    if (notice.kind === 'caught-up') {
      if (!caughtUp) await send(caughtUpMessage());
      caughtUp = true;
      continue;
    }
    if (notice.kind !== 'events') continue;
    for (const event of notice.events) {
      await pass(event);
      if (out.over) return;
    }
  }
}

/** Sends, and waits until there is room for the next. */
function sender(out: Out): (message: streams.ReadResp) => Promise<void> | undefined {
  return (message) => (out.send(message) ? undefined : out.room());
}

function confirmation(): streams.ReadResp {
  const confirmed = new streams.ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(randomUUID());
  const answer = new streams.ReadResp();
  answer.setConfirmation(confirmed);
  return answer;
}

function checkpoint(position: Position): streams.ReadResp {
  const place = new streams.ReadResp.Checkpoint();
  place.setCommitPosition(numberText(position));
  place.setPreparePosition(numberText(position));
  const answer = new streams.ReadResp();
  answer.setCheckpoint(place);
  return answer;
}

function caughtUpMessage(): streams.ReadResp {
  const answer = new streams.ReadResp();
  answer.setCaughtUp(new streams.ReadResp.CaughtUp());
  return answer;
}
