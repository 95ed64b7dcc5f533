/**
 * What the files of this story share: the draft types taken from the schemas, the one source, and who learned of the
 * private messages later. Invariant: no date, name or word stands in this story that its one source does not state or imply.
 */
import type { Static } from 'typebox';
import type { ActionTakenDraft } from '../../actions.js';
import type { AnswerIdentifiedDraft, ClaimIdentifiedDraft, FollowUpIdentifiedDraft, RequestIdentifiedDraft, RequestMootedDraft } from '../../annotations.js';
import type { StoryDescribedDraft } from '../../descriptions.js';
import type { Disclosure, Source } from '../../envelope.js';
import type { MessageSentDraft } from '../../messages.js';
import type { TweetPostedDraft } from '../../tweets.js';

/** Every draft of a built-in story names its own id. */
type Named<T> = T & { readonly id: string };

export type Message = Named<Static<typeof MessageSentDraft>>;
export type Tweet = Named<Static<typeof TweetPostedDraft>>;
export type Action = Named<Static<typeof ActionTakenDraft>>;
export type Happening = Message | Tweet | Action;

export type Request = Named<Static<typeof RequestIdentifiedDraft>>;
export type Answer = Named<Static<typeof AnswerIdentifiedDraft>>;
export type FollowUp = Named<Static<typeof FollowUpIdentifiedDraft>>;
export type Mooted = Named<Static<typeof RequestMootedDraft>>;
export type Claim = Named<Static<typeof ClaimIdentifiedDraft>>;
export type Annotation = Request | Answer | FollowUp | Mooted | Claim;

export type Description = Named<Static<typeof StoryDescribedDraft>>;
export type Draft = Description | Happening | Annotation;

/** The zone the story is told in; the article itself names none. */
export const ZONE = 'America/New_York';

/** The channel of the correspondence. */
export const DIRECT_MESSAGE = 'Twitter direct message';

/** The last instant of the year after the election: the article, which says "last year" of it, was out by then. */
export const PUBLISHED_BY = '2017-12-31T23:59:59.999-05:00';

/** A passage of the article, word for word, by the number of its paragraph. */
export function cite(paragraph: number, quote: string, note?: string): Source {
  return { id: 'atlantic', paragraph, quote, ...(note === undefined ? {} : { note }) };
}

/** What the public learned from the article, and not before as far as it says. */
export const byPublication: Disclosure = { to: 'public', at: PUBLISHED_BY, event: 'atlantic-publication' };

/** Who came to see the direct messages. No date is stated for any of it: each instant is only the last possible one. */
export const correspondenceDisclosures: Disclosure[] = [
  { to: 'trump-jr-lawyers', at: PUBLISHED_BY, event: 'messages-turned-over', stated: 'turned over by Trump Jr.’s lawyers' },
  { to: 'us-congress', at: PUBLISHED_BY, event: 'messages-turned-over', stated: 'turned over by Trump Jr.’s lawyers to congressional investigators' },
  { to: 'the-atlantic', at: PUBLISHED_BY, event: 'atlantic-obtains-messages', stated: 'obtained by The Atlantic' },
  byPublication,
];
