import { join } from 'node:path';
import t from 'tap';
import { ARCHIVES, PEOPLE } from '../importers/archives.js';
import { fixture } from '../importers/read-archive.js';
import { request } from '../support/drafts.js';
import { startServer } from '../support/process.js';
import { hindcast } from './hindcast.js';

interface Published {
  readonly id: string;
  readonly data: { readonly from?: string; readonly text?: string };
}
interface Row {
  readonly id: string;
  readonly answer?: { readonly event: string; readonly basis: string };
  readonly possibleAnswer?: { readonly event: string };
}

for (const [format, { path, args, happenings, added, asked, answer }] of Object.entries(ARCHIVES)) {
  t.test(`${format}: imported, then served, and judged by explicit replies alone`, async (t) => {
    const folder = t.testdir();
    const env = { HINDCAST_DATA: join(folder, 'data') };
    const command = ['--json', 'import', fixture(path), '--as', 'mine', ...PEOPLE, ...args, '--possible-answers', '72h', '--title', 'Mine'];
    const first = await hindcast(env, ...command);
    t.equal(first.code, 0, first.err);
    t.equal(first.err, '', 'no progress where nobody watches');
    t.match(JSON.parse(first.out), { story: 'mine', format, added, source: { digest: /^sha256:/ }, contentDigest: /^sha256:/ });

    const server = startServer(t, env);
    const address = await server.address;
    const get = async (route: string) => (await fetch(`${address}/stories/mine${route}`)).json();
    t.match(await get(''), { title: 'Mine', participants: /./ });
    const { events } = (await get('/events?limit=100')) as { events: Published[] };
    t.equal(events.length, happenings);
    const question = events.find(({ data }) => data.from === 'ann' && asked.test(data.text ?? ''));
    const posted = await fetch(`${address}/stories/mine/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request('asked', question?.id ?? '', { to: 'bob' })),
    });
    t.equal(posted.status, 201);
    const { position } = (await posted.json()) as { position: string };
    const { state } = (await get(`/projections/unanswered-requests?minPosition=${position}`)) as { state: { answered: Row[]; unanswered: Row[] } };
    if (answer === undefined) {
      t.match(state, { answered: [], unanswered: [{ id: 'asked', possibleAnswer: { event: String } }] }, 'the next message is no answer');
    } else t.match(state, { unanswered: [], answered: [{ id: 'asked', answer: { event: answer, basis: 'inferred' } }] });
  });
}

t.test('a report for a person says what was left out, what is not sure, and what was taken for granted', async (t) => {
  const env = { HINDCAST_DATA: join(t.testdir(), 'data') };
  const { code, out } = await hindcast(env, 'import', fixture('whatsapp'), '--as', 'chat', '--tz', 'Europe/Berlin', '--dry-run', ...PEOPLE);
  t.equal(code, 0);
  t.match(out, /^would be added: 12$/m);
  t.match(out, /^kept: 11 MessageSent$/m);
  t.match(out, /^dropped:\n {2}2 × a note of the app.*: _chat\.txt, line 1; _chat\.txt, line 12$/m);
  t.match(out, /^ambiguous:\n {2}1 × a time that clocks in Europe\/Berlin showed never: _chat\.txt, line 8$/m);
  t.match(out, /^assumed:\n {2}times are in Europe\/Berlin$/m);
  t.match(out, /^people: 4\n.*\n {2}ann: Ann Lee \(Ann\)$/m);
  t.notMatch(out, /[\u200e\u202a-\u202e]/, 'nothing in it turns a line round');
});

t.test('what is wrong is said with its code and its place', async (t) => {
  const env = { HINDCAST_DATA: join(t.testdir(), 'data') };
  const chat = fixture('whatsapp/_chat.txt');
  const cases: [args: readonly string[], code: number, error: string, says: RegExp][] = [
    [[chat, '--format', 'mail'], 1, 'bad-archive', /_chat\.txt, byte 0: this is no message/],
    [[chat, '--tz', 'UTC', '--possible-answers', 'soon'], 2, 'bad-request', /"soon" is no length of time/],
    [[fixture('table.csv'), '--map', 'from'], 2, 'bad-request', /"from" is no mapping/],
  ];
  for (const [args, code, error, says] of cases) {
    const ran = await hindcast(env, '--json', 'import', '--as', 'mine', ...args);
    t.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
    t.match(JSON.parse(ran.err), { code: error, message: says });
  }
});
