/**
 * Shared sessions: one clock that its host moves, and many who watch.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { SLUG } from '../../../events/envelope.js';
import { formatInstant } from '../../../events/story-time.js';
import { HindcastError } from '../../errors.js';
import { LOOKING_PARAMETERS, parseOpening, STATUSES } from '../../protocol.js';
import { bearerOf } from '../access.js';
import { replaySockets } from '../replay-socket.js';
import type { Services } from '../services.js';
import { seen } from './stories.js';

const Moment = Type.String({ maxLength: 64, description: 'RFC 3339 with an offset' });
const closed = { additionalProperties: false } as const;

const Opening = Type.Object(
  {
    story: Type.String({ pattern: SLUG }),
    from: Type.Optional(Moment),
    until: Type.Optional(Moment),
    rate: Type.Optional(Type.Number({ description: 'Story seconds per second; 1 where neither this nor fit is given.' })),
    fit: Type.Optional(Type.Number({ description: 'The whole of it in so many seconds.' })),
    idleLimit: Type.Optional(Type.Number({ description: 'Longest gap, in presentation seconds.' })),
    loop: Type.Optional(Type.Array(Moment, { minItems: 2, maxItems: 2, description: 'From the first to the second, exclusive, again and again.' })),
    paused: Type.Optional(Type.Boolean()),
    follow: Type.Optional(Type.Boolean({ description: 'At the end, go on with what is appended.' })),
    pauseOn: Type.Optional(Type.Literal('chapter')),
    as: Type.Optional(Type.String({ pattern: SLUG, description: 'Whose eyes the clock goes by: a participant, or public.' })),
  },
  closed,
);
type Opening = Static<typeof Opening>;

const Opened = Type.Object({
  id: Type.String(),
  hostToken: Type.String({ description: 'Whoever has it moves the clock. It is told once.' }),
  story: Type.String(),
  expiresAt: Moment,
});

const Session = Type.Object({
  id: Type.String(),
  story: Type.String(),
  openedAt: Moment,
  expiresAt: Moment,
  clock: Type.Object({
    status: Type.Enum([...STATUSES]),
    at: Moment,
    rate: Type.Number(),
    nominalRate: Type.Number(),
    wall: Type.Number({ description: 'Server time, in ms since the epoch, at which the clock showed `at`.' }),
    pass: Type.Integer(),
    cursor: Type.String(),
  }),
  idleLimit: Type.Union([Type.Number(), Type.Null()]),
  until: Type.Union([Moment, Type.Null()]),
  loop: Type.Union([Type.Object({ from: Moment, to: Moment }), Type.Null()]),
  as: Type.Union([Type.String(), Type.Null()]),
  watchers: Type.Integer({ description: 'Those who watch through this server.' }),
  hosts: Type.Integer({ description: 'Of these, those who may move the clock.' }),
  serverNow: Type.Number(),
});

interface SessionParams {
  id: string;
}

/** What a body asks for, as the query of a private session would. */
function queryOf({ story: _, loop, ...asked }: Opening): Record<string, string> {
  const texts = Object.entries(asked).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(texts), ...(loop === undefined ? {} : { loop: loop.join(',') }) };
}

export function sessionRoutes(server: FastifyInstance, services: Services): void {
  const { sessions, access } = services;
  const serveReplay = replaySockets(server, services);
  const params = Type.Object({ id: Type.String({ maxLength: 200 }) });

  server.post<{ Body: Opening }>(
    '/sessions',
    {
      config: { access: 'own' },
      schema: { summary: 'Opens a shared session, whose clock begins at once unless it is paused', body: Opening, response: { 201: Opened } },
    },
    async (request, reply) => {
      const { story } = request.body;
      request.rights.demand('host', story);
      await seen(services, story);
      const { id, hostToken, expiresAt } = await sessions.shared.open(story, parseOpening(queryOf(request.body)));
      reply.code(201).header('location', `/sessions/${id}`);
      return { id, hostToken, story, expiresAt: formatInstant(expiresAt) };
    },
  );

  /** The session, for who may read its story, or has its host's token. */
  const found = async (request: FastifyRequest<{ Params: SessionParams }>) => {
    const token = bearerOf(request);
    const rights = (token === undefined ? undefined : access.rightsOf(token)) ?? access.everyone;
    let about: Awaited<ReturnType<typeof sessions.shared.find>>;
    try {
      about = await sessions.shared.find(request.params.id);
    } catch (error) {
      // Who may see nothing is not told what there is.
      if (error instanceof HindcastError && error.code !== 'log-unavailable') rights.demandToken();
      throw error;
    }
    const isHost = about.isHost(token);
    if (!isHost) rights.demand('read', about.story);
    return { about, rights, isHost };
  };

  server.get<{ Params: SessionParams }>(
    '/sessions/:id',
    { config: { access: 'open' }, schema: { summary: 'The clock of a shared session and its watchers', params, response: { 200: Session } } },
    async (request) => {
      const { about } = await found(request);
      const { until, loop, ...session } = await sessions.shared.describe(about);
      return {
        id: about.id,
        story: about.story,
        openedAt: formatInstant(about.openedAt),
        expiresAt: formatInstant(about.expiresAt),
        ...session,
        until: until === null ? null : formatInstant(until),
        loop: loop === null ? null : { from: formatInstant(loop.from), to: formatInstant(loop.to) },
      };
    },
  );

  server.delete<{ Params: SessionParams }>(
    '/sessions/:id',
    {
      config: { access: 'open' },
      schema: { summary: "Closes a shared session for everybody; it takes its host's token, or the role admin", params, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const { about, rights, isHost } = await found(request);
      if (!isHost && !(access.inForce && rights.allows('admin', about.story)))
        throw new HindcastError('forbidden', "It takes the token of the session's host.", [{ at: 'Authorization', message: "not the host's token" }]);
      await sessions.shared.end(about);
      return reply.code(204).send();
    },
  );

  server.get<{ Params: SessionParams }>('/sessions/:id/replay', { websocket: true, config: { access: 'socket' } }, (socket, request) => {
    serveReplay(socket, request, async () => {
      const about = await sessions.shared.find(request.params.id);
      return {
        story: about.story,
        parameters: LOOKING_PARAMETERS,
        admits: ({ token }) => about.isHost(token),
        open: (opening, watcher, { token }, shown) =>
          sessions.shared.enter(about, opening, watcher, () => about.isHost(token) || shown().some((one) => about.isHost(one))),
        authenticated: (seat, { token }) => {
          if (about.isHost(token)) sessions.shared.promote(seat);
        },
      };
    });
  });
}
