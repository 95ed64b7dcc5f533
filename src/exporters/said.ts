/**
 * What is said of a happening, whatever it is told in: who did it and with whom, its words, and when.
 * Invariants: the words of a participant are told apart from what stands for them; a time that is uncertain comes with its
 * bounds. Unit: ms of story time.
 */
import { actorOf, participantsOf, type RecordedHappening } from '../../events/event.js';
import { instantOf } from '../../events/story-time.js';
import type { Words } from '../../events/words.js';

/** A piece of what was said: a participant's own words, or what a source or an author puts in their place. */
export interface Said {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** The words themselves, in pieces where the source gives them so. */
export function saidIn({ data, type }: RecordedHappening): Said[] {
  const quoted = (text: string | undefined): Said[] => (text === undefined || text === '' ? [] : [{ text, isQuoted: true }]);
  const inPlace = (text: string | undefined): Said[] => (text === undefined ? [] : [{ text, isQuoted: false }]);
  if (type === 'ActionTaken') return [...inPlace(data.description), ...(data.words === undefined ? [] : [{ text: data.words, isQuoted: true }])];
  if (data.pieces !== undefined) return data.pieces.map(({ text, as }) => ({ text, isQuoted: as === 'quoted' }));
  return [...quoted(data.text), ...inPlace(data.paraphrase)];
}

/** What kind of thing a happening is, and how open it was. */
export function kindOf({ type, visibility }: Pick<RecordedHappening, 'type' | 'visibility'>): string {
  if (type === 'TweetPosted') return visibility === 'public' ? 'tweet' : 'private tweet';
  return `${visibility} ${type === 'MessageSent' ? 'message' : 'act'}`;
}

/** Who did it, and the others in it, with the word that joins them. */
export interface Parties {
  readonly by: string;
  readonly joined: 'to' | 'mentioning' | 'with';
  readonly others: readonly string[];
}

const JOINED = { MessageSent: 'to', TweetPosted: 'mentioning', ActionTaken: 'with' } as const;

export function partiesOf(event: RecordedHappening): Parties {
  return { by: actorOf(event), joined: JOINED[event.type], others: participantsOf(event).slice(1) };
}

/** The same as text, each by the name that the story gives them. */
export function partiesNamed(event: RecordedHappening, name: (id: string) => string): string {
  const { by, joined, others } = partiesOf(event);
  if (others.length === 0) return name(by);
  const names = others.map(name);
  const last = names.pop();
  return `${name(by)} ${joined} ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}`;
}

/** The names that a story gives its participants; their ids where it gives none. */
export function namesOf(participants: readonly { readonly id: string; readonly name: string }[]): (id: string) => string {
  const names = new Map(participants.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

/** When a happening was, in words: as its source says, and sentences on its bounds and its place where those say more. */
export interface TimeSaid {
  readonly said: string;
  readonly asides: readonly string[];
}

/** `at`: where it stands, which through other eyes is where they learned of it. */
export function timeSaid(event: RecordedHappening, at: number, words: Words): TimeSaid {
  const { when, occurredAt } = event;
  const said = words.when(event);
  if (occurredAt === null) return { said, asides: [] };
  const placed = instantOf(occurredAt);
  const isExact = when.earliest !== null && when.earliest === when.latest;
  const bounds = isExact || said.includes(words.bounds(event)) ? '' : `By its bounds: ${words.bounds(event)}. `;
  return {
    said,
    asides: [
      ...(isExact ? [] : [`${bounds}In the story it stands at ${words.clock(placed)} on ${words.date(placed)}.`]),
      // Through other eyes it may stand where they learned of it.
      ...(Number.isFinite(at) && at !== placed ? [`It stands here because it came into sight at ${words.clock(at)} on ${words.date(at)}.`] : []),
    ],
  };
}
