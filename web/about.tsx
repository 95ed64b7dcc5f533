/**
 * What the story is, where it is from and what it leaves open; and what of it has no place in time.
 */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Client, StoryDetail, StoryEvent } from '../src/sdk/index.js';
import { useScene } from './context.js';
import { OutLink } from './stage/text.js';
import { actorOf, kindOf, wordsOf } from './words/lanes.js';

/** Happenings that nothing bounds: they are listed and never played. Latest first they come before all others. */
export function Unplaced({ client, story, as }: { readonly client: Client; readonly story: StoryDetail; readonly as: string | null }) {
  const events = useSignal<readonly StoryEvent[]>([]);
  const names = new Map(story.participants.map(({ id, name }) => [id, name]));
  useEffect(() => {
    client.page(story.id, { order: 'latest', limit: 100, as: as ?? undefined }).then(
      (page) => (events.value = page.events.filter((event) => event.occurredAt === null)),
      () => {},
    );
  }, [client, story.id, as]);
  if (events.value.length === 0) return null;
  return (
    <>
      <h3>Without a place in time</h3>
      <p class="aside">Nothing bounds when these happened, so they are told here and not played.</p>
      <ul class="plain">
        {events.value.map((event) => (
          <li key={event.id} dir="auto">
            {wordsOf(event)}{' '}
            <span class="aside">
              ({kindOf(event)} of {names.get(actorOf(event)) ?? actorOf(event)})
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function About() {
  const { player } = useScene();
  const { story } = player;
  return (
    <>
      {story.description !== undefined && <p dir="auto">{story.description}</p>}
      {story.sources.length > 0 && <h3>Sources</h3>}
      <ul class="plain">
        {story.sources.map(({ id, title, author, publisher, published, url, note }) => (
          <li key={id} dir="auto">
            <cite>
              <OutLink url={url}>{title}</OutLink>
            </cite>
            {[author, publisher, published].filter((part) => part !== undefined).map((part) => `, ${part}`)}
            {note !== undefined && <span class="aside"> {note}</span>}
          </li>
        ))}
      </ul>
      {story.doubts.length > 0 && <h3>What the sources leave open</h3>}
      <ol class="doubts">
        {story.doubts.map((doubt) => (
          <li key={doubt} dir="auto">
            {doubt}
          </li>
        ))}
      </ol>
      <Unplaced client={player.server.client} story={story} as={player.as.value} />
    </>
  );
}
