/**
 * Steps: what a projection folds, in story order. Happenings, as they are in force and with what is known about them, and
 * marks: what changes views and is not played.
 * Invariant: marks come after the happenings of their instant; a step is plain JSON.
 */
import type { AnswerIdentified, ClaimIdentified, FollowUpIdentified, RequestMooted } from './annotations.js';
import type { Basis, Disclosure, Recorded, Source } from './envelope.js';
import type { RecordedHappening } from './event.js';
import type { OrderKey } from './story-time.js';

/** A request, from an annotation or from the shorthand inside a message. `id` is the annotation's. */
export interface Request {
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly basis: Basis;
  readonly rule?: string;
  readonly by: string;
  readonly citation: Source;
}

/** An answer that nobody recorded: it follows from what the happening itself says, by the rule named. */
export interface InferredAnswer {
  readonly request: string;
  readonly rule: string;
}

/** What is known about a happening beside what it says itself, each in order of id. */
export interface Notes {
  readonly requests: readonly Request[];
  readonly answers: readonly (AnswerIdentified & Recorded)[];
  readonly followUps: readonly (FollowUpIdentified & Recorded)[];
  readonly claims: readonly (ClaimIdentified & Recorded)[];
  /** Left out where there is none. */
  readonly inferred?: readonly InferredAnswer[];
}

/** A happening as it is in force: corrected, and with what is known about it. */
export interface EffectiveHappening {
  readonly kind: 'happening';
  /** Where it stands in story order; seen through a lens, where it comes into sight. */
  readonly key: OrderKey;
  readonly event: RecordedHappening;
  readonly notes: Notes;
  /** The id of the correction in force, and the event as it was recorded. */
  readonly corrected?: { readonly by: string; readonly original: RecordedHappening };
}

/** From `key` on it is certain that an event has happened whose bounds go beyond its placing instant. */
export interface Settled {
  readonly kind: 'settled';
  readonly key: OrderKey;
  readonly event: string;
}

/** At `key` somebody learned of an event that had not been for them, or the public did. */
export interface Disclosed {
  readonly kind: 'disclosed';
  readonly key: OrderKey;
  readonly event: string;
  readonly disclosure: Disclosure;
}

/** At `key` a request lost its object. */
export interface Mooted {
  readonly kind: 'mooted';
  readonly key: OrderKey;
  readonly note: RequestMooted & Recorded;
}

/** What the description in force says that views follow from. It comes before everything. */
export interface Described {
  readonly kind: 'described';
  readonly key: OrderKey;
  readonly chapters: readonly { readonly event: string; readonly title: string }[];
  /** A message from the one asked to the one who asked, so long after the request at most, is a possible answer. */
  readonly possibleAnswersWithinMs?: number;
}

/** What a projection folds, in story order. Only happenings are played; the others are marks. */
export type Step = EffectiveHappening | Settled | Disclosed | Mooted | Described;
