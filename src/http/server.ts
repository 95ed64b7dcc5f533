/**
 * The HTTP server: guards, problem replies, routes and the page, put together.
 */
import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifyWebsocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { HindcastError } from '../errors.js';
import { SUBPROTOCOL } from '../protocol.js';
import { guard } from './guards.js';
import { asHindcastError, sendProblem, useProblems } from './problems.js';
import { docsRoutes } from './routes/docs.js';
import { eventRoutes } from './routes/events.js';
import { exportRoutes } from './routes/export.js';
import { healthRoutes } from './routes/health.js';
import { metricsRoutes } from './routes/metrics.js';
import { projectionRoutes } from './routes/projections.js';
import { replayRoutes } from './routes/replay.js';
import { sessionRoutes } from './routes/sessions.js';
import { storyRoutes } from './routes/stories.js';
import { ticketRoutes } from './routes/tickets.js';
import { transcriptRoutes } from './routes/transcript.js';
import { updateRoutes } from './routes/updates.js';
import type { Services } from './services.js';

export interface ServerOptions {
  readonly logger: FastifyBaseLogger;
  readonly isOurs: (hostName: string) => boolean;
  readonly origins: readonly string[];
  /** The folder of the built page; where it is missing there is no page. */
  readonly page: string;
}

/** CloudEvents are JSON by another name. */
const JSON_TYPES = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];
/** The largest body an append may have. */
export const BODY_LIMIT = 8 * 1024 * 1024;
/** A frame beyond this ends the socket; a shorter one that is still too long is only refused. */
const FRAME_LIMIT = 16 * 1024 * 1024;

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'";

const INTERFACE = 'Stories, events and derived views. Errors are application/problem+json (RFC 9457) with a stable `code`.';

export async function createServer(services: Services, { logger, isOurs, origins, page }: ServerOptions): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, _request, reply) => {
      // The framework's own words repeat the address, and whatever stands in it.
      const known =
        error.code === 'FST_ERR_BAD_URL' ? new HindcastError('bad-request', 'The address is not percent-encoded as it should be.') : asHindcastError(error);
      void sendProblem(reply, known);
    },
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_000 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allErrors: true } },
  });
  // Only JSON is taken: a form or a plain text can be posted by any page without asking.
  server.removeContentTypeParser('text/plain');
  server.removeContentTypeParser('application/json');
  const readJson = server.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  server.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      // Words are kept as they are sent, or not at all.
      return done(new HindcastError('bad-json', 'It is not UTF-8.'), undefined);
    }
    readJson(request, text, done);
  });
  useProblems(server, services.timers);
  await server.register(fastifyWebsocket, {
    options: {
      maxPayload: FRAME_LIMIT,
      perMessageDeflate: false,
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    },
  });
  // Schemas of answers are for the document alone: what is sent is what there is.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await server.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'Hindcast', description: INTERFACE, version: '1' } } });
  // After the sockets' own hook, which marks the upgrades: one that is turned away is then closed with its reply.
  guard(server, { isOurs, origins, access: services.access });
  server.addHook('onSend', async (_request, reply) => {
    // What is told is of the log that was read.
    if (services.timeline.isLogReplaced()) reply.header('hindcast-log', 'replaced');
  });
  await server.register(async (routes) => {
    healthRoutes(routes, services);
    storyRoutes(routes, services);
    eventRoutes(routes, services);
    exportRoutes(routes, services);
    transcriptRoutes(routes, services);
    projectionRoutes(routes, services);
    updateRoutes(routes, services);
    replayRoutes(routes, services);
    sessionRoutes(routes, services);
    ticketRoutes(routes, services);
    metricsRoutes(routes, services);
    docsRoutes(routes, () => server.swagger());
  });
  if (existsSync(page)) {
    await server.register(fastifyStatic, { root: page, setHeaders: (reply) => void reply.header('content-security-policy', PAGE_POLICY), cacheControl: false });
  }
  return server;
}
