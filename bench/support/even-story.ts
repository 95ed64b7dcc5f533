/**
 * Made stories whose messages are evenly spaced in story time: played at rate 1, they give a known load.
 */
import { formatInstant } from '../../events/story-time.js';
import { message } from '../../test/support/drafts.js';

export interface EvenStory {
  readonly events: number;
  readonly perSecond: number;
  /** So many happen at the same instant; 1 where nothing is said. */
  readonly together?: number;
}

export const EVEN_START = Date.UTC(2020, 0, 1);

/** A message as people write them: some 200 characters. */
const WORDS = 'Could you send me the numbers of last week before we meet, and say who has seen them? They asked again on Monday, and nobody knew. ';

export const evenId = (i: number) => `m${String(i).padStart(6, '0')}`;
/** Which one has this id. */
export const evenIndex = (id: string) => Number(id.slice(1));

/** When one happens, in ms. */
export const evenInstant = (i: number, { perSecond, together = 1 }: Omit<EvenStory, 'events'>) =>
  EVEN_START + Math.round((Math.floor(i / together) * together * 1_000) / perSecond);

export const evenDraft = (i: number, even: Omit<EvenStory, 'events'>): ReturnType<typeof message> =>
  message(evenId(i), formatInstant(evenInstant(i, even)), { text: `${WORDS}${i}` }, { seq: i % (even.together ?? 1) });

export function evenDrafts({ events, ...even }: EvenStory): ReturnType<typeof message>[] {
  return Array.from({ length: events }, (_, i) => evenDraft(i, even));
}
