/**
 * The derived views of a story, at its end or as of any moment of it.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { endOf } from '../../../events/story-time.js';
import { HindcastError } from '../../errors.js';
import type { Services } from '../services.js';
import { instantOfQuery } from './events.js';
import { minPosition, seen, StoryParams, unknownStory } from './stories.js';

const Params = Type.Object({ story: Type.String(), name: Type.String() });
type Params = Static<typeof Params>;
const Query = Type.Object(
  { at: Type.Optional(Type.String({ description: 'As of this story time; left out: the end of the story.' })), minPosition },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;

export function projectionRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;

  server.get<{ Params: StoryParams }>('/stories/:story/projections', { schema: { params: StoryParams } }, async (request) => {
    if (!timeline.has(request.params.story)) throw unknownStory(request.params.story);
    return { projections: timeline.projections.map(({ name, version, description }) => ({ name, version, description })) };
  });

  server.get<{ Params: Params; Querystring: Query }>(
    '/stories/:story/projections/:name',
    { schema: { params: Params, querystring: Query } },
    async (request) => {
      const { story, name } = request.params;
      const { at, minPosition: position } = request.query;
      const instant = at === undefined ? undefined : instantOfQuery('at', at);
      await seen(services, position);
      if (!timeline.has(story)) throw unknownStory(story);
      const projection = timeline.projection(name);
      if (projection === undefined) {
        throw new HindcastError(
          'unknown-projection',
          `"${name.slice(0, 80)}" is none; there are ${timeline.projections.map((view) => view.name).join(', ')}.`,
          [{ at: 'name', message: 'unknown' }],
        );
      }
      const fold = await timeline.fold(story, projection, instant === undefined ? undefined : endOf(instant));
      return { name, version: projection.version, at: at?.replace(' ', '+') ?? timeline.story(story)?.to ?? null, position: fold.position, state: fold.view() };
    },
  );
}
