/**
 * The stage: what has happened so far, newest first, as a feed of articles.
 * Invariants: an event stands once, at its place in story order; private and public are told apart in words.
 */
import type { ActionTaken } from '../events/actions.js';
import type { Source } from '../events/envelope.js';
import type { MessageSent } from '../events/messages.js';
import type { PublishedAnnotation, PublishedEvent } from '../events/published.js';
import { compareKeys, type OrderKey } from '../events/story-time.js';
import type { TweetPosted } from '../events/tweets.js';
import { el, stated } from './dom.js';
import type { Words } from './words.js';

/** So many events stand on the page; what is older is left out, and that is said. */
export const MOST_SHOWN = 400;

export interface Cast {
  name(participant: string): string;
  source(id: string | undefined): { title: string; url?: string } | undefined;
  readonly words: Words;
}

type Data = Partial<Omit<MessageSent['data'], 'to'> & TweetPosted['data'] & ActionTaken['data']> & { to?: string[] };

const keyOf = (event: PublishedEvent): OrderKey => [event.occurredAt === null ? Infinity : Date.parse(event.occurredAt), event.seq, event.id];

/** What kind of thing an event is, and how open it was. */
export function labelOf({ type, visibility }: Pick<PublishedEvent, 'type' | 'visibility'>): string {
  if (type === 'TweetPosted') return visibility === 'public' ? 'tweet' : 'private tweet';
  return `${visibility} ${type === 'MessageSent' ? 'message' : 'action'}`;
}

const NOTES: Readonly<Record<string, string>> = {
  RequestIdentified: 'Request:',
  AnswerIdentified: 'Answer',
  FollowUpIdentified: 'Follow-up',
  ClaimIdentified: 'Claim, not established:',
};

function noteOf({ type, data }: PublishedAnnotation): HTMLElement {
  const words =
    type === 'AnswerIdentified'
      ? 'to an earlier request'
      : type === 'FollowUpIdentified'
        ? 'came after an earlier request; no more than that is said'
        : String(data.text ?? data.claim ?? '');
  return el('li', {}, el('b', {}, NOTES[type] ?? type), ` ${words}`, data.basis === 'stated' ? '' : ` (${String(data.basis)})`);
}

function citationOf({ id, title, url, paragraph, locator, quote, note }: Source, cast: Cast): HTMLElement {
  const known = cast.source(id);
  const name = title ?? known?.title ?? id ?? 'Source';
  const link = url ?? known?.url;
  const where = [paragraph === undefined ? '' : `paragraph ${paragraph}`, locator ?? ''].filter((part) => part !== '').join(', ');
  const title_ = link !== undefined && /^https?:\/\//i.test(link) ? el('a', { href: link, rel: 'noreferrer noopener', target: '_blank' }, name) : name;
  return el(
    'div',
    { class: 'citation' },
    el('p', {}, title_, where === '' ? '' : `, ${where}`),
    quote !== undefined && el('blockquote', {}, quote),
    note !== undefined && el('p', { class: 'aside' }, note),
  );
}

/** The words themselves: what is quoted in quotation marks, what stands for words without. */
function wordsOf(data: Data): HTMLElement {
  const quoted = (text: string) => el('p', { class: 'quoted', dir: 'auto' }, `“${text}”`);
  const told = (text: string) => el('p', { class: 'told', dir: 'auto' }, text);
  const pieces = data.pieces?.map((piece) => (piece.as === 'quoted' ? quoted(piece.text) : told(piece.text)));
  const whole = [
    data.description && told(data.description),
    (data.text || data.words) && quoted(data.text || data.words || ''),
    data.paraphrase && told(data.paraphrase),
  ];
  return el('div', { class: 'words' }, ...(pieces ?? whole), data.links?.length ? el('p', { class: 'aside' }, `Points to ${data.links.join(', ')}`) : null);
}

let articles = 0;

function articleOf(event: PublishedEvent, late: boolean, cast: Cast): HTMLElement {
  const { words, name } = cast;
  const data = event.data as Data;
  const label = labelOf(event);
  const title = `article-${++articles}`;
  const [link, to] = data.to !== undefined ? [' → ', data.to] : data.with !== undefined ? [' with ', data.with] : [', who mentions ', data.mentions ?? []];
  const people = (ids: readonly string[]) => ids.map(name).join(', ');
  const at = event.occurredAt ?? '';
  const head = el(
    'header',
    {},
    el(
      'p',
      { class: 'label' },
      el('span', { class: 'kind' }, label),
      data.action ? ` · ${data.action}` : '',
      data.channel ? ` · ${data.channel}` : '',
      late ? ' · recorded late' : '',
      event.correctedBy === undefined ? '' : ' · corrected',
    ),
    el('h3', { id: title }, el('bdi', {}, name(data.from ?? data.by ?? '')), to.length > 0 && el('span', { class: 'to' }, link, el('bdi', {}, people(to)))),
    el('p', { class: 'when' }, el('time', { datetime: at }, words.when(event)), stated(event.when.stated)),
  );
  const later = (event.disclosures ?? []).map((told) =>
    el('li', {}, `${told.to === 'public' ? 'The public' : name(told.to)}, by ${words.date(Date.parse(told.at))}`, stated(told.stated)),
  );
  const more = el(
    'details',
    {},
    el('summary', {}, 'Source', el('span', { class: 'unseen' }, ` of this ${label}`)),
    ...event.sources.map((source) => citationOf(source, cast)),
    data.incomplete === true && el('p', { class: 'aside' }, 'The source gives only part of the words.'),
    ...(data.editorial ?? []).map(({ inserted, after, note }) => el('p', { class: 'aside' }, `The source puts ${inserted} after “${after}”. ${note ?? ''}`)),
    el(
      'p',
      { class: 'aside' },
      `By its bounds: ${words.bounds(event)}. In the story it stands at ${words.clock(Date.parse(at))} on ${words.date(Date.parse(at))}.`,
    ),
    later.length > 0 && el('p', { class: 'aside' }, 'Who learned of it later:'),
    later.length > 0 && el('ul', { class: 'aside' }, ...later),
  );
  const notes = event.annotations ?? [];
  const kind = event.type === 'MessageSent' ? 'message' : event.type === 'TweetPosted' ? 'tweet' : 'action';
  return el(
    'article',
    { class: `${kind} ${event.visibility}`, tabindex: '-1', 'aria-labelledby': title, 'data-id': event.id },
    head,
    wordsOf(data),
    notes.length > 0 && el('ul', { class: 'notes' }, ...notes.map(noteOf)),
    more,
  );
}

export function createFeed(root: HTMLElement, counter: HTMLElement, cast: Cast) {
  const shown = new Map<string, { key: OrderKey; late: boolean; article: HTMLElement }>();
  let left = false;

  function number(): void {
    const articles = root.querySelectorAll('article');
    articles.forEach((article, i) => {
      article.setAttribute('aria-posinset', String(i + 1));
      article.setAttribute('aria-setsize', String(left ? -1 : articles.length));
    });
    counter.textContent =
      articles.length === 0
        ? 'Nothing has happened yet. Press Play, or step on event by event.'
        : `${articles.length} ${articles.length === 1 ? 'event' : 'events'} so far, newest first${left ? '; older ones are left out here' : ''}`;
  }

  function place(event: PublishedEvent, late: boolean, fresh: boolean): void {
    const before = shown.get(event.id);
    before?.article.remove();
    const entry = { key: keyOf(event), late: late || before?.late === true, article: articleOf(event, late || before?.late === true, cast) };
    if (fresh) entry.article.classList.add('fresh');
    shown.set(event.id, entry);
    let next = root.firstElementChild;
    while (next instanceof HTMLElement && compareKeys((shown.get(next.dataset.id ?? '') ?? entry).key, entry.key) > 0) next = next.nextElementSibling;
    root.insertBefore(entry.article, next);
  }

  function remove(id: string): void {
    shown.get(id)?.article.remove();
    shown.delete(id);
  }

  return {
    add(event: PublishedEvent, late = false): void {
      place(event, late, true);
      for (; shown.size > MOST_SHOWN; left = true) remove((root.lastElementChild as HTMLElement).dataset.id ?? '');
      number();
    },
    change(id: string, event: PublishedEvent | null): void {
      if (event === null) remove(id);
      else if (shown.has(id)) place(event, false, false);
      number();
    },
    /** Everything that has happened by now, and nothing else. What stands already stays as it is. */
    fill(events: readonly PublishedEvent[], older: boolean): void {
      const ids = new Set(events.map((event) => event.id));
      for (const id of [...shown.keys()]) if (!ids.has(id)) remove(id);
      for (const event of events) if (!shown.has(event.id)) place(event, false, false);
      left = older;
      number();
    },
    size: () => shown.size,
    /** Brings an event into view; answers whether it is on the page. */
    show(id: string): boolean {
      const article = shown.get(id)?.article;
      article?.scrollIntoView({ block: 'center' });
      article?.focus({ preventScroll: true });
      return article !== undefined;
    },
  };
}
