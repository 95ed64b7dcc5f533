/**
 * Inference: which answers follow from an explicit reply relation, by a rule that is named.
 * Invariants: what somebody recorded about a request and a reply always wins over the rule; that one message came after
 * another is never enough.
 */
import { actorOf, type RecordedHappening } from './event.js';
import type { EffectiveHappening, InferredAnswer, Notes, Request } from './steps.js';

/** A reply by the one who was asked, to the message that asked, is an answer to what it asked. */
export const REPLY_RULE = 'in-reply-to';

/** The id of the happening that a happening says it replies to. */
export function repliedTo(event: RecordedHappening): string | undefined {
  return event.data.inReplyTo === event.id ? undefined : event.data.inReplyTo;
}

/** Did whoever asked get to see the reply by its being sent? What is said in public is for everyone. */
function reaches(event: RecordedHappening, person: string): boolean {
  return event.type !== 'MessageSent' || event.data.to.includes(person);
}

/** Is there a note that says what the happening is to the request: an answer, a follow-up, or a claim? */
function isNoted({ answers, followUps, claims }: Notes, request: string): boolean {
  return [...answers, ...followUps, ...claims].some((note) => note.data.request === request);
}

/** The answers that `reply` gives by rule to the requests of the happening it replies to. */
export function inferAnswers(reply: EffectiveHappening, requests: readonly Request[]): InferredAnswer[] {
  const actor = actorOf(reply.event);
  return requests
    .filter((request) => request.to === actor && request.from !== actor && reaches(reply.event, request.from) && !isNoted(reply.notes, request.id))
    .map((request) => ({ request: request.id, rule: REPLY_RULE }));
}

/** The happening with the answers that follow from its reply relation; `requests` are those of the happening it replies to. */
export function withInferred(reply: EffectiveHappening, requests: readonly Request[]): EffectiveHappening {
  const { inferred: _, ...notes } = reply.notes;
  const inferred = inferAnswers(reply, requests);
  return { ...reply, notes: inferred.length === 0 ? notes : { ...notes, inferred } };
}
