import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ERRORS } from '../../src/errors.js';
import { buildApp } from '../support/app.js';
import { hour, message, request } from '../support/drafts.js';
import { ROOT } from '../support/places.js';

const STORY = 'wikileaks-trump-jr';
const host = { host: '127.0.0.1' };
type Server = Awaited<ReturnType<typeof buildApp>>['server'];
const get = async (server: Server, url: string, headers: Record<string, string> = {}) => {
  const reply = await server.inject({ url, headers: { ...host, ...headers } });
  return { status: reply.statusCode, headers: reply.headers, body: reply.json() };
};
const post = async (server: Server, story: string, payload: unknown, headers: Record<string, string> = {}) => {
  const reply = await server.inject({
    method: 'POST',
    url: `/stories/${story}/events`,
    headers: { ...host, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  });
  return { status: reply.statusCode, headers: reply.headers, body: reply.json() };
};

t.test('serves the built-in story, its events and its view', async (t) => {
  const { server } = await buildApp(t);
  t.match((await get(server, '/health/live')).body, { status: 'ok' });
  t.match((await get(server, '/stories?minPosition=0000000000000000001')).body, { stories: [{ id: STORY, events: 46 }] });
  const { body: story, headers } = await get(server, `/stories/${STORY}`);
  t.match(story, { timeZone: 'America/New_York', withoutEffect: { setAside: 0, copies: 0, waiting: 0, refused: 0 } });
  t.equal(headers.etag, `"${story.revision}"`);
  t.match((await get(server, `/stories/${STORY}/projections`)).body, { projections: [{ name: 'unanswered-requests', version: 2 }] });
  t.match((await get(server, `/stories/${STORY}/projections/unanswered-requests?at=2016-10-20T00:00:00-04:00`)).body, {
    at: '2016-10-20T00:00:00-04:00',
    state: { totals: { requests: 4, answered: 1, unanswered: 3 } },
  });
  t.match((await get(server, `/stories/${STORY}/projections/unanswered-requests`)).body, { at: story.to, position: story.position });
  t.match((await get(server, `/stories/${STORY}/projections/unanswered-requests?recordedAt=2001-01-01T00:00:00Z`)).body, {
    recordedAt: '2001-01-01T00:00:00Z',
    state: { totals: { requests: 0 } },
  });
  t.match((await get(server, `/stories/${STORY}/events/wl-2016-10-12-tweet-this-link`)).body, {
    type: 'MessageSent',
    visibility: 'private',
    annotations: [{ id: /./ }],
    sources: [{ id: 'atlantic' }],
  });
});

t.test('lists events in story order, page by page, by time, type, participant and words', async (t) => {
  const { server } = await buildApp(t);
  const all = (await get(server, `/stories/${STORY}/events?limit=1000`)).body;
  t.equal(all.events.length, 46);
  t.equal(all.next, null);
  const paged: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { body }: { body: { events: { id: string }[]; next: string | null } } = await get(
      server,
      `/stories/${STORY}/events?limit=7${next === '' ? '' : `&after=${next}`}`,
    );
    paged.push(...body.events.map((event) => event.id));
    next = body.next;
  }
  t.strictSame(
    paged,
    all.events.map((event: { id: string }) => event.id),
  );
  const ids = async (query: string) => (await get(server, `/stories/${STORY}/events?${query}`)).body.events.map((event: { id: string }) => event.id);
  t.strictSame(await ids('from=2016-10-12T00:00:00-04:00&to=2016-10-14T23:59:59.999-04:00'), [
    'wl-stolen-documents-published',
    'wl-podesta-emails-part-4',
    'wl-2016-10-12-tweet-this-link',
    'tj-2016-10-14-tweets-link',
  ]);
  t.equal((await ids('type=TweetPosted')).length, 3);
  t.strictSame(await ids('participant=roger-stone'), ['stone-2016-10-02-wednesday']);
  t.strictSame(await ids('q=TAX+RETURNS&type=MessageSent'), ['wl-2016-10-21-tax-returns', 'wl-2017-07-11-emails'], 'what is paraphrased is found as well');
  t.strictSame(await ids('participant=roger-stone,rob-glaser'), ['putintrump-founded', 'stone-2016-10-02-wednesday'], 'one or another of several');
});

t.test('lists events from the latest back, up to the place of a clock', async (t) => {
  const { server } = await buildApp(t);
  const page = async (query: string) =>
    (await get(server, `/stories/${STORY}/events?${query}`)).body as {
      events: { id: string; cursor: string; occurredAt: string | null; inSightAt?: string }[];
      next: string | null;
    };
  const all = (await page('limit=1000')).events.map(({ id }) => id);
  const back: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { events, next: further }: Awaited<ReturnType<typeof page>> = await page(`order=latest&limit=7${next === '' ? '' : `&after=${next}`}`);
    back.push(...events.map(({ id }) => id));
    next = further;
  }
  t.strictSame(back, all.toReversed(), 'each once');

  const middle = (await page('limit=1000')).events[20];
  const place = middle?.cursor ?? '';
  t.strictSame(
    (await page(`order=latest&limit=3&place=${place}`)).events.map(({ id }) => id),
    all.slice(18, 21).toReversed(),
    'the place itself is on this side of it',
  );
  t.strictSame(
    (await page(`limit=1000&place=${place}`)).events.map(({ id }) => id),
    all.slice(0, 21),
  );
  t.strictSame(
    (await page(`order=latest&from=2016-10-12T00:00:00-04:00&to=2016-10-14T23:59:59.999-04:00&q=trump`)).events.map(({ id }) => id),
    (await page(`from=2016-10-12T00:00:00-04:00&to=2016-10-14T23:59:59.999-04:00&q=trump`)).events.map(({ id }) => id).toReversed(),
  );
  t.equal((await get(server, `/stories/${STORY}/events?place=nonsense`)).body.code, 'bad-cursor');

  // Through other eyes, what was learned of later says when.
  const { events } = await page('as=public&limit=1000');
  const learned = events.filter(({ inSightAt }) => inSightAt !== undefined);
  t.ok(learned.length > 0 && learned.every(({ inSightAt = '', occurredAt }) => occurredAt !== null && Date.parse(inSightAt) > Date.parse(occurredAt)));
  t.ok((await page('limit=1000')).events.every(({ inSightAt }) => inSightAt === undefined));
});

t.test('an append is read back at once by its position, and the same again adds nothing', async (t) => {
  const { server } = await buildApp(t);
  const created = await post(server, 'mine', message('m1', hour(1)), { 'if-none-match': '*' });
  t.match(created, {
    status: 201,
    headers: { etag: '"0"', location: '/stories/mine/events/m1' },
    body: { revision: 0, events: [{ id: 'm1', when: { precision: 'second' } }] },
  });
  t.match((await get(server, `/stories/mine/events?minPosition=${created.body.position}`)).body, {
    events: [{ id: 'm1', recordedAt: /T/, position: created.body.position }],
  });
  t.match(await post(server, 'mine', message('m1', hour(1))), { status: 200, body: { revision: 0, position: created.body.position } });
  const second = await post(server, 'mine', [message('m2', hour(2)), request('r1', 'm2')], { 'if-match': '"0"' });
  t.match(second, { status: 201, body: { revision: 2 } });
  t.match(await get(server, `/stories/mine/events/r1?minPosition=${second.body.position}`), {
    status: 200,
    body: { type: 'RequestIdentified', annotations: [] },
  });
});

t.test('bad input is a problem with a code that names what was wrong, and nothing is stored', async (t) => {
  const { server, log } = await buildApp(t);
  await post(server, 'mine', message('m1', hour(1)));
  const end = await log.end();
  const cases: [string, unknown, number, string, (string | undefined)?, Record<string, string>?][] = [
    ['malformed JSON', '{"type":', 400, 'bad-json'],
    ['an empty body', '', 400, 'bad-json'],
    ['a forbidden name', '{"__proto__":{"x":1}}', 400, 'bad-json'],
    ['a type that is no text', '{"type":{"toString":null}}', 422, 'unknown-type', '/type'],
    ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'bad-json'],
    ['an unknown type', { type: 'PigeonSent', data: {} }, 422, 'unknown-type', '/type'],
    ['a wrong field', message('m2', hour(1), { form: 'ann' }), 422, 'bad-event', '/data/form'],
    ['an impossible date', message('m2', '2020-02-30T00:00:00Z'), 422, 'bad-event', '/occurredAt'],
    ['a placing instant outside its bounds', message('m2', hour(1), {}, { when: { earliest: hour(2), latest: hour(3) } }), 422, 'bad-event', '/occurredAt'],
    ['latest before earliest', message('m2', null, {}, { when: { earliest: hour(4), latest: hour(3) } }), 422, 'bad-event', '/when/latest'],
    ['an annotation of nothing', request('r1', 'nothing'), 422, 'unknown-target', '/data'],
    ['a revision that is not the current one', message('m2', hour(1)), 409, 'wrong-revision', 'If-Match', { 'if-match': '7' }],
    ['a revision that is none', message('m2', hour(1)), 400, 'bad-request', 'If-Match', { 'if-match': '"x"' }],
    [
      'two requests with one id',
      [
        message('m3', hour(1), {
          requests: [
            { id: 'x', text: 'a' },
            { id: 'x', text: 'b' },
          ],
        }),
      ],
      409,
      'id-reused',
      '/data/requests',
    ],
    ['a story that is not new', message('m2', hour(1)), 409, 'story-exists', undefined, { 'if-none-match': '*' }],
    ['a known id with another body', message('m1', hour(2)), 409, 'id-reused', '/id'],
    ['half an array stored before', [message('m1', hour(1)), message('m2', hour(1))], 409, 'partly-stored', '/0/id'],
    ['another media type', 'a=b', 415, 'bad-media-type', undefined, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', '{}', 415, 'bad-media-type', undefined, { 'content-type': 'text/plain' }],
    [
      'events over the limit of the log',
      JSON.stringify(Array.from({ length: 20 }, (_, i) => message(`large-${i}`, hour(1), { text: 'x'.repeat(60_000) }))),
      413,
      'body-too-large',
    ],
    ['a body over the limit', JSON.stringify(message('m2', hour(1), { text: 'x'.repeat(9_000_000) })), 413, 'body-too-large'],
    ['another host', message('m2', hour(1)), 421, 'wrong-host', 'Host', { host: 'rebound.example' }],
    ['a page of another origin', message('m2', hour(1)), 403, 'wrong-origin', 'Origin', { origin: 'https://elsewhere.example' }],
  ];
  for (const [what, payload, status, code, at, headers] of cases) {
    const reply = await post(server, 'mine', payload, headers);
    t.match(
      reply,
      {
        status,
        headers: { 'content-type': /problem\+json/ },
        body: { code, status, title: ERRORS[code as keyof typeof ERRORS].sentence, ...(at === undefined ? {} : { faults: [{ at }] }) },
      },
      what,
    );
  }
  t.match(await post(server, 'nowhere', message('m1', hour(1)), { 'if-match': '*' }), { status: 409, body: { code: 'wrong-revision' } });
  for (const [url, status, code] of [
    ['/stories/none', 404, 'unknown-story'],
    ['/stories/none/events', 404, 'unknown-story'],
    [`/stories/${STORY}/events/none`, 404, 'unknown-event'],
    [`/stories/${STORY}/projections/none`, 404, 'unknown-projection'],
    [`/stories/${STORY}/projections/unanswered-requests?at=yesterday`, 400, 'bad-time'],
    [`/stories/${STORY}/events?from=1`, 400, 'bad-time'],
    [`/stories/${STORY}/events?limit=0`, 400, 'bad-request'],
    [`/stories/${STORY}/events?type=Nothing`, 400, 'bad-request'],
    [`/stories/${STORY}/events?after=nonsense`, 400, 'bad-cursor'],
    [`/stories/${STORY}/events?colour=red`, 400, 'bad-request'],
    [`/stories/${STORY}/projections/unanswered-requests?recordedAt=then`, 400, 'bad-time'],
    ['/nowhere', 404, 'unknown-route'],
    ['/%zz', 400, 'bad-request'],
  ] as const)
    t.match(await get(server, url), { status, body: { code } }, url);
  t.equal(await log.end(), end, 'nothing was stored');
});

t.test('a page of our own origin may talk to it', async (t) => {
  const { server } = await buildApp(t);
  t.equal((await get(server, '/stories', { host: 'localhost:8080', origin: 'http://localhost:8080' })).status, 200);
  t.equal((await get(server, '/stories', { host: 'localhost:8080', origin: 'http://localhost:9090' })).status, 403);
  t.equal((await get(server, '/stories', { host: '[::1]:8080' })).status, 200);
  t.equal((await get(server, '/stories', { origin: 'null' })).status, 403);
  const listed = await buildApp(t, { hosts: ['news.example'], origins: ['https://desk.example'], data: t.testdir() });
  t.equal((await get(listed.server, '/stories', { host: 'news.example', origin: 'https://desk.example' })).status, 200);
});

t.test('the README lists every error of the register, and no other', (t) => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| `([a-z-]+)` \| (\d{3}|–) \|/gm)].map((match) => match[1]);
  t.strictSame(listed.toSorted(), Object.keys(ERRORS).toSorted());
  t.end();
});
