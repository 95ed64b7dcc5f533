/**
 * The happenings of a story as cues (WebVTT) with the times of a replay: beside a recording of it, or read by itself.
 * Invariants: cues begin when the replay shows what they tell, in order; each can be read for a while, and yields to the next
 * after that; whatever the story says is text of its cue, and ends neither it nor the file; as much is held as the cues of one
 * instant, up to a few dozen. Unit: ms of presentation time.
 */
import type { EffectiveHappening } from '../../events/steps.js';
import { printed } from './printed.js';
import { timestamp, timingSaid } from './replay-time.js';
import { namesOf, partiesOf, saidIn, timeSaid } from './said.js';
import { silenceBetween, type Stand, standOf } from './stand.js';
import type { HappeningsTold } from './told.js';
import { anchorOf } from './transcript-cast.js';

/** A cue stands at least so long, also where the next begins. */
const LEAST_MS = 1_500;
/** Nobody needs longer for one, however long its words. */
const MOST_MS = 8_000;
const READING_MS = 55;
/** Of more cues at one instant none waits for the next. */
const MOST_AT_ONCE = 64;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Text of a cue: no empty line, which would end it. */
const escaped = (text: string): string =>
  printed(text)
    .replace(/\n\s*\n/g, '\n')
    .replace(/^\s*\n|\n\s*$/g, '')
    .replace(/[&<>]/g, (character) => ESCAPES[character] as string);
const onLine = (text: string): string => escaped(text).replace(/\s+/g, ' ').trim();
/** Text outside of cues, where nothing is unescaped. */
const bare = (text: string): string => printed(text).replace(/\s+/g, ' ').trim().replaceAll('-->', '-- >');
const note = (text: string): string => `NOTE ${bare(text)}\n\n`;

interface Cue {
  readonly id: string;
  readonly startMs: number;
  readonly text: string;
  readonly readMs: number;
}

const written = ({ id, startMs, text }: Cue, endMs: number): string => `${id}\n${timestamp(startMs)} --> ${timestamp(endMs)}\n${text}\n\n`;

/** When a cue ends whose next begins at `nextMs`. */
const endOf = ({ startMs, readMs }: Cue, nextMs: number): number => Math.max(startMs + LEAST_MS, Math.min(startMs + readMs, nextMs));

function cueOf({ happening, startMs }: { happening: EffectiveHappening; startMs: number }, told: HappeningsTold, name: (id: string) => string): Cue {
  const { event, key } = happening;
  const { by, joined, others } = partiesOf(event);
  const { said, asides } = timeSaid(event, key[0], told.words);
  const words = saidIn(event);
  const lines = [
    ...(others.length === 0 ? [] : [`<c.to>${joined} ${others.map((other) => onLine(name(other))).join(', ')}</c>`]),
    ...words.map(({ text, isQuoted }) => (isQuoted ? `“${escaped(text)}”` : escaped(text))).filter((text) => text !== ''),
    `<c.when>${onLine([said, ...asides].join('. '))}</c>`,
  ];
  const length = words.reduce((sum, { text }) => sum + text.length, 0);
  const readMs = Math.min(MOST_MS, Math.max(LEAST_MS, length * READING_MS));
  return { id: anchorOf(event.id), startMs, text: `<v ${onLine(name(by)) || '?'}>${lines.join('\n')}</v>`, readMs };
}

/** The file, piece by piece. */
export async function* toWebVtt(told: HappeningsTold): AsyncGenerator<string> {
  const { story, zone, zoneNote, timing, as, at, words } = told;
  const name = namesOf(story.participants);
  yield `WEBVTT - ${bare(story.title)}\n\n`;
  yield note(
    [
      `Revision ${story.revision} of the story ${story.id}, made by Hindcast. All times in words are those of ${zone}.`,
      zoneNote ?? '',
      timing === undefined ? '' : timingSaid(timing),
      at === undefined ? '' : `Told as of ${words.clock(at)} on ${words.date(at)}.`,
      as === undefined ? '' : `As ${as === 'public' ? 'the public' : name(as)} could see it.`,
    ].join(' '),
  );
  /** Cues that begin together and wait for the next to know when they end. */
  let waiting: Cue[] = [];
  let before: Stand | undefined;
  let isTimeless = false;
  const ended = (nextMs: number): string => waiting.map((cue) => written(cue, endOf(cue, nextMs))).join('');
  for await (const { happening, startMs: shownMs, isShortened } of told.happenings) {
    if (shownMs === undefined) {
      if (waiting.length > 0) yield ended(Infinity);
      waiting = [];
      if (!isTimeless) yield note('Nothing says by when these happened, so no replay shows them:');
      isTimeless = true;
      const { event } = happening;
      yield note(
        `${name(partiesOf(event).by)}: ${saidIn(event)
          .map(({ text, isQuoted }) => (isQuoted ? `“${text}”` : text))
          .join(' ')}`,
      );
      continue;
    }
    const startMs = Math.round(shownMs);
    const stand = standOf(happening);
    const began = waiting[0]?.startMs ?? startMs;
    if (began < startMs || waiting.length === MOST_AT_ONCE) {
      yield ended(began < startMs ? startMs : Infinity);
      const silence = before === undefined ? undefined : silenceBetween(before, stand, as, isShortened === true ? 0 : undefined);
      const fromMs = Math.max(...waiting.map((cue) => endOf(cue, startMs)));
      if (silence !== undefined)
        yield startMs - fromMs >= LEAST_MS
          ? written({ id: `silence-before-${anchorOf(happening.event.id)}`, startMs: fromMs, text: `<c.silence>${silence}</c>`, readMs: 0 }, startMs)
          : note(silence);
      waiting = [];
    }
    waiting.push(cueOf({ happening, startMs }, told, name));
    before = stand;
  }
  if (waiting.length > 0) yield ended(Infinity);
  if (told.hasChanged())
    yield note('While this was written, something was recorded: parts of it are from before that, and parts from after. Ask for it again.');
}
