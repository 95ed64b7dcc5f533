/**
 * A ticket for a socket, for who holds a token.
 */
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Services } from '../services.js';
import { TICKET_MS } from '../tickets.js';

const Ticket = Type.Object({ ticket: Type.String({ description: 'For `?ticket=` of a socket: good once.' }), expiresInMs: Type.Integer() });

export function ticketRoutes(server: FastifyInstance, { tickets }: Services): void {
  const schema = { summary: 'A single-use ticket for a socket, with the rights of the token it is asked with', response: { 201: Ticket } };
  server.post('/tickets', { config: { access: 'token' }, schema }, async (request, reply) => {
    reply.code(201);
    return { ticket: tickets.issue(request.rights), expiresInMs: TICKET_MS };
  });
}
