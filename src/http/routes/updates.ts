/**
 * A view at the head of the log as server-sent events: its state now, and again whenever it changes.
 * Invariant: the id of an event is a position of the log; who comes back with it is sent nothing that did not change since.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { HindcastError } from '../../errors.js';
import { createHeadViews } from '../../timeline/head-views.js';
import type { Services } from '../services.js';
import { viewOf } from './projections.js';
import { seen } from './stories.js';

const Params = Type.Object({ story: Type.String(), name: Type.String() });
type Params = Static<typeof Params>;
const Query = Type.Object({}, { additionalProperties: false });

/** A line of comment keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;
/** A reader that leaves so much unread is let go: it comes back with the id it has. */
const MOST_UNREAD = 1024 * 1024;
const MOST_READERS = 1_000;

export function updateRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;
  const heads = createHeadViews(timeline, (error) => server.log.error({ err: error }, 'a view could not be folded'));
  const streams = new Set<() => void>();
  server.addHook('preClose', async () => {
    for (const end of [...streams]) end();
    heads.close();
  });

  server.get<{ Params: Params }>('/stories/:story/projections/:name/updates', { schema: { params: Params, querystring: Query } }, async (request, reply) => {
    const { story, name } = request.params;
    await seen(services, story);
    const projection = viewOf(timeline, request.params);
    if (streams.size >= MOST_READERS) throw new HindcastError('too-many-sessions');
    const last = request.headers['last-event-id'];
    const nothingNew = typeof last === 'string' && last !== '' && last <= timeline.position() && timeline.changes(story, last).length === 0;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    raw.write('retry: 1000\n\n');
    let quiet = nothingNew;
    const stop = heads.follow(story, projection, ({ position, state, stale }) => {
      // What this reader has already is not sent again.
      if (quiet && position <= (last as string)) return;
      if (quiet && timeline.changes(story, last as string).length === 0) return;
      quiet = false;
      raw.write(
        `id: ${position}\nevent: state\ndata: ${JSON.stringify({ name, version: projection.version, position, ...(stale ? { stale } : {}), state })}\n\n`,
      );
      if (raw.writableLength > MOST_UNREAD) end();
    });
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
    heartbeat.unref();
    const end = () => {
      clearInterval(heartbeat);
      stop();
      streams.delete(end);
      raw.end();
    };
    streams.add(end);
    raw.on('close', end);
  });
}
