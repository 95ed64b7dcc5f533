/**
 * Finding and filtering: words in what was said, kinds of events, who takes part.
 * Invariants: a hit leads to its moment; what is filtered away is said as long as it is; the ledger is never filtered.
 */
import { useSignal } from '@preact/signals';
import type { PublishedEvent } from '../../events/published.js';
import type { EventPage, StoryEvent } from '../../src/sdk/index.js';
import { useScene } from '../context.js';
import { isFiltered, NO_FILTER } from '../player/stage-feed.js';
import { beginning } from '../words/fold.js';
import { actorOf, kindOf, wordsOf } from '../words/lanes.js';

const PAGE = 30;
const TYPES = [
  ['MessageSent', 'Messages'],
  ['TweetPosted', 'Tweets'],
  ['ActionTaken', 'Acts'],
] as const;

function Hit({ event }: { readonly event: PublishedEvent }) {
  const { player, words } = useScene();
  const text = wordsOf(event);
  const isAhead = Date.parse(event.inSightAt ?? event.occurredAt ?? '') > player.clockwork.tick.value;
  return (
    <li>
      <button type="button" class="hit" onClick={() => void player.reveal(event.id)}>
        <span class="label">
          {kindOf(event)} of <bdi>{player.cast.value.name(actorOf(event))}</bdi>, {words.value.when(event)}
          {event.occurredAt !== null && isAhead ? ' · still to come' : ''}
        </span>
        <span class="excerpt" dir="auto">
          {text.length > 160 ? `${beginning(text, 160)}…` : text}
        </span>
      </button>
    </li>
  );
}

function Search() {
  const { player } = useScene();
  const words = useSignal('');
  const found = useSignal<EventPage | undefined>(undefined);
  const said = useSignal('');
  const look = async (after: string | null) => {
    const q = words.value.trim();
    if (q === '') return;
    said.value = 'Looking…';
    try {
      const page = await player.server.client.page(player.story.id, { text: q, limit: PAGE, after: after ?? undefined, as: player.as.value ?? undefined });
      const events = [...(after === null ? [] : (found.value?.events ?? [])), ...page.events];
      found.value = { events, next: page.next };
      said.value = events.length === 0 ? `Nothing says “${q}”.` : `${events.length}${page.next === null ? '' : ' or more'} found`;
    } catch (error) {
      said.value = error instanceof Error ? error.message : 'It cannot be searched just now.';
    }
  };
  return (
    <>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void look(null);
          }}
        >
          <label class="field">
            <span>Words in this story</span>
            <input id="search" type="search" maxLength={500} value={words.value} onInput={({ currentTarget }) => (words.value = currentTarget.value)} />
          </label>
          <button type="submit">Find</button>
        </form>
      </search>
      <p role="status" class="aside" id="found">
        {said}
      </p>
      <ul class="hits">
        {found.value?.events.map((event) => (
          <Hit key={event.id} event={event} />
        ))}
      </ul>
      {found.value?.next != null && (
        <button type="button" class="quiet" onClick={() => void look(found.value?.next ?? null)}>
          Find more
        </button>
      )}
    </>
  );
}

function Filters() {
  const { player } = useScene();
  const filter = player.filter.value;
  const toggleType = (type: StoryEvent['type'], on: boolean) => {
    const now: readonly StoryEvent['type'][] = filter.types ?? TYPES.map(([one]) => one);
    const types = on ? [...now, type] : now.filter((one) => one !== type);
    void player.controls.show({ ...filter, types: types.length === TYPES.length ? null : types });
  };
  return (
    <fieldset class="filters">
      <legend>Show only</legend>
      <div class="checks">
        {TYPES.map(([type, words]) => (
          <label class="field check" key={type}>
            <input
              type="checkbox"
              checked={filter.types === null || filter.types.includes(type)}
              onChange={({ currentTarget }) => toggleType(type, currentTarget.checked)}
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
      <label class="field">
        <span>With</span>
        <select
          id="with"
          value={filter.participants?.[0] ?? ''}
          onChange={({ currentTarget }) => void player.controls.show({ ...filter, participants: currentTarget.value === '' ? null : [currentTarget.value] })}
        >
          <option value="">anybody</option>
          {player.story.participants.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>With the words</span>
        <input
          type="search"
          maxLength={200}
          value={filter.text ?? ''}
          onChange={({ currentTarget }) =>
            void player.controls.show({ ...filter, text: currentTarget.value.trim() === '' ? null : currentTarget.value.trim() })
          }
        />
      </label>
      {isFiltered(filter) && (
        <button type="button" class="quiet" onClick={() => void player.controls.show(NO_FILTER)}>
          Show everything
        </button>
      )}
    </fieldset>
  );
}

export function Find() {
  return (
    <>
      <Search />
      <Filters />
    </>
  );
}
