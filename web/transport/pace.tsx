/**
 * How fast, and whether silences are shortened.
 */
import { useScene } from '../context.js';
import { FITS, type Pace, RATES } from '../player/controls.js';
import { pace as paceWords, stopwatch } from '../words/durations.js';

const optionOf = (pace: Pace) => (pace.kind === 'fit' ? `fit:${pace.seconds}` : `rate:${pace.rate}`);

export function PaceControl() {
  const { controls, clock } = useScene().player;
  const pace = controls.pace.value;
  const value = optionOf(pace);
  const isOwn = pace.kind === 'rate' && !(RATES as readonly number[]).includes(pace.rate);
  const choose = (text: string) => {
    const [kind, amount] = text.split(':');
    void controls.setPace(kind === 'fit' ? { kind, seconds: Number(amount) } : { kind: 'rate', rate: Number(amount) });
  };
  const rate = clock.value?.nominalRate;
  return (
    <label class="field pace">
      <span class="unseen">Pace</span>
      <select
        id="pace"
        value={value}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
        title={rate === undefined ? '' : `×${Math.round(rate).toLocaleString('en')}`}
      >
        <optgroup label="Whole story in">
          {FITS.map(({ seconds, words }) => (
            <option key={seconds} value={`fit:${seconds}`}>
              Story in {words}
            </option>
          ))}
        </optgroup>
        <optgroup label="One second shows">
          {RATES.map((one) => (
            <option key={one} value={`rate:${one}`}>
              {one === 1 ? 'Real time (×1)' : `${paceWords(one)} (×${one.toLocaleString('en')})`}
            </option>
          ))}
          {isOwn && <option value={value}>{`${paceWords(pace.rate)} (×${Number(pace.rate.toPrecision(3)).toLocaleString('en')})`}</option>}
        </optgroup>
      </select>
    </label>
  );
}

export function SilenceControl() {
  const { controls } = useScene().player;
  const limit = controls.idleLimit.value;
  return (
    <label
      class="field check"
      title={limit === null ? 'Silences last as long as they did, at this pace' : `No silence lasts longer than ${stopwatch(limit)} of your time`}
    >
      <input
        id="shorten"
        type="checkbox"
        checked={controls.shortens.value}
        onChange={({ currentTarget }) => void controls.setShortens(currentTarget.checked)}
      />
      <span>Shorten silences</span>
    </label>
  );
}
