/**
 * Filters: which happenings a watcher is sent. Views fold all of them, and silences are found before.
 * Invariant: the same words, types and participants decide over HTTP and over the socket.
 */
import { actorOf, type Happening, participantsOf, wordsOf } from '../../events/event.js';
import type { Filter } from '../protocol.js';

export function matcherOf({ types, participants, text }: Filter): (event: Happening) => boolean {
  const words = text?.toLocaleLowerCase();
  return (event) =>
    (types === null || types.includes(event.type)) &&
    (participants === null || participants.includes(actorOf(event)) || participantsOf(event).some((person) => participants.includes(person))) &&
    (words === undefined || wordsOf(event).toLocaleLowerCase().includes(words));
}
