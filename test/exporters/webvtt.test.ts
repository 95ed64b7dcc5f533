/**
 * Cues are read back by the parser of those who wrote the standard, which also says what is wrong with a file.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import t from 'tap';
import { wikileaksTrumpJr } from '../../events/stories/wikileaks-trump-jr/index.js';
import { timestamp } from '../../src/exporters/replay-time.js';
import type { HappeningsTold } from '../../src/exporters/told.js';
import { toWebVtt } from '../../src/exporters/webvtt.js';
import { hour, message } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { happeningsIn, hostileStory, type Running, toldOf, whole } from '../support/told.js';

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}
interface Cue {
  readonly id: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly tree: { readonly children: readonly Node[] };
}
interface Parsed {
  readonly cues: readonly Cue[];
  readonly errors: readonly { readonly message: string; readonly line: number }[];
}
const require = createRequire(import.meta.url);
const { WebVTTParser } = require('webvtt-parser') as { WebVTTParser: new (entities: unknown) => { parse(text: string, mode: string): Parsed } };
/** All that HTML knows, as the standard has it. */
const parser = new WebVTTParser(require('webvtt-parser/html-entities.json'));

const textOf = (nodes: readonly Node[] = []): string => nodes.map(({ type, value, children }) => (type === 'text' ? value : textOf(children))).join('');
const isSilence = ({ id }: Cue) => id.startsWith('silence-');

async function cuesOf(drafts: readonly unknown[], running: Running, more: Partial<HappeningsTold> = {}) {
  const text = Buffer.from(await whole(toWebVtt(toldOf(drafts, more, running)))).toString();
  const { cues, errors } = parser.parse(text, 'metadata');
  assert.deepEqual(errors, [], text);
  return { text, cues };
}

t.test('a cue for each placed happening, spoken by who did it; what has no time is a note', async (t) => {
  const { cues, text } = await cuesOf(
    [
      message('one', hour(1), { text: 'Are you there?' }),
      message('two', hour(2), { from: 'bob', to: ['ann'], text: 'A --> B & <i>C</i>' }, { when: { precision: 'hour' } }),
      message('never', null, { text: 'x --> y' }),
    ],
    { rate: 1_200 },
  );
  t.match(cues, [
    { id: 'event-one', startTime: 0, endTime: 1.5 },
    { id: 'event-two', startTime: 3 },
  ]);
  t.equal(textOf(cues[0]?.tree.children), 'to bob\n“Are you there?”\nat 1:00:00 am on March 1, 2020');
  t.match(textOf(cues[1]?.tree.children), /^to ann\n“A --> B & <i>C<\/i>”\nat 2 am on March 1, 2020, minute not stated/);
  t.match(cues[1]?.tree.children[0], { name: 'v', value: 'bob' });
  t.match(text, /\n\nNOTE ann: “x -- > y”\n\n$/);
  t.match(text, /^WEBVTT - a-story\n\nNOTE Revision 2 of the story a-story.*Timed as a replay at 1,200 story seconds a second; no silence is shortened\.\n\n/);
});

t.test('what happens at one instant stands together, long enough to be read, and yields to the next after that', async (t) => {
  const long = 'word '.repeat(60);
  const drafts = [
    message('a', hour(1), { text: long }),
    message('b', hour(1), { text: 'short' }),
    message('c', hour(2), { text: long }),
    message('d', hour(3)),
  ];
  const { cues } = await cuesOf(drafts, { rate: 1_000 });
  t.match(cues, [
    { startTime: 0, endTime: 3.6 },
    { startTime: 0, endTime: 1.5 },
    { startTime: 3.6, endTime: 7.2 },
    { startTime: 7.2, endTime: 8.7 },
  ]);
  const fast = await cuesOf(drafts, { rate: 36_000 });
  t.match(fast.cues, [{ endTime: 1.5 }, { endTime: 1.5 }, { startTime: 0.1, endTime: 1.6 }, { startTime: 0.2 }], 'never shorter than can be read');
  const crowd = Array.from({ length: 200 }, (_, i) => message(`m${i}`, hour(1)));
  t.equal((await cuesOf(crowd, { rate: 1 })).cues.length, 200);
});

t.test('a silence is a cue where it lasts, else a note', async (t) => {
  const drafts = [message('a', hour(1)), message('b', hour(1, 9))];
  const slow = await cuesOf(drafts, { rate: 86_400 });
  t.match(slow.cues[1], { id: 'silence-before-event-b', startTime: 1.5, endTime: 8 });
  t.equal(textOf(slow.cues[1]?.tree.children), '8 days in which nothing is recorded');
  t.match((await cuesOf(drafts, { rate: 864_000 })).text, /\n\nNOTE 8 days in which nothing is recorded\n\n/);
  const short = [message('a', hour(1)), message('b', hour(5))];
  t.notMatch((await cuesOf(short, { rate: 3_600 })).text, /in which nothing/);
  t.match((await cuesOf(short, { rate: 3_600, idleMs: 2_000 })).text, /NOTE 4 hours in which nothing is recorded/, 'a shortened one is told, however short');
  t.match((await cuesOf(drafts, { rate: 86_400 }, { as: 'bob' })).text, /8 days in which nothing comes into sight/);
});

t.test('what is hostile stays in its cue, as text', async () => {
  await fc.assert(
    fc.asyncProperty(hostileStory, fc.constantFrom(1, 60, 6_000), async (drafts, rate) => {
      const { cues, text } = await cuesOf(drafts, { rate });
      const placed = happeningsIn(drafts).filter(({ key }) => Number.isFinite(key[0]));
      assert.equal(cues.filter((cue) => !isSilence(cue)).length, placed.length);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202d\u202e]/);
      for (const cue of cues) for (const node of cue.tree.children) assert.ok(['v', 'c'].includes(node.name ?? ''));
    }),
    { numRuns: 200 },
  );
});

t.test('any story, at any pace: in order, one cue each, none shorter than can be read', async () => {
  await fc.assert(
    fc.asyncProperty(storyDrafts, fc.constantFrom(60, 3_600, 1e6), fc.constantFrom(undefined, 500, 4_000), async (drafts, rate, idleMs) => {
      const { cues } = await cuesOf(drafts, idleMs === undefined ? { rate } : { rate, idleMs });
      const told = cues.filter((cue) => !isSilence(cue));
      assert.equal(told.length, happeningsIn(drafts).filter(({ key }) => Number.isFinite(key[0])).length);
      for (const { startTime, endTime } of cues) assert.ok(endTime - startTime >= 1.499);
    }),
    { numRuns: 60 },
  );
});

t.test('the founding story; what changes meanwhile is said', async (t) => {
  const { cues, text } = await cuesOf(wikileaksTrumpJr.drafts, { rate: 400_000, idleMs: 3_000 }, { hasChanged: () => true });
  t.equal(cues.filter((cue) => !isSilence(cue)).length, 43);
  t.match(text, /While this was written, something was recorded/);
});

t.test('times of any length', (t) => {
  t.strictSame([0, 1, 59_999.6, 3_599_999, 36_000_000, 360_000_000_000].map(timestamp), [
    '00:00:00.000',
    '00:00:00.001',
    '00:01:00.000',
    '00:59:59.999',
    '10:00:00.000',
    '100000:00:00.000',
  ]);
  t.end();
});
