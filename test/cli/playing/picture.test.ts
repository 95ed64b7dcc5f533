/** What is on the screen of a player, of items as a server sends them. */
import fc from 'fast-check';
import t from 'tap';
import { barOf, pictureOf, rateInWords } from '../../../src/cli/playing/picture.js';
import { lineOf } from '../../../src/cli/playing/lines.js';
import { Presentation } from '../../../src/cli/playing/presentation.js';
import { type PlayState, take, withShown } from '../../../src/cli/playing/state.js';
import { tellingOf } from '../../../src/cli/telling.js';
import { widthOf } from '../../../src/cli/terminal/layout.js';
import { PLAIN } from '../../../src/cli/terminal/style.js';
import { publish } from '../../../events/published.js';
import type { RequestRow } from '../../../projections/unanswered-requests.js';
import type { ReplayItem, StoryEvent } from '../../../src/sdk/index.js';
import { hour, message, recorded, tweet } from '../../support/drafts.js';

const telling = tellingOf({
  participants: [
    { id: 'ann', name: 'Ann 安', aliases: [], kind: 'person' },
    { id: 'bob', name: 'Bob\u001b[31m', aliases: [], kind: 'person' },
  ],
  timeZone: 'UTC',
});
const [FROM, TO] = [Date.parse(hour(0)), Date.parse(hour(0, 11))];

function eventOf(draft: object): StoryEvent {
  const notes = { requests: [], answers: [], followUps: [], claims: [] };
  return publish({ kind: 'happening', key: [0, 0, '', ''], event: recorded([draft])[0], notes } as never, '') as StoryEvent;
}
const item = (draft: { id: string; occurredAt?: unknown }): ReplayItem => ({
  kind: 'event',
  event: eventOf(draft),
  at: String(draft.occurredAt),
  cursor: '',
  dueWall: 0,
  late: false,
  backfill: false,
  pass: 1,
});
const open = (id: string, text: string): RequestRow => ({
  id,
  event: 'm1',
  from: 'ann',
  to: 'bob',
  text,
  askedAt: hour(9),
  askedEarliest: hour(9),
  askedLatest: hour(10),
  basis: 'stated',
  followUps: [],
});
const begun = (more: Partial<PlayState> = {}): PlayState => ({
  title: 'A story',
  telling,
  from: FROM,
  to: TO,
  clock: { status: 'playing', at: Date.parse(hour(12, 3)), rate: 3600, nominalRate: 3600 },
  presentation: new Presentation([FROM, Date.parse(hour(9)), TO], FROM, TO, { rate: 3600, idleMs: 3_000 }),
  shown: [],
  open: [],
  help: false,
  ...more,
});
const FRAME = { columns: 120, rows: 24, style: PLAIN, unicode: true };

t.test('it shows who says what to whom and when, the clock, the bar and what is open, and since when', async (t) => {
  let state = begun({
    open: [open('r1', 'Send the minutes.')],
    totals: { requests: 2, unanswered: 1, answered: 1, claimedAnswers: 0, inferredAnswers: 0, moot: 0 },
  });
  state = take(state, item(message('m1', hour(9), { text: 'Can you\u001b[2J send 会議録?' })));
  state = take(state, item(tweet('t1', hour(10))));
  const text = pictureOf(state, FRAME).join('\n');
  t.match(text, 'Ann 安 to Bob�[31m');
  t.match(text, 'at 9:00:00 am on March 1, 2020, private message');
  t.match(text, '“Can you�[2J send 会議録?”');
  t.match(text, 'March 3, 2020, 12:00 pm UTC');
  t.match(text, 'Unanswered: 1 of 2, answered: 1');
  t.match(text, '- Send the minutes.');
  t.match(text.replace(/\s+│?\s*/g, ' '), /open for 2 to 3 days/);
  t.match(text, /playing, 1 hour a second .*\? help, q quit/);
  t.match(pictureOf({ ...state, help: true }, FRAME).join('\n'), 'play or pause');
  t.match(pictureOf({ ...state, connection: 'The server cannot be reached.' }, FRAME).join('\n'), 'cannot be reached');
  t.match(
    pictureOf(take(state, { kind: 'silence', from: hour(10), to: hour(10, 11), storyMs: 0, wallMs: 0 }), FRAME).join('\n'),
    'nothing happens for 10 days',
  );
});

t.test('whatever the size and whatever was said, it is as many lines as there are rows, and none too wide', async (t) => {
  const words = fc.string({
    unit: fc.oneof(fc.constantFrom('日', '👩‍👩‍👧', '\n', '\u001b', '\u202e', ' ', 'a'), fc.string({ minLength: 1, maxLength: 1 })),
    maxLength: 200,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 160 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(words, { maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      (columns, rows, texts, help, unicode) => {
        let state = begun({ help, open: texts.map((text, i) => open(`r${i}`, text || 'x')) });
        for (const [i, text] of texts.entries()) state = take(state, item(message(`m${i}`, hour(i), { text: text.replace(/\p{Cs}/gu, '') })));
        const lines = pictureOf(state, { columns, rows, style: PLAIN, unicode });
        t.ok(lines.length <= rows);
        t.ok(lines.every((line) => widthOf(line) <= columns && !/\p{Cc}|[\u202a-\u202e]/u.test(line)));
        if (rows > 12) t.equal(lines.length, rows);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('the bar marks silences and the place, by shape alone', async (t) => {
  const style = { ...PLAIN };
  const bar = barOf(begun({ clock: { status: 'paused', at: FROM, rate: 0, nominalRate: 3600 } }), { columns: 20, rows: 1, style, unicode: true });
  t.match(bar, /^●[·━]+$/);
  t.match(bar, '·');
  t.match(barOf(begun({ clock: { status: 'ended', at: TO, rate: 0, nominalRate: 1 } }), { columns: 20, rows: 1, style, unicode: false }), /^[=.]{19}@$/);
  t.equal(rateInWords(86_400 * 3), '3 days a second');
  t.equal(rateInWords(1), 'as fast as it happened');
});

t.test('each happening stands there once and in its order, what is taken back goes, what is set right is', async (t) => {
  const ids = (state: PlayState) => state.shown.map(({ event }) => event.id);
  let state = begun();
  for (const draft of [message('m2', hour(2)), message('m3', hour(3))]) state = take(state, item(draft));
  state = withShown(
    state,
    [message('m1', hour(1)), message('m2', hour(2))].map((draft) => ({ event: eventOf(draft), at: Date.parse(String(draft.occurredAt)), late: false })),
  );
  t.strictSame(ids(state), ['m1', 'm2', 'm3']);
  state = take(state, { kind: 'changed', id: 'm2', by: 'c', event: eventOf(message('m2', hour(2), { text: 'set right' })) });
  t.match(pictureOf(state, FRAME).join('\n'), 'set right');
  state = take(state, { kind: 'changed', id: 'm3', by: 'x', event: null });
  t.strictSame(ids(state), ['m1', 'm2']);
  t.strictSame(ids(take(state, { kind: 'seek', at: hour(1), pass: 1 })), []);
});

t.test('as a line a happening is when, who to whom, and the words, on one line', async (t) => {
  t.equal(
    lineOf(item(message('m1', hour(9), { text: 'one\ntwo' })), telling),
    'at 9:00:00 am on March 1, 2020: Ann 安 to Bob�[31m (private message): “one two”',
  );
  t.equal(lineOf({ kind: 'end', at: hour(9), pass: 1 }, telling), undefined);
  t.equal(lineOf({ kind: 'changed', id: 'm1', by: 'x', event: null }, telling), 'Taken back: m1');
});
