/**
 * Who may ask at all: the Host must be one of ours, and a page of another origin is turned away, upgrades too. Only then is it
 * asked who may ask for what.
 * Invariant: the first two hold on loopback as well, where a web page could otherwise reach a local server.
 */
import type { FastifyInstance } from 'fastify';
import { HindcastError } from '../errors.js';
import { type Access, useAccess } from './access.js';

export interface GuardOptions {
  /** Is a host name, without a port, one of ours? */
  readonly isOurs: (name: string) => boolean;
  readonly origins: readonly string[];
  readonly access: Access;
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:\s/@]+)(?::(\d{1,5}))?$/i;

export function guard(server: FastifyInstance, { isOurs, origins, access }: GuardOptions): void {
  server.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    const name = HOST.exec(host)?.[1]?.toLowerCase();
    if (name === undefined || !isOurs(name))
      throw new HindcastError('wrong-host', `It names "${host.slice(0, 200)}"; list it in HINDCAST_HOSTS to answer for it.`, [
        { at: 'Host', message: 'not ours' },
      ]);
    const { origin } = request.headers;
    if (origin === undefined || origins.includes(origin)) return;
    if (origin === `http://${host}` || origin === `https://${host}`) return;
    throw new HindcastError('wrong-origin', `It is "${origin.slice(0, 200)}"; list it in HINDCAST_ORIGINS to let it in.`, [
      { at: 'Origin', message: 'not ours' },
    ]);
  });
  useAccess(server, access);
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
