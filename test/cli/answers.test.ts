/** What `ask` says of the founding story, and that it says it whatever a view holds. */
import t from 'tap';
import { ANSWERS, type Manner, type Question } from '../../src/cli/answers.js';
import { openFolder } from '../../src/cli/folder-house.js';
import { tellingOf } from '../../src/cli/telling.js';
import { PLAIN } from '../../src/cli/terminal/style.js';
import { widthOf } from '../../src/cli/terminal/layout.js';
import { answer, claim, hour, message, mooted, request } from '../support/drafts.js';

const STORY = 'wikileaks-trump-jr';

async function asking(t: { testdir(): string; teardown(fn: () => unknown): void }) {
  const house = await openFolder({ env: { HINDCAST_DATA: t.testdir() }, tell: () => {} });
  t.teardown(() => house.close());
  const ask = async (question: Question, { at, width = 100, story = STORY }: { at?: string; width?: number; story?: string } = {}) => {
    const { view, tell } = ANSWERS[question];
    const { state, at: asOf } = await house.client.projection(story, view, { at });
    const manner: Manner = { telling: tellingOf(await house.client.story(story)), style: PLAIN, width, asOf: Date.parse(asOf ?? '') };
    return tell(state, manner);
  };
  return { client: house.client, ask };
}

t.test('of the founding story each answer says what is known, as surely as it is known', async (t) => {
  const { ask } = await asking(t);
  const text = async (question: Question, at?: string) => (await ask(question, { width: 1_000, ...(at === undefined ? {} : { at }) })).join('\n');
  const unanswered = await text('unanswered', '2016-10-20T00:00:00-04:00');
  t.match(unanswered, '4 requests: 3 unanswered, 1 answered, 0 no longer open.');
  t.match(unanswered, 'Have his father tweet the link wlsearch.tk if he mentions Wikileaks.');
  t.match(unanswered, /Followed by a public act of Donald Trump Jr\., after .* \(“two days later”\) \(stated by The Atlantic\)\./);
  t.match(unanswered, /Unanswered for \d+ to \d+ days\./);
  t.match(await text('unanswered'), '(1 only by a claim)');
  t.match(await text('follow-ups'), 'That it came after is all that is said of any of them.');
  t.match(await text('response-times'), 'Wikileaks asked Donald Trump Jr.');
  t.match(await text('silences'), /Longest silence: .* to .*broken by /);
  t.match(await text('links'), /First shared by Wikileaks, on October 12, 2016, in private\./);
  t.match(await text('who-knew'), /it was sent to them by Wikileaks/);
  t.match(await text('participants'), /Donald Trump Jr\. +\d+/);
  for (const question of Object.keys(ANSWERS) as Question[]) t.notMatch(await text(question), /caused|because|led to|due to|undefined|NaN|null/, question);
});

t.test('no line is wider than the terminal, at any moment, and before anything has happened', async (t) => {
  const { ask } = await asking(t);
  for (const question of Object.keys(ANSWERS) as Question[]) {
    for (const at of ['1999-01-01T00:00:00Z', '2016-10-03T12:00:00-04:00', '2018-01-01T00:00:00Z']) {
      for (const width of [40, 80]) {
        const lines = await ask(question, { at, width });
        t.ok(lines.length > 0 && lines.every((line) => widthOf(line) <= width), `${question} ${at} ${width}`);
        t.not(lines.at(-1), '');
      }
    }
  }
});

t.test('what a story says does not reach the terminal as a command, and a claim stays one', async (t) => {
  const { client, ask } = await asking(t);
  await client.append('mine', [
    message('m1', hour(9)),
    request('r1', 'm1', { text: 'Send \u001b[2J\u202ethe minutes' }),
    message('m2', hour(10), { from: 'bob', to: ['ann'] }),
    claim('c1', 'm2', { request: 'r1' }),
    message('m3', hour(11)),
    request('r2', 'm3'),
    answer('a2', 'r2', 'm2', { basis: 'claimed' }),
    request('r3', 'm3', { text: 'third', basis: 'inferred', rule: 'a question mark' }),
    mooted('x3', 'r3', hour(12)),
  ]);
  const text = (await ask('unanswered', { story: 'mine', width: 1_000 })).join('\n');
  t.match(text, 'Send �[2J�the minutes');
  t.match(text, /Claim of bob, not established: claim c1 \(that it was claimed is stated by the-editor\)/);
  t.match(text, /3 requests: 1 unanswered, 1 answered \(1 only by a claim\), 1 no longer open/);
  t.match(text, /\(claimed by the-editor\)/);
  t.match(text, /that it is a request is inferred/);
  t.match(text, /No longer open at 12:00 pm on March 1, 2020: it lost its object \(stated by the-editor\)/);
});
