/**
 * The derived views of a story: at its end or as of any moment of it, as the log knew it at any moment, through any eyes,
 * and the rows of their longer lists.
 */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { endOf, formatInstant, offsetOf, parseInstant } from '../../../events/story-time.js';
import { HindcastError } from '../../errors.js';
import type { AnyProjection, Fold, FoldQuery, Timeline } from '../../timeline/timeline.js';
import type { Services } from '../services.js';
import { instantOfQuery } from './events.js';
import { checkLens, lens, minPosition, seen, StoryParams, unknownStory } from './stories.js';

/** Rows of one page. */
const USUAL_ROWS = 100;
const MOST_ROWS = 1_000;

const Params = Type.Object({ story: Type.String(), name: Type.String() });
type Params = Static<typeof Params>;
const moment = {
  at: Type.Optional(Type.String({ description: 'As of this story time; left out: the end of the story.' })),
  recordedAt: Type.Optional(Type.String({ description: 'As the log knew it then; left out: as it knows it now.' })),
  originallyRecordedAt: Type.Optional(
    Type.String({ description: "By what events' sources say of when they had recorded them: a claim. Where one says nothing, the log's own time counts." }),
  ),
  as: lens,
  minPosition,
};
const Query = Type.Object(moment, { additionalProperties: false });
type Query = Static<typeof Query>;
const RowsQuery = Type.Object(
  {
    ...moment,
    list: Type.Optional(Type.String({ maxLength: 100, description: 'Which list of the view; may be left out where it has only one.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_ROWS })),
    after: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before, asked with the same moment and the same eyes.' })),
  },
  { additionalProperties: false },
);
type RowsQuery = Static<typeof RowsQuery>;
const ListQuery = Type.Object({ minPosition }, { additionalProperties: false });
type ListQuery = Static<typeof ListQuery>;

const Aside = Type.Array(Type.Object({ event: Type.String(), reason: Type.String() }), {
  description: 'Events that the view could not take: its state is that without them. Left out where there is none.',
});
const Position = Type.String({ description: 'What the log held of it; opaque.' });

/** The shape of an answer, for the document of the interface. */
function answerOf(state: Type.TSchema): Type.TSchema {
  return Type.Object({
    name: Type.String(),
    version: Type.Integer(),
    at: Type.Union([Type.String(), Type.Null()]),
    recordedAt: Type.Optional(Type.String()),
    originallyRecordedAt: Type.Optional(Type.String()),
    as: Type.Optional(Type.String()),
    position: Position,
    stale: Type.Optional(
      Type.Boolean({ description: 'True while the past is folded anew, or a new version of the view: this is the last consistent state before.' }),
    ),
    setAside: Type.Optional(Aside),
    state,
  });
}

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

/** What a query asks for; throws `bad-time` that names the parameter. */
function howOf({ at, recordedAt, originallyRecordedAt, as }: Query): FoldQuery {
  const known = {
    ...(recordedAt === undefined ? {} : { recordedAt: instantOfQuery('recordedAt', recordedAt) }),
    ...(originallyRecordedAt === undefined ? {} : { originallyRecordedAt: instantOfQuery('originallyRecordedAt', originallyRecordedAt) }),
  };
  return {
    ...(at === undefined ? {} : { upTo: endOf(instantOfQuery('at', at)) }),
    ...(as === undefined ? {} : { lens: as }),
    ...(Object.keys(known).length === 0 ? {} : { known }),
  };
}

/** A plus sign that was not escaped arrives as a space. */
const asGiven = (time: string | undefined) => time?.replace(' ', '+');

/** Whose moment it is, as the answer repeats it. */
function momentOf(timeline: Timeline, story: string, { at, recordedAt, originallyRecordedAt, as }: Query) {
  return {
    at: asGiven(at) ?? endOfStory(timeline, story),
    ...(recordedAt === undefined ? {} : { recordedAt: asGiven(recordedAt) }),
    ...(originallyRecordedAt === undefined ? {} : { originallyRecordedAt: asGiven(originallyRecordedAt) }),
    ...(as === undefined ? {} : { as }),
  };
}

const doubtsOf = ({ stale, setAside }: Fold) => ({ ...(stale ? { stale } : {}), ...(setAside.length === 0 ? {} : { setAside }) });

export function projectionRoutes(server: FastifyInstance, services: Services): void {
  const { timeline } = services;

  /** Folds the view that a request asks for. */
  const folded = async (params: Params, query: Query): Promise<Fold> => {
    const how = howOf(query);
    await seen(services, params.story, query.minPosition);
    const projection = viewOf(timeline, params);
    checkLens(timeline, params.story, query.as);
    return timeline.fold(params.story, projection, how);
  };

  server.get<{ Params: StoryParams; Querystring: ListQuery }>(
    '/stories/:story/projections',
    { schema: { summary: 'The views there are', params: StoryParams, querystring: ListQuery } },
    async (request) => {
      const { story } = request.params;
      await seen(services, story, request.query.minPosition);
      if (!timeline.has(story)) throw unknownStory(story);
      const listed = timeline.projections.map(async (projection) => {
        const { name, version, description } = projection;
        return { name, version, description, lag: await timeline.lag(story, projection) };
      });
      return { projections: await Promise.all(listed) };
    },
  );

  const answerView = async ({ params, query }: { params: Params; query: Query }) => {
    const { story, name } = params;
    const isHead = query.at === undefined && query.recordedAt === undefined && query.originallyRecordedAt === undefined && query.as === undefined;
    await seen(services, story, query.minPosition);
    const old = isHead ? timeline.oldHead(story, viewOf(timeline, params)) : undefined;
    if (old !== undefined) return { name, ...old, stale: true };
    const fold = await folded(params, query);
    return { name, version: fold.projection.version, ...momentOf(timeline, story, query), position: fold.position, ...doubtsOf(fold), state: fold.view() };
  };

  const answerRows = async ({ params, query: asked }: { params: Params; query: RowsQuery }) => {
    const { story, name } = params;
    const { list, limit = USUAL_ROWS, after, ...query } = asked;
    const fold = await folded(params, query);
    const lists = listsOf(fold.projection);
    const wanted = list ?? (lists.length === 1 ? (lists[0] as string) : '');
    const rows = fold.list(wanted);
    if (rows === undefined)
      throw new HindcastError('unknown-list', lists.length === 0 ? `${name} shows all it has.` : `"${wanted}" is none; ${name} has ${lists.join(', ')}.`, [
        { at: 'list', message: 'unknown' },
      ]);
    const page = rows.page(limit, after === undefined ? undefined : readAfter(after, wanted));
    return {
      name,
      version: fold.projection.version,
      list: wanted,
      ...momentOf(timeline, story, query),
      position: fold.position,
      ...doubtsOf(fold),
      size: rows.size,
      rows: page.rows,
      next: page.next === null ? null : `${wanted}.${page.next}`,
    };
  };

  /** Each view has addresses of its own, so that the document of the interface shows what its state is. */
  const documented = (path: string, documents: object) => {
    const params = (request: { params: StoryParams & { name?: string } }, name: string): Params => ({ story: request.params.story, name });
    const isNamed = path !== ':name';
    server.get<{ Params: StoryParams & { name?: string }; Querystring: Query }>(
      `/stories/:story/projections/${path}`,
      { schema: { ...documents, hide: !isNamed, params: isNamed ? StoryParams : Params, querystring: Query } },
      (request) => answerView({ params: params(request, request.params.name ?? path), query: request.query }),
    );
    server.get<{ Params: StoryParams & { name?: string }; Querystring: RowsQuery }>(
      `/stories/:story/projections/${path}/rows`,
      { schema: { hide: !isNamed, summary: 'Rows of a list of the view, latest first', params: isNamed ? StoryParams : Params, querystring: RowsQuery } },
      (request) => answerRows({ params: params(request, request.params.name ?? path), query: request.query }),
    );
  };
  for (const { name, description, schema } of timeline.projections)
    documented(name, { summary: `The view ${name}, at the end of the story or as of any moment`, description, response: { 200: answerOf(schema) } });
  documented(':name', {});
}

const listsOf = (projection: AnyProjection) => Object.keys(projection.lists?.(projection.initial()) ?? {});

function readAfter(after: string, list: string): number {
  const [, of, number] = /^(.*)\.(\d{1,15})$/.exec(after) ?? [];
  if (of !== list || number === undefined)
    throw new HindcastError('bad-cursor', `It is no \`next\` of ${list}.`, [{ at: 'after', message: 'not a cursor that this server gave' }]);
  return Number(number);
}
