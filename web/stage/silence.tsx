/**
 * Stretches in which nothing happens, as bands on the stage: between two events, and the one that goes on now.
 * Invariant: what bounds leave open is left open; what is filtered away or out of sight is not called silence.
 */
import { useScene } from '../context.js';
import { isFiltered } from '../player/stage-feed.js';
import type { Player } from '../player/player.js';
import type { Shown } from '../player/stage-window.js';
import { duration } from '../words/durations.js';
import { gapBetween, silenceWords } from './gap.js';

/** How long a gap must be, against the whole story, to be shown. */
const SHARE = 1 / 100;
const LEAST_MS = 60_000;

export const leastGap = ({ from, to }: { readonly from: number; readonly to: number }) => Math.max(LEAST_MS, (to - from) * SHARE);

/** What a stretch without events is called, by what is looked at. */
export function nothingOf(filtered: boolean, as: string | null): string {
  return filtered ? 'with nothing of what is shown' : as === null ? 'of silence' : 'with nothing in sight';
}

/** The words of the band between two events; undefined where they follow each other closely. */
export function bandWords(player: Player, before: Shown | undefined, after: Shown): string | undefined {
  if (before === undefined || after.at - before.at < leastGap(player.span.value)) return undefined;
  return silenceWords(gapBetween(before, after), nothingOf(isFiltered(player.filter.value), player.as.value));
}

/** Since the last event that is shown. */
export function Ongoing() {
  const { player } = useScene();
  const { shown, newer } = player.feed.window.value;
  const last = shown.at(-1);
  const now = player.clockwork.tick.value;
  if (last === undefined || newer > 0 || !(now - last.at >= leastGap(player.span.value)) || player.status.value === 'ended') return null;
  const latest = player.as.value === null && last.event.when.earliest !== null ? Date.parse(last.event.when.earliest) : last.at;
  const what = nothingOf(isFiltered(player.filter.value), player.as.value);
  const [least, most] = [duration(now - last.at), duration(now - Math.min(latest, last.at))];
  return (
    <p class="band ongoing">
      <span>
        {least === most ? least : `At least ${least}`} {what} so far
      </span>
    </p>
  );
}
