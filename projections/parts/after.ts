/**
 * How long after: the fields in which a row says how long after one happening another came, as a range.
 * Invariant: what answered or followed something came after it, wherever the two are placed. Unit: ms of story time.
 */
import Type from 'typebox';
import { lapse, type StoryTime } from '../../events/story-time.js';

/** The fields of a row's schema. */
export const after = {
  afterMs: Type.Number({ description: 'Between the placing instants; show it alone only where afterMinMs and afterMaxMs are the same.' }),
  afterMinMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
  afterMaxMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
  afterStated: Type.Optional(Type.String({ description: "The source's own words for the lapse." })),
};

/**
 * How long after `first` came `then`; `stated`: the source's own words for it. Where none are given, the words for a time
 * that is stated relative to the first are the words for the lapse.
 */
export function afterOf(first: StoryTime & { readonly id: string }, then: StoryTime, stated: string | undefined) {
  const words = stated ?? (then.when.relative?.to === first.id ? then.when.stated : null);
  const range = lapse(first, then) ?? { ms: 0, minMs: null, maxMs: null };
  const later = (ms: number | null) => (ms === null ? null : Math.max(0, ms));
  return {
    afterMs: Math.max(0, range.ms),
    afterMinMs: later(range.minMs) ?? 0,
    afterMaxMs: later(range.maxMs),
    ...(words === null ? {} : { afterStated: words }),
  };
}
