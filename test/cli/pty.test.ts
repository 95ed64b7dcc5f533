/** The player and the annotator in a real terminal, of a server's story. */
import { join } from 'node:path';
import t from 'tap';
import { client, replay } from '../../src/sdk/index.js';
import { buildApp } from '../support/app.js';
import { hour, message } from '../support/drafts.js';
import { open, skipped } from '../support/pty.js';

const STORY = 'wikileaks-trump-jr';
const BACK = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const SLOW = ['--rate', '100', '--idle-limit', '600'];
type T = { testdir(): string; teardown(fn: () => unknown): void };

async function serve(t: T) {
  const folder = t.testdir();
  const app = await buildApp(t, { data: join(folder, 'data') });
  const url = await app.listen();
  return { app, url, terminal: (args: string[], env = {}, nodeArgs: string[] = []) => open(t, folder, [...args, '--url', url], env, nodeArgs) };
}

t.test('a story is watched, paused, gone through and left, and the terminal is as it was', { skip: skipped }, async (t) => {
  const { terminal } = await serve(t);
  const player = terminal(['play', STORY, ...SLOW]);
  await player.shows('Rob Goldstone');
  await player.shows('playing');
  player.type(' ');
  await player.shows('paused');
  player.type('?');
  await player.shows('play or pause');
  player.type('?9');
  await player.shows(/Unanswered: \d+ of 1\d/);
  player.type('.');
  await player.shows(/201[67], \d+:\d\d [ap]m E[SD]T/);
  player.type('>');
  await player.shows('3 minutes a second');
  player.resize(60, 20);
  await player.shows('\u001b[20;1H');
  player.type('q');
  const { code, sent, isRestored } = await player.ended();
  t.equal(code, 0);
  t.ok(isRestored);
  t.ok(sent.includes(BACK));
  t.match(sent.slice(sent.indexOf(BACK)), /requests unanswered\./, 'and what stays says how it stood');
});

t.test('whatever ends it, the terminal is given back', { skip: skipped }, async (t) => {
  const { terminal, app } = await serve(t);
  for (const end of ['ctrl-c', 'SIGTERM', 'SIGHUP', 'crash', 'end of story', 'server gone'] as const) {
    const crashing = ['--import', 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("crashed on purpose")})'];
    const player = terminal(['play', STORY, ...(end === 'end of story' ? ['--fit', '2', '--idle-limit', '0.1'] : SLOW)], {}, end === 'crash' ? crashing : []);
    await player.shows('Rob Goldstone');
    if (end === 'ctrl-c') player.type('\u0003');
    else if (end === 'crash') player.signal('SIGUSR2');
    else if (end === 'SIGTERM' || end === 'SIGHUP') player.signal(end);
    else if (end === 'server gone') {
      await app.close();
      await player.shows('Trying again');
      player.type('q');
    }
    const { code, sent, isRestored } = await player.ended();
    t.ok(isRestored, `${end}: the terminal's settings`);
    t.ok(sent.includes(BACK), `${end}: the screen`);
    t.equal(code, end === 'crash' ? 1 : 0, `${end}: the exit code`);
    if (end === 'crash') t.match(sent.slice(sent.indexOf(BACK)), 'crashed on purpose', 'the error stands on the screen that stays');
  }
});

t.test('what a story says moves no cursor', { skip: skipped }, async (t) => {
  const { terminal, url } = await serve(t);
  await client(url).append('mine', [
    message('m1', hour(9), { text: 'before \u001b[5;5Hmoved\u001b]0;title\u0007\u202e after 日本語' }),
    message('m2', hour(10)),
  ]);
  const player = terminal(['play', 'mine', '--rate', '1', '--idle-limit', '600']);
  await player.shows('before �[5;5Hmoved�]0;title�� after 日本語');
  player.type('q');
  t.equal((await player.ended()).code, 0);
});

t.test('a request is marked by keys, is in the story at once, and whoever watches sees it', { skip: skipped }, async (t) => {
  const { terminal, url } = await serve(t);
  const hindcast = client(url);
  await hindcast.append('mine', [message('m1', hour(9), { text: 'Could you send the minutes?' }), message('m2', hour(10), { from: 'bob', to: ['ann'] })]);
  const watching = replay(`${url}/stories/mine`, { from: hour(10), rate: 1, follow: true, views: ['unanswered-requests'] });
  t.teardown(() => watching.close());
  await watching.view('unanswered-requests');
  const seen = new Promise<void>((resolve) => {
    watching.on('view', ({ state }) => (state as { totals: { requests: number } }).totals.requests === 1 && resolve());
  });
  const annotator = terminal(['annotate', 'mine', '--by', 'The editor', '--citation', 'Minutes of May']);
  await annotator.shows('Could you send the minutes?');
  await annotator.shows('Nothing is marked here.');
  annotator.type('r');
  await annotator.shows('Who is asked');
  annotator.type('\r');
  await annotator.shows('What is asked');
  annotator.type('Send the minutes.\r');
  await annotator.shows('Basis');
  annotator.type('s\r\r\r\r');
  await annotator.shows('Enter records it');
  annotator.type('\r');
  await annotator.shows('Recorded: request-');
  await seen;
  annotator.type('na');
  await annotator.shows('Which request');
  annotator.type('1\r\r\r\r\r\r');
  await annotator.shows('Recorded: answer-');
  annotator.type('q');
  const { code, sent, isRestored } = await annotator.ended();
  t.equal(code, 0);
  t.ok(isRestored);
  t.match(sent.slice(sent.indexOf(BACK)), /Recorded in mine: request-\S+, answer-\S+\./);
  t.match(await hindcast.projection('mine', 'unanswered-requests'), {
    state: {
      totals: { requests: 1, answered: 1 },
      answered: [{ text: 'Send the minutes.', from: 'ann', to: 'bob', answer: { event: 'm2', basis: 'stated', saidBy: 'The editor' } }],
    },
  });
  const again = terminal(['annotate', 'mine']);
  await again.shows('2 of 2');
  await again.shows('Answer to request-');
  again.type('q');
  t.equal((await again.ended()).code, 0, 'who comes back goes on after what is marked, and sees it');
});
