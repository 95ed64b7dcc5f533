/**
 * The family of messages: words sent by one participant to others over a channel.
 * Invariant: `text` holds only the sender's own words; an editor's brackets are in `editorial`, a paraphrase in `paraphrase`.
 */
import Type, { type Static } from 'typebox';
import { EventId, happeningFields, type HappeningOf, Line, Slug, Source, Words } from './envelope.js';

const closed = { additionalProperties: false } as const;

export const Links = Type.Array(Type.String({ minLength: 1, maxLength: 4_000 }), { maxItems: 1_000, description: 'As the source gives them, scheme or not.' });

/** What an editor put into quoted words, and where: right after `after`. */
export const Editorial = Type.Object({ inserted: Line, after: Type.String({ maxLength: 2_000 }), note: Type.Optional(Words) }, closed);

/** A piece of a text that the source gives in several places. */
export const Piece = Type.Object({ text: Words, as: Type.Enum(['quoted', 'paraphrased']), paragraph: Type.Optional(Type.Integer({ minimum: 1 })) }, closed);

export const InlineRequest = Type.Object(
  { id: Type.Optional(EventId), to: Type.Optional(Slug), text: Line, citation: Type.Optional(Source) },
  { ...closed, description: 'Shorthand for RequestIdentified with the basis "stated".' },
);

export const MessageSentData = Type.Object(
  {
    from: Slug,
    to: Type.Array(Slug, { minItems: 1, maxItems: 1_000 }),
    channel: Type.String({ minLength: 1, maxLength: 200 }),
    text: Words,
    links: Links,
    subject: Type.Optional(Words),
    inReplyTo: Type.Optional(EventId),
    forwardOf: Type.Optional(EventId),
    requests: Type.Optional(Type.Array(InlineRequest, { maxItems: 100 })),
    paraphrase: Type.Optional(Words),
    pieces: Type.Optional(Type.Array(Piece, { maxItems: 1_000 })),
    incomplete: Type.Optional(Type.Boolean({ description: 'The source gives only part of the words.' })),
    editorial: Type.Optional(Type.Array(Editorial, { maxItems: 1_000 })),
  },
  closed,
);
export type MessageSentData = Static<typeof MessageSentData>;
export type MessageSent = HappeningOf<'MessageSent', MessageSentData>;

export const MessageSentDraft = Type.Object({ type: Type.Literal('MessageSent'), ...happeningFields, data: MessageSentData }, closed);
