/**
 * Tickets: what opens one socket for who cannot send a header, such as a page. Each is good once, and for a minute.
 * Invariant: there are never more than the limit, and what has expired holds nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { HindcastError } from '../errors.js';
import type { Rights } from './access.js';

export const TICKET_MS = 60_000;
export const MOST_TICKETS = 10_000;

export interface Tickets {
  /** A ticket that carries these rights. Throws `too-many-tickets` where as many are outstanding as there may be. */
  issue(rights: Rights): string;
  /** The rights of a ticket, which is then gone; undefined where there is none such. */
  redeem(ticket: string): Rights | undefined;
}

/** `now` in milliseconds, monotonic. */
export function createTickets(now: () => number, limit = MOST_TICKETS): Tickets {
  /** By digest, the oldest first. */
  const outstanding = new Map<string, { readonly rights: Rights; readonly until: number }>();
  const digestOf = (ticket: string) => createHash('sha256').update(ticket).digest('base64');
  const dropExpired = () => {
    for (const [digest, { until }] of outstanding) {
      if (until > now()) return;
      outstanding.delete(digest);
    }
  };
  return {
    issue(rights) {
      dropExpired();
      if (outstanding.size >= limit) throw new HindcastError('too-many-tickets', `${limit} are outstanding.`);
      const ticket = randomBytes(24).toString('base64url');
      outstanding.set(digestOf(ticket), { rights, until: now() + TICKET_MS });
      return ticket;
    },
    redeem(ticket) {
      dropExpired();
      const digest = digestOf(ticket);
      const found = outstanding.get(digest);
      outstanding.delete(digest);
      return found?.rights;
    },
  };
}
