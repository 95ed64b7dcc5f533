import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { TRANSCRIPT_POLICY } from '../../src/exporters/transcript.js';
import { buildApp } from '../support/app.js';
import { answer, claim, correction, hour, message, mooted, request, retraction, tweet } from '../support/drafts.js';
import { record } from '../support/record.js';
import { watchReading } from '../support/slow-reader.js';

const STORY = 'wikileaks-trump-jr';
/** Some of these fill whatever lies between two ends on one machine. */
const LONG = 20_000;
const host = { host: 'localhost' };
type App = Awaited<ReturnType<typeof buildApp>>;

const ask = (app: App, url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  app.server.inject({ method, url, headers: { ...host, ...headers } });
const read = (document: string) =>
  document
    .slice(document.indexOf('<body>'))
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');
const anchors = (document: string) => [...document.matchAll(/<article id="event-([^"]*)"/g)].map(([, id]) => id);

async function tell(app: App, story: string, drafts: readonly unknown[]): Promise<void> {
  await app.timeline.waitFor(await record(app.log, story, drafts, true), 20_000);
  await app.timeline.settled();
}

t.test('a story is told whole, in story order, under a policy of its own', async (t) => {
  const app = await buildApp(t);
  const reply = await ask(app, `/stories/${STORY}/transcript`);
  t.equal(reply.statusCode, 200);
  t.match(reply.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': TRANSCRIPT_POLICY,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  t.match(TRANSCRIPT_POLICY, /^default-src 'none'; style-src 'sha256-[^']+'; /);
  const { events } = (await ask(app, `/stories/${STORY}/events?limit=1000`)).json() as { events: { id: string }[] };
  t.strictSame(
    anchors(reply.body),
    events.map(({ id }) => id),
  );
  t.match(read(reply.body), /All times are those of America\/New_York\..*9 unanswered, 2 answered, 2 no longer open/);
  t.match(read(reply.body), /revision 101 of the story wikileaks-trump-jr\. $/);
  t.match(read((await ask(app, `/stories/${STORY}/transcript?zone=Asia/Tokyo`)).body), /All times are those of Asia\/Tokyo\..*Wednesday, September 21, 2016/);
});

t.test('HEAD asks for the same without a body, and who has it is not sent it again', async (t) => {
  const app = await buildApp(t);
  const url = `/stories/${STORY}/transcript?as=public`;
  const head = await ask(app, url, {}, 'HEAD');
  const { etag } = (await ask(app, url)).headers;
  t.match(head, { statusCode: 200, body: '', headers: { etag, 'content-type': 'text/html; charset=utf-8' } });
  t.match(etag, /^W\/"101-\d+"$/);
  const held = await ask(app, url, { 'if-none-match': `"other", ${etag}` });
  t.match(held, { statusCode: 304, body: '', headers: { etag, 'cache-control': 'no-cache' } });
  t.equal((await ask(app, url, { 'if-none-match': '"other"' })).statusCode, 200);
  await tell(app, STORY, [message('new', hour(1), { from: 'wikileaks', to: ['donald-trump-jr'] })]);
  t.match(await ask(app, url, { 'if-none-match': String(etag) }), { statusCode: 200 }, 'what is new is sent');
});

t.test('what cannot be told is refused by name, before a word of the document', async (t) => {
  const app = await buildApp(t);
  const fault = async (query: string, story = STORY) => {
    const reply = await ask(app, `/stories/${story}/transcript${query}`);
    return { ...(reply.json() as object), type: reply.headers['content-type'] };
  };
  t.match(await fault('', 'none'), { type: /^application\/problem\+json/, code: 'unknown-story' });
  t.match(await fault('?zone=Nowhere/Else'), { code: 'bad-request', faults: [{ at: 'zone' }] });
  t.match(await fault('?at=yesterday'), { code: 'bad-time', faults: [{ at: 'at' }] });
  t.match(await fault('?as=nobody-here'), { code: 'bad-request', faults: [{ at: 'as' }] });
  t.match(await fault('?format=pdf'), { code: 'bad-request', faults: [{ at: 'format' }] });
});

t.test('it shows a writer what was just written, and as of a moment nothing after it', async (t) => {
  const app = await buildApp(t);
  const drafts = [
    message('m1', hour(9), { requests: [{ id: 'r1', text: 'Send it.' }] }),
    message('m2', hour(12), { from: 'bob', to: ['ann'] }),
    message('m3', null),
    answer('a1', 'r1', 'm2'),
    mooted('x1', 'r1', hour(10)),
  ];
  const position = await record(app.log, 'mine', drafts, true);
  const whole = await ask(app, `/stories/mine/transcript?minPosition=${position}`);
  t.strictSame(anchors(whole.body), ['m1', 'm2', 'm3']);
  t.match(read(whole.body), /All times are those of UTC\..*0 unanswered, 1 answered, 0 no longer open/);
  const before = await ask(app, `/stories/mine/transcript?at=${hour(11)}`);
  t.strictSame(anchors(before.body), ['m1']);
  t.match(read(before.body), /No longer open at 10:00 am on March 1, 2020: the request of ann to bob “Send it\.”.*0 unanswered, 0 answered, 1 no longer open/);
  t.strictSame(anchors((await ask(app, `/stories/mine/transcript?at=${hour(12)}`)).body), ['m1', 'm2'], 'the moment itself is in it');
});

t.test('through other eyes it tells what they could see, when they came to see it, and nothing of the rest', async (t) => {
  const app = await buildApp(t);
  await tell(app, 'mine', [
    message('secret', hour(1), { text: 'for bob alone', requests: [{ id: 'r1', text: 'Keep this from her.' }] }),
    message(
      'told-later',
      hour(2),
      { text: 'for bob first' },
      {
        disclosures: [
          { to: 'cyd', at: hour(9) },
          { to: 'dan', at: hour(5) },
        ],
      },
    ),
    message('hers', hour(3), { from: 'bob', to: ['cyd'], text: 'for her' }),
    tweet('loud', hour(4)),
    message('taken-back', hour(4), { text: 'taken back from bob' }),
    answer('a1', 'r1', 'hers'),
    request('r2', 'hers', { from: 'bob', to: 'cyd', text: 'Call me.' }),
    claim('c1', 'loud', { claim: 'about what she never saw', about: 'secret' }),
    retraction('x1', 'taken-back'),
  ]);
  const { body } = await ask(app, '/stories/mine/transcript?as=cyd');
  t.strictSame(anchors(body), ['hers', 'loud', 'told-later']);
  t.notMatch(body, /Keep this from her|for bob alone|about what she never saw|Learned of later[^<]*dan|taken back from bob|event-secret/);
  t.match(read(body), /As cyd could see it.*It stands here because it came into sight at 9:00 am UTC on March 1, 2020/);
  t.match(read(body), /1 unanswered, 0 answered, 0 no longer open/);
  t.strictSame(anchors((await ask(app, '/stories/mine/transcript?as=public')).body), ['loud']);
  t.strictSame(anchors((await ask(app, `/stories/mine/transcript?as=cyd&at=${hour(8)}`)).body), ['hers', 'loud'], 'she had not been told yet');
});

t.test('what was corrected and what was withdrawn is named as such', async (t) => {
  const app = await buildApp(t);
  const asks = Array.from({ length: 70 }, (_, i) => ({ id: `r${i}`, text: `ask ${i}` }));
  await tell(app, 'mine', [
    retraction('early', 'm0'),
    message('m0', hour(0), { text: 'withdrawn before it came' }),
    message('m1', hour(1), { text: 'the wrong words', requests: asks }),
    ...asks.map((_, i) => message(`reply${String(i).padStart(2, '0')}`, hour(2), { from: 'bob', to: ['ann'], inReplyTo: 'm1' })),
    message('m2', hour(3), { text: 'withdrawn, with seventy replies', requests: [{ id: 'q', text: 'Is it so?' }] }),
    ...asks.map((_, i) => message(`late${String(i).padStart(2, '0')}`, hour(4), { from: 'bob', to: ['ann'], inReplyTo: 'm2' })),
    claim('c1', 'm1', { claim: 'that it rained' }),
    mooted('gone', 'r1', hour(5), { reason: 'it was not so' }),
    correction('fix', 'm1', { data: { text: 'the right words' } }),
    retraction('x1', 'c1'),
    retraction('x2', 'r0'),
    retraction('x3', 'm2'),
    retraction('x4', 'gone'),
  ]);
  const { body } = await ask(app, '/stories/mine/transcript');
  const one = read(`<body>${/<article id="event-m1"[\s\S]*?<\/article>/.exec(body)?.[0] ?? ''}`);
  t.match(one, /“the right words”.*Corrected \(stated by the-editor\).*“the wrong words”/);
  t.match(
    one,
    /Withdrawn: the request “ask 0”.*Withdrawn: that it claims: “that it rained” \(stated by the-editor\) \(its withdrawal is stated by the-editor\)/,
  );
  const end = read(body).split('it counts nowhere.')[1] ?? '';
  for (const what of [/“withdrawn before it came”/, /“withdrawn, with seventy replies”/, /that a request was no longer open: it was not so/])
    t.match(end, what);
  t.equal(end.split('Withdrawn:').length - 1, 3, 'each once');
  t.notOk(anchors(body).includes('m2'));
});

t.test('what is recorded while it is read is said at its end', async (t) => {
  const app = await buildApp(t);
  await tell(
    app,
    'mine',
    Array.from({ length: 1_000 }, (_, i) => message(`m${i}`, hour(1), { text: 'x'.repeat(LONG) })),
  );
  const address = await app.listen();
  const reply = await fetch(`${address}/stories/mine/transcript`);
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  await tell(app, 'mine', [message('late', hour(0))]);
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value).toString('latin1');
  t.ok(text.includes('While this was written, something was recorded'));
  t.notOk((await ask(app, '/stories/mine/transcript')).body.includes('While this was written'));
});

t.test('a reader who does not read on holds nothing but the pages between; one who goes away lets go of what was held', async (t) => {
  const app = await buildApp(t);
  const COUNT = 2_000;
  await tell(
    app,
    'mine',
    Array.from({ length: COUNT }, (_, i) => message(`m${i}`, hour(1), { from: 'ann', to: ['bob'], text: 'x'.repeat(LONG) }, { seq: i })),
  );
  const reading = watchReading(app.timeline);
  const address = await app.listen();
  const reply = await reading.stall(`${address}/stories/mine/transcript?as=bob`);
  t.ok(reading.read < COUNT / 2, `${reading.read} of ${COUNT} were read for one who does not read on`);
  t.equal(reading.held, 1);
  reply.destroy();
  await reading.released();
  const stopped = reading.read;
  await wait(100);
  t.equal(reading.read, stopped, 'nothing more is read for who is gone');

  const whole = await fetch(`${address}/stories/mine/transcript?as=bob`);
  t.equal(anchors(await whole.text()).length, COUNT);
  await reading.released();
  t.equal((await fetch(`${address}/stories/mine/transcript?as=bob`, { method: 'HEAD' })).status, 200);
  await reading.released();
});
