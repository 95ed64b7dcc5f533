import t from 'tap';
import { readConfig } from '../../src/config.js';
import { createAccess } from '../../src/http/access.js';
import { createTickets, MOST_TICKETS, TICKET_MS } from '../../src/http/tickets.js';
import { buildApp } from '../support/app.js';

const { everyone } = createAccess({ grants: [], publicStories: [] });

t.test('a ticket is good once, and for a minute, and carries the rights it was asked with', (t) => {
  let now = 1_000;
  const tickets = createTickets(() => now);
  const first = tickets.issue(everyone);
  const other = { ...everyone };
  const second = tickets.issue(other);
  t.not(first, second);
  t.equal(tickets.redeem(first), everyone);
  t.equal(tickets.redeem(first), undefined, 'used');
  now += TICKET_MS - 1;
  t.equal(tickets.redeem(second), other);
  const third = tickets.issue(everyone);
  now += TICKET_MS;
  t.equal(tickets.redeem(third), undefined, 'expired');
  for (const nonsense of ['', third.toUpperCase(), '__proto__', 'x'.repeat(100_000)]) t.equal(tickets.redeem(nonsense), undefined);
  t.end();
});

t.test('there are never more than so many; those used or expired make room', (t) => {
  let now = 0;
  const tickets = createTickets(() => now);
  const issued = Array.from({ length: MOST_TICKETS }, () => tickets.issue(everyone));
  t.throws(() => tickets.issue(everyone), { code: 'too-many-tickets', status: 503 });
  tickets.redeem(issued[5_000] ?? '');
  tickets.issue(everyone);
  t.throws(() => tickets.issue(everyone), { code: 'too-many-tickets' });
  now = TICKET_MS;
  for (let i = 0; i < MOST_TICKETS; i++) tickets.issue(everyone);
  t.throws(() => tickets.issue(everyone), { code: 'too-many-tickets' });
  t.end();
});

t.test('POST /tickets, for who holds a token', async (t) => {
  const token = 'a-token-for-one-story';
  const { server } = await buildApp(t, { tokens: readConfig({ HINDCAST_TOKENS: `read:${token}@mine` }).tokens });
  const ask = (headers: Record<string, string>) => server.inject({ method: 'POST', url: '/tickets', headers: { host: 'localhost', ...headers } });
  const reply = await ask({ authorization: `Bearer ${token}` });
  t.equal(reply.statusCode, 201);
  t.equal(reply.headers['cache-control'], 'no-store');
  t.match(reply.json(), { ticket: /^[\w-]{32}$/, expiresInMs: 60_000 });
  t.match((await ask({})).json(), { code: 'unauthenticated' });
  t.match((await ask({ authorization: 'Bearer a-token-of-nobody-here' })).json(), { code: 'unauthenticated' });
  t.match((await ask({ authorization: `Bearer ${token}`, origin: 'https://elsewhere.example' })).json(), { code: 'wrong-origin' });
});
