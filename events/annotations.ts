/**
 * The family of annotations that say what a happening is: a request, an answer, a follow-up, a claim, or that a
 * request has lost its object. Invariant: each has a basis and a citation; none has a story time of its own.
 */
import Type, { type Static } from 'typebox';
import { annotationData, annotationFields, EventId, Instant, Line, type NoteOf, Slug, WhenDraft } from './envelope.js';

const closed = { additionalProperties: false } as const;
const draft = <const T extends string, D extends Type.TSchema>(type: T, data: D) =>
  Type.Object({ type: Type.Literal(type), ...annotationFields, data }, closed);

/** `event` asks one thing of one addressee. The annotation's id is the request's id. Takes effect at its message. */
export const RequestIdentifiedData = Type.Object({ event: EventId, from: Type.Optional(Slug), to: Slug, text: Line, ...annotationData }, closed);
/** `event` answers `request`. Takes effect at the answering event. */
export const AnswerIdentifiedData = Type.Object({ request: EventId, event: EventId, afterStated: Type.Optional(Line), ...annotationData }, closed);
/** `event` followed `request`; that it did is all that is said. Takes effect at the following event. */
export const FollowUpIdentifiedData = Type.Object({ request: EventId, event: EventId, afterStated: Type.Optional(Line), ...annotationData }, closed);
/** `request` lost its object at `at`. */
export const RequestMootedData = Type.Object(
  { request: EventId, at: Instant, when: Type.Optional(WhenDraft), event: Type.Optional(EventId), reason: Line, ...annotationData },
  closed,
);
/** `event` claims something: a claim is not a fact. Takes effect at the claiming event. */
export const ClaimIdentifiedData = Type.Object(
  { event: EventId, claim: Line, request: Type.Optional(EventId), about: Type.Optional(EventId), ...annotationData },
  closed,
);

export type RequestIdentified = NoteOf<'RequestIdentified', Static<typeof RequestIdentifiedData>>;
export type AnswerIdentified = NoteOf<'AnswerIdentified', Static<typeof AnswerIdentifiedData>>;
export type FollowUpIdentified = NoteOf<'FollowUpIdentified', Static<typeof FollowUpIdentifiedData>>;
export type RequestMooted = NoteOf<'RequestMooted', Static<typeof RequestMootedData>>;
export type ClaimIdentified = NoteOf<'ClaimIdentified', Static<typeof ClaimIdentifiedData>>;

export const RequestIdentifiedDraft = draft('RequestIdentified', RequestIdentifiedData);
export const AnswerIdentifiedDraft = draft('AnswerIdentified', AnswerIdentifiedData);
export const FollowUpIdentifiedDraft = draft('FollowUpIdentified', FollowUpIdentifiedData);
export const RequestMootedDraft = draft('RequestMooted', RequestMootedData);
export const ClaimIdentifiedDraft = draft('ClaimIdentified', ClaimIdentifiedData);
