/**
 * How a story is told in a terminal: names, times, lapses and grounds, the same for every command.
 * Invariants: nothing is said more surely or more precisely than it is known; what came after something "followed" it; all words
 * of a story are clean.
 */
import { actorOf, type Happening } from '../../events/event.js';
import { lapse, type Words, wordsIn } from '../../events/words.js';
import type { StoryDetail, StoryEvent } from '../sdk/index.js';
import { clean, cleanLine } from './terminal/clean.js';

/** Words in a story's own zone; in UTC where it names none that is known. */
export function zoneWords(zone: string | undefined): Words {
  try {
    return wordsIn(zone ?? 'UTC');
  } catch {
    return wordsIn('UTC');
  }
}

export interface Grounds {
  readonly basis: string;
  readonly rule?: string | undefined;
  readonly saidBy?: string | undefined;
}

interface After {
  readonly afterMinMs: number | null;
  readonly afterMaxMs: number | null;
  readonly afterStated?: string | undefined;
}

export interface Telling {
  readonly words: Words;
  readonly zone: string;
  name(participant: string): string;
  names(participants: readonly string[]): string;
  /** `stated by …`, `claimed by …`, `inferred by the rule …` */
  grounds(grounds: Grounds): string;
  /** When something was that is placed at an instant and bounded, or is known to the instant where no bounds are given. */
  time(at: string, earliest?: string | null, latest?: string | null): string;
  /** How long after, as a range where it is one, and in the source's own words. */
  after(after: After): string;
}

export function tellingOf({ participants, timeZone }: Pick<StoryDetail, 'participants' | 'timeZone'>): Telling {
  const words = zoneWords(timeZone);
  const known = new Map(participants.map(({ id, name }) => [id, cleanLine(name)]));
  const name = (id: string) => (id === 'public' ? 'the public' : (known.get(id) ?? cleanLine(id)));
  return {
    words,
    zone: timeZone ?? 'UTC',
    name,
    names: (ids) => ids.map(name).join(', '),
    grounds({ basis, rule, saidBy }) {
      const by = saidBy === undefined ? '' : ` by ${name(saidBy)}`;
      return basis === 'inferred' ? `inferred${by} by ${rule === undefined ? 'a rule' : `the rule ${cleanLine(rule)}`}` : `${basis}${by}`;
    },
    time: (at, earliest = at, latest = at) => words.bounds({ when: { earliest, latest } }),
    after: ({ afterMinMs, afterMaxMs, afterStated }) => `${lapse(afterMinMs, afterMaxMs)}${afterStated === undefined ? '' : ` (“${cleanLine(afterStated)}”)`}`,
  };
}

/** Who to whom, or with whom. */
export function peopleIn(event: StoryEvent, { name, names }: Telling): string {
  const [actor, others, word] =
    event.type === 'MessageSent'
      ? [event.data.from, event.data.to, 'to']
      : event.type === 'TweetPosted'
        ? [event.data.by, event.data.mentions ?? [], 'mentioning']
        : [event.data.by, event.data.with ?? [], 'with'];
  return others.length === 0 ? name(actor) : `${name(actor)} ${word} ${names(others)}`;
}

/** What kind of thing it is, and how open it was. */
export function kindOf({ type, visibility }: Pick<StoryEvent, 'type' | 'visibility'>): string {
  if (type === 'TweetPosted') return visibility === 'public' ? 'tweet' : 'private tweet';
  return `${visibility} ${type === 'MessageSent' ? 'message' : 'act'}`;
}

/** The words: quoted ones in quotation marks, what stands for words without. */
export function textOf(event: StoryEvent): string {
  const quoted = (text: string | undefined) => (text === undefined || text.trim() === '' ? [] : [`“${clean(text)}”`]);
  const told = (text: string | undefined) => (text === undefined || text.trim() === '' ? [] : [clean(text)]);
  const parts =
    event.type === 'ActionTaken'
      ? [...told(event.data.description), ...quoted(event.data.words)]
      : [...quoted(event.data.text), ...told(event.data.paraphrase)];
  const links = event.data.links.filter((link) => !parts.some((part) => part.includes(clean(link)))).map(cleanLine);
  return [...parts, ...links].join('\n');
}

export const actorIn = (event: StoryEvent): string => actorOf(event as unknown as Happening);
