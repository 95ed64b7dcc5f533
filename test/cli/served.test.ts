/** The commands against a running server, as processes of their own; and what of them needs none. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CommanderError } from 'commander';
import { exportFrom, verifyServed } from '../../src/cli/exported.js';
import { exitCodeOf, sentenceOf } from '../../src/cli/failures.js';
import { readConfig } from '../../src/config.js';
import { HindcastError } from '../../src/errors.js';
import { client, ReplayError } from '../../src/sdk/index.js';
import { verifyStory } from '../../src/cli/logged-story.js';
import { buildApp } from '../support/app.js';
import { hour, message, request } from '../support/drafts.js';
import { CLI } from '../support/places.js';
import { hindcast, startHindcast } from './hindcast.js';

const STORY = 'wikileaks-trump-jr';
const TOKEN = 'a-token-of-this-test';

async function run(env: Record<string, string>, ...args: string[]) {
  const ran = await hindcast(env, ...args);
  return { ...ran, lines: ran.out.trim().split('\n') };
}

t.test('a list that is longer than its view shows is told whole with --all, in the same order', async (t) => {
  const url = await (await buildApp(t)).listen();
  const many = 1_100;
  const numbers = Array.from({ length: many }, (_, i) => String(i).padStart(4, '0'));
  const hindcast = client(url);
  await hindcast.append('long', [message('m', hour(9)), ...numbers.map((n) => request(`r${n}`, 'm'))]);
  const rows: string[] = [];
  for await (const { id } of hindcast.rows<{ id: string }>('long', 'unanswered-requests', 'unanswered')) rows.push(id);
  t.strictSame(rows, numbers.map((n) => `r${n}`).reverse(), 'the SDK has them latest first');
  await t.rejects(hindcast.rows('long', 'unanswered-requests', 'nothing').next(), { code: 'unknown-list' });
  const asked = await run({}, 'ask', 'unanswered', 'long', '--json', '--all', '--url', url);
  const { state } = JSON.parse(asked.out) as { state: { unanswered: { id: string }[] } };
  t.strictSame(
    state.unanswered.map(({ id }) => id),
    numbers.map((n) => `r${n}`),
  );
  t.match((await run({}, 'ask', 'unanswered', 'long', '--url', url)).out, 'The latest 1,000 of 1,100; all of them with --all.');
  t.notMatch((await run({}, 'ask', 'unanswered', 'long', '--all', '--url', url)).out, 'The latest');
});

t.test('with a token from a file or the environment a server is asked, listed, played and annotated, without colours in a pipe', async (t) => {
  const folder = t.testdir();
  const { tokens } = readConfig({ HINDCAST_TOKENS: `write:${TOKEN}` });
  const url = await (await buildApp(t, { tokens, data: join(folder, 'data') })).listen();
  const file = join(folder, 'token');
  writeFileSync(file, TOKEN);
  const at = '2016-10-20T00:00:00-04:00';
  const asked = await run({}, 'ask', 'unanswered', '--at', at, '--url', url, '--token-file', file);
  t.match(asked, { code: 0, out: /4 requests: 3 unanswered/ });
  t.notMatch(asked.out, '\u001b');
  const json = await run({ HINDCAST_TOKEN: TOKEN }, '--json', 'ask', 'unanswered', STORY, '--at', at, '--url', url);
  const answer = await fetch(`${url}/stories/${STORY}/projections/unanswered-requests?at=${at}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  t.strictSame(JSON.parse(json.out), await answer.json(), 'as JSON it is what HTTP says');
  t.match(await run({}, 'ask', 'links', STORY, '--json', '--url', url), { code: 1, err: /"code":"unauthenticated"/ });
  const table = join(folder, 'table.csv');
  writeFileSync(table, 'kind,event,to,text\nrequest,wl-2016-10-12-tweet-this-link,donald-trump-jr,Another request\n');
  const annotate = ['annotate', STORY, '--from', table, '--url', url, '--token-file', file];
  t.match(await run({}, ...annotate), { code: 1, err: /row 1, basis: is left out/ });
  t.match(await run({}, ...annotate, '--by', 'me', '--basis', 'stated', '--citation', 'x'), { code: 0, out: /Recorded in wikileaks-trump-jr: request-/ });
  const played = await run({}, 'play', '--fit', '1', '--idle-limit', '0.1', '--types', 'TweetPosted', '--url', url, '--token-file', file);
  t.equal(played.code, 0, played.err);
  t.ok(played.lines.length === 3 && played.lines.every((line) => line.includes(' (tweet): ')), played.out);
});

t.test('a replay in a pipe is JSON where that is asked for, ends with a signal, and with whoever reads it', async (t) => {
  const url = await (await buildApp(t)).listen();
  const live = startHindcast({}, 'play', '--live', '--json', '--url', url);
  let text = '';
  const hears = (what: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (text.includes(what)) resolve();
      };
      live.stdout.on('data', look);
      look();
    });
  live.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const child = startHindcast({}, 'play', STORY, '--rate', '1', '--idle-limit', '600', '--lines', '--url', url);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'exit'), [0, null]);
  // It has gone to the end: what is recorded from now on is told.
  await hears('"kind":"seek"');
  await client(url).append(STORY, [message('m1', '2030-01-01T00:00:00Z')]);
  await hears('"m1"');
  live.kill('SIGINT');
  t.strictSame(await once(live, 'exit'), [0, null]);
  const kinds = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { kind: string }).kind);
  t.ok(kinds.includes('event'));
});

t.test('an export of a server is its bytes and its digests, and verifies against a head; what lacks events does not', async (t) => {
  const app = await buildApp(t);
  const url = await app.listen();
  const hindcast = client(url);
  await hindcast.append('mine', [message('m1', hour(9)), message('m2', hour(10))]);
  const here = await verifyStory(app.log, 'mine');
  const parts: Uint8Array[] = [];
  const exported = await exportFrom(hindcast, 'mine', async (bytes) => void parts.push(bytes));
  t.strictSame(exported, { story: 'mine', events: 2, head: here.head, contentDigest: here.contentDigest });
  t.equal(Buffer.concat(parts).toString(), await (await fetch(`${url}/stories/mine/export?format=cloudevents`)).text());
  t.strictSame(await verifyServed(hindcast, 'mine', here.head), here);
  await hindcast.append('mine', [message('m3', hour(11))]);
  t.equal((await verifyServed(hindcast, 'mine', here.head)).fault, undefined, 'it has grown since');
  t.match(
    (
      await verifyServed(
        hindcast,
        'mine',
        here.head.replace(/sha256:./, (found) => (found.endsWith('0') ? 'sha256:1' : 'sha256:0')),
      )
    ).fault,
    /not those of the published head/,
  );
  const lacking = client(url, {
    fetch: async (address, init) => {
      const answer = await fetch(address, init);
      return address.includes('/export') ? new Response((await answer.text()).split('\n').slice(1).join('\n')) : answer;
    },
  });
  t.match((await verifyServed(lacking, 'mine')).fault, /exports 2 events of a story that is at revision 2/);
  await t.rejects(
    exportFrom(lacking, 'mine', async () => {}),
    { code: 'bad-event' },
  );
  await t.rejects(verifyServed(hindcast, 'nowhere'), { code: 'unknown-story' });
});

t.test('exit codes and sentences: who asked wrongly is told so, and what may help', async (t) => {
  t.equal(exitCodeOf(new CommanderError(0, 'commander.help', '')), 0);
  t.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2);
  t.equal(exitCodeOf(new HindcastError('bad-request')), 2);
  t.equal(exitCodeOf(new ReplayError('bad-time')), 2);
  t.equal(exitCodeOf(new ReplayError('connection-lost')), 1);
  t.equal(exitCodeOf(new Error('x')), 1);
  t.match(sentenceOf(new HindcastError('data-in-use'), false), /--url/);
  t.equal(sentenceOf(new HindcastError('bad-request', 'a\u001b[2J'), false), 'The request cannot be understood. a�[2J\n');
  t.match(JSON.parse(sentenceOf(new ReplayError('bad-event', 'x', [{ at: '/', message: 'y' }]), true)), { code: 'bad-event', faults: [{ at: '/' }] });
  const env = { HINDCAST_DATA: join(t.testdir(), 'data') };
  t.match(await run(env, 'verify', 'x', '--url', 'http://me:secret@127.0.0.1'), { code: 2, err: /^(?!.*secret)/ });
  t.match(await run(env, 'validate', CLI, '--json'), { code: 3, out: /"fits":false/ });
  t.match(await run(env, 'play', '--fit', 'soon'), { code: 2, err: /--fit: "soon" is no number/ });
});
