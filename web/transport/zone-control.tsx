/**
 * Whose zone the times are told in. Invariant: which one it is, is always said.
 */
import { useScene } from '../context.js';
import { isZone, READERS_ZONE, zoneName } from '../words/zone.js';

export function ZoneControl() {
  const { player, zone } = useScene();
  const own = player.story.timeZone;
  const storys = own !== undefined && isZone(own) ? own : 'UTC';
  return (
    <label class="field zone">
      <span class="unseen">Times as in</span>
      <select id="zone" value={zone.value} onChange={({ currentTarget }) => (zone.value = currentTarget.value)}>
        <option value={storys}>story time, {zoneName(storys)}</option>
        {READERS_ZONE !== storys && <option value={READERS_ZONE}>my time, {zoneName(READERS_ZONE)}</option>}
      </select>
    </label>
  );
}
