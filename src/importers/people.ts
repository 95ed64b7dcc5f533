/**
 * Who is who: the handles of an archive as participants of a story.
 * Invariants: nobody is merged with anybody by a guess, only by a map that somebody wrote; everyone who was asked for is told.
 * Unit: one participant.
 */
import Type, { type Static } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { Line, Slug } from '../../events/envelope.js';
import type { Participant } from '../../events/descriptions.js';
import { HindcastError } from '../errors.js';
import { type Handle, type HandleKind, handleOf, slugOf } from './slug.js';

const closed = { additionalProperties: false } as const;

/** The map that somebody wrote: one person an entry. */
const PeopleFile = Type.Array(
  Type.Object(
    {
      id: Slug,
      name: Line,
      handles: Type.Array(Line, { minItems: 1, maxItems: 1_000 }),
      kind: Type.Optional(Type.Enum(['person', 'organisation', 'account', 'group', 'unknown'])),
    },
    closed,
  ),
  { maxItems: 100_000 },
);
type PeopleFile = Static<typeof PeopleFile>;

/** As a description takes them. */
const MOST_ALIASES = 100;
const LONGEST_NAME = 2_000;

type Kind = Static<typeof Participant>['kind'];
export type DescribedParticipant = Static<typeof Participant>;

export interface Person extends DescribedParticipant {
  /** Does the map name them? */
  readonly mapped: boolean;
}

interface Seen {
  readonly id: string;
  name: string;
  readonly aliases: Set<string>;
  kind: Kind;
  readonly mapped: boolean;
  wasNamed: boolean;
  count: number;
}

export class People {
  /** What the map says: handle → person. */
  private readonly known = new Map<string, PeopleFile[number]>();
  private readonly ids = new Set<string>();
  private readonly seen = new Map<string, Seen>();
  /** The ids of handles, so that they are made once. */
  private readonly made = new Map<string, string>();

  /** `map`: what a file of people says, as JSON. Throws `bad-request` where it is no such file, or gives one handle to two. */
  constructor(map: unknown = []) {
    if (!Check(PeopleFile, map)) {
      const faults = [...Errors(PeopleFile, map)].slice(0, 10).map((error) => ({ at: error.instancePath || '/', message: error.message }));
      throw new HindcastError('bad-request', `The file of people: ${faults.map(({ at, message }) => `${at} ${message}`).join('; ')}.`, faults);
    }
    for (const [i, person] of map.entries()) {
      const refuse = (message: string) => {
        throw new HindcastError('bad-request', `The file of people: ${message}.`, [{ at: `/${i}`, message }]);
      };
      if (this.ids.has(person.id)) refuse(`"${person.id}" stands twice`);
      this.ids.add(person.id);
      for (const handle of person.handles) {
        for (const key of keysOf(handle)) {
          const other = this.known.get(key);
          if (other !== undefined && other !== person) refuse(`"${handle}" is given to "${other.id}" and to "${person.id}"`);
          this.known.set(key, person);
        }
      }
    }
  }

  /** The participant that somebody is. `name` is what the source calls them; `also` are other handles that it gives to the same one. */
  idOf(kind: HandleKind, text: string, name?: string, also: readonly Handle[] = []): string {
    const handle = handleOf(kind, text);
    const key = keyOf(handle);
    let id = this.made.get(key);
    if (id === undefined) {
      const person = this.known.get(key) ?? also.map((other) => this.known.get(keyOf(other))).find((other) => other !== undefined);
      id = person?.id ?? slugOf(handle);
      this.made.set(key, id);
      if (!this.seen.has(id))
        this.seen.set(id, {
          id,
          name: person?.name ?? cut(handle.text),
          aliases: new Set(),
          kind: person === undefined ? kindOf(kind) : (person.kind ?? 'person'),
          mapped: person !== undefined,
          wasNamed: person !== undefined,
          count: 0,
        });
      note(this.seen.get(id) as Seen, handle.text);
    }
    const seen = this.seen.get(id) as Seen;
    seen.count++;
    if (name !== undefined && name.trim() !== '') {
      const tidy = cut(name.trim());
      if (!seen.wasNamed) {
        const before = seen.name;
        seen.name = tidy;
        seen.wasNamed = true;
        note(seen, before);
      } else note(seen, tidy);
    }
    for (const other of also) note(seen, other.kind === 'account' ? `@${other.text}` : other.text);
    return id;
  }

  /** Everyone who was asked for, those first who were asked for most. */
  participants(): Person[] {
    return [...this.seen.values()]
      .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1))
      .map(({ id, name, aliases, kind, mapped }) => ({ id, name, aliases: [...aliases].filter((alias) => alias !== name).sort(), kind, mapped }));
  }
}

function note({ name, aliases }: Seen, alias: string): void {
  if (alias !== '' && alias !== name && aliases.size < MOST_ALIASES) aliases.add(cut(alias));
}

function cut(text: string): string {
  const whole = text
    .replace(/\p{Cs}/gu, '\ufffd')
    .slice(0, LONGEST_NAME)
    .replace(/[\ud800-\udbff]$/, '');
  return whole === '' ? '?' : whole;
}

function keyOf({ kind, text }: Handle): string {
  return `${kind}:${text}`;
}

/** What a handle in the map can mean: it does not say of what kind it is. */
function keysOf(text: string): string[] {
  const kinds: HandleKind[] = ['name', 'account', 'group', ...(text.includes('@', 1) ? (['address'] as const) : [])];
  return kinds.map((kind) => keyOf(handleOf(kind, text)));
}

/** An address or a name may be anybody's. */
function kindOf(handle: HandleKind): Kind {
  return handle === 'account' || handle === 'group' ? handle : 'unknown';
}
