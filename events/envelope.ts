/**
 * The shapes every event has around its own data: as an author drafts it and as the log recorded it.
 * Invariant: schemas are closed (an unknown field is a fault), and one schema gives type, validator and document.
 */
import Type, { type Static } from 'typebox';
import { PRECISIONS, type StoryTime } from './story-time.js';

/** Story and participant ids: lower case, digits and hyphens. */
export const SLUG = '^[a-z0-9][a-z0-9-]{0,63}$';
export const Slug = Type.String({ pattern: SLUG });
/** An event id: 1 to 200 characters, no control characters. Unique in its story. */
export const EventId = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$' });
export const Words = Type.String({ maxLength: 65_536 });
export const Line = Type.String({ minLength: 1, maxLength: 2_000 });
/** An instant as RFC 3339 with an offset; checked as a real date by `completeTime`. */
export const Instant = Type.String({ maxLength: 64, description: 'RFC 3339 with an offset' });

const closed = { additionalProperties: false } as const;

/** Where a thing is stated. */
export const Source = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The id of a source that StoryDescribed lists.' })),
    title: Type.Optional(Line),
    url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
    paragraph: Type.Optional(Type.Integer({ minimum: 1, description: 'Counted from 1.' })),
    locator: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description: 'A page, a line, a file name: whatever finds the place.' })),
    quote: Type.Optional(Type.String({ minLength: 1, maxLength: 8_000, description: 'The words that state it, verbatim.' })),
    note: Type.Optional(Words),
    digest: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Digest of the raw bytes it was read from, such as sha256:…' })),
  },
  closed,
);
export type Source = Static<typeof Source>;

export const RelativeTimeSchema = Type.Object({ to: EventId, offset: Type.String({ maxLength: 64 }), approximate: Type.Boolean() }, closed);

export const WhenDraft = Type.Object(
  {
    precision: Type.Optional(Type.Enum([...PRECISIONS])),
    approximate: Type.Optional(Type.Boolean()),
    earliest: Type.Optional(Type.Union([Instant, Type.Null()])),
    latest: Type.Optional(Type.Union([Instant, Type.Null()])),
    stated: Type.Optional(Type.Union([Type.String({ maxLength: 2_000 }), Type.Null()])),
    relative: Type.Optional(RelativeTimeSchema),
    zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  closed,
);

/** Who learned of an event later, and when. */
export const Disclosure = Type.Object(
  {
    to: Slug,
    at: Instant,
    event: Type.Optional(EventId),
    stated: Type.Optional(Type.String({ maxLength: 2_000 })),
  },
  { ...closed, description: '`to` is a participant id, or `public`; `event` is the happening that disclosed it.' },
);
export type Disclosure = Static<typeof Disclosure>;

export const Visibility = Type.Enum(['public', 'private']);
export type Visibility = 'public' | 'private';

/** The fields of a happening's draft beside `type` and `data`. */
export const happeningFields = {
  id: Type.Optional(EventId),
  occurredAt: Type.Optional(Type.Union([Instant, Type.Null()])),
  when: Type.Optional(WhenDraft),
  undated: Type.Optional(Type.Boolean()),
  seq: Type.Optional(
    Type.Integer({ minimum: -1_000_000_000_000, maximum: 1_000_000_000_000, description: 'Breaks ties of the placing instant where the source has an order.' }),
  ),
  visibility: Type.Optional(Visibility),
  disclosures: Type.Optional(Type.Array(Disclosure, { maxItems: 1_000 })),
  sources: Type.Optional(Type.Array(Source, { maxItems: 100 })),
  originalRecordedAt: Type.Optional(Instant),
};

/** The fields of the draft of an annotation or a description beside `type` and `data`: it has no story time of its own. */
export const annotationFields = {
  id: Type.Optional(EventId),
  sources: Type.Optional(Type.Array(Source, { maxItems: 100 })),
  originalRecordedAt: Type.Optional(Instant),
};

/** How an annotation is known. `inferred` names the rule that inferred it. */
export const Basis = Type.Enum(['stated', 'claimed', 'inferred']);
export type Basis = 'stated' | 'claimed' | 'inferred';

/** The fields that every annotation has beside what it is about. */
export const annotationData = {
  basis: Basis,
  rule: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Required where the basis is inferred.' })),
  by: Type.String({ minLength: 1, maxLength: 200, description: 'Who says so: a participant id, or the name of an author, an editor or a program.' }),
  citation: Source,
  note: Type.Optional(Words),
};

/** What every stored event has, whatever its family. */
interface Common<T extends string, D> {
  /** Unique in the story. */
  readonly id: string;
  readonly type: T;
  readonly data: D;
  readonly sources: readonly Source[];
  /** When the source says it was recorded first: a claim of an import, RFC 3339. */
  readonly originalRecordedAt?: string;
}

/** A happening: placed in story time, seen by some, played. */
export interface HappeningOf<T extends string, D> extends Common<T, D>, StoryTime {
  readonly seq: number;
  readonly visibility: Visibility;
  readonly disclosures?: readonly Disclosure[];
}

/** An annotation or a description: about other events, not played. */
export interface NoteOf<T extends string, D> extends Common<T, D> {}

/** Where and when the log stored an event. Positions are opaque strings that compare in log order. */
export interface Recorded {
  readonly story: string;
  readonly position: string;
  readonly revision: number;
  /** The log's own clock, RFC 3339. */
  readonly recordedAt: string;
}
