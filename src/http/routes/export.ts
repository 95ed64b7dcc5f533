/**
 * A story as a file, written as it is read.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { HindcastError } from '../../errors.js';
import { toNdjson } from '../../exporters/cloud-events.js';
import { eventsOf } from '../../recording/recorded-events.js';
import type { Services } from '../services.js';
import { minPosition, seen, StoryParams, unknownStory } from './stories.js';

const FORMATS = ['cloudevents'];

const ExportQuery = Type.Object({ format: Type.String({ description: `One of: ${FORMATS.join(', ')}.` }), minPosition }, { additionalProperties: false });
type ExportQuery = Static<typeof ExportQuery>;

export function exportRoutes(server: FastifyInstance, services: Services): void {
  const { timeline, log } = services;
  const schema = {
    summary: 'The whole story as a file: CloudEvents, one JSON object a line, in the order in which they were recorded',
    params: StoryParams,
    querystring: ExportQuery,
  };
  server.get<{ Params: StoryParams; Querystring: ExportQuery }>('/stories/:story/export', { schema }, async (request, reply) => {
    const { story } = request.params;
    const { format, minPosition: position } = request.query;
    if (!FORMATS.includes(format))
      throw new HindcastError('bad-request', `"${format.slice(0, 80)}" is no format; there are ${FORMATS.join(', ')}.`, [
        { at: 'format', message: 'unknown format' },
      ]);
    await seen(services, position);
    if (!timeline.has(story)) throw unknownStory(story);
    reply.type('application/x-ndjson; charset=utf-8').header('content-disposition', `attachment; filename="${story}.ndjson"`);
    return reply.send(Readable.from(toNdjson(eventsOf(log, story)), { objectMode: false }));
  });
}
