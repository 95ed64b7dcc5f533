/**
 * What others have written to EventStoreDB, seen through the adapter and through a whole node: nothing of it stops anybody.
 */
import t from 'tap';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import type { LogEvent } from '../../../src/log/log.js';
import { catalogue } from '../../../events/catalogue.js';
import { logId } from '../../../src/recording/recorder.js';
import { buildApp } from '../../support/app.js';
import { message } from '../../support/drafts.js';
import { fakeEventStore, type Kept } from '../../support/fake-eventstore.js';

const STORY = 'of-others';
const AT = '2020-01-01T00:00:00Z';

/** A message as it lies in the log. */
function ours(story: string, id: string, revision: number, more: Partial<Kept> = {}): Kept {
  const parsed = catalogue.parseDraft(message(id, AT), () => id);
  if ('faults' in parsed) throw new Error(id);
  const { type, data, metadata } = catalogue.toStored(parsed.event);
  return { stream: `story-${story}`, revision, type, id: logId(story, id), data: JSON.stringify(data), metadata: JSON.stringify(metadata), ...more };
}

/** Events that are none, each in its own way. */
function odd(story: string): Kept[] {
  const at = (revision: number, more: Partial<Kept>) => ours(story, `m${revision}`, revision, more);
  return [
    at(1, { data: '{"type":"MessageSent", bro' }),
    at(2, { data: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d) }),
    at(3, { data: '' }),
    at(4, { data: 'null' }),
    at(5, { data: '"text"' }),
    at(6, { data: `${'['.repeat(200_000)}${']'.repeat(200_000)}` }),
    at(7, { data: `{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}` }),
    at(8, { metadata: '{"id":"m8","version":99}' }),
    at(9, { metadata: '{"id":"m9","version":-1}' }),
    at(10, { metadata: '{"id":"m10","version":"one"}' }),
    at(11, { metadata: 'bro' }),
    at(12, { metadata: '' }),
    at(13, { metadata: '{"id":17}' }),
    at(14, { type: 'PigeonSent' }),
    at(15, { contentType: 'application/octet-stream' }),
    at(16, { metadata: `{"id":"${'x'.repeat(10_000)}"}` }),
    at(17, { metadata: '{"id":""}' }),
    at(18, { metadata: '{"id":"\\ud800"}' }),
    at(19, { data: '{"__proto__":{"occurredAt":"2020-01-01T00:00:00Z"},"constructor":1}' }),
  ];
}

t.test('broken JSON is handed over by reads and subscriptions, and stops neither', async (t) => {
  const server = await fakeEventStore(t);
  server.keep(ours(STORY, 'm0', 0), ...odd(STORY), ours(STORY, 'm20', 20));
  const log = openEventStoreLog({ connectionString: server.url });
  t.teardown(() => log.close());
  const revisions: number[] = [];
  for await (const { revision } of log.read(`story-${STORY}`)) revisions.push(revision);
  const all = Array.from({ length: 21 }, (_, i) => i);
  t.strictSame(revisions, all);
  t.match(await log.head(`story-${STORY}`), { revision: 20 });
  const seen: LogEvent[] = [];
  for await (const notice of log.subscribe({ streamPrefixes: ['story-'] })) {
    if (notice.kind === 'caught-up') break;
    if (notice.kind === 'events') seen.push(...notice.events);
  }
  t.strictSame(
    seen.map(({ revision }) => revision),
    all,
  );
  t.equal(seen[1]?.data, '{"type":"MessageSent", bro');
  t.same(seen[11]?.metadata, Buffer.from('bro'));
});

t.test('a node on a log that others write to: what is no event is set aside and counted, and the rest is there', async (t) => {
  const server = await fakeEventStore(t);
  const good = 3;
  server.keep(
    ours('wikileaks-trump-jr', 'there', 0),
    ours(STORY, 'm0', 0),
    ...odd(STORY),
    ours(STORY, 'm20', 20, { id: '00000000-0000-4000-8000-000000000001' }),
    ours('Not A Story', 'x', 0),
    ours(`${'x'.repeat(65)}`, 'x', 0),
    { stream: 'session-', revision: 0, type: 'SessionOpened', data: '{bro' },
    { stream: 'order-17', revision: 0, type: 'OrderPlaced', data: '{bro' },
    ours('cut', 'm5', 5),
  );
  const app = await buildApp(t, { eventStore: server.url });
  const address = await app.listen();
  while (app.timeline.behind() !== undefined) await new Promise(setImmediate);
  server.keep(ours(STORY, 'm21', 21), { stream: 'session-x', revision: 0, type: 'SessionOpened', data: '{bro' });
  const json = async (path: string) => (await fetch(`${address}${path}`)).json() as Promise<Record<string, unknown>>;
  while (((await json(`/stories/${STORY}`)).revision as number) < 21) await new Promise(setImmediate);
  t.match(await json(`/stories/${STORY}`), { events: good, withoutEffect: { setAside: odd('').length, copies: 0 } });
  t.match(await json('/stories'), { stories: [{ id: 'cut', truncated: true, events: 1 }, { id: STORY }, { id: 'wikileaks-trump-jr' }] });
  t.notOk('truncated' in (await json(`/stories/${STORY}`)));
  t.match(await json('/stories/cut'), { truncated: true, revision: 5 });
  t.match(await json('/health/ready'), { status: 'ok' });
  const metrics = await (await fetch(`${address}/metrics`)).text();
  t.match(metrics, new RegExp(`^hindcast_events_set_aside{story="${STORY}"} ${odd('').length}$`, 'm'));
  t.match(metrics, /^hindcast_events_foreign 2$/m);
});
