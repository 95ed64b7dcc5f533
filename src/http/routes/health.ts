/**
 * Is the process alive, and is it fit to be asked?
 */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.js';

export function healthRoutes(server: FastifyInstance, { readiness }: Services): void {
  server.get('/health/live', async () => ({ status: 'ok' }));
  server.get('/health/ready', async (_request, reply) => {
    const reasons = readiness.reasons();
    if (reasons.length === 0) return { status: 'ok' };
    return reply.code(503).header('retry-after', '1').send({ status: 'unavailable', reasons });
  });
}
