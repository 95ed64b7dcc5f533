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

const START = Date.UTC(2020, 0, 1);

/** A message as people write them: some 200 characters. */
const WORDS = 'Could you send me the numbers of last week before we meet, and say who has seen them? They asked again on Monday, and nobody knew. ';

export const evenId = (i: number) => `m${String(i).padStart(6, '0')}`;

export function evenDrafts({ events, perSecond, together = 1 }: EvenStory): ReturnType<typeof message>[] {
  return Array.from({ length: events }, (_, i) => {
    const tick = Math.floor(i / together);
    return message(evenId(i), formatInstant(START + Math.round((tick * together * 1_000) / perSecond)), { text: `${WORDS}${i}` }, { seq: i % together });
  });
}
