/**
 * Round moments for an axis, in the zone that is shown. Unit: milliseconds since the epoch.
 */
import { scaleUtc } from 'd3-scale';
import type { Words } from '../words/times.js';
import { zoneOffset } from '../words/zone.js';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

const DAY = 86_400_000;

/** About so many round moments between two, each with as much of a date as tells it from the others. */
export function ticksOf(from: number, to: number, about: number, words: Words): readonly Tick[] {
  if (!(to > from)) return [];
  // In local time the round moments are round for whoever reads them.
  const shift = zoneOffset(words.zone, from);
  const local = scaleUtc()
    .domain([from + shift, to + shift])
    .ticks(about)
    .map((date) => date.getTime());
  const step = (local[1] ?? Number.POSITIVE_INFINITY) - (local[0] ?? 0);
  return local.map((ms, i) => {
    const at = ms - shift;
    const at2 = at + zoneOffset(words.zone, from) - zoneOffset(words.zone, at);
    const label =
      step >= 360 * DAY
        ? words.year(at2)
        : step >= 27 * DAY
          ? monthLabel(at2, i, words)
          : step >= DAY
            ? words.monthDay(at2)
            : step >= 60_000
              ? words.time(at2)
              : words.second(at2);
    return { at: at2, label };
  });
}

/** A month, with its year where it is the first of it or of the axis. */
function monthLabel(at: number, i: number, words: Words): string {
  const isFirst = i === 0 || words.year(at) !== words.year(at - 28 * DAY);
  return isFirst ? `${words.monthShort(at)} ${words.year(at)}` : words.monthShort(at);
}
