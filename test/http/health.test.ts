/** A node that is being written to is ready all the time. */
import t from 'tap';
import { buildApp } from '../support/app.js';
import { message } from '../support/drafts.js';

const host = { host: '127.0.0.1' };

t.test('while batches are written the node stays ready, and its lag is a figure', async (t) => {
  const { server, timeline } = await buildApp(t, {}, { seeded: [] });
  const ready = async () => {
    const { statusCode, body } = await server.inject({ url: '/health/ready', headers: host });
    return statusCode === 200 ? 200 : body;
  };
  while ((await ready()) !== 200) await new Promise(setImmediate);
  let isWriting = true;
  const writing = (async () => {
    for (let batch = 0; batch < 20; batch++) {
      const payload = Array.from({ length: 200 }, (_, i) => message(`m${batch}-${i}`, '2020-03-01T00:00:00Z'));
      const { statusCode } = await server.inject({ method: 'POST', url: '/stories/a-story/events', headers: host, payload });
      t.equal(statusCode, 201);
    }
    isWriting = false;
  })();
  const said = new Set<unknown>();
  let timesBehind = 0;
  let oldest = 0;
  while (isWriting) {
    said.add(await ready());
    if (timeline.behind() !== undefined) timesBehind++;
    if (timeline.has('a-story')) {
      const { projections } = (await server.inject({ url: '/stories/a-story/projections', headers: host })).json() as {
        projections: { lag: { seconds: number } }[];
      };
      oldest = Math.max(oldest, ...projections.map(({ lag }) => lag.seconds));
    }
    await new Promise(setImmediate);
  }
  await writing;
  t.ok(timesBehind > 0, `it was reading what was written: ${timesBehind} times`);
  t.strictSame([...said], [200]);
  t.ok(oldest < 10, `${oldest} s`);
});
