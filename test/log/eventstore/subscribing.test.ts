/**
 * A subscription beside other people's events and the system's own, on a server that drops whoever reads live.
 */
import { join } from 'node:path';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import t, { type Test } from 'tap';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import type { Notice } from '../../../src/log/log.js';
import { openTimeline } from '../../../src/timeline/timeline.js';
import { type FakeOptions, fakeEventStore, type Kept } from '../../support/fake-eventstore.js';

const PREFIXES = ['story-'];
const kept = (stream: string, revision: number): Kept => ({ stream, revision, type: 'Tested', data: '{}' });
const turn = () => new Promise(setImmediate);

async function opened(t: Test, options: FakeOptions = {}) {
  const server = await fakeEventStore(t, options);
  const log = openEventStoreLog({ connectionString: server.url });
  t.teardown(() => log.close());
  return { server, log };
}

/** Listens, and says each notice in a word. */
function listen(log: ReturnType<typeof openEventStoreLog>) {
  const said: string[] = [];
  const notices: Notice[] = [];
  const finished = (async () => {
    for await (const notice of log.subscribe({ streamPrefixes: PREFIXES })) {
      notices.push(notice);
      said.push(notice.kind === 'events' ? notice.events.map(({ stream, revision }) => `${stream}@${revision}`).join(' ') : notice.kind);
    }
  })();
  finished.catch(() => {});
  return { said, notices, finished };
}

t.test('whoever is dropped in a burst goes on behind the last event that came, at once and without a word', async (t) => {
  const { server, log } = await opened(t);
  server.keep(kept('story-a', 0));
  const { said, finished } = listen(log);
  while (!said.includes('caught-up')) await turn();
  for (let round = 1; round <= 3; round++) {
    server.keep(kept('story-a', round));
    while (!said.includes(`story-a@${round}`)) await turn();
    server.drop(status.ABORTED);
    while (server.begun.length < round + 1) await turn();
    t.strictSame(server.begun[round], { commit: String((round + 1) * 100), prepare: String((round + 1) * 100 - 1) });
  }
  server.keep(kept('story-a', 4));
  while (!said.includes('story-a@4')) await turn();
  t.strictSame(
    said.filter((word) => word.startsWith('story')),
    [0, 1, 2, 3, 4].map((n) => `story-a@${n}`),
    'each event once',
  );
  await log.close();
  await finished;
});

t.test('whoever is dropped before anything came is told: to begin again at once would be to begin for ever', async (t) => {
  const { log } = await opened(t, {
    onRead(call) {
      if (call.request.getOptions()?.hasSubscription() !== true) return false;
      call.emit('error', { code: status.ABORTED, details: 'too slow' });
      return true;
    },
  });
  const { finished } = listen(log);
  await t.rejects(finished, { code: 'log-unavailable' });
});

t.test('the end of the log is whatever stands there last, and costs one event', async (t) => {
  const asked: [backwards: boolean, count: string][] = [];
  const { server, log } = await opened(t, {
    onRead(call) {
      const options = call.request.getOptions() as streams.ReadReq.Options;
      asked.push([options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS, options.getCount()]);
      return false;
    },
  });
  server.keep(kept('story-a', 0), kept('$stats-1', 0), kept('$stats-1', 1));
  t.match(await log.end(), /^0*300-0*299$/);
  t.strictSame(asked, [[true, '1']]);
});

t.test("caught-up is joined with the end as it was before: the system's events count there, and a checkpoint does not", async (t) => {
  const { server, log } = await opened(t);
  server.keep(kept('story-a', 0), ...Array.from({ length: 5 }, (_, i) => kept('$stats-1', i)));
  const end = await log.end();
  const { said, notices, finished } = listen(log);
  while (!said.includes('caught-up')) await turn();
  t.match(
    notices.find(({ kind }) => kind === 'caught-up'),
    { position: end },
  );
  server.keep(kept('$stats-1', 5), kept('$stats-1', 6));
  server.checkpoint();
  while (said.filter((word) => word === 'scanned').length < 2) await turn();
  t.match(notices.at(-1), { kind: 'scanned', place: await log.end() }, 'a place to go on from');
  t.equal(said.filter((word) => word === 'caught-up').length, 1, 'which says nothing of what has been reached');
  await log.close();
  await finished;
});

t.test("a read model starts again where the log ends with the system's events, and goes on where they were looked through", async (t) => {
  const { server, log } = await opened(t);
  server.keep(kept('story-a', 0), kept('$ce-story', 0), kept('order-1', 0));
  const folder = join(t.testdir(), 'read-model');
  const open = () => openTimeline({ folder, log, onError: (error) => t.fail(String(error)) });
  const first = await open();
  await first.settled();
  server.keep(...Array.from({ length: 1_100 }, (_, i) => kept('$ce-story', i + 1)));
  server.checkpoint();
  server.keep(kept('story-a', 1));
  while ((first.story('a')?.revision ?? -1) < 1) await turn();
  server.keep(...Array.from({ length: 10 }, (_, i) => kept('$stats-1', i)));
  server.checkpoint();
  const end = await log.end();
  await first.settled();
  const position = first.position();
  t.ok(position <= end);
  await first.close();
  const second = await open();
  t.equal(second.position(), position);
  await second.settled();
  await second.close();
  const begun = server.begun.map((place) => place?.commit);
  t.equal(begun.at(-1), String(BigInt(end.slice(0, 20))), 'behind all of them');
});

t.test('whoever waits for all that was stored does not wait for what others wrote behind it', async (t) => {
  const { server, log } = await opened(t);
  server.keep(kept('story-a', 0), kept('order-1', 0), kept('session-s', 0), kept('order-1', 1));
  const timeline = await openTimeline({ folder: join(t.testdir(), 'read-model'), log });
  t.teardown(() => timeline.close());
  await timeline.settled();
  t.match(timeline.story('a'), { revision: 0 });
  server.keep(kept('story-a', 1), kept('order-1', 2), kept('order-1', 3));
  await timeline.settled();
  t.match(timeline.story('a'), { revision: 1 }, 'asked again, it has what came since');
});
