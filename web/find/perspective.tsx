/**
 * Through whose eyes, and what is filtered away: said plainly for as long as it is so.
 */
import { useScene } from '../context.js';
import { isFiltered, NO_FILTER } from '../player/stage-feed.js';
import { listed } from '../words/lanes.js';

export function PerspectiveControl() {
  const { player } = useScene();
  const people = player.story.participants;
  const as = player.as.value;
  const isKnown = as === null || as === 'public' || people.some(({ id }) => id === as);
  return (
    <label class="field perspective">
      <span class="unseen">Seen by</span>
      <select id="as" value={as ?? ''} onChange={({ currentTarget }) => void player.controls.look(currentTarget.value === '' ? null : currentTarget.value)}>
        <option value="">Seen by everybody</option>
        <option value="public">Seen by the public</option>
        {people.map(({ id, name }) => (
          <option key={id} value={id}>
            Seen by {name}
          </option>
        ))}
        {!isKnown && <option value={as ?? ''}>Seen by {as}</option>}
      </select>
    </label>
  );
}

/** What keeps parts of the story from being shown. */
export function Restrictions() {
  const { player } = useScene();
  const { name } = player.cast.value;
  const as = player.as.value;
  const filter = player.filter.value;
  const only = [
    filter.types === null
      ? ''
      : filter.types.length === 0
        ? 'no kind of event'
        : listed(filter.types.map((type) => ({ MessageSent: 'messages', TweetPosted: 'tweets', ActionTaken: 'acts' })[type] ?? type)),
    filter.participants === null ? '' : `what ${listed(filter.participants.map(name))} took part in`,
    filter.text === null ? '' : `what says “${filter.text}”`,
  ].filter((part) => part !== '');
  if (as === null && only.length === 0) return null;
  return (
    <section class="restrictions" aria-label="What is left out">
      {as !== null && (
        <p>
          You see only what <bdi>{name(as)}</bdi> could see, from when {as === 'public' ? 'it' : 'they'} could see it.{' '}
          <button type="button" class="link" onClick={() => void player.controls.look(null)}>
            See it as everybody saw it together
          </button>
        </p>
      )}
      {isFiltered(filter) && (
        <p>
          The stage shows only {only.join(', and of that ')}; the requests are not filtered.{' '}
          <button type="button" class="link" onClick={() => void player.controls.show(NO_FILTER)}>
            Show everything
          </button>
        </p>
      )}
    </section>
  );
}
