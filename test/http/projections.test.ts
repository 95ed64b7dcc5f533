import t from 'tap';
import { Compile } from 'typebox/compile';
import { projections } from '../../projections/all.js';
import { buildApp } from '../support/app.js';
import { answer, correction, hour, message, request, retraction } from '../support/drafts.js';

const STORY = 'wikileaks-trump-jr';
type Server = Awaited<ReturnType<typeof buildApp>>['server'];

const get = async (server: Server, url: string) => {
  const reply = await server.inject({ url, headers: { host: '127.0.0.1' } });
  return { status: reply.statusCode, body: reply.json() };
};
const append = async (server: Server, story: string, ...drafts: unknown[]): Promise<string> => {
  const reply = await server.inject({
    method: 'POST',
    url: `/stories/${story}/events`,
    headers: { host: '127.0.0.1', 'content-type': 'application/json' },
    payload: JSON.stringify(drafts),
  });
  const body = reply.json();
  if (reply.statusCode !== 201) throw new Error(JSON.stringify(body));
  return body.position;
};

t.test('every view of the built-in story is served, fits its schema, and is not behind', async (t) => {
  const { server } = await buildApp(t);
  const listed = (await get(server, `/stories/${STORY}/projections`)).body.projections as { name: string; lag: unknown }[];
  t.strictSame(
    listed.map(({ name }) => name),
    projections.map(({ name }) => name),
  );
  for (const { name, schema } of projections) {
    for (const query of ['', '?at=2016-10-20T00:00:00-04:00', '?as=public', '?as=donald-trump-jr&at=2016-10-20T00:00:00-04:00']) {
      const { status, body } = await get(server, `/stories/${STORY}/projections/${name}${query}`);
      t.equal(status, 200);
      t.ok(Compile(schema).Check(body.state), `${name}${query}: ${JSON.stringify(Compile(schema).Errors(body.state).slice(0, 3))}`);
      t.notOk('stale' in body || 'setAside' in body);
    }
  }
  t.match(listed[0]?.lag, { status: 'current', events: 0, seconds: 0 });
});

t.test('a late event, a correction and a retraction change the past, and only what they should', async (t) => {
  const { server } = await buildApp(t);
  const totals = async (query: string) => {
    const { requests, answered, unanswered, moot } = (await get(server, `/stories/mine/projections/unanswered-requests${query}`)).body.state.totals;
    return { requests, answered, unanswered, moot };
  };
  const asked = [message('m1', hour(1)), request('r1', 'm1'), message('m3', hour(5), { from: 'bob', to: ['ann'] }), answer('a1', 'r1', 'm3')];
  let position = await append(server, 'mine', ...asked);
  t.strictSame(await totals(`?minPosition=${position}&at=${hour(4)}`), { requests: 1, answered: 0, unanswered: 1, moot: 0 });
  position = await append(server, 'mine', message('late', hour(2), { requests: [{ text: 'late' }] }));
  t.strictSame(await totals(`?minPosition=${position}&at=${hour(1)}`), { requests: 1, answered: 0, unanswered: 1, moot: 0 });
  t.strictSame(await totals(`?at=${hour(4)}`), { requests: 2, answered: 0, unanswered: 2, moot: 0 });
  position = await append(server, 'mine', correction('c', 'm3', { occurredAt: hour(3) }));
  t.strictSame(await totals(`?minPosition=${position}&at=${hour(4)}`), { requests: 2, answered: 1, unanswered: 1, moot: 0 });
  position = await append(server, 'mine', retraction('x', 'a1'));
  t.strictSame(await totals(`?minPosition=${position}`), { requests: 2, answered: 0, unanswered: 2, moot: 0 });
});

t.test('through the eyes of the public and of those who took part', async (t) => {
  const { server } = await buildApp(t);
  const told = { disclosures: [{ to: 'public', at: hour(6) }] };
  await append(server, 'mine', message('m1', hour(1), {}, told), request('r1', 'm1'), message('m2', hour(2), { from: 'bob', to: ['ann'] }), {
    id: 'tweet',
    type: 'TweetPosted',
    occurredAt: hour(3),
    data: { by: 'bob', text: 'it was', links: [] },
  });
  const position = await append(server, 'mine', {
    id: 'f1',
    type: 'FollowUpIdentified',
    data: { request: 'r1', event: 'tweet', basis: 'stated', by: 'ed', citation: {} },
  });
  const view = async (query: string) => (await get(server, `/stories/mine/projections/unanswered-requests?minPosition=${position}&${query}`)).body.state;
  t.equal((await view(`as=public&at=${hour(5)}`)).totals.requests, 0, 'not disclosed yet');
  t.match(await view(`as=public&at=${hour(6)}`), { totals: { requests: 1 }, unanswered: [{ askedAt: hour(1), followUps: [{ event: 'tweet' }] }] });
  t.equal((await view('as=ann')).totals.requests, 1);
  const ids = async (query: string) => (await get(server, `/stories/mine/events?${query}`)).body.events.map((event: { id: string }) => event.id);
  t.strictSame(await ids('as=public'), ['tweet', 'm1'], 'what came to light later comes later');
  t.strictSame(await ids('as=ann'), ['m1', 'm2', 'tweet']);
  const tweet = (await get(server, '/stories/mine/events/tweet?as=public')).body;
  t.equal(tweet.annotations, undefined, 'what it followed was not known when it was posted');
  t.match((await get(server, '/stories/mine/events/m2?as=public')).body, { code: 'unknown-event' });
  t.match((await get(server, '/stories/mine/events?as=nobody')).body, { code: 'bad-request', faults: [{ at: 'as' }] });
  await append(server, 'mine', correction('c1', 'm2', { visibility: 'public' }), retraction('x1', 'm1'));
  const last = await append(server, 'mine', message('m9', hour(9), {}, { visibility: 'public' }));
  t.strictSame(await ids(`as=public&minPosition=${last}`), ['m2', 'tweet', 'm9'], 'and follows what changes');
});

t.test('who comes in by a correction, or learned of something, can be looked through', async (t) => {
  const { server } = await buildApp(t);
  const told = { disclosures: [{ to: 'eve', at: hour(6) }] };
  const position = await append(server, 'mine', message('m1', hour(1)), message('m2', hour(2), {}, told), correction('c', 'm1', { data: { to: ['zed'] } }));
  const ids = async (as: string) =>
    (await get(server, `/stories/mine/events?as=${as}&minPosition=${position}`)).body.events.map((event: { id: string }) => event.id);
  t.strictSame([await ids('zed'), await ids('eve')], [['m1'], ['m2']]);
  t.strictSame(
    (await get(server, '/stories/mine')).body.participants.map(({ id }: { id: string }) => id),
    ['ann', 'bob', 'eve', 'zed'],
  );
});

t.test('as the log, or the source, had it recorded by then', async (t) => {
  const { server } = await buildApp(t);
  const position = await append(
    server,
    'mine',
    message('m1', hour(1), { requests: [{ text: 'one' }] }, { originalRecordedAt: '2019-01-01T00:00:00Z' }),
    message('m2', hour(2), { requests: [{ text: 'two' }] }, { originalRecordedAt: '2021-01-01T00:00:00Z' }),
    message('m3', hour(3), { requests: [{ text: 'three' }] }),
  );
  const requests = async (query: string) =>
    (await get(server, `/stories/mine/projections/unanswered-requests?minPosition=${position}&${query}`)).body.state.totals.requests;
  t.equal(await requests('originallyRecordedAt=2018-01-01T00:00:00Z'), 0);
  t.equal(await requests('originallyRecordedAt=2020-01-01T00:00:00Z'), 1);
  t.equal(await requests('originallyRecordedAt=2022-01-01T00:00:00Z'), 2, 'where the source says nothing, the log decides');
  t.equal(await requests('recordedAt=2022-01-01T00:00:00Z'), 0);
  t.equal(await requests('recordedAt=9000-01-01T00:00:00Z&originallyRecordedAt=2022-01-01T00:00:00Z'), 2);
  t.equal(await requests(`originallyRecordedAt=2022-01-01T00:00:00Z&at=${hour(1)}`), 1);
});

t.test('a list is paged from its latest row, as of the same moment', async (t) => {
  const { server } = await buildApp(t);
  const drafts = Array.from({ length: 30 }, (_, i) =>
    message(`m${String(i).padStart(2, '0')}`, hour(i % 24, 1 + Math.floor(i / 24)), { requests: [{ text: `${i}` }] }),
  );
  const position = await append(server, 'mine', ...drafts);
  const base = `/stories/mine/projections/unanswered-requests/rows?list=unanswered&limit=7&minPosition=${position}`;
  for (const [moment, count] of [
    ['', 30],
    [`&at=${hour(20)}`, 21],
  ] as const) {
    const texts: string[] = [];
    for (let next = ''; ; ) {
      const { body } = await get(server, `${base}${moment}${next}`);
      t.equal(body.size, count);
      texts.push(...body.rows.map((row: { text: string }) => row.text));
      if (body.next === null) break;
      next = `&after=${body.next}`;
    }
    t.strictSame(
      texts,
      Array.from({ length: count }, (_, i) => `${count - 1 - i}`),
    );
  }
  t.match((await get(server, '/stories/mine/projections/unanswered-requests/rows')).body, { code: 'unknown-list', status: 404, detail: /answered, moot/ });
  t.match((await get(server, `${base}&after=moot.3`)).body, { code: 'bad-cursor' });
  t.match((await get(server, `${base}&after=nonsense`)).body, { code: 'bad-cursor' });
  t.match((await get(server, '/stories/mine/projections/none/rows')).body, { code: 'unknown-projection' });
});

t.test('what cannot be asked is refused by name', async (t) => {
  const { server } = await buildApp(t);
  const url = `/stories/${STORY}/projections/unanswered-requests`;
  for (const name of ['at', 'recordedAt', 'originallyRecordedAt'])
    t.match((await get(server, `${url}?${name}=yesterday`)).body, { code: 'bad-time', faults: [{ at: name }] });
  t.match((await get(server, `${url}?as=__proto__`)).body, { code: 'bad-request', faults: [{ at: 'as' }] });
  t.match((await get(server, `/stories/${STORY}/projections/__proto__`)).body, { code: 'unknown-projection' });
  t.match((await get(server, `/stories/${STORY}/projections/none`)).body, { code: 'unknown-projection', detail: /unanswered-requests/ });
});

t.test('the document of the interface shows each view with what its state is', async (t) => {
  const { server } = await buildApp(t);
  const { body } = await get(server, '/openapi.json');
  t.equal(body.openapi, '3.1.0');
  for (const { name, description, schema } of projections) {
    const operation = body.paths[`/stories/{story}/projections/${name}`]?.get;
    t.equal(operation?.description, description);
    const answered = operation?.responses['200'].content['application/json'].schema;
    t.strictSame(Object.keys(answered.properties.state.properties), Object.keys((schema as unknown as { properties: object }).properties));
  }
  t.ok(body.paths['/stories/{story}/events'].post);
});
