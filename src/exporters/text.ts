/**
 * The happenings of a story as plain text, for terminals, mail and printers; where a replay gives the times, with those.
 * Invariants: no control character and no mark of direction gets in, whatever the story says; lines are wrapped; words of a
 * participant stand in quotation marks and what stands for them without; as much is held as one happening.
 */
import type { EffectiveHappening } from '../../events/steps.js';
import { instantOf } from '../../events/story-time.js';
import { onOneLine, plain } from './printed.js';
import { timestamp, timingSaid } from './replay-time.js';
import { kindOf, namesOf, partiesNamed, saidIn, timeSaid } from './said.js';
import { silenceBetween, type Stand, standOf } from './stand.js';
import type { HappeningsTold } from './told.js';
import { linesOf } from './wrapped.js';

const WIDTH = 78;
const INDENT = '    ';

/** Lines of a text, none longer than fits behind the indent; where it is empty there are none. */
function wrapped(text: string, indent = ''): string {
  const safe = plain(text).trim();
  if (safe === '') return '';
  let lines = '';
  for (const line of linesOf(safe, WIDTH - indent.length)) lines += `${line === '' ? '' : indent}${line}\n`;
  return lines;
}

/** What is said about a happening, a sentence each. */
function aboutOf({ event, notes, corrected }: EffectiveHappening, name: (id: string) => string): string[] {
  const of = (id: string) => onOneLine(id);
  const links = event.data.links.length === 0 ? [] : [`Links: ${event.data.links.join(' ')}`];
  return [
    ...links,
    ...notes.requests.map(({ id, from, to, text, basis }) => `Request “${of(id)}” of ${name(from)} to ${name(to)}: ${text} (${basis})`),
    ...notes.answers.map(({ data }) => `Answer to the request “${of(data.request)}” (${data.basis})`),
    ...(notes.inferred ?? []).map(({ request, rule }) => `Answer to the request “${of(request)}” (inferred by the rule ${rule})`),
    ...notes.followUps.map(({ data }) => `Followed the request “${of(data.request)}”; that it came after is all that is said (${data.basis})`),
    ...notes.claims.map(({ data }) => `Claim, not established: ${data.claim} (that it was claimed is ${data.basis})`),
    ...(corrected === undefined ? [] : [`Corrected by “${of(corrected.by)}”`]),
  ];
}

function happeningText(happening: EffectiveHappening, startMs: number | undefined, told: HappeningsTold, name: (id: string) => string): string {
  const { event, key } = happening;
  const { said, asides } = timeSaid(event, key[0], told.words);
  const time = `${said}${event.when.stated === null ? '' : ` (“${event.when.stated}”)`}. ${asides.join(' ')}`;
  return [
    wrapped(`${startMs === undefined ? '' : `[${timestamp(startMs)}] `}${partiesNamed(event, name)}, ${kindOf(event)}`),
    wrapped(time, INDENT),
    ...(event.type === 'MessageSent' && event.data.subject !== undefined ? [wrapped(`Subject: ${event.data.subject}`, INDENT)] : []),
    ...saidIn(event).map(({ text, isQuoted }) => wrapped(isQuoted ? `“${text}”` : text, INDENT)),
    ...aboutOf(happening, name).map((sentence) => wrapped(`* ${onOneLine(sentence)}`, INDENT)),
    '\n',
  ].join('');
}

function* beginning(told: HappeningsTold, name: (id: string) => string): Generator<string> {
  const { story, words, zone, zoneNote, span, timing, at, as } = told;
  yield wrapped(story.title);
  yield `${'='.repeat(Math.min(WIDTH, Math.max(1, onOneLine(story.title).length)))}\n\n`;
  if (story.description !== undefined) yield `${wrapped(story.description)}\n`;
  yield wrapped(
    [
      span === undefined ? 'Nothing in this story has a time.' : `From ${words.date(instantOf(span.from))} to ${words.date(instantOf(span.to))}.`,
      at === undefined ? '' : `Told as of ${words.clock(at)} on ${words.date(at)}: nothing after it stands here.`,
      as === undefined ? '' : `As ${as === 'public' ? 'the public' : name(as)} could see it.`,
      `All times are those of ${zone}.`,
      zoneNote ?? '',
      timing === undefined ? '' : timingSaid(timing),
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  );
  yield '\n';
}

/** The text, piece by piece. */
export async function* toText(told: HappeningsTold): AsyncGenerator<string> {
  const { story, words, as } = told;
  const name = namesOf(story.participants);
  yield* beginning(told, name);
  let day: string | undefined;
  let before: Stand | undefined;
  let isTimeless = false;
  let isEmpty = true;
  for await (const { happening, startMs } of told.happenings) {
    isEmpty = false;
    const instant = happening.key[0];
    if (!Number.isFinite(instant)) {
      if (!isTimeless) yield 'Without a time\n--------------\n\n';
      isTimeless = true;
      yield happeningText(happening, undefined, told, name);
      continue;
    }
    const stand = standOf(happening);
    const silence = before === undefined ? undefined : silenceBetween(before, stand, as);
    before = stand;
    const dayOf = words.weekday(instant);
    if (silence !== undefined) yield `${wrapped(`... ${silence} ...`)}\n`;
    if (dayOf !== day) yield `${dayOf}\n${'-'.repeat(dayOf.length)}\n\n`;
    day = dayOf;
    yield happeningText(happening, startMs, told, name);
  }
  if (isEmpty) yield 'Nothing is recorded.\n\n';
  if (told.hasChanged())
    yield `${wrapped('While this was written, something was recorded: parts of it are from before that, and parts from after. Ask for it again.')}\n`;
  yield wrapped(`Made by Hindcast from revision ${story.revision} of the story ${story.id}.`);
}
