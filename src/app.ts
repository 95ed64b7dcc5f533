/**
 * The wiring: the only file that sees every part. Opens them in order, closes them in the other.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { type BuiltInStory, stories } from '../events/stories/all.js';
import { type Config, isLoopback } from './config.js';
import { HindcastError, isHindcastError } from './errors.js';
import { serveInWorker } from './esdb-server/served-in-worker.js';
import { createMetrics } from './http/metrics.js';
import { isPassing } from './http/problems.js';
import { watchReadiness } from './http/readiness.js';
import { createAccess } from './http/access.js';
import { createServer } from './http/server.js';
import { createTickets } from './http/tickets.js';
import type { EventLog } from './log/log.js';
import { openLog } from './open-log.js';
import { createRecorder } from './recording/recorder.js';
import { keepSeeding, seed } from './recording/seeding.js';
import { backgroundTimers, systemTimers, type Timers } from './sessions/scheduler.js';
import { createSessions } from './sessions/sessions.js';
import { openTimeline, type Timeline } from './timeline/timeline.js';

export interface App {
  readonly server: FastifyInstance;
  readonly log: EventLog;
  readonly timeline: Timeline;
  /** The loopback port on which the log is served over the EventStoreDB protocol, where it is. */
  readonly esdbPort: number | undefined;
  /** Listens, and answers the address. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Where the build puts the page: beside the compiled sources. */
const PAGE = fileURLToPath(new URL('../page', import.meta.url));

export interface AppOptions {
  readonly timers?: Timers;
  /** For what goes on in the background, such as looking whether the log is there. */
  readonly background?: Timers;
  /** What is recorded in a log that lacks it; the built-in stories where nothing else is said. */
  readonly seeded?: readonly BuiltInStory[];
}

/** Opens everything in the data folder. Throws an error of the register where it cannot, having let go of all of it. */
export async function createApp(
  config: Config,
  logger: FastifyBaseLogger,
  { timers = systemTimers, background = backgroundTimers, seeded = stories }: AppOptions = {},
): Promise<App> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const onError = (error: unknown) => {
      // A log that is away, or a full disk, is no fault of this server, and is tried again and again.
      if (isHindcastError(error) && isPassing(error)) logger.warn({ code: error.code }, error.message);
      else logger.error({ err: error }, 'a part of the server failed');
    };
    const { log, embedded, close: closeLog } = await openLog(config, onError);
    opened.push(closeLog);
    const timeline = await openTimeline({ folder: join(config.data, readModelOf(config)), log, now: background.now, onError });
    opened.push(() => timeline.close());
    const recorder = createRecorder(log, timeline);
    const seeds = { stories: seeded, log, timeline, recorder };
    // The log in the data folder is there, or nothing is; another may be away for as long as it likes.
    if (embedded !== undefined) await seed(seeds);
    const seeding = embedded === undefined ? keepSeeding(seeds, onError) : undefined;
    opened.push(async () => seeding?.close());
    const { readyLagMs: lagMs, readyLogMs: logMs } = config;
    const readiness = watchReadiness({ log, timeline, timers: background, lagMs, logMs, pending: () => seeding?.pending() });
    opened.push(async () => readiness.close());
    const metrics = createMetrics({ timeline, silentMs: readiness.silentMs });
    opened.push(async () => metrics.close());
    const sessions = createSessions({ timeline, log, timers, onError, count: metrics.count, onDelivered: metrics.delivered });
    const access = createAccess({ grants: config.tokens, publicStories: config.publicStories });
    const tickets = createTickets(() => timers.now());
    const isOurs = (name: string) => isLoopback(name) || config.hosts.includes(name);
    const server = await createServer(
      { log, timeline, recorder, sessions, metrics, access, tickets, timers, readiness },
      { logger, isOurs, origins: config.origins, page: PAGE },
    );
    // Ended in the other order: watchers are told first, then the server stops.
    opened.push(() => server.close());
    opened.push(async () => sessions.close());
    const served = embedded === undefined || config.esdbPort === null ? undefined : await serveInWorker({ log: embedded, port: config.esdbPort, onError });
    if (served !== undefined) opened.push(() => served.close());
    return { server, log, timeline, esdbPort: served?.port, listen: () => server.listen({ port: config.port, host: config.host }), close };
  } catch (error) {
    await close();
    throw error instanceof HindcastError ? error : new HindcastError('internal', error instanceof Error ? error.message : String(error), [], { cause: error });
  }
}

/** A read model is of one log: that of another has a folder of its own. */
export function readModelOf({ eventStore }: Pick<Config, 'eventStore'>): string {
  if (eventStore === null) return 'read-model';
  const server = eventStore.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '');
  return `read-model-${createHash('sha256').update(server).digest('hex').slice(0, 12)}`;
}
