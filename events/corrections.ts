/**
 * The family of corrections: an event that was recorded wrongly is set right, or taken back, over all story time.
 * Invariant: nothing stored is rewritten; among corrections of one event the last in the log wins.
 */
import Type, { type Static } from 'typebox';
import { annotationData, annotationFields, Disclosure, EventId, Instant, type NoteOf, Source, Visibility, WhenDraft } from './envelope.js';

const closed = { additionalProperties: false } as const;

/** The fields that are set right; what is left out stays. `data` replaces the named fields of the event's data (null removes one). */
export const CorrectedFields = Type.Object(
  {
    occurredAt: Type.Optional(Type.Union([Instant, Type.Null()])),
    when: Type.Optional(WhenDraft),
    seq: Type.Optional(Type.Integer()),
    visibility: Type.Optional(Visibility),
    disclosures: Type.Optional(Type.Array(Disclosure, { maxItems: 1_000 })),
    sources: Type.Optional(Type.Array(Source, { maxItems: 100 })),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { ...closed, minProperties: 1 },
);

export const EventCorrectedData = Type.Object({ event: EventId, set: CorrectedFields, ...annotationData }, closed);
export const EventRetractedData = Type.Object({ event: EventId, ...annotationData }, closed);

export type EventCorrected = NoteOf<'EventCorrected', Static<typeof EventCorrectedData>>;
export type EventRetracted = NoteOf<'EventRetracted', Static<typeof EventRetractedData>>;

export const EventCorrectedDraft = Type.Object({ type: Type.Literal('EventCorrected'), ...annotationFields, data: EventCorrectedData }, closed);
export const EventRetractedDraft = Type.Object({ type: Type.Literal('EventRetracted'), ...annotationFields, data: EventRetractedData }, closed);
