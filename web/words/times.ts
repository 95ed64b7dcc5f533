/**
 * Times in words as the whole house says them, and the few shorter forms that an axis and a caption need.
 */
import { wordsIn as wordsOfStory } from '../../events/words.js';

export type Words = ReturnType<typeof wordsIn>;

/** Words for times as clocks in a zone show them. Throws a RangeError where there is no such zone. */
export function wordsIn(zone: string) {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...options });
    return (ms: number) =>
      formatter
        .format(ms)
        .replace(/\u202f/g, ' ')
        .replace(/\b[AP]M\b/, (half) => half.toLowerCase());
  };
  const words = wordsOfStory(zone);
  return {
    ...words,
    zone,
    time: format({ hour: 'numeric', minute: '2-digit' }),
    second: format({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    year: format({ year: 'numeric' }),
    monthShort: format({ month: 'short' }),
    monthDay: format({ month: 'short', day: 'numeric' }),
    /** By bounds alone; null: nothing bounds it on that side. */
    between: (earliest: string | null, latest: string | null) => words.bounds({ when: { earliest, latest } }),
  };
}
