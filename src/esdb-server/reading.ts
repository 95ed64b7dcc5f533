/**
 * Reads of what there is: a stream or the whole log, forwards or backwards, so many events.
 * Invariants: the rules of the protocol for the edges are kept: from is included, but backwards through the log it is not;
 * past the end is empty, but there is no way back from beyond it; a missing stream is said, and is no failure. No event is
 * read from the log before there is room to send it.
 * Unit: one read.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';

import { type WholeLog, type LogEvent, type ReadAllOptions, type ReadOptions, START } from '../log/log.js';
import { refused, streamDeleted } from './errors.js';
import { asItIs, createResolve } from './links.js';
import type { Lives } from './lives.js';
import { eventMessage, positionAt, streamMessage } from './messages.js';
import type { Outgoing } from './outgoing.js';
import { createPace } from './pace.js';
import type { Extent, LogRead, StreamRead } from './read-request.js';

type Out = Outgoing<streams.ReadResp>;

export interface ReadingPorts {
  readonly log: WholeLog;
  readonly lives: Lives;
}

/** Rejects with Refused, or with what the log says. */
export async function serveRead(ports: ReadingPorts, wanted: StreamRead | LogRead, extent: Extent, out: Out): Promise<void> {
  if (wanted.of === 'log') await sendLog(ports, wanted, extent, out);
  else await sendStream(ports, wanted, extent, out);
}

async function sendStream({ lives }: ReadingPorts, { stream, from, ids, resolves }: StreamRead, { backwards, limit }: Extent, out: Out): Promise<void> {
  const life = await lives.of(stream);
  if (life.isTombstoned) throw streamDeleted(stream);
  if (life.last === undefined || life.isDeleted) {
    out.send(notFound(stream));
    return;
  }
  const options: ReadOptions = {
    direction: backwards ? 'backwards' : 'forwards',
    limit,
    ...(from === 'end' ? {} : { from: from === 'start' ? 0 : from }),
  };
  const resolve = resolves ? createResolve(lives) : asItIs;
  for await (const event of lives.read(stream, life, options)) {
    if (!out.send(eventMessage(await resolve(event), ids))) await out.room();
    if (out.over) return;
  }
}

async function sendLog({ log, lives }: ReadingPorts, { from, ids, resolves, filter }: LogRead, { backwards, limit }: Extent, out: Out): Promise<void> {
  if (backwards && typeof from === 'number' && from > 0) {
    const end = await log.end();
    if (end === START || positionAt(from - 1) > end) throw refused('The log does not reach so far.');
  }
  if (from === (backwards ? 'start' : 'end') || limit === 0) return;
  const options: ReadAllOptions = {
    direction: backwards ? 'backwards' : 'forwards',
    ...(typeof from === 'number' ? { from: positionAt(from) } : {}),
    // What a filter leaves out does not count.
    ...(filter === undefined ? { limit } : {}),
  };
  const wants = (event: LogEvent): boolean => filter === undefined || filter.wants(event);
  const resolve = resolves ? createResolve(lives) : asItIs;
  const pace = createPace();
  let left = limit;
  for await (const event of log.readAll(options)) {
    await pace();
    if (out.over) return;
    if (!wants(event)) continue;
    if (!out.send(eventMessage(await resolve(event), ids))) await out.room();
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
