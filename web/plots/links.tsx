/**
 * Links: who shared each when. That one shared it after another is shown as that and no more.
 */
import { useScene } from '../context.js';
import type { Share } from '../player/views.js';
import { lapse } from '../words/durations.js';
import { Frame, Legend, Mark, Stretch, Strip, TimeAxis, timeScale } from './frame.js';

const SHOWN = 30;

export function LinksPlot() {
  const { player, words } = useScene();
  const { name } = player.cast.value;
  const { from } = player.span.value;
  const to = Math.max(player.clockwork.tick.value, from + 1);
  const x = timeScale(from, to);
  const links = (player.view('links').value?.state.links ?? []).toReversed().slice(0, SHOWN);
  const whenOf = ({ at, earliest, latest }: Share) => words.value.between(earliest, latest ?? at);
  const draw = (share: Share, i: number) => (
    <g key={i}>
      <Stretch from={x(share.earliest === null ? from : Date.parse(share.earliest))} to={x(Date.parse(share.latest ?? share.at))} kind="bounds" />
      <Mark at={x(Date.parse(share.at))} shape={share.visibility === 'private' ? 'square' : 'circle'} lane={share.visibility} />
    </g>
  );
  const cells = links.flatMap((link) => [
    [link.as, name(link.first.by), link.first.visibility, whenOf(link.first), 'the first time'],
    ...link.reuses.map((share) => [
      link.as,
      name(share.by),
      share.visibility,
      whenOf(share),
      `after ${lapse(share.afterMinMs ?? null, share.afterMaxMs ?? null)}`,
    ]),
  ]);
  return (
    <Frame
      title="Who shared which link when"
      note="Each link as it was shared, up to the clock. That one shared it after another says no more than that."
      heads={['Link', 'Shared by', 'How', 'When', 'Against the first time']}
      cells={cells}
    >
      <Legend
        marks={[
          ['square', 'private', 'in private'],
          ['circle', 'public', 'in public'],
        ]}
      />
      <ul class="strips">
        {links.map((link) => (
          <li key={link.url}>
            <p>
              <bdi>{link.as}</bdi>:{' '}
              <span class="aside">{[link.first, ...link.reuses].map((share) => `${name(share.by)}, ${share.visibility}`).join('; then ')}</span>
            </p>
            <Strip>{[link.first, ...link.reuses].map(draw)}</Strip>
          </li>
        ))}
      </ul>
      {links.length === 0 ? <p class="aside">No link has been shared yet.</p> : <TimeAxis from={from} to={to} words={words.value} />}
    </Frame>
  );
}
