/**
 * Who knew what and when: each private happening, and who was told of it by then. Nobody is taken to know more than that.
 */
import { useScene } from '../context.js';
import type { Bounds, Told } from '../player/views.js';
import { EventLink } from '../stage/event-link.js';
import { listed } from '../words/lanes.js';
import { Frame, Legend, Mark, type Shape, Stretch, Strip, TimeAxis, timeScale } from './frame.js';

const SHOWN = 25;
const HOW: Readonly<Record<Told['how'], readonly [shape: Shape, lane: string, words: string]>> = {
  addressed: ['square', 'private', 'addressed'],
  'took-part': ['square', 'private', 'took part'],
  forwarded: ['triangle', 'private', 'by a forward'],
  disclosed: ['diamond', 'private', 'by a disclosure'],
  published: ['circle', 'public', 'by publication'],
};

export function WhoKnewPlot() {
  const { player, words } = useScene();
  const { name } = player.cast.value;
  const { from } = player.span.value;
  const to = Math.max(player.clockwork.tick.value, from + 1);
  const x = timeScale(from, to);
  const rows = (player.view('who-knew').value?.state.rows ?? []).toReversed().slice(0, SHOWN);
  const noun = (type: string) => (type === 'MessageSent' ? 'message' : 'act');
  const whenOf = ({ at, earliest, latest }: Bounds) => words.value.between(earliest, latest ?? at);
  return (
    <Frame
      title="Who knew what, and when"
      note="Each private message and act, the latest first, and who had been told of it by then, as far as the story says. A faint stretch is what is known of when."
      heads={['What', 'Who was told', 'How', 'When']}
      cells={rows.flatMap((row) =>
        row.told.map((told) => [`${noun(row.type)} of ${name(row.by)}, ${whenOf(row)}`, name(told.to), HOW[told.how][2], whenOf(told)]),
      )}
    >
      <Legend
        marks={[HOW.addressed, HOW.forwarded, HOW.disclosed, HOW.published].map(([shape, lane, said]) => [
          shape,
          lane,
          said === 'addressed' ? 'addressed, or took part' : said,
        ])}
      />
      <ul class="strips">
        {rows.map((row) => (
          <li key={row.event}>
            <p>
              <EventLink event={row.event}>{`${noun(row.type)} of ${name(row.by)}`}</EventLink>, {whenOf(row)}:{' '}
              <span class="aside">{row.told.length === 0 ? 'nobody else' : listed(row.told.map((told) => name(told.to)))}</span>
            </p>
            <Strip>
              {row.told.map((told) => (
                <g key={told.to}>
                  <Stretch from={x(told.earliest === null ? from : Date.parse(told.earliest))} to={x(Date.parse(told.latest ?? told.at))} kind="bounds" />
                  <Mark at={x(Date.parse(told.at))} shape={HOW[told.how][0]} lane={HOW[told.how][1]} />
                </g>
              ))}
            </Strip>
          </li>
        ))}
      </ul>
      {rows.length === 0 ? <p class="aside">Nothing private has happened yet.</p> : <TimeAxis from={from} to={to} words={words.value} />}
    </Frame>
  );
}
