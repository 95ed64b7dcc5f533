/**
 * A private session: one watcher of a story, with a clock of his own.
 */
import type { FastifyInstance } from 'fastify';
import { replaySockets } from '../replay-socket.js';
import type { Services } from '../services.js';
import { seen, type StoryParams } from './stories.js';

export function replayRoutes(server: FastifyInstance, services: Services): void {
  const serveReplay = replaySockets(server, services);
  server.get<{ Params: StoryParams }>('/stories/:story/replay', { websocket: true, config: { access: 'socket' } }, (socket, request) => {
    const { story } = request.params;
    serveReplay(socket, request, () => ({
      story,
      async open(opening, watcher) {
        await seen(services, story);
        return services.sessions.open(story, opening, watcher);
      },
    }));
  });
}
