/**
 * The union of everything a story can hold, and which of it is played.
 * Invariant: a type is a happening (played, counted, breaks silences) or a note (annotations and descriptions), never both.
 */
import type { ActionTaken } from './actions.js';
import type { AnswerIdentified, ClaimIdentified, FollowUpIdentified, RequestIdentified, RequestMooted } from './annotations.js';
import type { EventCorrected, EventRetracted } from './corrections.js';
import type { StoryDescribed } from './descriptions.js';
import type { Recorded } from './envelope.js';
import type { MessageSent } from './messages.js';
import type { TweetPosted } from './tweets.js';

export type Happening = MessageSent | TweetPosted | ActionTaken;
export type Annotation = RequestIdentified | AnswerIdentified | FollowUpIdentified | RequestMooted | ClaimIdentified | EventCorrected | EventRetracted;
export type Note = Annotation | StoryDescribed;
/** An event as its author gave it, completed and validated. */
export type StoryEvent = Happening | Note;
/** An event as the log holds it. */
export type RecordedEvent = StoryEvent & Recorded;
export type RecordedHappening = Happening & Recorded;
export type RecordedNote = Note & Recorded;

export const HAPPENING_TYPES = ['MessageSent', 'TweetPosted', 'ActionTaken'] as const;

export function isHappening<E extends StoryEvent>(event: E): event is E & Happening {
  return (HAPPENING_TYPES as readonly string[]).includes(event.type);
}

/** Everyone who takes part in a happening: its author first, then those it is addressed to or done with. */
export function participantsOf(event: Happening): string[] {
  switch (event.type) {
    case 'MessageSent':
      return [event.data.from, ...event.data.to];
    case 'TweetPosted':
      return [event.data.by, ...(event.data.mentions ?? [])];
    case 'ActionTaken':
      return [event.data.by, ...(event.data.with ?? [])];
  }
}

/** Whose doing a happening is. */
export function actorOf(event: Happening): string {
  return event.type === 'MessageSent' ? event.data.from : event.data.by;
}

/** The words that are shown and searched: quoted words first, else what stands for them. */
export function wordsOf(event: Happening): string {
  if (event.type === 'ActionTaken') return event.data.words === undefined ? event.data.description : `${event.data.description}\n${event.data.words}`;
  return [event.data.text, event.data.paraphrase ?? ''].filter((part) => part !== '').join('\n');
}
