/**
 * Reads of what there is: a stream or the whole log, forwards or backwards, so many events.
 * Invariants: the rules of the protocol for the edges are kept: from is included, but backwards through the log it is not;
 * past the end is empty; a missing stream is said, and is no failure. No event is read from the log before there is room
 * to send it.
 * Unit: one read.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';

import type { EventLog, LogEvent, ReadAllOptions, ReadOptions } from '../log/log.js';
import { eventMessage, positionAt, streamMessage } from './messages.js';
import type { Outgoing } from './outgoing.js';
import { createPace } from './pace.js';
import type { Extent, LogRead, StreamRead } from './read-request.js';

type Out = Outgoing<streams.ReadResp>;

export async function serveRead(log: EventLog, wanted: StreamRead | LogRead, extent: Extent, out: Out): Promise<void> {
  if (wanted.of === 'log') return sendLog(log, wanted, extent, out);
  if ((await log.head(wanted.stream)) === undefined) {
    out.send(notFound(wanted.stream));
    return;
  }
  await sendStream(log, wanted, extent, out);
}

async function sendStream(log: EventLog, { stream, from, ids }: StreamRead, { backwards, limit }: Extent, out: Out): Promise<void> {
  if (from === 'end' && !backwards) return;
  const options: ReadOptions = {
    direction: backwards ? 'backwards' : 'forwards',
    limit,
    ...(from === 'end' ? {} : { from: from === 'start' ? 0 : from }),
  };
  for await (const event of log.read(stream, options)) {
    if (!out.send(eventMessage(event, ids))) await out.room();
    if (out.over) return;
  }
}

async function sendLog(log: EventLog, { from, ids, filter }: LogRead, { backwards, limit }: Extent, out: Out): Promise<void> {
  if (from === (backwards ? 'start' : 'end') || limit === 0) return;
  const options: ReadAllOptions = {
    direction: backwards ? 'backwards' : 'forwards',
    ...(typeof from === 'number' ? { from: positionAt(from) } : {}),
    // What a filter leaves out does not count.
    ...(filter === undefined ? { limit } : {}),
  };
  const wants = (event: LogEvent): boolean => filter === undefined || filter.wants(event);
  const pace = createPace();
  let left = limit;
  for await (const event of log.readAll(options)) {
    await pace();
    if (out.over) return;
    if (!wants(event)) continue;
    if (!out.send(eventMessage(event, ids))) await out.room();
    if (--left === 0) return;
  }
}

function notFound(stream: string): streams.ReadResp {
  const missing = new streams.ReadResp.StreamNotFound();
  missing.setStreamIdentifier(streamMessage(stream));
  const answer = new streams.ReadResp();
  answer.setStreamNotFound(missing);
  return answer;
}
