/**
 * The stories there are, and one of them.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { SLUG } from '../../../events/envelope.js';
import { PUBLIC } from '../../../events/lens.js';
import { HindcastError } from '../../errors.js';
import { streamOf } from '../../recording/recorder.js';
import type { Timeline } from '../../timeline/timeline.js';
import { MIN_POSITION_MS, type Services } from '../services.js';

export const StoryParams = Type.Object({ story: Type.String() });
export type StoryParams = Static<typeof StoryParams>;
export const minPosition = Type.Optional(Type.String({ pattern: '^[0-9-]{1,64}$', description: 'Waits until the read model has seen this position.' }));
export const lens = Type.Optional(
  Type.String({ pattern: SLUG, description: 'As a participant (by id), or `public`, could see it. A way of looking, not a protection.' }),
);
const IS_STORY = new RegExp(SLUG);
const Query = Type.Object({ minPosition }, { additionalProperties: false });
type Query = Static<typeof Query>;

/**
 * Waits for the position a reader asks for. Throws `not-yet` where it does not come, and where a story is in the log while the
 * read model has not come to it: that one is unknown would be a lie. Throws `log-unavailable` where that cannot be seen.
 */
export async function seen({ timeline, log }: Services, story: string | undefined, position?: string): Promise<void> {
  if (position !== undefined) await timeline.waitFor(position, MIN_POSITION_MS);
  if (story === undefined || !IS_STORY.test(story) || timeline.has(story) || timeline.behind() === undefined) return;
  if ((await log.head(streamOf(story))) !== undefined && !timeline.has(story))
    throw new HindcastError('not-yet', `"${story}" is in the log, and is being read.`, [{ at: 'story', message: 'not read yet' }]);
}

export function unknownStory(story: string): HindcastError {
  return new HindcastError('unknown-story', `"${story.slice(0, 80)}" is not among the stories.`, [{ at: 'story', message: 'unknown' }]);
}

/** Throws where there are no such eyes in the story. */
export function checkLens(timeline: Timeline, story: string, as: string | undefined): void {
  if (as !== undefined && as !== PUBLIC && !timeline.takesPart(story, as))
    throw new HindcastError('bad-request', `"${as}" takes no part in ${story}.`, [{ at: 'as', message: 'neither a participant nor public' }]);
}

export function storyRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;

  server.get<{ Querystring: Query }>('/stories', { config: { access: 'own' }, schema: { querystring: Query } }, async (request) => {
    await seen(services, undefined, request.query.minPosition);
    return { stories: timeline.stories().filter(({ id }) => request.rights.allows('read', id)) };
  });

  server.get<{ Params: StoryParams; Querystring: Query }>(
    '/stories/:story',
    { schema: { params: StoryParams, querystring: Query } },
    async (request, reply) => {
      await seen(services, request.params.story, request.query.minPosition);
      const story = timeline.story(request.params.story);
      if (story === undefined) throw unknownStory(request.params.story);
      reply.header('etag', `"${story.revision}"`);
      return story;
    },
  );
}
