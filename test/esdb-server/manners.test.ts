/** The manners of a real EventStoreDB, each by itself and all together: none of them loses what was acknowledged. */
import { randomUUID } from 'node:crypto';
import { ANY, END, EventStoreDBClient, NO_STREAM, type Position, STREAM_EXISTS, streamNameFilter } from '@eventstore/db-client';
import t from 'tap';
import { REAL_MANNERS } from '../../src/esdb-server/manners.js';
import { serveEventStore } from '../../src/esdb-server/server.js';
import { all, failure, house, json, listen } from '../support/esdb-house.js';

const burst = (count: number) => Array.from({ length: count }, (_, i) => json({ i }));
const SINGLE = { credentials: { username: 'anyone', password: 'at all' } };

t.test('a live subscriber for whom too much waits at once is dropped, and loses nothing when it comes again', async (t) => {
  const { client } = await house(t, { manners: { mostWaiting: 64 } });
  await client.appendToStream('story-a', burst(200));
  const filter = streamNameFilter({ prefixes: ['story-'] });
  const subscriptions = [
    listen(client.subscribeToAll()),
    listen(client.subscribeToAll({ filter })),
    listen(client.subscribeToStream('story-a')),
    listen(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['other'] }) })),
  ];
  for (const seen of subscriptions) await seen.until(() => seen.said.includes('caught up'));
  t.equal(subscriptions[0]?.events.length, 200, 'what it catches up with may be any number');
  await client.appendToStream('story-a', burst(60));
  for (const seen of subscriptions.slice(0, 3)) await seen.until(() => seen.events.length === 260);
  await client.appendToStream('story-a', burst(100));
  for (const seen of subscriptions.slice(0, 3)) {
    await seen.until(() => seen.error !== undefined);
    t.match(seen.error, { code: 10, message: /too slow/ });
    t.ok(seen.events.length < 360);
  }
  const before = subscriptions[1]?.events ?? [];
  const again = listen(client.subscribeToAll({ filter, fromPosition: before.at(-1)?.position as Position }));
  await again.until(() => again.said.includes('caught up'));
  t.same(
    [...before, ...again.events].map(({ revision }) => Number(revision)),
    Array.from({ length: 360 }, (_, i) => i),
  );
  await client.appendToStream('other', json());
  await subscriptions[3]?.until(() => subscriptions[3]?.events.length === 1);
  t.equal(subscriptions[3]?.error, undefined, 'who wanted none of it stays');
});

t.test('repeats at no revision are known as long as the server remembers, one stream an id', async (t) => {
  const { client, log } = await house(t, { manners: { forgets: true } });
  const [a, b] = [json(), json()];
  t.match(await client.appendToStream('story-a', a), { nextExpectedRevision: 0n });
  t.match(await client.appendToStream('story-a', a, { expectedRevision: ANY }), { nextExpectedRevision: 0n });
  t.match(await client.appendToStream('story-b', a), { nextExpectedRevision: 0n });
  t.match(await client.appendToStream('story-b', a), { nextExpectedRevision: 1n }, 'it is known in the first stream alone');
  t.match(await failure(client.appendToStream('story-a', [a, b], { expectedRevision: ANY })), { type: 'wrong-expected-version', actualVersion: 0n });
  t.match(await failure(client.appendToStream('missing', [a], { expectedRevision: STREAM_EXISTS })), { type: 'wrong-expected-version' });

  const next = await serveEventStore({ log, port: 0, manners: { forgets: true } });
  const fresh = EventStoreDBClient.connectionString`esdb://127.0.0.1:${next.port}?tls=false`;
  t.teardown(async () => {
    await fresh.dispose();
    await next.close();
  });
  t.match(await fresh.appendToStream('story-a', a, { expectedRevision: NO_STREAM }), { nextExpectedRevision: 0n }, 'a revision is always checked');
  for (const [i, expectedRevision] of ([ANY, STREAM_EXISTS] as const).entries())
    t.match(await fresh.appendToStream('story-a', json({}, { id: i === 0 ? a.id : randomUUID() }), { expectedRevision }), {
      nextExpectedRevision: BigInt(i + 1),
    });
  t.same(
    (await all(log.read('story-a'))).map(({ id }) => id === a.id),
    [true, true, false],
  );
});

t.test('events of the system stand between those of clients and at the end', async (t) => {
  const { client, log } = await house(t, { manners: { systemEventsEvery: 2 } });
  for (let i = 0; i < 4; i++) await client.appendToStream('story-a', burst(2));
  t.same(
    (await all(log.readAll())).map(({ stream }) => stream),
    [...Array(2)].flatMap(() => [...Array<string>(4).fill('story-a'), '$stats-127.0.0.1', '$ce-story', '$ce-story']),
  );
  const resolved = await all(client.readStream('$ce-story', { resolveLinkTos: true }));
  t.same(
    resolved.map(({ event }) => Number(event?.revision)),
    [2, 3, 6, 7],
  );
});

t.test('answers take their time', async (t) => {
  const { client } = await house(t, { manners: { answersAfterMs: { least: 20, most: 30 } } });
  for (const call of [
    () => client.appendToStream('story-a', json()),
    () => client.appendToStream('story-a', json(), SINGLE),
    () => all(client.readStream('story-a')),
  ]) {
    const before = performance.now();
    await call();
    t.ok(performance.now() - before >= 19);
  }
});

t.test('a change of leader ends what is live, and sends appends to the leader for a while', async (t) => {
  const { client, server, log } = await house(t, { manners: { refusesAfterChange: 2 } });
  await client.appendToStream('story-a', json());
  const subscriptions = [listen(client.subscribeToAll()), listen(client.subscribeToStream('story-a', { fromRevision: END }))];
  for (const seen of subscriptions) await seen.until(() => seen.said.includes('caught up'));
  server.changeLeader();
  for (const seen of subscriptions) {
    await seen.until(() => seen.error !== undefined);
    t.match(seen.error, { type: 'unavailable' });
  }
  const other = EventStoreDBClient.connectionString`esdb://127.0.0.1:${server.port}?tls=false`;
  t.teardown(() => other.dispose());
  t.match(await failure(other.appendToStream('story-a', json())), { type: 'not-leader', leader: { address: '127.0.0.1', port: server.port } });
  t.match(await failure(other.appendToStream('story-a', json(), SINGLE)), { type: 'not-leader' });
  t.match(await other.appendToStream('story-a', json()), { nextExpectedRevision: 1n });
  t.match(await log.head('story-a'), { revision: 1 });
});

t.test('with all of them, whoever asks again where it is told to loses nothing and has nothing twice', async (t) => {
  const { client, server, log } = await house(t, { manners: REAL_MANNERS });
  const filter = streamNameFilter({ prefixes: ['story-'] });
  const got: string[] = [];
  let from: Position | undefined;
  const follow = async (): Promise<void> => {
    while (got.length < 130) {
      try {
        for await (const { event } of client.subscribeToAll({ filter, ...(from === undefined ? {} : { fromPosition: from }) })) {
          got.push(`${event?.streamId}@${event?.revision}`);
          from = event?.position;
          if (got.length === 130) return;
        }
      } catch (error) {
        if (!['unavailable', 'unknown', 'aborted'].includes((error as { type: string }).type) && (error as { code?: number }).code !== 10) throw error;
      }
    }
  };
  const following = follow();
  let expected: bigint | typeof NO_STREAM = NO_STREAM;
  const append = async (count: number): Promise<void> => {
    const events = burst(count);
    for (let tries = 0; tries < 10; tries++) {
      try {
        ({ nextExpectedRevision: expected } = await client.appendToStream('story-a', events, { expectedRevision: expected }));
        return;
      } catch (error) {
        if (!['not-leader', 'unavailable', 'cancelled'].includes((error as { type: string }).type)) throw error;
      }
    }
  };
  for (let i = 0; i < 30; i++) {
    if (i === 15) server.changeLeader();
    await append(i === 20 ? 101 : 1);
  }
  await following;
  t.same(
    got,
    Array.from({ length: 130 }, (_, i) => `story-a@${i}`),
  );
  t.ok((await all(log.readAll())).some(({ stream }) => stream.startsWith('$stats')));
});
