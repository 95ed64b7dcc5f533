/**
 * What all parts of a transcript share: how people, sources, times, grounds and links are said in it.
 * Invariants: a name or a quote stands in its own direction; a link leads to http or https or nowhere, and a reference to what
 * stands in the transcript or nowhere; whatever is said names its grounds.
 */
import type { StoryDescribedData } from '../../events/descriptions.js';
import type { Basis, Source } from '../../events/envelope.js';
import type { Words } from '../../events/words.js';
import { html, type Html, type Part } from './html.js';
import { printed } from './printed.js';
import { namesOf } from './said.js';

type StorySource = StoryDescribedData['sources'][number];

/** How something is known, and who says so. */
export interface Grounds {
  readonly basis: Basis;
  readonly rule?: string;
  readonly by?: string;
}

export interface Cast {
  readonly words: Words;
  name(participant: string): Html;
  names(participants: readonly string[]): Part;
  /** The words of a reference to a happening: a link where that stands in the transcript. */
  reference(event: string, words: Part): Part;
  grounds(grounds: Grounds): Part;
  citation(source: Source): Part;
}

/** The anchor of a happening: no two ids have the same, and none needs to be escaped. */
export const anchorOf = (event: string): string =>
  `event-${event.replace(/[^A-Za-z0-9_.-]/g, (character) => `~${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;

/** Words in their own direction. */
export const own = (text: string): Html => html`<bdi>${text}</bdi>`;
/** The source's own words for a time or a lapse. */
export const stated = (words: string | null | undefined): Part => (words == null ? '' : html` (“${own(words)}”)`);

/** An address as it can be followed; undefined where it leads elsewhere than to http or https. */
function addressOf(link: string): string | undefined {
  const address = printed(link).trim();
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? address : undefined;
}

/** A link as its source gives it, to be followed where that can be. */
export function linked(link: string | undefined, words: Part = own(link ?? '')): Part {
  const address = link === undefined ? undefined : addressOf(link);
  return address === undefined ? words : html`<a href="${address}" rel="noreferrer">${words}</a>`;
}

export function listed(parts: readonly Part[]): Part {
  return parts.map((part, i) => (i === 0 ? part : html`${i === parts.length - 1 ? ' and ' : ', '}${part}`));
}

/** A source in the list of a story's sources. */
export function sourceTold({ title, author, publisher, url, published, note }: StorySource): Html {
  const about = [author, publisher, published].filter((part) => part !== undefined).map((part) => html`, ${own(part)}`);
  return html`<cite>${linked(url, own(title))}</cite>${about}.${note === undefined ? '' : html` <span dir="auto">${note}</span>`}`;
}

export interface CastOptions {
  readonly words: Words;
  readonly participants: readonly { readonly id: string; readonly name: string }[];
  readonly sources: readonly StorySource[];
  /** Does a happening stand in the transcript? */
  readonly stands: (event: string) => boolean;
}

export function createCast({ words, participants, sources, stands }: CastOptions): Cast {
  const named = namesOf(participants);
  const known = new Map(sources.map((source) => [source.id, source]));
  const name = (id: string) => own(named(id));

  const citation = ({ id, title, url, paragraph, locator, quote, note, digest }: Source): Part => {
    const listed = id === undefined ? undefined : known.get(id);
    const named = title ?? listed?.title ?? id;
    const places = [
      ...(paragraph === undefined ? [] : [html`, paragraph ${paragraph}`]),
      ...(locator === undefined ? [] : [html`, ${own(locator)}`]),
      ...(digest === undefined ? [] : [html`, digest ${digest}`]),
    ];
    const link = url ?? listed?.url;
    return html`<cite>${linked(link, named === undefined ? (link === undefined ? 'a source that is not named' : own(link)) : own(named))}</cite>${places}${
      quote === undefined ? '' : html`: “${own(quote)}”`
    }${note === undefined ? '' : html` <span dir="auto">${note}</span>`}`;
  };

  return {
    words,
    name,
    names: (ids) => listed(ids.map(name)),
    reference: (event, words) => (stands(event) ? html`<a href="#${anchorOf(event)}">${words}</a>` : words),
    grounds({ basis, rule, by }) {
      const who = by === undefined ? '' : html` by ${name(by)}`;
      if (basis !== 'inferred') return html`${basis}${who}`;
      return html`inferred${who} by ${rule === undefined ? 'a rule' : html`the rule ${own(rule)}`}`;
    },
    citation,
  };
}
