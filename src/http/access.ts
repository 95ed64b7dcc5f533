/**
 * Who may do what: tokens with roles, stories that anyone may read, and what each address needs.
 * Invariant: what nobody declared open is closed where tokens are in force, and a token is in no answer and in no log.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HindcastError } from '../errors.js';

/** Write and host imply read; admin implies all. */
export type Role = 'read' | 'write' | 'host' | 'admin';

/** A role that a token gives, for one story or (null) for all. The token itself is not kept. */
export interface Grant {
  readonly role: Role;
  readonly story: string | null;
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly digest: string;
}

/** What somebody may do. A story that is null stands for all of them. */
export interface Rights {
  allows(role: Role, story: string | null): boolean;
  /** Throws `unauthenticated` or `forbidden`, which name the role needed, where it is not allowed. */
  demand(role: Role, story: string | null): void;
  /** Throws `unauthenticated` where no token that holds was shown, and one is needed. */
  demandToken(): void;
}

export interface Access {
  /** Are there tokens at all? Without them everything is allowed to everyone. */
  readonly inForce: boolean;
  /** The rights of who shows no token. */
  readonly everyone: Rights;
  /** The rights that a token gives; undefined where it is none of ours. Where no tokens are in force, any will do. */
  rightsOf(token: string): Rights | undefined;
}

/**
 * What a route needs, as it says in its `config.access`:
 * a role, for the story in its path, or for all stories where its path names none;
 * `open`: nothing; `token`: a token, whatever its role; `own`: it judges by itself, with `request.rights`;
 * `socket`: the socket judges once it is open (`replay-socket.ts`).
 * Where a route says nothing, a GET needs `read` and any other method `write`.
 */
export type Need = Role | 'open' | 'token' | 'own' | 'socket';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Need;
  }
  interface FastifyRequest {
    /** What the caller may do; everything where no tokens are in force. */
    rights: Rights;
  }
}

/** Addresses that tell nothing of a story: the page, health, the documents of the interface. They are open unless their routes say otherwise. */
const OPEN = /^\/(\*|health\/[a-z]+|openapi\.json|asyncapi\.json|docs(\/.*)?)?$/;

const IMPLIED: Readonly<Record<Role, readonly Role[]>> = {
  read: ['read'],
  write: ['write', 'read'],
  host: ['host', 'read'],
  admin: ['admin', 'write', 'host', 'read'],
};

export function createAccess({ grants, publicStories }: { readonly grants: readonly Grant[]; readonly publicStories: readonly string[] }): Access {
  const inForce = grants.length > 0;
  const isPublic = new Set(publicStories);
  const held = grants.map(({ role, story, digest }) => ({ role, story, digest: Buffer.from(digest, 'hex') }));
  const rightsFrom = (given: readonly Pick<Grant, 'role' | 'story'>[], known: boolean): Rights => {
    const allows = (role: Role, story: string | null) =>
      !inForce ||
      (role === 'read' && story !== null && isPublic.has(story)) ||
      given.some((grant) => IMPLIED[grant.role].includes(role) && (grant.story === null || grant.story === story));
    return {
      allows,
      demand(role, story) {
        if (allows(role, story)) return;
        const needed = `It takes the role ${role} for ${story === null ? 'all stories' : `the story "${story.slice(0, 80)}"`}.`;
        if (known) throw new HindcastError('forbidden', needed, [{ at: 'Authorization', message: `without the role ${role}` }]);
        throw new HindcastError('unauthenticated', needed, [{ at: 'Authorization', message: 'no token of this server' }]);
      },
      demandToken() {
        if (!inForce || known) return;
        throw new HindcastError('unauthenticated', undefined, [{ at: 'Authorization', message: 'no token of this server' }]);
      },
    };
  };
  const everyone = rightsFrom([], false);
  return {
    inForce,
    everyone,
    rightsOf(token) {
      if (!inForce) return everyone;
      const digest = createHash('sha256').update(token).digest();
      // All of them are compared: how long it takes tells nothing of how near a guess was.
      const given = held.filter((grant) => timingSafeEqual(grant.digest, digest));
      return given.length === 0 ? undefined : rightsFrom(given, true);
    },
  };
}

const BEARER = /^Bearer +(\S+) *$/i;

/** The token in a request's header; undefined where there is none. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1];
}

function needOf(request: FastifyRequest): Need {
  const { config, url = '', method } = request.routeOptions;
  // What leads nowhere is told to anyone.
  if (request.is404) return 'open';
  if (config.access !== undefined) return config.access;
  if (OPEN.test(url)) return 'open';
  return [method].flat().every((name) => name === 'GET' || name === 'HEAD') ? 'read' : 'write';
}

/** Names that a token would have in an address, where it would be written down by whatever it passes. */
const SECRETS = /^((access|auth|bearer|host)[-_]?)?token$/i;

export function useAccess(server: FastifyInstance, access: Access): void {
  server.decorateRequest('rights');
  server.addHook('onRequest', async (request) => {
    const need = needOf(request);
    for (const name of Object.keys(request.query ?? {})) {
      if (SECRETS.test(name))
        throw new HindcastError('bad-request', 'A token never stands in an address: send it in Authorization, or ask for a ticket.', [
          { at: name, message: 'a token in an address' },
        ]);
      if (name === 'ticket' && need !== 'socket')
        throw new HindcastError('bad-request', 'A ticket opens a socket, and nothing else.', [{ at: name, message: 'not for this address' }]);
    }
    request.rights = access.everyone;
    if (need === 'open' || need === 'socket') return;
    if (access.inForce && request.headers.authorization !== undefined) {
      const token = bearerOf(request);
      const rights = token === undefined ? undefined : access.rightsOf(token);
      if (rights === undefined) throw new HindcastError('unauthenticated', undefined, [{ at: 'Authorization', message: 'no token of this server' }]);
      request.rights = rights;
    }
    if (need === 'token') request.rights.demandToken();
    else if (need !== 'own') request.rights.demand(need, (request.params as { story?: string } | null)?.story ?? null);
  });
  server.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
  });
}
