/**
 * A histogram of durations in fixed logarithmic buckets, for percentiles that cannot depend on the order of what is counted.
 * Invariants: a bucket holds durations that differ by 1 % at most (with one ms more); there are some 3,400 buckets up to
 * the longest span of story time, so that what one more costs does not grow with the story. Unit: ms.
 */

/** Bucket, count, bucket, count, … by growing bucket; only buckets that hold something. */
export type Histogram = readonly number[];

const STEP = Math.log(1.01);

const bucketOf = (ms: number) => Math.floor(Math.log(ms + 1) / STEP);

/** The least duration that a bucket, or one above it, can hold. */
function leastOf(bucket: number): number {
  // The logarithm and its inverse are rounded each for itself: what counts is into which bucket a duration is put.
  let ms = Math.max(0, Math.ceil(Math.exp(bucket * STEP) - 1));
  while (ms > 0 && bucketOf(ms - 1) >= bucket) ms--;
  while (bucketOf(ms) < bucket) ms++;
  return ms;
}

/** What of a bucket stands for the durations in it: its middle on the logarithmic scale, or one of its edges. */
export type Edge = 'middle' | 'lower' | 'upper';

function edgeOf(bucket: number, edge: Edge): number {
  const lower = leastOf(bucket);
  if (edge === 'lower') return lower;
  const upper = leastOf(bucket + 1) - 1;
  return edge === 'upper' ? upper : Math.min(upper, Math.max(lower, Math.round(Math.exp((bucket + 0.5) * STEP) - 1)));
}

/** Where a bucket stands, or would stand. */
function placeOf(histogram: Histogram, bucket: number): number {
  let low = 0;
  let high = histogram.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((histogram[2 * middle] as number) < bucket) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

export function counted(histogram: Histogram, ms: number): Histogram {
  const bucket = bucketOf(ms);
  const at = placeOf(histogram, bucket);
  if (histogram[at] !== bucket) return histogram.toSpliced(at, 0, bucket, 1);
  return histogram.with(at + 1, (histogram[at + 1] as number) + 1);
}

/** Takes one out that was counted before. */
export function uncounted(histogram: Histogram, ms: number): Histogram {
  const at = placeOf(histogram, bucketOf(ms));
  const count = histogram[at + 1] as number;
  return count === 1 ? histogram.toSpliced(at, 2) : histogram.with(at + 1, count - 1);
}

/**
 * The duration at a rank from 1, by growing duration; null beyond the last. It is no shorter than the lower edge of its
 * bucket, and no longer than the upper.
 */
export function atRank(histogram: Histogram, rank: number, edge: Edge = 'middle'): number | null {
  let before = 0;
  for (let at = 0; at < histogram.length; at += 2) {
    before += histogram[at + 1] as number;
    if (before >= rank) return edgeOf(histogram[at] as number, edge);
  }
  return null;
}
