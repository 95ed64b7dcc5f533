/**
 * Subscriptions: what there is behind a place, then what comes, for as long as the subscriber listens.
 * Invariants: no event behind the place is left out or sent twice, however slow the subscriber; who begins again at a
 * checkpoint loses nothing. That all has been sent that there was is said once. Whoever is slow finds the rest in the log: no
 * more than one batch of it is in memory.
 * Unit: one subscription.
 */
import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';

import { type WholeLog, type LogEvent, type Position, START } from '../log/log.js';
import { numberOf } from '../log/embedded/positions.js';
import { createCheckpoints, type Place } from './checkpoints.js';
import { streamDeleted, tooSlow, unavailable } from './errors.js';
import { asItIs, createResolve } from './links.js';
import type { Life, Lives } from './lives.js';
import { eventMessage, positionAt, TOMBSTONE } from './messages.js';
import type { Outgoing } from './outgoing.js';
import { createPace } from './pace.js';
import type { LogRead, StreamRead } from './read-request.js';
import { metastreamOf } from './refusals.js';

type Out = Outgoing<streams.ReadResp>;

export interface SubscribingPorts {
  readonly log: WholeLog;
  readonly lives: Lives;
  /** A live subscriber for whom more events wait at once is dropped. */
  readonly mostWaiting: number;
}

/** Rejects with Refused, or with what the log says. */
export async function serveSubscription(ports: SubscribingPorts, wanted: StreamRead | LogRead, out: Out): Promise<void> {
  if (wanted.of === 'log') await followLog(ports, wanted, out);
  else await followStream(ports, wanted, out);
  if (!out.over) throw unavailable('The log has been closed.');
}

async function followLog({ log, lives, mostWaiting }: SubscribingPorts, wanted: LogRead, out: Out): Promise<void> {
  const { ids, filter } = wanted;
  const after = await placeIn(log, wanted);
  const resolve = wanted.resolves ? createResolve(lives) : asItIs;
  const send = sender(out);
  await send(confirmation());
  const pace = createPace();
  const wants = (event: LogEvent): boolean => filter === undefined || filter.wants(event);
  const checkpoints = filter && createCheckpoints(filter, numberOf(after) + 1);
  if (wanted.from === 'end') checkpoints?.caughtUp();
  let isLive = false;

  for await (const notice of log.subscribe({ after, signal: out.signal })) {
    if (notice.kind === 'caught-up' && !isLive) {
      isLive = true;
      checkpoints?.caughtUp();
      await send(caughtUpMessage());
    }
    if (notice.kind !== 'events') continue;
    const isTooMuch = isLive && isMore(notice.events, wants, mostWaiting);
    for (const [i, event] of notice.events.entries()) {
      await pace();
      if (isTooMuch && i >= TAKEN) throw tooSlow();
      const isWanted = wants(event);
      if (isWanted) await send(eventMessage(await resolve(event), ids));
      const place = checkpoints?.considered(numberOf(event.position), isWanted);
      if (place !== undefined) await send(checkpoint(place));
      if (out.over) return;
    }
  }
}

/** Of what is too much for a subscriber, so many are sent none the less. */
const TAKEN = 32;

function isMore(events: readonly LogEvent[], wants: (event: LogEvent) => boolean, most: number): boolean {
  return events.length > most && events.filter(wants).length > most;
}

/** Who begins beyond the end has whatever comes. */
async function placeIn(log: WholeLog, { from, isBefore }: LogRead): Promise<Position> {
  if (from === 'start') return START;
  const end = await log.end();
  if (from === 'end') return end;
  const after = positionAt(isBefore ? from - 1 : from);
  return after > end ? end : after;
}

async function followStream({ log, lives, mostWaiting }: SubscribingPorts, { stream, from, ids, resolves }: StreamRead, out: Out): Promise<void> {
  const resolve = resolves ? createResolve(lives) : asItIs;
  const send = sender(out);
  await send(confirmation());
  let next = typeof from === 'number' ? Math.min(from + 1, Number.MAX_SAFE_INTEGER) : 0;
  const pass = async (event: LogEvent): Promise<void> => {
    if (event.stream !== stream || event.revision < next) return;
    if (event.type === TOMBSTONE) throw streamDeleted(stream);
    next = event.revision + 1;
    await send(eventMessage(await resolve(event), ids));
  };
  // Taken before the stream is looked at: whatever is appended meanwhile is found by one or by both, and told apart by revision.
  let after = await log.end();
  if (from !== 'end') {
    for (let life = await lives.of(stream); ; life = await lives.of(stream)) {
      if (life.isTombstoned) throw streamDeleted(stream);
      if (!isMissing(life)) {
        for await (const event of lives.read(stream, life, { from: next })) {
          await pass(event);
          if (out.over) return;
          if (event.position > after) after = event.position;
        }
        break;
      }
      await change(log, stream, after, out.signal);
      if (out.over) return;
      after = await log.end();
    }
  }
  let isLive = false;
  for await (const notice of log.subscribe({ after, streamPrefixes: [stream], signal: out.signal })) {
    if (notice.kind === 'caught-up' && !isLive) {
      isLive = true;
      await send(caughtUpMessage());
    }
    if (notice.kind !== 'events') continue;
    const isTooMuch = isLive && isMore(notice.events, (event) => event.stream === stream && event.revision >= next, mostWaiting);
    for (const [i, event] of notice.events.entries()) {
      if (isTooMuch && i >= TAKEN) throw tooSlow();
      await pass(event);
      if (out.over) return;
    }
  }
}

const isMissing = ({ last, isDeleted }: Life): boolean => last === undefined || isDeleted;

/** Resolves when something was appended to the stream or to its metadata, or when the log or the call is over. */
async function change(log: WholeLog, stream: string, after: Position, signal: AbortSignal): Promise<void> {
  const both = [stream, metastreamOf(stream)];
  for await (const notice of log.subscribe({ after, streamPrefixes: both, signal }))
    if (notice.kind === 'events' && notice.events.some((event) => both.includes(event.stream))) return;
  if (!signal.aborted) throw unavailable('The log has been closed.');
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

function checkpoint({ commit, prepare }: Place): streams.ReadResp {
  const place = new streams.ReadResp.Checkpoint();
  place.setCommitPosition(String(commit));
  place.setPreparePosition(String(prepare));
  const answer = new streams.ReadResp();
  answer.setCheckpoint(place);
  return answer;
}

function caughtUpMessage(): streams.ReadResp {
  const answer = new streams.ReadResp();
  answer.setCaughtUp(new streams.ReadResp.CaughtUp());
  return answer;
}
