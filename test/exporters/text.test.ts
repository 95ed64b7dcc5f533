/**
 * Plain text: what it says, how wide it is, and that it moves no terminal.
 */
import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { wikileaksTrumpJr } from '../../events/stories/wikileaks-trump-jr/index.js';
import { toText } from '../../src/exporters/text.js';
import { answer, claim, correction, followUp, hour, message, request } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { happeningsIn, hostileStory, toldOf, whole } from '../support/told.js';

const squeezed = (text: string) => text.replace(/\s+/g, ' ');

t.test('day by day, with times in words and their bounds, and what is said about each', async (t) => {
  const text = await whole(
    toText(
      toldOf(
        [
          message('m1', hour(1), { text: 'Will you come?', subject: 'Tonight', links: ['https://example.org'], requests: [{ id: 'r1', text: 'Come.' }] }),
          message(
            'm2',
            hour(5),
            { from: 'bob', to: ['ann', 'cyd'], paraphrase: 'He declines.', text: '', inReplyTo: 'm1' },
            { when: { precision: 'hour', approximate: true, earliest: hour(4), latest: hour(6), stated: 'about five' } },
          ),
          message('m3', hour(1, 9)),
          message('m4', null),
          request('r2', 'm3'),
          answer('a1', 'r2', 'm3'),
          followUp('f1', 'r1', 'm3'),
          claim('c1', 'm2'),
          correction('fix', 'm3', { data: { text: 'as it was' } }),
        ],
        {},
        { rate: 3_600, idleMs: 60_000 },
      ),
    ),
  );
  t.match(text, /^a-story\n=======\n/);
  t.match(
    text,
    /\nSunday, March 1, 2020\n---------------------\n\n\[00:00:00\.000\] ann to bob, private message\n {4}at 1:00:00 am on March 1, 2020\.\n {4}Subject: Tonight\n {4}“Will you come\?”\n/,
  );
  t.match(
    squeezed(text),
    /\[00:00:04\.000\] bob to ann and cyd, private message some time between 4:00 am and 6:00 am on March 1, 2020 \(“about five”\)\. In the story it stands at 5:00 am UTC on March 1, 2020\. He declines\./,
  );
  t.match(squeezed(text), /\* Links: https:\/\/example\.org \* Request “r1” of ann to bob: Come\. \(stated\)/);
  t.match(squeezed(text), /Answer to the request “r1” \(inferred by the rule [^)]+\).*Claim, not established: claim c1/);
  t.match(squeezed(text), /\.\.\. 7 to 8 days in which nothing is recorded \.\.\. Monday, March 9, 2020/);
  t.match(
    squeezed(text),
    /Answer to the request “r2” \(stated\).*Followed the request “r1”; that it came after is all that is said \(stated\).*Corrected by “fix”/,
  );
  t.match(text, /\nWithout a time\n-+\n\nann to bob, private message\n {4}not dated/);
  t.match(squeezed(text), /Timed as a replay at 3,600 story seconds a second; no silence lasts longer than 60 s\./);
});

t.test('without a replay it has no times of one; what is special about it is said', async (t) => {
  const plainly = await whole(toText(toldOf([message('m', hour(1))])));
  t.notMatch(plainly, /\[\d\d:/);
  const special = await whole(toText(toldOf([], { as: 'public', at: Date.parse(hour(2)), zoneNote: 'A note.', hasChanged: () => true })));
  t.match(squeezed(special), /Told as of 2:00 am UTC on March 1, 2020.*As the public could see it\..*A note\..*Nothing is recorded\. While this was written/);
});

t.test('what is hostile moves no terminal, and no line is too long', async () => {
  await fc.assert(
    fc.asyncProperty(hostileStory, fc.boolean(), async (drafts, timed) => {
      const text = await whole(toText(toldOf(drafts, {}, timed ? { rate: 60 } : undefined)));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
      assert.equal(stripVTControlCharacters(text), text);
      for (const line of text.split('\n')) {
        assert.ok([...line].length <= 78 || !/^[\u0020-\u007e]*$/.test(line), line);
        // Each of these is two columns wide.
        assert.ok([...line].filter((character) => '你好世界'.includes(character)).length <= 39, line);
      }
    }),
    { numRuns: 200 },
  );
});

t.test('any story, and the founding one, has a heading for each happening', async () => {
  const count = (text: string) => text.match(/^[^\s].* (message|tweet|act)$/gm)?.length ?? 0;
  await fc.assert(
    fc.asyncProperty(storyDrafts, async (drafts) => {
      assert.equal(count(await whole(toText(toldOf(drafts)))), happeningsIn(drafts).length);
    }),
    { numRuns: 60 },
  );
  const text = await whole(toText(toldOf(wikileaksTrumpJr.drafts)));
  assert.ok(squeezed(text).includes('“A PAC run anti-Trump site putintrump.org is about to launch”'));
});
