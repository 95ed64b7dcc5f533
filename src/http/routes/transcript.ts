/**
 * The whole story as one HTML document without scripts, written as fast as it is read.
 * Invariant: whatever can be wrong with a request is told before the first word of the document.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { type Words, wordsIn } from '../../../events/words.js';
import { HindcastError } from '../../errors.js';
import { TRANSCRIPT_POLICY, toTranscript } from '../../exporters/transcript.js';
import type { Services } from '../services.js';
import { readTranscript } from '../transcript.js';
import { instantOfQuery } from './events.js';
import { checkLens, lens, minPosition, seen, StoryParams, unknownStory } from './stories.js';

/** Grows when the same story would be told otherwise. */
const EDITION = 1;
const UTC = 'UTC';

const Query = Type.Object(
  {
    at: Type.Optional(Type.String({ description: 'As of this story time, inclusive; left out: the whole story.' })),
    zone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'The IANA name of the zone of all times; left out: that of the story, else UTC.' }),
    ),
    as: lens,
    minPosition,
  },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;

interface Zone {
  readonly words: Words;
  readonly zone: string;
  readonly zoneNote?: string;
}

/** The words of the zone that is asked for, or else of the story's own. */
function zoneOf(asked: string | undefined, own: string | undefined): Zone {
  const zone = asked ?? own ?? UTC;
  try {
    return { zone, words: wordsIn(zone) };
  } catch {
    if (asked !== undefined)
      throw new HindcastError('bad-request', `"${asked}" is no time zone that is known here.`, [{ at: 'zone', message: 'not the IANA name of a zone' }]);
    return { zone: UTC, words: wordsIn(UTC), zoneNote: `The story’s own zone, “${zone}”, is not known here.` };
  }
}

/** Does a reader have what they would be sent? */
function isHeld(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''));
}

export function transcriptRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;
  const schema = { params: StoryParams, querystring: Query };
  server.get<{ Params: StoryParams; Querystring: Query }>('/stories/:story/transcript', { schema }, async (request, reply) => {
    const { params, query, method, headers } = request;
    const { story } = params;
    const at = query.at === undefined ? undefined : instantOfQuery('at', query.at);
    await seen(services, query.minPosition);
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
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', TRANSCRIPT_POLICY)
      .header('cache-control', stale ? 'no-store' : 'no-cache');
    const etag = `W/"${transcript.story.revision}-${EDITION}"`;
    // What is still being worked out is another soon, at the same revision.
    if (!stale) reply.header('etag', etag);
    if (!stale && isHeld(headers['if-none-match'], etag)) {
      release();
      return reply.code(304).send();
    }
    const body = Readable.from(method === 'HEAD' ? [] : toTranscript(transcript), { objectMode: false });
    body.once('close', release);
    return reply.send(body);
  });
}
