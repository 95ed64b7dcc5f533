/**
 * The happenings of a story as the JSON that TimelineJS reads.
 * Invariants: a date has the parts that are known and no more, and ends where its bounds do; there is no zone in that format,
 * so the words of each date name it; all text is escaped as HTML, which TimelineJS takes it for, and nothing is fetched from
 * elsewhere; it can stand in a script of a page; as much is held as one happening.
 */
import { instantOf, type When } from '../../events/story-time.js';
import { CLOCK_PARTS as PARTS, type ClockParts, clockIn } from '../../events/words.js';
import { html, type Html } from './html.js';
import { namesOf, partiesNamed, partiesOf, saidIn, timeSaid } from './said.js';
import { type Stand, standOf } from './stand.js';
import type { HappeningsTold } from './told.js';
import { anchorOf, own, stated } from './transcript-cast.js';

/** A moment as clocks in a zone show it, as far as its precision goes. */
export type Date = Partial<ClockParts>;

const DAY = PARTS.indexOf('day') + 1;

/** The parts of an instant in a zone, down to the millisecond. */
function partsIn(zone: string): (ms: number) => readonly number[] {
  const clock = clockIn(zone);
  return (ms) => {
    const shown = clock(ms);
    return PARTS.map((part) => shown[part]);
  };
}

const startsDay = (parts: readonly number[]) => parts.slice(DAY).every((part) => part === 0);
const endsDay = ([, , , hour, minute, second]: readonly number[]) => hour === 23 && minute === 59 && second === 59;

/** How many parts are known: as many as the source says, or, where it gives no date, as the bounds do. */
function known({ precision, earliest, latest }: When, from: readonly number[], to: readonly number[]): number {
  if (precision !== 'unknown') return PARTS.indexOf(precision) + 1;
  return (earliest === null || startsDay(from)) && (latest === null || endsDay(to)) ? DAY : PARTS.indexOf('minute') + 1;
}

/** When a happening began and ended being possible; one date where both are the same as far as they are known. */
export function datesOf({ when, at }: Pick<Stand, 'when' | 'at'>, partsOf: (ms: number) => readonly number[]): { start: Date; end?: Date } {
  const from = partsOf(when.earliest === null ? at : instantOf(when.earliest));
  const to = when.latest === when.earliest ? from : partsOf(when.latest === null ? at : instantOf(when.latest));
  const count = known(when, from, to);
  const cut = (parts: readonly number[]): Date => Object.fromEntries(PARTS.slice(0, count).map((part, i) => [part, parts[i]]));
  const same = from.slice(0, count).every((part, i) => part === to[i]);
  return same ? { start: cut(from) } : { start: cut(from), end: cut(to) };
}

/** JSON that ends no script. */
const json = (value: unknown): string => JSON.stringify(value).replace(/[<\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
const paragraph = (text: string): Html => html`<p dir="auto">${text}</p>`;

/** The document, piece by piece. */
export async function* toTimelineJs(told: HappeningsTold): AsyncGenerator<string> {
  const { story, words, zone, zoneNote, at, as } = told;
  const name = namesOf(story.participants);
  const partsOf = partsIn(zone);
  let separator = '';
  let timeless = 0;
  yield '{"events":[\n';
  for await (const { happening } of told.happenings) {
    const { event, key } = happening;
    if (!Number.isFinite(key[0])) {
      timeless++;
      continue;
    }
    const { start, end } = datesOf(standOf(happening), partsOf);
    const { said, asides } = timeSaid(event, key[0], words);
    const quotes = saidIn(event).map(({ text, isQuoted }) => (isQuoted ? html`<blockquote>${paragraph(`“${text}”`)}</blockquote>` : paragraph(text)));
    const slide = {
      start_date: start,
      ...(end === undefined ? {} : { end_date: end }),
      display_date: html`${said} (${zone})`.text,
      text: {
        headline: html`${own(partiesNamed(event, name))}`.text,
        text: html`${quotes}<p>${said}${stated(event.when.stated)}. ${asides.join(' ')}</p>`.text,
      },
      group: html`${event.type === 'MessageSent' ? event.data.channel : name(partiesOf(event).by)}`.text,
      unique_id: anchorOf(event.id),
    };
    yield separator + json(slide);
    separator = ',\n';
  }
  const about = [
    ...(story.description === undefined ? [] : [paragraph(story.description)]),
    html`<p>All times are those of ${zone}.${zoneNote === undefined ? '' : ` ${zoneNote}`} A date that is uncertain reaches from the first instant at which it can have been to the last.</p>`,
    ...(at === undefined ? [] : [html`<p>Told as of ${words.clock(at)} on ${words.date(at)}: nothing after it stands here.</p>`]),
    ...(as === undefined ? [] : [html`<p>As ${as === 'public' ? 'the public' : own(name(as))} could see it.</p>`]),
    ...(timeless === 0 ? [] : [html`<p>Left out for want of any time: ${timeless.toLocaleString('en')}.</p>`]),
    ...(told.hasChanged()
      ? [html`<p><b>While this was written, something was recorded</b>: parts of it are from before that, and parts from after. Ask for it again.</p>`]
      : []),
    html`<p>Made by Hindcast from revision ${story.revision} of the story ${story.id}.</p>`,
  ];
  yield `\n],"title":${json({ unique_id: 'story', text: { headline: html`${own(story.title)}`.text, text: html`${about}`.text } })}}\n`;
}
