/**
 * The events of a story: appended, listed in story order, and one with everything recorded about it.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { fromCloudEvent, isCloudEvent } from '../../../events/cloud-events.js';
import { HAPPENING_TYPES, type Happening } from '../../../events/event.js';
import { type PublishedEvent, publish, publishNote } from '../../../events/published.js';
import type { EffectiveHappening } from '../../../events/steps.js';
import { BEFORE_ALL, compareKeys, endOf, formatInstant, instantOf, offsetOf, type OrderKey, parseInstant, startOf } from '../../../events/story-time.js';
import { HindcastError } from '../../errors.js';
import { decodeCursor, encodeCursor } from '../../timeline/cursor.js';
import type { Expectation } from '../../recording/recorder.js';
import { matcherOf } from '../../sessions/filter.js';
import type { Services } from '../services.js';
import { checkLens, lens, minPosition, seen, StoryParams, unknownStory } from './stories.js';

const ListQuery = Type.Object(
  {
    from: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
    type: Type.Optional(Type.String({ description: 'One or more types, separated by commas.' })),
    participant: Type.Optional(
      Type.String({ maxLength: 4_000, description: 'One or more participants, separated by commas: whatever one of them takes part in.' }),
    ),
    q: Type.Optional(Type.String({ maxLength: 500, description: 'Words to be found in the text, whatever their case.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    after: Type.Optional(Type.String({ maxLength: 2_000, description: 'A cursor: goes on beyond it, in the order asked for.' })),
    place: Type.Optional(Type.String({ maxLength: 2_000, description: 'A cursor, as a clock tells it: what lies beyond that place is left out.' })),
    order: Type.Optional(Type.Enum(['story', 'latest'], { description: 'Story order; or from the latest to the first.' })),
    as: lens,
    minPosition,
  },
  { additionalProperties: false },
);
type ListQuery = Static<typeof ListQuery>;

const OneParams = Type.Object({ story: Type.String(), id: Type.String() });
type OneParams = Static<typeof OneParams>;
const OneQuery = Type.Object({ as: lens, minPosition }, { additionalProperties: false });

const USUAL_LIMIT = 100;
const PAGE = 256;
/** A filter that finds little gives way after so many steps: `next` goes on from there. */
const MOST_SCANNED = 20_000;

/** The instant a query parameter names; throws `bad-time`. */
export function instantOfQuery(name: string, text: string): number {
  const ms = parseInstant(text.replace(' ', '+'));
  if (ms === undefined) throw new HindcastError('bad-time', `${name} is "${text.slice(0, 80)}".`, [{ at: name, message: 'not RFC 3339 with an offset' }]);
  return ms;
}

function matcher({ type, participant, q }: ListQuery): (event: Happening) => boolean {
  const types = type?.split(',').map((name) => name.trim());
  for (const name of types ?? []) {
    if (!(HAPPENING_TYPES as readonly string[]).includes(name))
      throw new HindcastError('bad-request', `"${name.slice(0, 80)}" is no type of happening; there are ${HAPPENING_TYPES.join(', ')}.`, [
        { at: 'type', message: 'unknown type' },
      ]);
  }
  return matcherOf({ types: types ?? null, participants: participant?.split(',').map((id) => id.trim()) ?? null, text: q ?? null });
}

/** Reads `If-Match` and `If-None-Match`. */
function expectation(headers: Record<string, string | string[] | undefined>): Expectation {
  const match = headers['if-match'];
  const none = headers['if-none-match'];
  if (none !== undefined && none !== '*')
    throw new HindcastError('bad-request', 'If-None-Match is * (the story must be new) or left out.', [{ at: 'If-None-Match', message: 'not *' }]);
  if (match === undefined) return none === undefined ? {} : { absent: true };
  if (match === '*' && none === undefined) return { present: true };
  const revision = /^(?:W\/)?"?(\d{1,15})"?$/.exec(String(match))?.[1];
  if (revision === undefined) throw new HindcastError('bad-request', 'If-Match is a revision.', [{ at: 'If-Match', message: 'not a revision' }]);
  if (none !== undefined)
    throw new HindcastError('bad-request', 'Give either If-Match or If-None-Match.', [{ at: 'If-None-Match', message: 'given with If-Match' }]);
  return { revision: Number(revision) };
}

/** A draft as it is, or the one that a CloudEvent is. Throws `bad-event`. */
function draftOf(value: unknown, i: number, all: readonly unknown[]): unknown {
  if (!isCloudEvent(value)) return value;
  const read = fromCloudEvent(value);
  if ('event' in read) return read.event;
  const faults = read.faults.map(({ at, message }) => ({ at: all.length === 1 ? at : `/${i}${at === '/' ? '' : at}`, message }));
  throw new HindcastError('bad-event', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults);
}

export function eventRoutes(server: FastifyInstance, services: Services): void {
  const { timeline, recorder } = services;
  const published = (happening: EffectiveHappening, as: string | undefined): PublishedEvent => {
    const told = as === undefined ? happening : timeline.told(happening.event.story, happening, as);
    const event = publish(told, encodeCursor({ key: happening.key, watermark: timeline.position() }));
    if (as === undefined || event.occurredAt === null || happening.key[0] <= instantOf(event.occurredAt)) return event;
    return { ...event, inSightAt: formatInstant(happening.key[0], offsetOf(event.occurredAt)) };
  };

  server.post<{ Params: StoryParams }>('/stories/:story/events', { schema: { params: StoryParams } }, async (request, reply) => {
    const { body } = request;
    const { revision, position, events, repeated } = await recorder.record(
      request.params.story,
      (Array.isArray(body) ? body : [body]).map(draftOf),
      expectation(request.headers),
    );
    reply.code(repeated ? 200 : 201).header('etag', `"${revision}"`);
    if (!repeated)
      reply.header('location', `/stories/${request.params.story}/events${events.length === 1 ? `/${encodeURIComponent(events[0]?.id ?? '')}` : ''}`);
    return { revision, position, events };
  });

  server.get<{ Params: StoryParams; Querystring: ListQuery }>(
    '/stories/:story/events',
    { schema: { params: StoryParams, querystring: ListQuery } },
    async (request) => {
      const { query, params } = request;
      await seen(services, params.story, query.minPosition);
      if (!timeline.has(params.story)) throw unknownStory(params.story);
      checkLens(timeline, params.story, query.as);
      const track = query.as === undefined ? params.story : await timeline.through(params.story, query.as);
      const matches = matcher(query);
      const limit = query.limit ?? USUAL_LIMIT;
      const from = query.from === undefined ? undefined : instantOfQuery('from', query.from);
      const to = query.to === undefined ? undefined : instantOfQuery('to', query.to);
      const reverse = query.order === 'latest';
      const past = query.after === undefined ? undefined : decodeCursor(query.after).key;
      const low = from === undefined ? BEFORE_ALL : startOf(from);
      const ends = [...(to === undefined ? [] : [endOf(to)]), ...(query.place === undefined ? [] : [decodeCursor(query.place).key])];
      const high = ends.toSorted(compareKeys)[0];
      const upTo = high === undefined ? {} : { upTo: high };
      /** What lies beyond a place in the order asked for; undefined: from the beginning of it. */
      const beyond = (place: OrderKey | undefined) => {
        if (!reverse) return { after: place === undefined || compareKeys(place, low) < 0 ? low : place, ...upTo };
        const before = place === undefined || (high !== undefined && compareKeys(high, place) < 0) ? upTo : { before: place };
        return { after: low, reverse, ...before };
      };
      let last = past;
      const events: PublishedEvent[] = [];
      let more = true;
      for (let scanned = 0; more && events.length < limit && scanned < MOST_SCANNED; scanned += PAGE) {
        const steps = timeline.steps(track, { ...beyond(last), limit: PAGE });
        more = steps.length === PAGE;
        for (const step of steps) {
          if (events.length === limit) {
            more = true;
            break;
          }
          last = step.key;
          // Happenings without a time belong to no stretch of it.
          if (step.kind !== 'happening' || (from !== undefined && !Number.isFinite(step.key[0])) || !matches(step.event)) continue;
          events.push(published(step, query.as));
        }
      }
      if (more && timeline.steps(track, { ...beyond(last), limit: 1 }).length === 0) more = false;
      return { events, next: more && last !== undefined ? encodeCursor({ key: last, watermark: timeline.position() }) : null };
    },
  );

  server.get<{ Params: OneParams; Querystring: Static<typeof OneQuery> }>(
    '/stories/:story/events/:id',
    { schema: { params: OneParams, querystring: OneQuery } },
    async (request) => {
      const { story, id } = request.params;
      await seen(services, story, request.query.minPosition);
      if (!timeline.has(story)) throw unknownStory(story);
      const { as } = request.query;
      checkLens(timeline, story, as);
      const detail = timeline.event(story, id);
      if (detail === undefined) throw unknownEvent(story, id);
      if (as !== undefined) {
        // Those eyes are told what they were told when it came into sight, and of what was never in sight nothing.
        const track = await timeline.through(story, as);
        const step = timeline.step(track, id);
        if (step === undefined) throw unknownEvent(story, id);
        return published(step, as);
      }
      const about = detail.notes.map(publishNote);
      if (detail.happening !== undefined) {
        const { annotations = [], ...event } = published(detail.happening, undefined);
        // What the message itself asks is not recorded apart: it stands beside what is.
        return {
          ...event,
          annotations: [...annotations.filter((note) => note.position === undefined && !about.some((other) => other.id === note.id)), ...about],
        };
      }
      return { ...detail.event, ...(detail.retractedBy === undefined ? {} : { retractedBy: detail.retractedBy }), annotations: about };
    },
  );
}

function unknownEvent(story: string, id: string): HindcastError {
  return new HindcastError('unknown-event', `"${id.slice(0, 200)}" is not in ${story}.`, [{ at: 'id', message: 'unknown' }]);
}
