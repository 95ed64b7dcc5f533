/**
 * One happening of a transcript: who to whom, when, the words, what is said about it, and where all of that is stated.
 * Invariants: quoted words stand in quotation marks and what stands for words without; a claim is called a claim; what came
 * after a request "followed" it, and no more; what was withdrawn is named as withdrawn.
 */
import type { EventCorrected, EventRetracted } from '../../events/corrections.js';
import type { Source } from '../../events/envelope.js';
import type { RecordedEvent, RecordedHappening } from '../../events/event.js';
import type { EffectiveHappening, Request } from '../../events/steps.js';
import { instantOf, lapse } from '../../events/story-time.js';
import { lapse as lapseInWords } from '../../events/words.js';
import { html, type Html, type Part } from './html.js';
import { kindOf, partiesOf, saidIn, timeSaid } from './said.js';
import { anchorOf, type Cast, linked, own, stated } from './transcript-cast.js';

/** A request, and the happening that asked it. */
export interface Asked {
  readonly request: Request;
  readonly event: RecordedHappening;
}

/** Something that was taken back: a happening, something said of one, or a request that a message had asked. */
export interface Withdrawn {
  readonly what: RecordedEvent | Request;
  /** Left out where it is not known. */
  readonly by?: EventRetracted;
}

/** A happening as it is to be told. */
export interface Told {
  readonly kind: 'happening';
  readonly happening: EffectiveHappening;
  /** The correction in force. */
  readonly correction?: EventCorrected;
  /** What was said of it and has been taken back. */
  readonly withdrawn?: readonly Withdrawn[];
}

export interface HappeningOptions {
  readonly cast: Cast;
  /** A request that stands in the transcript. */
  readonly asked: (request: string) => Asked | undefined;
  /** Who learned of it only after this instant is not told. */
  readonly until: number;
}

/** Who did it, and to whom or with whom. */
export function peopleOf(event: RecordedHappening, { name, names }: Cast): Part {
  const { by, joined, others } = partiesOf(event);
  return html`${name(by)}${others.length === 0 ? '' : html` ${joined} ${names(others)}`}`;
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const quoted = (text: string): Html => html`<blockquote><p dir="auto">“${text}”</p></blockquote>`;
const inPlaceOfWords = (text: string): Html => html`<p class="told" dir="auto">${text}</p>`;
const aside = (part: Part): Html => html`<p class="aside">${part}</p>`;

const wordsOf = (event: RecordedHappening): Part => saidIn(event).map(({ text, isQuoted }) => (isQuoted ? quoted(text) : inPlaceOfWords(text)));

function aboutWords({ data, type }: RecordedHappening, { reference }: Cast): Part {
  const editorial = (data.editorial ?? []).map(({ inserted, after, note = '' }) =>
    aside(html`The source puts “${own(inserted)}” after “${own(after)}”. <span dir="auto">${note}</span>`),
  );
  return [
    type !== 'ActionTaken' && data.incomplete === true ? aside('The source gives only part of the words.') : '',
    editorial,
    data.links.length === 0 ? '' : html`<p class="aside">Links:</p><ul class="aside">${data.links.map((link) => html`<li>${linked(link)}</li>`)}</ul>`,
    data.inReplyTo === undefined ? '' : aside(reference(data.inReplyTo, 'It is a reply to another happening.')),
    type === 'MessageSent' && data.forwardOf !== undefined ? aside(reference(data.forwardOf, 'It forwards another message.')) : '',
  ];
}

/** When it happened, as its source says, and between what bounds where those say more. */
function timeOf(event: RecordedHappening, at: number, { words }: Cast): Part {
  const { said, asides } = timeSaid(event, at, words);
  const { occurredAt, when } = event;
  const time = occurredAt === null ? said : html`<time datetime="${occurredAt}">${said}</time>`;
  return [html`<p class="when">${time}${stated(when.stated)}</p>`, asides.map(aside)];
}

/** How long after a request something came, as far as it can be known. */
function afterOf({ event }: Asked, then: RecordedHappening, afterStated: string | undefined): Part {
  const said = afterStated ?? (then.when.relative?.to === event.id ? then.when.stated : null);
  const range = lapse(event, then);
  return range === undefined ? stated(said) : html`, after ${lapseInWords(range.minMs, range.maxMs)}${stated(said)}`;
}

interface Noted {
  readonly citation: Source;
  readonly note?: string;
}
const noteOf = ({ citation, note }: Noted, cast: Cast): Part =>
  html` ${cast.citation(citation)}${note === undefined ? '' : html` <span dir="auto">${note}</span>`}`;

/** A request in few words, leading to the happening that asked it. */
const requestIn = ({ request, event }: Asked, { name, reference }: Cast): Part =>
  html`${reference(event.id, html`the request of ${name(request.from)} to ${name(request.to)}`)} “${own(request.text)}”`;

function notesOf(told: Told, { cast, asked }: HappeningOptions): Part[] {
  const { happening, correction, withdrawn = [] } = told;
  const { event, notes, corrected } = happening;
  const of = (id: string): Part => {
    const one = asked(id);
    return one === undefined ? 'a request that does not stand here' : requestIn(one, cast);
  };
  const after = (id: string, afterStated?: string): Part => {
    const one = asked(id);
    return one === undefined ? stated(afterStated) : afterOf(one, event, afterStated);
  };
  return [
    ...notes.requests.map(
      (request) =>
        html`<b>Request</b> of ${cast.name(request.from)} to ${cast.name(request.to)}: ${own(request.text)} (${cast.grounds(request)}).${noteOf(request, cast)}`,
    ),
    ...notes.answers.map(
      ({ data }) => html`<b>Answer</b> to ${of(data.request)}${after(data.request, data.afterStated)} (${cast.grounds(data)}).${noteOf(data, cast)}`,
    ),
    ...(notes.inferred ?? []).map(
      ({ request, rule }) => html`<b>Answer</b> to ${of(request)}${after(request)} (${cast.grounds({ basis: 'inferred', rule })}).`,
    ),
    ...notes.followUps.map(
      ({ data }) =>
        html`<b>Followed</b> ${of(data.request)}${after(data.request, data.afterStated)}; that it came after is all that is said (${cast.grounds(data)}).${noteOf(data, cast)}`,
    ),
    ...notes.claims.map(({ data }) => {
      const about = [
        ...(data.request === undefined ? [] : [html`about ${of(data.request)}`]),
        ...(data.about === undefined ? [] : [html`about ${cast.reference(data.about, 'another happening')}`]),
      ].map((part) => html`, ${part}`);
      return html`<b>Claim, not established</b>${about}: ${own(data.claim)} (that it was claimed is ${cast.grounds(data)}).${noteOf(data, cast)}`;
    }),
    ...(corrected === undefined ? [] : [correctionOf(corrected.original, event, correction, cast)]),
    ...withdrawn.map((one) => withdrawnTold(one, cast)),
  ];
}

/** What was set right, by whom, and what had been recorded first. */
function correctionOf(original: RecordedHappening, event: RecordedHappening, correction: EventCorrected | undefined, cast: Cast): Part {
  if (correction === undefined) return html`<b>Corrected</b> after it was recorded.`;
  const before: Part[] = [];
  if (JSON.stringify(original.when) !== JSON.stringify(event.when)) before.push(html` Before: ${cast.words.when(original)}${stated(original.when.stated)}.`);
  if (JSON.stringify(original.data) !== JSON.stringify(event.data))
    before.push(html` Before: ${peopleOf(original, cast)}:`, html`<div class="before">${wordsOf(original)}</div>`);
  return html`<b>Corrected</b> (${cast.grounds(correction.data)}).${noteOf(correction.data, cast)}${before}`;
}

/** What has been taken back, and by whom. */
export function withdrawnTold({ what, by }: Withdrawn, cast: Cast): Html {
  const grounds = by === undefined ? '' : html` (its withdrawal is ${cast.grounds(by.data)}).${noteOf(by.data, cast)}`;
  return html`<b>Withdrawn</b>: ${withdrawnIn(what, cast)}${grounds}`;
}

function withdrawnIn(what: Withdrawn['what'], cast: Cast): Part {
  if (!('type' in what)) return html`the request “${own(what.text)}”`;
  switch (what.type) {
    case 'MessageSent':
    case 'TweetPosted':
    case 'ActionTaken':
      return html`${kindOf(what)} of ${peopleOf(what, cast)}, ${cast.words.when(what)}: ${wordsOf(what)}`;
    case 'RequestIdentified':
      return html`that it asks ${cast.name(what.data.to)}: “${own(what.data.text)}” (${cast.grounds(what.data)})`;
    case 'AnswerIdentified':
      return html`that it is an answer (${cast.grounds(what.data)})`;
    case 'FollowUpIdentified':
      return html`that it followed a request (${cast.grounds(what.data)})`;
    case 'ClaimIdentified':
      return html`that it claims: “${own(what.data.claim)}” (${cast.grounds(what.data)})`;
    case 'RequestMooted':
      return html`that a request was no longer open: ${own(what.data.reason)} (${cast.grounds(what.data)})`;
    case 'EventCorrected':
      return html`a correction (${cast.grounds(what.data)})`;
    default:
      return html`what was recorded as ${own(what.id)}`;
  }
}

/** The article of a happening. */
export function happeningTold(told: Told, options: HappeningOptions): Html {
  const { cast, until } = options;
  const { event, key } = told.happening;
  const anchor = anchorOf(event.id);
  const notes = notesOf(told, options);
  const later = (event.disclosures ?? []).filter(({ at }) => instantOf(at) <= until);
  const about = [
    ...(event.type === 'MessageSent' ? [event.data.channel] : event.type === 'ActionTaken' ? [event.data.action] : []),
    ...(event.type === 'ActionTaken' && event.data.place !== undefined ? [event.data.place] : []),
  ];
  return html`<article id="${anchor}" class="${event.visibility}" aria-labelledby="${anchor}~">
<h3 id="${anchor}~">${upper(kindOf(event))}: ${peopleOf(event, cast)}</h3>
${about.length === 0 ? '' : html`<p class="aside">${about.map((part, i) => html`${i === 0 ? '' : ' · '}${own(part)}`)}</p>`}${timeOf(event, key[0], cast)}
${event.type === 'MessageSent' && event.data.subject !== undefined ? html`<p>Subject: ${own(event.data.subject)}</p>` : ''}${wordsOf(event)}${aboutWords(event, cast)}
${notes.length === 0 ? '' : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${
  later.length === 0
    ? ''
    : html`<p class="aside">Who learned of it later:</p><ul class="notes">${later.map(
        ({ to, at, stated: words }) =>
          html`<li>${to === 'public' ? 'the public' : cast.name(to)}, by ${cast.words.clock(instantOf(at))} on ${cast.words.date(instantOf(at))}${stated(words)}</li>`,
      )}</ul>`
}
${event.sources.length === 0 ? '' : html`<p class="aside">Stated in:</p><ul class="sources">${event.sources.map((source) => html`<li>${cast.citation(source)}</li>`)}</ul>`}
</article>
`;
}
