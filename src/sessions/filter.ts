/**
 * Filters: which happenings a watcher is sent. Views fold all of them, and silences are found before.
 * Invariant: the same words, types and participants decide over HTTP and over the socket.
 */
import { actorOf, type Happening, participantsOf, wordsOf } from '../../events/event.js';
import type { OrderKey } from '../../events/story-time.js';
import type { Filter } from '../protocol.js';

export function matcherOf({ types, participants, text }: Filter): (event: Happening) => boolean {
  const words = text?.toLocaleLowerCase();
  return (event) =>
    (types === null || types.includes(event.type)) &&
    (participants === null || participants.includes(actorOf(event)) || participantsOf(event).some((person) => participants.includes(person))) &&
    (words === undefined || wordsOf(event).toLocaleLowerCase().includes(words));
}

/** What somebody is sent of all that is played. Whoever has the same `key` is sent the same. */
export interface Wanted {
  readonly filter: Filter;
  readonly views: ReadonlySet<string>;
  /** What he had been sent when he came, where that lies beyond what has been played. */
  readonly seen: OrderKey | undefined;
  readonly matches: (event: Happening) => boolean;
  readonly key: string;
}

/** What a filter, views and the place of one who comes back make together. */
export function wanting(filter: Filter, views: ReadonlySet<string>, seen: OrderKey | undefined): Wanted {
  return { filter, views, seen, matches: matcherOf(filter), key: JSON.stringify([filter, [...views].sort(), seen?.map(String) ?? null]) };
}
