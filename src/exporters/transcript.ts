/**
 * A whole story as one HTML document without scripts, for paper and for screen readers: what happened day by day, what is said
 * about it, and what came of each request.
 * Invariants: it is told piece by piece, as it is read, and as much is held as one happening; whatever the story says stands
 * there as text; each happening has an anchor, and a link inside leads to one. Unit: ms of story time.
 */
import type { RequestMooted } from '../../events/annotations.js';
import { mootedTime as timeOfMooted } from '../../events/resolve.js';
import { instantOf } from '../../events/story-time.js';
import { Html, html, type Part } from './html.js';
import { silenceBetween, type Stand, standOf } from './stand.js';
import type { StoryAbout, StoryTold } from './told.js';
import { type Cast, createCast, own, sourceTold } from './transcript-cast.js';
import { type Asked, type HappeningOptions, happeningTold, type Told, type Withdrawn, withdrawnTold } from './transcript-happening.js';
import { mootedTime, type RequestsTold, requestsTold } from './transcript-requests.js';
import { POLICY_INSIDE, STYLE } from './transcript-style.js';

export type { Asked, Told, Withdrawn } from './transcript-happening.js';
export type { RequestRow, RequestsTold, Standing } from './transcript-requests.js';
export { STANDINGS } from './transcript-requests.js';
export { TRANSCRIPT_POLICY } from './transcript-style.js';

/** At `at` a request lost its object. */
export interface Lapsed {
  readonly kind: 'mooted';
  readonly at: number;
  readonly note: RequestMooted;
}

export interface Transcript extends StoryTold {
  /** In the order in which they are told, happenings without a time last. Read one by one. */
  readonly entries: AsyncIterable<Told | Lapsed>;
  /** Does a happening stand among the entries? */
  readonly stands: (event: string) => boolean;
  /** A request that is asked by one of them. */
  readonly asked: (request: string) => Asked | undefined;
  /** Happenings that were taken back, and what else was and is about none of the entries. */
  readonly withdrawn: AsyncIterable<Withdrawn>;
  readonly requests: RequestsTold;
}

type Person = StoryAbout['participants'][number];

function personTold({ id, name, aliases, kind, description }: Person): Html {
  const also = aliases.length === 0 ? '' : html`Also ${aliases.map((alias, i) => html`${i === 0 ? '' : ', '}${own(alias)}`)}. `;
  return html`<dt>${own(name)}${name === id ? '' : html` <span class="aside">(${kind === 'unknown' ? '' : `${kind}, `}${id})</span>`}</dt>
<dd>${also}${description === undefined ? '' : html`<span dir="auto">${description}</span>`}</dd>
`;
}

function* beginning(transcript: Transcript, until: string, cast: Cast): Generator<Html> {
  const { story, words, zone, zoneNote, span, at, as } = transcript;
  const title = `${story.title} – transcript`;
  const section = (id: string, name: string) => html`<li><a href="#${id}">${name}</a></li>`;
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${POLICY_INSIDE}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light">
<title>${title}</title>
`;
  // As it is: the policy knows it by its digest.
  yield html`<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#happenings">Skip to what happened</a>
<header>
<h1 dir="auto">${story.title}</h1>
${story.description === undefined ? '' : html`<p dir="auto">${story.description}</p>`}
<p>${
    span === undefined
      ? 'Nothing in this story has a time.'
      : html`From <time datetime="${span.from}">${words.date(instantOf(span.from))}</time> to <time datetime="${span.to}">${words.date(instantOf(span.to))}</time>.`
  } ${at === undefined ? '' : html`<b>Told as of ${until}</b>: nothing after it stands here. `}All times are those of ${zone}.${zoneNote === undefined ? '' : ` ${zoneNote}`}</p>
${
  as === undefined
    ? ''
    : html`<p><b>As ${as === 'public' ? 'the public' : cast.name(as)} could see it</b>: what those eyes never could see is left out, and what they learned of later stands where they learned of it. It is a way of looking, not a protection.</p>`
}
<p class="aside">What is stated, what is claimed and what is inferred are told apart. Each happening stands where the story places it; where its time is uncertain, that is said, and it may belong elsewhere, also into a stretch in which nothing is recorded.</p>
</header>
<nav aria-label="Contents"><ul>
${section('participants', 'Who takes part')}${section('sources', 'Sources')}${story.doubts.length === 0 ? '' : section('doubts', 'What the sources leave open')}${section('happenings', 'What happened')}${section('requests', 'Requests')}
</ul></nav>
<main>
<h2 id="participants">Who takes part</h2>
<dl>
`;
  for (const person of story.participants) yield personTold(person);
  yield html`</dl>
<h2 id="sources">Sources</h2>
${story.sources.length === 0 ? html`<p>The story lists none.</p>\n` : html`<ul>\n`}`;
  for (const source of story.sources) yield html`<li>${sourceTold(source)}</li>\n`;
  if (story.sources.length > 0) yield html`</ul>\n`;
  if (story.doubts.length === 0) return;
  yield html`<h2 id="doubts">What the sources leave open</h2>\n<ol>\n`;
  for (const doubt of story.doubts) yield html`<li dir="auto">${doubt}</li>\n`;
  yield html`</ol>\n`;
}

/** What is said where more than a day lies between two happenings. */
function silenceTold(before: Stand, next: Stand, as: string | undefined): Part {
  const said = silenceBetween(before, next, as);
  return said === undefined ? '' : html`<p class="gap">${said}</p>\n`;
}

function lapsedTold({ note }: Lapsed, { asked, cast }: HappeningOptions): Part {
  const { data } = note;
  const one = asked(data.request);
  if (one === undefined) return '';
  const { request, event } = one;
  const time = timeOfMooted(note);
  return html`<p class="lapsed"><b>No longer open</b> ${mootedTime(time.occurredAt ?? data.at, time.when.earliest, time.when.latest, cast)}: ${cast.reference(
    event.id,
    html`the request of ${cast.name(request.from)} to ${cast.name(request.to)}`,
  )} “${own(request.text)}”. ${own(data.reason)} (${cast.grounds(data)}). ${cast.citation(data.citation)}${data.note === undefined ? '' : html` <span dir="auto">${data.note}</span>`}</p>
`;
}

/** The document, piece by piece. */
export async function* toTranscript(transcript: Transcript): AsyncGenerator<string> {
  const { story, words, span, entries, stands, asked, at, as } = transcript;
  const cast = createCast({ words, participants: story.participants, sources: story.sources, stands });
  const momentOf = (ms: number) => `${words.clock(ms)} on ${words.date(ms)}`;
  const options: HappeningOptions = { cast, asked, until: at ?? Infinity };
  for (const part of beginning(transcript, at === undefined ? '' : momentOf(at), cast)) yield part.text;

  yield '<div id="happenings">\n';
  let day = '';
  let before: Stand | undefined;
  let last = span === undefined ? undefined : instantOf(span.from);
  let isTimeless = false;
  for await (const entry of entries) {
    if (entry.kind === 'happening' && !Number.isFinite(entry.happening.key[0])) {
      if (!isTimeless) yield '<h2 id="timeless">Without a time</h2>\n<p>Nothing says by when these happened, so they have no place among the others.</p>\n';
      isTimeless = true;
      yield happeningTold(entry, options).text;
      continue;
    }
    const stand = entry.kind === 'happening' ? standOf(entry.happening) : undefined;
    const instant = stand?.at ?? (entry as Lapsed).at;
    const told = entry.kind === 'happening' ? happeningTold(entry, options).text : html`${lapsedTold(entry, options)}`.text;
    if (told === '') continue;
    let text = '';
    if (stand !== undefined && before !== undefined) text += html`${silenceTold(before, stand, as)}`.text;
    const dayOf = words.weekday(instant);
    if (dayOf !== day) text += html`<h2>${dayOf}</h2>\n`.text;
    day = dayOf;
    before = stand ?? before;
    last = instant;
    yield text + told;
  }
  if (day === '' && !isTimeless) yield `<h2>What happened</h2>\n<p>${at === undefined ? 'Nothing is recorded.' : 'Nothing had happened by then.'}</p>\n`;
  if (at !== undefined) yield '<p class="aside">What has no time is left out: whether it had happened by then is not known.</p>\n';
  yield '</div>\n';

  let isFirst = true;
  for await (const one of transcript.withdrawn) {
    if (isFirst) yield '<h2 id="withdrawn">Withdrawn</h2>\n<p>This was recorded and taken back; it counts nowhere.</p>\n<ul class="notes">\n';
    isFirst = false;
    yield html`<li>${withdrawnTold(one, cast)}</li>\n`.text;
  }
  if (!isFirst) yield '</ul>\n';

  const asOf = at ?? last ?? 0;
  for await (const part of requestsTold(transcript.requests, asOf, `${at === undefined ? 'the end of the story, ' : ''}${momentOf(asOf)}`, cast))
    yield part.text;
  yield html`</main>
<footer>
${transcript.hasChanged() ? html`<p><b>While this was written, something was recorded</b>: parts of it are from before that, and parts from after. Ask for it again.</p>` : ''}
<p>Made by Hindcast from revision ${story.revision} of the story ${own(story.id)}.${
    story.withoutEffect === 0
      ? ''
      : ` ${story.withoutEffect.toLocaleString('en')} stored events have no effect: they cannot be read, are copies, or wait for what they are about.`
  }</p>
</footer>
</body>
</html>
`.text;
}
