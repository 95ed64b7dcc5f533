/**
 * Times in words as the whole house says them, and the few shorter forms that an axis and a caption need.
 */
import { wordsIn as wordsOfStory, writerIn } from '../../events/words.js';

export type Words = ReturnType<typeof wordsIn>;

/** Words for times as clocks in a zone show them. Throws a RangeError where there is no such zone. */
export function wordsIn(zone: string) {
  const words = wordsOfStory(zone);
  return {
    ...words,
    zone,
    monthShort: writerIn(zone, { month: 'short' }),
    monthDay: writerIn(zone, { month: 'short', day: 'numeric' }),
    /** By bounds alone; null: nothing bounds it on that side. */
    between: (earliest: string | null, latest: string | null) => words.bounds({ when: { earliest, latest } }),
  };
}
