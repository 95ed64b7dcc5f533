import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { buildApp } from '../support/app.js';
import { answer, correction, hour, message, retraction, tweet } from '../support/drafts.js';
import { record } from '../support/record.js';
import { watchReading } from '../support/slow-reader.js';

const STORY = 'wikileaks-trump-jr';
const headers = { host: 'localhost', 'content-type': 'application/cloudevents-batch+json' };

t.test('a story leaves as CloudEvents and comes in again as another, the same in all it says', async (t) => {
  const { server, timeline } = await buildApp(t);
  const exported = await server.inject({ url: `/stories/${STORY}/export?format=cloudevents`, headers });
  t.equal(exported.statusCode, 200);
  t.match(exported.headers, { 'content-type': /x-ndjson/, 'content-disposition': /wikileaks-trump-jr\.ndjson/ });
  const events = exported.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string });
  const posted = await server.inject({ method: 'POST', url: '/stories/copy/events', headers, payload: JSON.stringify(events) });
  t.equal(posted.statusCode, 201, posted.body);
  t.equal(
    (await server.inject({ method: 'POST', url: '/stories/copy/events', headers, payload: JSON.stringify(events) })).statusCode,
    200,
    'twice adds nothing',
  );
  await timeline.waitFor((posted.json() as { position: string }).position, 5_000);
  const state = async (story: string) =>
    ((await server.inject({ url: `/stories/${story}/projections/unanswered-requests`, headers })).json() as { state: unknown }).state;
  t.strictSame(await state('copy'), await state(STORY));
  const one = await server.inject({
    method: 'POST',
    url: '/stories/copy/events',
    headers: { ...headers, 'content-type': 'application/cloudevents+json' },
    payload: JSON.stringify({ ...events[3], id: 'another' }),
  });
  t.equal(one.statusCode, 201, one.body);
});

t.test('what is no CloudEvent, no format or no story is refused by name', async (t) => {
  const { server } = await buildApp(t);
  const post = async (payload: unknown) =>
    (await server.inject({ method: 'POST', url: '/stories/x/events', headers, payload: JSON.stringify(payload) })).json();
  const good = { specversion: '1.0', id: 'a', source: '/stories/x', type: 'hindcast.MessageSent', data: {} };
  t.match(await post({ ...good, specversion: '0.3' }), { code: 'bad-event', faults: [{ at: '/specversion' }] });
  t.match(await post([good, { ...good, type: 'com.example.Other' }]), { code: 'bad-event' });
  t.match(await post({ ...good, type: 'hindcast.Nothing' }), { code: 'bad-event', faults: [{ at: '/type' }] });
  t.match(await post({ ...good, schemaversion: 99 }), { code: 'bad-event' });
  const get = async (url: string) => (await server.inject({ url, headers })).json();
  t.match(await get(`/stories/${STORY}/export?format=pdf`), { code: 'bad-request', faults: [{ at: 'format' }] });
  t.match(await get(`/stories/${STORY}/export`), { code: 'bad-request' });
  t.match(await get('/stories/none/export?format=cloudevents'), { code: 'unknown-story' });
});

type App = Awaited<ReturnType<typeof buildApp>>;
const FORMATS = ['cloudevents', 'csv', 'timelinejs', 'webvtt', 'text'] as const;
const ask = (app: App, query: string, more: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET', story = STORY) =>
  app.server.inject({ method, url: `/stories/${story}/export?${query}`, headers: { host: 'localhost', ...more } });
const rowsOf = (text: string) => parse(text, { columns: true, bom: true }) as Record<string, string>[];
const idsOf = (text: string) => rowsOf(text).map(({ id }) => id);

async function tell(app: App, story: string, drafts: readonly unknown[]): Promise<void> {
  await app.timeline.waitFor(await record(app.log, story, drafts, true), 20_000);
  await app.timeline.settled();
}

t.test('each format has its type and its name as a file; who has it is not sent it again', async (t) => {
  const app = await buildApp(t);
  const kept = {
    cloudevents: ['application/x-ndjson; charset=utf-8', 'wikileaks-trump-jr.ndjson'],
    csv: ['text/csv; charset=utf-8; header=present', 'wikileaks-trump-jr.csv'],
    'csv&of=requests&as=public': ['text/csv; charset=utf-8; header=present', 'wikileaks-trump-jr-as-public-requests.csv'],
    timelinejs: ['application/json; charset=utf-8', 'wikileaks-trump-jr.timeline.json'],
    webvtt: ['text/vtt; charset=utf-8', 'wikileaks-trump-jr.vtt'],
    'text&as=donald-trump-jr': ['text/plain; charset=utf-8', 'wikileaks-trump-jr-as-donald-trump-jr.txt'],
  };
  for (const [query, [type, name]] of Object.entries(kept)) {
    const reply = await ask(app, `format=${query}`);
    const { etag } = reply.headers;
    const headers = { 'content-type': type, 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-cache', etag };
    t.match(reply, { statusCode: 200, headers }, query);
    t.match(etag, /^W\/"101-\d+"$/);
    t.match(await ask(app, `format=${query}`, {}, 'HEAD'), { statusCode: 200, body: '', headers }, `${query}: HEAD`);
    t.match(await ask(app, `format=${query}`, { 'if-none-match': String(etag) }), { statusCode: 304, body: '', headers: { etag } });
  }
  const address = await app.listen();
  for (const format of FORMATS) {
    const reply = await fetch(`${address}/stories/${STORY}/export?format=${format}`);
    t.equal(await reply.text(), (await ask(app, `format=${format}`)).body, `${format}: the same over a socket`);
    t.equal((await fetch(`${address}/stories/${STORY}/export?format=${format}`, { method: 'HEAD' })).status, 200);
  }
});

t.test('what is not for a format is refused by the name of the parameter, before a word of the file', async (t) => {
  const app = await buildApp(t);
  const cases: [string, object][] = [
    ['format=cloudevents&as=public', { code: 'bad-request', faults: [{ at: 'as' }] }],
    ['format=csv&zone=UTC', { code: 'bad-request', faults: [{ at: 'zone' }] }],
    ['format=csv&of=people', { code: 'bad-request', faults: [{ at: 'of' }] }],
    ['format=csv&bom=perhaps', { code: 'bad-request', faults: [{ at: 'bom' }] }],
    ['format=csv&as=nobody-here', { code: 'bad-request', faults: [{ at: 'as' }] }],
    ['format=csv&at=yesterday', { code: 'bad-time', faults: [{ at: 'at' }] }],
    ['format=webvtt&of=requests', { code: 'bad-request', faults: [{ at: 'of' }] }],
    ['format=webvtt&rate=0', { code: 'bad-rate', faults: [{ at: 'rate' }] }],
    ['format=webvtt&rate=2&fit=3', { code: 'fit-with-rate', faults: [{ at: 'fit' }] }],
    ['format=webvtt&fit=0.000001', { code: 'bad-rate', faults: [{ at: 'fit' }] }],
    ['format=text&idleLimit=-1', { code: 'bad-request', faults: [{ at: 'idleLimit' }] }],
    ['format=timelinejs&zone=Nowhere/Else', { code: 'bad-request', faults: [{ at: 'zone' }] }],
    ['format=text&lines=3', { code: 'bad-request', faults: [{ at: 'lines' }] }],
    ['format=constructor', { code: 'bad-request', faults: [{ at: 'format' }] }],
  ];
  for (const [query, expected] of cases) {
    const reply = await ask(app, query);
    t.match(reply.headers, { 'content-type': /^application\/problem\+json/ }, query);
    t.match(reply.json(), expected, query);
  }
  for (const format of FORMATS) t.match((await ask(app, `format=${format}`, {}, 'GET', 'none')).json(), { code: 'unknown-story' });
});

t.test('what is in force, as of a moment, through other eyes; and a writer sees what was just written', async (t) => {
  const app = await buildApp(t);
  const position = await record(
    app.log,
    'mine',
    [
      message('secret', hour(3), { text: 'for bob alone', requests: [{ id: 'r1', text: 'Keep it.' }] }),
      message('later', hour(1), { text: 'first told to bob' }, { disclosures: [{ to: 'cyd', at: hour(9) }] }),
      tweet('loud', hour(2)),
      message('hers', hour(8), { from: 'bob', to: ['cyd'] }),
      message('gone', hour(4)),
      message('never', null),
      answer('a1', 'r1', 'hers'),
      correction('fix', 'loud', { data: { text: 'put right' } }),
      retraction('x', 'gone'),
    ],
    true,
  );
  const get = async (query: string) => (await ask(app, `${query}&minPosition=${position}`, {}, 'GET', 'mine')).body;
  t.strictSame(idsOf(await get('format=csv')), ['later', 'loud', 'secret', 'hers', 'never']);
  t.strictSame(idsOf(await get(`format=csv&at=${hour(2)}`)), ['later', 'loud'], 'the moment itself is in it');
  const hers = rowsOf(await get('format=csv&as=cyd&bom=true'));
  t.match(hers, [
    { id: 'loud', quoted: 'put right', correctedBy: 'fix' },
    { id: 'hers', answerTo: '', answerBasis: '' },
    { id: 'later', occurredAt: hour(1), inSightAt: hour(9) },
  ]);
  t.match(rowsOf(await get('format=csv&of=requests')), [{ id: 'r1', standing: 'answered', answerEvent: 'hers', answerBasis: 'stated' }]);
  t.match(rowsOf(await get(`format=csv&of=requests&at=${hour(5)}`)), [{ id: 'r1', standing: 'unanswered' }]);
  for (const format of ['timelinejs', 'webvtt', 'text']) {
    const text = await get(`format=${format}&as=cyd`);
    t.notMatch(text, /for bob alone|Keep it/, format);
    t.match(text, /first told to bob/, format);
    t.match(text.replace(/\s+/g, ' '), /came into sight at 9:00 am UTC/, format);
    t.notMatch(await get(`format=${format}&as=cyd&at=${hour(8)}`), /first told to bob/, `${format}: she had not been told yet`);
  }
  t.match(await get('format=timelinejs&zone=Asia/Tokyo'), /\(Asia\/Tokyo\)/);
});

t.test('the times are those of the replay that is asked for', async (t) => {
  const app = await buildApp(t);
  await tell(app, 'mine', [message('a', hour(0)), message('b', hour(1)), message('c', hour(3)), message('d', hour(3, 9))]);
  const starts = async (query: string) => {
    const { body } = await ask(app, query, {}, 'GET', 'mine');
    return [...body.matchAll(/^event-.*\n([\d:.]+) --> |^\[([\d:.]+)\]/gm)].map(([, cue, line]) => cue ?? line);
  };
  const expected = ['00:00:00.000', '00:00:01.000', '00:00:03.000', '00:00:13.000'];
  t.strictSame(await starts('format=webvtt&rate=3600&idleLimit=10'), expected);
  t.strictSame(await starts('format=text&rate=3600&idleLimit=10'), expected);
  t.equal((await starts('format=webvtt&fit=60')).at(-1), '00:01:00.000');
  t.equal((await starts('format=webvtt')).at(-1), '00:10:00.000');
  t.equal((await starts('format=webvtt&idleLimit=100')).at(-1), '00:10:00.000');
  t.equal((await starts(`format=webvtt&fit=30&at=${hour(3)}`)).at(-1), '00:00:30.000');
  t.strictSame(await starts('format=text'), []);
  t.equal((await ask(app, 'format=webvtt&at=1999-01-01T00:00:00Z', {}, 'GET', 'mine')).statusCode, 200);
  await tell(app, 'timeless', [message('never', null)]);
  t.match((await ask(app, 'format=webvtt', {}, 'GET', 'timeless')).body, /NOTE ann: “words of never”/);
});

t.test('what is recorded while it is written is said: at its end, and behind a table', async (t) => {
  const app = await buildApp(t);
  await tell(
    app,
    'mine',
    Array.from({ length: 500 }, (_, i) => message(`m${i}`, hour(1), { text: 'x'.repeat(20_000) })),
  );
  const address = await app.listen();
  let added = 0;
  const read = async (format: string, change: boolean) => {
    const [reply] = (await once(getHttp(`${address}/stories/mine/export?format=${format}`), 'response')) as [IncomingMessage];
    let text = '';
    let isFirst = true;
    for await (const part of reply) {
      text += (part as Buffer).toString('latin1');
      if (change && isFirst) await tell(app, 'mine', [message(`late${added++}`, hour(0))]);
      isFirst = false;
    }
    return { text: text.replace(/\s+/g, ' '), changed: reply.trailers['hindcast-changed'] };
  };
  for (const format of ['csv', 'timelinejs', 'webvtt', 'text']) {
    const { text, changed } = await read(format, true);
    t.equal(changed, 'true', format);
    if (format !== 'csv') t.ok(text.includes('something was recorded'), format);
  }
  t.equal((await read('csv', false)).changed, 'false');
  const { text } = await read('cloudevents', true);
  t.ok(!text.includes(`late${added - 1}`), 'as it was recorded, it ends where it ended when it was begun');
});

t.test('a reader who does not read on holds little; one who goes away frees what was held', async (t) => {
  const app = await buildApp(t);
  const COUNT = 2_000;
  await tell(
    app,
    'mine',
    Array.from({ length: COUNT }, (_, i) => message(`m${i}`, hour(1), { text: 'x'.repeat(20_000) }, { seq: i })),
  );
  const reading = watchReading(app.timeline);
  const address = await app.listen();
  for (const format of ['csv', 'timelinejs', 'webvtt', 'text']) {
    const url = `${address}/stories/mine/export?format=${format}&as=bob`;
    const reply = await reading.stall(url);
    t.ok(reading.read < COUNT / 2, `${format}: ${reading.read} of ${COUNT} were read for one who does not read on`);
    t.equal(reading.held, 1);
    reply.destroy();
    await reading.released();
    t.equal((await fetch(url, { method: 'HEAD' })).status, 200);
    await reading.released();
  }
  const whole = await fetch(`${address}/stories/mine/export?format=csv&as=bob`);
  t.equal(idsOf(await whole.text()).length, COUNT);
  t.equal(
    (await fetch(`${address}/stories/mine/export?format=webvtt&as=bob&fit=0.0000001`, { method: 'HEAD' })).status,
    200,
    'where nothing moves any fit is met',
  );
});
