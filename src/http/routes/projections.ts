/**
 * The derived views of a story, at its end or as of any moment of it.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { endOf, formatInstant, offsetOf, parseInstant } from '../../../events/story-time.js';
import { HindcastError } from '../../errors.js';
import type { AnyProjection, Timeline } from '../../timeline/timeline.js';
import type { Services } from '../services.js';
import { instantOfQuery } from './events.js';
import { minPosition, seen, StoryParams, unknownStory } from './stories.js';

const Params = Type.Object({ story: Type.String(), name: Type.String() });
type Params = Static<typeof Params>;
const Query = Type.Object(
  {
    at: Type.Optional(Type.String({ description: 'As of this story time; left out: the end of the story.' })),
    recordedAt: Type.Optional(Type.String({ description: 'As the log knew it then; left out: as it knows it now.' })),
    minPosition,
  },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;
const ListQuery = Type.Object({ minPosition }, { additionalProperties: false });
type ListQuery = Static<typeof ListQuery>;

/** The story and the view an address names; throws `unknown-story` or `unknown-projection`. */
export function viewOf(timeline: Timeline, { story, name }: Params): AnyProjection {
  if (!timeline.has(story)) throw unknownStory(story);
  const projection = timeline.projection(name);
  if (projection !== undefined) return projection;
  const known = timeline.projections.map((view) => view.name).join(', ');
  throw new HindcastError('unknown-projection', `"${name.slice(0, 80)}" is none; there are ${known}.`, [{ at: 'name', message: 'unknown' }]);
}

/** The last moment at which anything of a story changes: its last happening, or what becomes of it after that. */
function endOfStory(timeline: Timeline, story: string): string | null {
  const to = timeline.story(story)?.to ?? null;
  const [last] = timeline.steps(story, { upTo: endOf(Number.MAX_VALUE), reverse: true, limit: 1 });
  return last === undefined || to === null || last.key[0] === parseInstant(to) ? to : formatInstant(last.key[0], offsetOf(to));
}

export function projectionRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;

  server.get<{ Params: StoryParams; Querystring: ListQuery }>(
    '/stories/:story/projections',
    { schema: { params: StoryParams, querystring: ListQuery } },
    async (request) => {
      await seen(services, request.query.minPosition);
      if (!timeline.has(request.params.story)) throw unknownStory(request.params.story);
      return { projections: timeline.projections.map(({ name, version, description }) => ({ name, version, description })) };
    },
  );

  server.get<{ Params: Params; Querystring: Query }>(
    '/stories/:story/projections/:name',
    { schema: { params: Params, querystring: Query } },
    async (request) => {
      const { story, name } = request.params;
      const { at, recordedAt, minPosition: position } = request.query;
      const upTo = at === undefined ? undefined : endOf(instantOfQuery('at', at));
      const recorded = recordedAt === undefined ? undefined : instantOfQuery('recordedAt', recordedAt);
      await seen(services, position);
      const projection = viewOf(timeline, request.params);
      const head = { name, version: projection.version, at: at?.replace(' ', '+') ?? endOfStory(timeline, story) };
      if (recorded !== undefined) {
        const known = await timeline.foldAsRecorded(story, projection, recorded, upTo);
        return { ...head, recordedAt: recordedAt?.replace(' ', '+'), position: known.position, state: known.view };
      }
      const fold = await timeline.fold(story, projection, upTo);
      return { ...head, position: fold.position, state: fold.view() };
    },
  );
}
