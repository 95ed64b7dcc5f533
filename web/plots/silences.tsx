/**
 * Who was silent how long: for each, the silence that goes on now, and the longest that was broken.
 */
import { descending } from 'd3-array';
import { useScene } from '../context.js';
import { Name } from '../stage/text.js';
import { count, lapse } from '../words/durations.js';
import { Frame, Mark, Stretch, Strip, TimeAxis, timeScale } from './frame.js';

const SHOWN = 20;

export function SilencesPlot() {
  const { player, words } = useScene();
  const { name } = player.cast.value;
  const { from } = player.span.value;
  const now = Math.max(player.clockwork.tick.value, from + 1);
  const x = timeScale(from, now);
  const state = player.view('silences').value?.state;
  const rows = [...(state?.participants ?? [])].sort((a, b) => descending(a.happenings, b.happenings)).slice(0, SHOWN);
  const waiting = (state?.pairs ?? []).filter((pair) => pair.unreturned > 1 && pair.lastBy !== null).sort((a, b) => descending(a.unreturned, b.unreturned));
  const since = (row: (typeof rows)[number]) => {
    const earliest = row.since.earliest === null ? null : now - Date.parse(row.since.earliest);
    return lapse(Math.max(0, now - Date.parse(row.since.latest ?? row.since.at)), earliest);
  };
  const longest = (row: (typeof rows)[number]) => (row.longest === null ? 'none was broken' : lapse(row.longest.minMs, row.longest.maxMs));
  return (
    <Frame
      title="Who was silent how long"
      note="A mark is when somebody last did or said anything; the bar is the silence since, up to the clock."
      heads={['Who', 'Events of their own', 'Silent for', 'Longest silence that was broken']}
      cells={rows.map((row) => [name(row.id), String(row.happenings), since(row), longest(row)])}
    >
      {waiting.length > 0 && (
        <ul class="facts">
          {waiting.slice(0, 5).map((pair) => (
            <li key={pair.between.join(' ')}>
              <Name>{name(pair.lastBy ?? '')}</Name>: {count(pair.unreturned, 'message')} in a row to{' '}
              <Name>{name(pair.between.find((id) => id !== pair.lastBy) ?? '')}</Name> with no message back
            </li>
          ))}
        </ul>
      )}
      <ul class="strips">
        {rows.map((row) => (
          <li key={row.id}>
            <p>
              <Name>{name(row.id)}</Name>: <span class="aside">{now - Date.parse(row.since.at) < 1000 ? 'just now' : `silent for ${since(row)}`}</span>
            </p>
            <Strip>
              <Stretch from={x(Date.parse(row.since.at))} to={1} kind="range" />
              <Mark at={x(Date.parse(row.since.at))} shape="circle" lane="public" />
            </Strip>
          </li>
        ))}
      </ul>
      {rows.length === 0 ? <p class="aside">Nothing has happened yet.</p> : <TimeAxis from={from} to={now} words={words.value} />}
    </Frame>
  );
}
