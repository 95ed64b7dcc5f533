/**
 * The shape in which clients see an event, the same over HTTP and over the socket.
 * Invariant: everything that is known of how sure its time is goes with it; nothing is left out to look simpler.
 */
import Type, { type Static } from 'typebox';
import { Disclosure, Source } from './envelope.js';
import { HAPPENING_TYPES, type RecordedNote } from './event.js';
import type { EffectiveHappening, InferredAnswer, Request } from './steps.js';
import { PRECISIONS } from './story-time.js';

const Nullable = Type.Union([Type.String(), Type.Null()]);

export const PublishedAnnotation = Type.Object({
  id: Type.String(),
  type: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
  recordedAt: Type.Optional(Type.String()),
  position: Type.Optional(Type.String()),
  revision: Type.Optional(Type.Integer()),
});
export type PublishedAnnotation = Static<typeof PublishedAnnotation>;

export const PublishedEvent = Type.Object({
  id: Type.String(),
  type: Type.Enum([...HAPPENING_TYPES]),
  story: Type.String(),
  occurredAt: Type.Union([Type.String(), Type.Null()], {
    description: 'The placing instant: a point within when.earliest and when.latest. Null where nothing bounds it.',
  }),
  recordedAt: Type.String({ description: "The log's own clock." }),
  position: Type.String(),
  revision: Type.Integer(),
  cursor: Type.String({ description: 'Opaque: a place in story order and in the log.' }),
  seq: Type.Integer(),
  when: Type.Object({
    precision: Type.Enum([...PRECISIONS]),
    approximate: Type.Boolean(),
    earliest: Nullable,
    latest: Nullable,
    stated: Nullable,
    relative: Type.Optional(Type.Object({ to: Type.String(), offset: Type.String(), approximate: Type.Boolean() })),
    zone: Type.Optional(Type.String()),
  }),
  inSightAt: Type.Optional(Type.String({ description: 'In a list through other eyes: when those eyes learned of it, where that was later.' })),
  undated: Type.Optional(Type.Boolean()),
  visibility: Type.Enum(['public', 'private']),
  disclosures: Type.Optional(Type.Array(Disclosure)),
  data: Type.Record(Type.String(), Type.Unknown()),
  sources: Type.Array(Source),
  originalRecordedAt: Type.Optional(Type.String()),
  correctedBy: Type.Optional(Type.String({ description: 'The id of the correction in force.' })),
  annotations: Type.Optional(Type.Array(PublishedAnnotation)),
});
export type PublishedEvent = Static<typeof PublishedEvent>;

export function publishNote(note: RecordedNote): PublishedAnnotation {
  const { id, type, data, recordedAt, position, revision } = note;
  return { id, type, data: data as Record<string, unknown>, recordedAt, position, revision };
}

function publishRequest({ id, ...data }: Request): PublishedAnnotation {
  return { id, type: 'RequestIdentified', data };
}

/** What nobody recorded is shown with the rule that it follows from. */
function publishInferred(event: string, { request, rule }: InferredAnswer): PublishedAnnotation {
  return { id: `${event}#answers-${request}`, type: 'AnswerIdentified', data: { request, event, basis: 'inferred', rule } };
}

/** A happening as clients see it, with what is known about it. */
export function publish(happening: EffectiveHappening, cursor: string): PublishedEvent {
  const { event, notes, corrected } = happening;
  const annotations = [
    ...notes.requests.map(publishRequest),
    ...[...notes.answers, ...notes.followUps, ...notes.claims].map(publishNote),
    ...(notes.inferred ?? []).map((answer) => publishInferred(event.id, answer)),
  ];
  return {
    id: event.id,
    type: event.type,
    story: event.story,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
    position: event.position,
    revision: event.revision,
    cursor,
    seq: event.seq,
    when: event.when,
    ...(event.undated === undefined ? {} : { undated: event.undated }),
    visibility: event.visibility,
    ...(event.disclosures === undefined ? {} : { disclosures: [...event.disclosures] }),
    data: event.data,
    sources: [...event.sources],
    ...(event.originalRecordedAt === undefined ? {} : { originalRecordedAt: event.originalRecordedAt }),
    ...(corrected === undefined ? {} : { correctedBy: corrected.by }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}
