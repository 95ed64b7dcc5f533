/**
 * What kind of thing an event is, and who it is from and for, in words.
 * Invariant: private and public are always said, never only shown.
 */
import type { PublishedEvent } from '../../events/published.js';

/** The data of all three families, as far as it is shown. */
export interface EventData {
  readonly from?: string;
  readonly by?: string;
  readonly to?: readonly string[];
  readonly with?: readonly string[];
  readonly mentions?: readonly string[];
  readonly channel?: string;
  readonly action?: string;
  readonly place?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly words?: string;
  readonly description?: string;
  readonly paraphrase?: string;
  readonly pieces?: readonly { readonly text: string; readonly as: 'quoted' | 'paraphrased' }[];
  readonly links?: readonly string[];
  readonly incomplete?: boolean;
  readonly editorial?: readonly { readonly inserted: string; readonly after: string; readonly note?: string }[];
  readonly inReplyTo?: string;
  readonly forwardOf?: string;
}

type Kind = Pick<PublishedEvent, 'type' | 'visibility'>;

export const dataOf = (event: PublishedEvent) => event.data as EventData;

/** The noun alone: "message", "tweet", "action". */
export const nounOf = (type: PublishedEvent['type']) => (type === 'MessageSent' ? 'message' : type === 'TweetPosted' ? 'tweet' : 'act');

/** "private message", "tweet", "public act". */
export function kindOf({ type, visibility }: Kind): string {
  return type === 'TweetPosted' && visibility === 'public' ? 'public tweet' : `${visibility} ${nounOf(type)}`;
}

export const actorOf = (event: PublishedEvent) => dataOf(event).from ?? dataOf(event).by ?? '';

/** How the others are joined to whoever acted: the word between, and who they are. */
export function othersOf(event: PublishedEvent): { readonly joined: 'to' | 'with' | 'mentioning'; readonly ids: readonly string[] } {
  const { to, with: others, mentions } = dataOf(event);
  if (to !== undefined) return { joined: 'to', ids: to };
  return others !== undefined ? { joined: 'with', ids: others } : { joined: 'mentioning', ids: mentions ?? [] };
}

/** Names as a sentence has them; many are counted. */
export function listed(names: readonly string[], most = 6): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} others`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** The words of an event as one text, for a preview. */
export function wordsOf(event: PublishedEvent): string {
  const { text, description, words, paraphrase } = dataOf(event);
  return [description, text, words, paraphrase].filter((part) => part !== undefined && part !== '').join(' ');
}
