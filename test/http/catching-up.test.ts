/** A story that the log holds while the read model has not come to it: that it is unknown is never said. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { catalogue } from '../../events/catalogue.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { logId, streamOf } from '../../src/recording/recorder.js';
import { replay } from '../../src/sdk/index.js';
import { buildApp } from '../support/app.js';
import { message } from '../support/drafts.js';

/** So many that reading them takes longer than asking. */
const BEFORE = 20_000;

t.test('while the log is read a story of it is not yet there, another is unknown, and a watcher waits', async (t) => {
  const data = join(t.testdir(), 'data');
  mkdirSync(data);
  const log = await openEmbeddedLog({ folder: join(data, 'log') });
  const append = async (story: string, count: number) => {
    const events = Array.from({ length: count }, (_, i) => {
      const parsed = catalogue.parseDraft(message(`m${i}`, '2020-01-01T00:00:00Z'), () => '');
      if (!('event' in parsed)) throw new Error('no event');
      return { id: logId(story, `m${i}`), ...catalogue.toStored(parsed.event) };
    });
    for (let i = 0; i < count; i += 1_000) await log.append(streamOf(story), events.slice(i, i + 1_000), 'any');
  };
  await append('before', BEFORE);
  await append('last', 3);
  await log.close();

  const app = await buildApp(t, { data }, { seeded: [] });
  const address = await app.listen();
  const watcher = replay(`${address}/stories/last`, { fit: 1, idleLimit: 0.01, reconnect: { firstMs: 10, longestMs: 50, triesToOpen: 10_000 } });
  t.teardown(() => watcher.close());
  const paths = ['', '/events', '/projections', '/projections/links', '/projections/links/updates', '/transcript', '/export?format=text', '/events/m0'];
  const said = new Set<string>();
  const elsewhere = new Set<string>();
  for (let isThere = false; !isThere; ) {
    isThere = app.timeline.has('last');
    const answers = isThere ? [] : await Promise.all(paths.map((path) => app.server.inject(`/stories/last${path}`)));
    const opened = isThere ? undefined : await app.server.inject({ method: 'POST', url: '/sessions', payload: { story: 'last', paused: true } });
    for (const answer of [...answers, ...(opened === undefined ? [] : [opened])]) {
      if (answer.statusCode < 300) continue;
      said.add(`${(answer.json() as { code: string }).code}, again after ${answer.headers['retry-after']} s`);
    }
    elsewhere.add(((await app.server.inject('/stories/nowhere')).json() as { code: string }).code);
  }
  t.strictSame([...said], ['not-yet, again after 1 s']);
  t.strictSame([...elsewhere], ['unknown-story']);
  const { story } = await watcher.opened;
  t.equal(story, 'last');
});
