/**
 * A story as a file in one of several formats, written as fast as it is read.
 * Invariant: whatever can be wrong with a request is told before the first word of the file.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { RecordedEvent } from '../../../events/event.js';
import { FORMAT_NAMES, type Format, formatOf, TABLES } from '../../exporters/formats.js';
import { isHindcastError } from '../../errors.js';
import { parseOpening } from '../../protocol.js';
import { eventsOf } from '../../recording/recorded-events.js';
import { streamOf } from '../../recording/recorder.js';
import type { Pacing } from '../../sessions/presentation.js';
import { type Document, sendDocument, zoneOf } from '../documents.js';
import { readHappenings } from '../happenings.js';
import { demandWhole, type StreamStanding } from '../../timeline/stream-standing.js';
import type { Services } from '../services.js';
import { openReading, type ReadingQuery } from '../story-reading.js';
import { readRequests } from '../transcript.js';
import { instantOfQuery } from './events.js';
import { checkLens, lens, minPosition, seen, StoryParams, unknownStory } from './stories.js';
import { upToInstant, zoneName } from './transcript.js';

/** Grows when the same story would be written otherwise. */
const EDITION = 1;
/** A file that must have the times of a replay, and is asked for without, lasts so many ms. */
const USUAL_FIT_MS = 600_000;

const number = (description: string) => Type.Optional(Type.String({ description, maxLength: 64 }));
const ExportQuery = Type.Object(
  {
    format: Type.String({ description: `One of: ${FORMAT_NAMES.join(', ')}.` }),
    of: Type.Optional(Type.String({ description: `csv: what has a row each, ${TABLES.join(' or ')}; left out: ${TABLES[0]}.` })),
    bom: Type.Optional(Type.Boolean({ description: 'csv: begins with a byte order mark, by which some spreadsheets know UTF-8.' })),
    at: upToInstant,
    as: lens,
    zone: zoneName,
    rate: number('webvtt, text: times of a replay at so many story seconds a second. For text there are none where neither this nor fit is given.'),
    fit: number('webvtt, text: times of a replay that lasts so many seconds; for webvtt 600 where neither this nor rate is given.'),
    idleLimit: number('webvtt, text: the longest gap of that replay, in presentation seconds.'),
    truncated: Type.Optional(
      Type.Literal('accept', { description: 'Takes what is left of a story of which the log lacks events; left out, that is refused.' }),
    ),
    minPosition,
  },
  { additionalProperties: false },
);
type ExportQuery = Static<typeof ExportQuery>;

/** How the replay runs that gives the times; undefined where none does. */
function pacingOf(format: Format, { rate, fit, idleLimit }: ExportQuery, until: number | undefined): Pacing | undefined {
  if (format.from !== 'happenings' || format.timed === 'never') return undefined;
  const asked = Object.entries({ rate, fit, idleLimit }).filter(([, value]) => value !== undefined);
  if (asked.length === 0 && format.timed === 'asked') return undefined;
  const pacing = parseOpening(Object.fromEntries(asked), ['rate', 'fit', 'idleLimit']);
  const usual = rate === undefined && fit === undefined ? { fitMs: USUAL_FIT_MS } : {};
  return { ...usual, ...pacing, ...(until === undefined ? {} : { until }) };
}

async function* upTo(revision: number, events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  for await (const event of events) {
    if (event.revision > revision) return;
    yield event;
  }
}

/** While the log is away, what the read model has is written as it has it. */
function unlessToldByReadModel(format: Format): (error: unknown) => StreamStanding {
  return (error) => {
    if (format.from === 'log' || !isHindcastError(error) || error.code !== 'log-unavailable') throw error;
    return { truncated: false, firstRevision: 0, tombstoned: false };
  };
}

async function* nothing(): AsyncGenerator<never> {}

export function exportRoutes(server: FastifyInstance, services: Services): void {
  const { timeline, log } = services;

  type Made = Pick<Document, 'revision' | 'stale' | 'pieces' | 'hasChanged' | 'release'> | undefined;
  const made = async (story: string, format: Format, query: ReadingQuery, options: { bom: boolean }, pacing: Pacing | undefined): Promise<Made> => {
    switch (format.from) {
      case 'log': {
        const head = await log.head(streamOf(story));
        const revision = head?.revision ?? -1;
        const events = () => (head === undefined ? nothing() : upTo(revision, eventsOf(log, story, { truncated: 'accept' })));
        return { revision, stale: false, pieces: () => format.write(events()), release: () => {} };
      }
      case 'happenings': {
        const read = await readHappenings(timeline, story, query, pacing);
        if (read === undefined) return undefined;
        const { told, release } = read;
        return { revision: told.story.revision, stale: false, pieces: () => format.write(told, options), hasChanged: told.hasChanged, release };
      }
      case 'requests': {
        const requests = await readRequests(timeline, story, query);
        const reading = await openReading(timeline, story, query);
        if (reading === undefined) return undefined;
        const { told, release } = reading;
        return {
          revision: told.story.revision,
          stale: requests.stale,
          pieces: () => format.write(told, requests, options),
          hasChanged: told.hasChanged,
          release,
        };
      }
    }
  };

  const schema = { params: StoryParams, querystring: ExportQuery };
  server.get<{ Params: StoryParams; Querystring: ExportQuery }>('/stories/:story/export', { schema }, async (request, reply) => {
    const { story } = request.params;
    const { format: name, minPosition: position, truncated, ...given } = request.query;
    const { as, bom = false, zone } = given;
    const format = formatOf(name, given);
    const at = given.at === undefined ? undefined : instantOfQuery('at', given.at);
    const pacing = pacingOf(format, request.query, at);
    await seen(services, story, position);
    const detail = timeline.story(story);
    if (detail === undefined) throw unknownStory(story);
    checkLens(timeline, story, as);
    const standing = await timeline.standing(story).catch(unlessToldByReadModel(format));
    if (truncated !== 'accept' || (standing.tombstoned && format.from === 'log')) demandWhole(story, standing);
    if (standing.truncated) reply.header('hindcast-truncated', `first-revision=${standing.firstRevision ?? 'none'}`);
    const query = { ...zoneOf(zone, detail.timeZone), ...(at === undefined ? {} : { at }), ...(as === undefined ? {} : { as }) };
    const document = await made(story, format, query, { bom }, pacing);
    if (document === undefined) throw unknownStory(story);
    // An id is lower case, digits and hyphens, and so is whose eyes they are.
    const fileName = `${story}${as === undefined ? '' : `-as-${as}`}${format.ending}`;
    return sendDocument(request, reply, { ...document, type: format.mediaType, edition: EDITION, fileName });
  });
}
