/**
 * The wiring: the only file that sees every part. Opens them in order, closes them in the other.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { stories } from '../events/stories/all.js';
import { type Config, isLoopback } from './config.js';
import { HindcastError } from './errors.js';
import { createMetrics } from './http/metrics.js';
import { createAccess } from './http/access.js';
import { createServer } from './http/server.js';
import { createTickets } from './http/tickets.js';
import { openEmbeddedLog } from './log/embedded/embedded-log.js';
import { acquireFolder } from './log/embedded/folder-lock.js';
import type { EventLog } from './log/log.js';
import { createRecorder, streamOf } from './recording/recorder.js';
import { systemTimers, type Timers } from './sessions/scheduler.js';
import { createSessions } from './sessions/sessions.js';
import { openTimeline, type Timeline } from './timeline/timeline.js';

export interface App {
  readonly server: FastifyInstance;
  readonly log: EventLog;
  readonly timeline: Timeline;
  /** Listens, and answers the address. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Where the build puts the page: beside the compiled sources, also for who runs these themselves. */
const PAGE = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../dist/web' : '../web', import.meta.url));

/** How long the read model may take for a built-in story. */
const SEEDING_MS = 30_000;

/** Opens everything in the data folder. Throws an error of the register where it cannot, having let go of all of it. */
export async function createApp(config: Config, logger: FastifyBaseLogger, { timers = systemTimers }: { readonly timers?: Timers } = {}): Promise<App> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    mkdirSync(config.data, { recursive: true });
    const release = await acquireFolder(config.data);
    opened.push(async () => release());
    const log = await openEmbeddedLog({ folder: join(config.data, 'log') });
    opened.push(() => log.close());
    const onError = (error: unknown) => logger.error({ err: error }, 'a part of the server failed');
    const timeline = await openTimeline({ folder: join(config.data, 'read-model'), log, onError });
    opened.push(() => timeline.close());
    const recorder = createRecorder(log, timeline);
    for (const story of stories) {
      // A story that is there, in whatever state, is its readers' own.
      if ((await log.head(streamOf(story.id))) !== undefined) continue;
      const { position } = await recorder.record(story.id, story.drafts, { absent: true });
      await timeline.waitFor(position, SEEDING_MS);
    }
    const metrics = createMetrics({ timeline });
    opened.push(async () => metrics.close());
    const sessions = createSessions({ timeline, log, timers, onError, count: metrics.count, onDelivered: metrics.delivered });
    const access = createAccess({ grants: config.tokens, publicStories: config.publicStories });
    const tickets = createTickets(() => timers.now());
    const isOurs = (name: string) => isLoopback(name) || config.hosts.includes(name);
    const server = await createServer(
      { timeline, recorder, sessions, metrics, access, tickets, timers },
      { logger, isOurs, origins: config.origins, page: PAGE },
    );
    // Ended in the other order: watchers are told first, then the server stops.
    opened.push(() => server.close());
    opened.push(async () => sessions.close());
    return { server, log, timeline, listen: () => server.listen({ port: config.port, host: config.host }), close };
  } catch (error) {
    await close();
    throw error instanceof HindcastError ? error : new HindcastError('internal', error instanceof Error ? error.message : String(error), [], { cause: error });
  }
}
