/**
 * What a story says of itself: title, zone, participants, sources, chapters. The last description in the log is in force.
 */
import Type, { type Static } from 'typebox';
import { annotationFields, EventId, Line, type NoteOf, Slug, Words } from './envelope.js';

const closed = { additionalProperties: false } as const;

export const Participant = Type.Object(
  {
    id: Slug,
    name: Line,
    aliases: Type.Array(Line, { maxItems: 100 }),
    kind: Type.Enum(['person', 'organisation', 'account', 'group', 'unknown']),
    description: Type.Optional(Words),
  },
  closed,
);
export type Participant = Static<typeof Participant>;

export const StorySource = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 200 }),
    title: Line,
    author: Type.Optional(Line),
    publisher: Type.Optional(Line),
    url: Type.Optional(Line),
    published: Type.Optional(Line),
    note: Type.Optional(Words),
  },
  closed,
);

export const StoryDescribedData = Type.Object(
  {
    title: Line,
    description: Words,
    timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name of the zone the story is told in.' }),
    participants: Type.Array(Participant, { maxItems: 100_000 }),
    sources: Type.Array(StorySource, { maxItems: 10_000 }),
    chapters: Type.Optional(
      Type.Array(Type.Object({ event: EventId, title: Line }, closed), { maxItems: 10_000, description: 'Turning points, each at a happening.' }),
    ),
    possibleAnswersWithin: Type.Optional(
      Type.String({
        pattern: '^P(?=.)(\\d+W)?(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+S)?)?$',
        maxLength: 64,
        description: 'A rule the story opts into, as an ISO 8601 duration: a message back within so long is shown as a possible answer, and moves nothing.',
      }),
    ),
    doubts: Type.Optional(Type.Array(Words, { maxItems: 1_000, description: 'What the sources leave open.' })),
  },
  closed,
);
export type StoryDescribedData = Static<typeof StoryDescribedData>;
export type StoryDescribed = NoteOf<'StoryDescribed', StoryDescribedData>;

export const StoryDescribedDraft = Type.Object({ type: Type.Literal('StoryDescribed'), ...annotationFields, data: StoryDescribedData }, closed);
