/**
 * The family of actions: things done that are neither a message nor a tweet (a rally, a publication, a launch).
 * Invariant: `action` is a short noun for the kind; `description` is in the story author's own words; quoted words stand in `words`.
 */
import Type, { type Static } from 'typebox';
import { EventId, happeningFields, type HappeningOf, Line, Slug, Words } from './envelope.js';
import { Editorial, Links } from './messages.js';

const closed = { additionalProperties: false } as const;

export const ActionTakenData = Type.Object(
  {
    by: Slug,
    action: Type.String({ minLength: 1, maxLength: 100, description: 'rally, publication, meeting, launch, statement, …' }),
    description: Line,
    links: Links,
    with: Type.Optional(Type.Array(Slug, { maxItems: 1_000, description: 'Others who took part.' })),
    words: Type.Optional(Words),
    editorial: Type.Optional(Type.Array(Editorial, { maxItems: 1_000 })),
    place: Type.Optional(Line),
    inReplyTo: Type.Optional(EventId),
  },
  closed,
);
export type ActionTakenData = Static<typeof ActionTakenData>;
export type ActionTaken = HappeningOf<'ActionTaken', ActionTakenData>;

export const ActionTakenDraft = Type.Object({ type: Type.Literal('ActionTaken'), ...happeningFields, data: ActionTakenData }, closed);
