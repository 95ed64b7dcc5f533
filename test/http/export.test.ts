import t from 'tap';
import { buildApp } from '../support/app.js';

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
