/**
 * The family of tweets: words posted in public under a participant's name.
 * Invariant: `text` holds only the words posted.
 */
import Type, { type Static } from 'typebox';
import { EventId, happeningFields, type HappeningOf, Slug, Words } from './envelope.js';
import { Editorial, Links, Piece } from './messages.js';

const closed = { additionalProperties: false } as const;

export const TweetPostedData = Type.Object(
  {
    by: Slug,
    text: Words,
    links: Links,
    inReplyTo: Type.Optional(EventId),
    mentions: Type.Optional(Type.Array(Slug, { maxItems: 1_000 })),
    paraphrase: Type.Optional(Words),
    pieces: Type.Optional(Type.Array(Piece, { maxItems: 1_000 })),
    incomplete: Type.Optional(Type.Boolean()),
    editorial: Type.Optional(Type.Array(Editorial, { maxItems: 1_000 })),
  },
  closed,
);
export type TweetPostedData = Static<typeof TweetPostedData>;
export type TweetPosted = HappeningOf<'TweetPosted', TweetPostedData>;

export const TweetPostedDraft = Type.Object({ type: Type.Literal('TweetPosted'), ...happeningFields, data: TweetPostedData }, closed);
