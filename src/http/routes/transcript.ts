/**
 * The whole story as one HTML document without scripts, written as fast as it is read.
 * Invariant: whatever can be wrong with a request is told before the first word of the document.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { TRANSCRIPT_POLICY, toTranscript } from '../../exporters/transcript.js';
import { sendDocument, zoneOf } from '../documents.js';
import type { Services } from '../services.js';
import { readTranscript } from '../transcript.js';
import { instantOfQuery } from './events.js';
import { checkLens, lens, minPosition, seen, StoryParams, unknownStory } from './stories.js';

/** Grows when the same story would be told otherwise. */
const EDITION = 1;

export const upToInstant = Type.Optional(Type.String({ description: 'As of this story time, inclusive; left out: the whole story.' }));
export const zoneName = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: 'The IANA name of the zone of all times; left out: that of the story, else UTC.' }),
);
const Query = Type.Object(
  {
    at: upToInstant,
    zone: zoneName,
    as: lens,
    minPosition,
  },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;

export function transcriptRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;
  const schema = { params: StoryParams, querystring: Query };
  server.get<{ Params: StoryParams; Querystring: Query }>('/stories/:story/transcript', { schema }, async (request, reply) => {
    const { params, query } = request;
    const { story } = params;
    const at = query.at === undefined ? undefined : instantOfQuery('at', query.at);
    await seen(services, story, query.minPosition);
    const detail = timeline.story(story);
    if (detail === undefined) throw unknownStory(story);
    checkLens(timeline, story, query.as);
    const zone = zoneOf(query.zone, detail.timeZone);
    const read = await readTranscript(timeline, story, {
      ...zone,
      ...(at === undefined ? {} : { at }),
      ...(query.as === undefined ? {} : { as: query.as }),
    });
    if (read === undefined) throw unknownStory(story);
    const { transcript, stale, release } = read;
    reply.header('content-security-policy', TRANSCRIPT_POLICY);
    return sendDocument(request, reply, {
      type: 'text/html; charset=utf-8',
      revision: transcript.story.revision,
      edition: EDITION,
      stale,
      pieces: () => toTranscript(transcript),
      release,
    });
  });
}
