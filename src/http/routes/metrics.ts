/**
 * What the server counts, as Prometheus reads it.
 */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.js';

export function metricsRoutes(server: FastifyInstance, { metrics }: Services): void {
  metrics.useSockets(() => server.websocketServer.clients.size);
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).send(text);
  });
}
