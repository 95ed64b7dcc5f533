/**
 * How long answers took, for each direction: the median as the range that it is known to lie in.
 * Unit: milliseconds, on a logarithmic scale.
 */
import { max } from 'd3-array';
import { scaleLog } from 'd3-scale';
import { useScene } from '../context.js';
import { Name } from '../stage/text.js';
import { lapse } from '../words/durations.js';
import { Frame, Mark, percent, Stretch, Strip } from './frame.js';

const MINUTE = 60_000;
const MARKS: readonly (readonly [ms: number, label: string])[] = [
  [MINUTE, '1 minute'],
  [60 * MINUTE, '1 hour'],
  [24 * 60 * MINUTE, '1 day'],
  [30 * 24 * 60 * MINUTE, '30 days'],
  [365 * 24 * 60 * MINUTE, '1 year'],
];

export function ResponseTimesPlot() {
  const { player } = useScene();
  const { name } = player.cast.value;
  const directions = player.view('response-times').value?.state.directions ?? [];
  const most = max(directions, (one) => one.medianMaxMs ?? one.medianMinMs ?? 0) ?? 0;
  const end = MARKS.find(([ms]) => ms > most)?.[0] ?? most * 2;
  const x = scaleLog()
    .domain([MINUTE, Math.max(end, 24 * 60 * MINUTE)])
    .range([0, 1])
    .clamp(true);
  const at = (ms: number) => x(Math.max(MINUTE, ms));
  const basis = (claimed: number, inferred: number) =>
    [claimed > 0 ? `${claimed} by a claim` : '', inferred > 0 ? `${inferred} by a rule` : ''].filter((part) => part !== '').join(', ');
  const median = (one: (typeof directions)[number]) => (one.answered === 0 ? 'no answer' : lapse(one.medianMinMs, one.medianMaxMs));
  return (
    <Frame
      title="How long answers took"
      note="The median time to an answer, from who asked to who was asked. A bar is the stretch in which it is known to lie; a dashed one is not bounded."
      heads={['Asked by', 'Asked of', 'Requests', 'Answered', 'Of these only', 'Median']}
      cells={directions.map((one) => [
        name(one.from),
        name(one.to),
        String(one.requests),
        String(one.answered),
        basis(one.claimedAnswers, one.inferredAnswers),
        median(one),
      ])}
    >
      <ul class="strips">
        {directions.map((one) => (
          <li key={`${one.from} ${one.to}`}>
            <p>
              <Name>{name(one.from)}</Name> asked <Name>{name(one.to)}</Name>: {one.answered} of {one.requests} answered
              {one.answered > 0 && (one.medianMaxMs === null && (one.medianMinMs ?? 0) < 1000 ? '; how long it took is not known' : `, median ${median(one)}`)}
            </p>
            {one.answered > 0 && (
              <Strip>
                {one.medianMaxMs === null ? (
                  <Stretch from={at(one.medianMinMs ?? 0)} to={1} kind="unbounded" />
                ) : one.medianMinMs === one.medianMaxMs ? (
                  <Mark at={at(one.medianMaxMs)} shape="diamond" />
                ) : (
                  <Stretch from={at(one.medianMinMs ?? 0)} to={at(one.medianMaxMs)} kind="range" />
                )}
              </Strip>
            )}
          </li>
        ))}
      </ul>
      {directions.length === 0 && <p class="aside">No request has been made yet.</p>}
      {directions.some((one) => one.answered > 0) && (
        <div class="axis" aria-hidden="true">
          {MARKS.filter(([ms]) => ms <= end).map(([ms, label]) => (
            <span key={label} class={x(ms) > 0.9 ? 'last' : ''} style={{ left: percent(x(ms)) }}>
              {label}
            </span>
          ))}
        </div>
      )}
    </Frame>
  );
}
