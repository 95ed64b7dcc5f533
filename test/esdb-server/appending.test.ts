/** Appends through the official client: in batches, as it prefers, and one call each, as it does with credentials of a call. */
import { randomUUID } from 'node:crypto';
import { type AppendToStreamOptions, ANY, binaryEvent, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import t from 'tap';
import { HindcastError } from '../../src/errors.js';
import { DEFAULT_MAX_APPEND_BYTES as MOST } from '../../src/log/log.js';
import { all, failure, house, json, numbers } from '../support/esdb-house.js';

const WAYS: readonly [string, AppendToStreamOptions][] = [
  ['in a batch', {}],
  ['one call each', { credentials: { username: 'anyone', password: 'at all' } }],
];

for (const [way, how] of WAYS) {
  t.test(way, async (t) => {
    const { log, client, errors } = await house(t);
    const name = () => `story-${randomUUID()}`;

    await t.test('an event is stored as it was sent, and where it was stored is said', async (t) => {
      const stream = name();
      const event = json({ text: 'Käse, 你好, 🎈', deep: [{ a: null }, 1.5] }, { metadata: { version: 1 } });
      const first = await client.appendToStream(stream, event, { ...how, expectedRevision: NO_STREAM });
      const second = await client.appendToStream(stream, [json(), json()], { ...how, expectedRevision: 0n });
      t.match(first, { success: true, nextExpectedRevision: 0n });
      t.match(second, { success: true, nextExpectedRevision: 2n });
      const kept = await all(log.read(stream));
      t.match(kept[0], { id: event.id, type: event.type, data: event.data, metadata: { version: 1 }, revision: 0 });
      t.equal(second.position?.commit, BigInt(kept[2]?.position ?? ''), 'the position of the last one');
      t.equal(second.position?.prepare, second.position?.commit);
    });

    await t.test('bytes are stored as bytes, and so is what is called JSON and cannot be kept as JSON', async (t) => {
      const stream = name();
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await client.appendToStream(stream, [binaryEvent({ type: 'Blob', data: bytes, metadata: bytes }), json({ n: 1 })], how);
      const kept = await all(log.read(stream));
      t.same(numbers(kept[0]?.data), [...bytes]);
      t.same(numbers(kept[0]?.metadata), [...bytes]);
      t.same(kept[1]?.data, { n: 1 });
      t.same(numbers(kept[1]?.metadata), [], 'no metadata is no bytes');
      const [blob, said] = await all(client.readStream(stream));
      t.equal(blob?.event?.isJson, false);
      t.same(numbers(blob?.event?.data), [...bytes]);
      t.equal(said?.event?.metadata, undefined);
    });

    await t.test('a stream that is not as expected is told with what it is', async (t) => {
      const missing = name();
      t.match(await failure(client.appendToStream(missing, json(), { ...how, expectedRevision: 3n })), {
        type: 'wrong-expected-version',
        streamName: missing,
        expectedVersion: 3n,
        actualVersion: 'no_stream',
      });
      t.match(await failure(client.appendToStream(missing, json(), { ...how, expectedRevision: STREAM_EXISTS })), {
        type: 'wrong-expected-version',
        expectedVersion: 'stream_exists',
        actualVersion: 'no_stream',
      });
      const stream = name();
      const first = json();
      await client.appendToStream(stream, [first, json()], { ...how, expectedRevision: ANY });
      t.match(await failure(client.appendToStream(stream, json(), { ...how, expectedRevision: NO_STREAM })), {
        type: 'wrong-expected-version',
        expectedVersion: 'no_stream',
        actualVersion: 1n,
      });
      t.match(await failure(client.appendToStream(stream, json(), { ...how, expectedRevision: 0n })), { expectedVersion: 0n, actualVersion: 1n });
      t.match(await failure(client.appendToStream(stream, json(), { ...how, expectedRevision: 2n ** 63n })), { actualVersion: 1n });
      t.match(await failure(client.appendToStream(stream, [first, json()], { ...how, expectedRevision: ANY })), { expectedVersion: 'any', actualVersion: 1n });
      t.match(await client.appendToStream(stream, json(), { ...how, expectedRevision: STREAM_EXISTS }), { nextExpectedRevision: 2n });
    });

    await t.test('the same again adds nothing and answers as the first time', async (t) => {
      const stream = name();
      const events = [json(), json()];
      const first = await client.appendToStream(stream, events, { ...how, expectedRevision: NO_STREAM });
      await client.appendToStream(stream, json(), { ...how, expectedRevision: 1n });
      for (const expectedRevision of [NO_STREAM, ANY, STREAM_EXISTS] as const) {
        const again = await client.appendToStream(stream, events, { ...how, expectedRevision });
        t.same([again.nextExpectedRevision, again.position], [first.nextExpectedRevision, first.position], expectedRevision);
      }
      t.equal((await log.head(stream))?.revision, 2);
    });

    await t.test('what the data of an append may have in all is taken, one byte more is not; types and metadata do not count', async (t) => {
      const stream = name();
      const bytes = (length: number) => binaryEvent({ type: 'Blob'.repeat(50_000), data: new Uint8Array(length), metadata: new Uint8Array(600_000) });
      await client.appendToStream(stream, [bytes(MOST / 2), bytes(MOST / 2)], { ...how, expectedRevision: NO_STREAM });
      t.match(await failure(client.appendToStream(stream, [bytes(MOST / 2), bytes(MOST / 2 + 1)], how)), {
        type: 'maximum-append-size-exceeded',
        maxAppendSize: MOST,
      });
      t.equal((await log.head(stream))?.revision, 1);
    });

    await t.test('an append of nothing holds where what is expected does', async (t) => {
      const [stream, missing] = [name(), name()];
      const { position } = await client.appendToStream(stream, [json(), json()], how);
      for (const expectedRevision of [ANY, STREAM_EXISTS, 1n] as const) {
        const nothing = await client.appendToStream(stream, [], { ...how, expectedRevision });
        t.same([nothing.nextExpectedRevision, nothing.position], [1n, position]);
      }
      for (const expectedRevision of [ANY, NO_STREAM] as const)
        t.match(await client.appendToStream(missing, [], { ...how, expectedRevision }), { success: true, position });
      for (const expectedRevision of [NO_STREAM, 0n, 2n] as const)
        t.match(await failure(client.appendToStream(stream, [], { ...how, expectedRevision })), { type: 'wrong-expected-version', actualVersion: 1n });
      for (const expectedRevision of [STREAM_EXISTS, 0n] as const)
        t.match(await failure(client.appendToStream(missing, [], { ...how, expectedRevision })), {
          type: 'wrong-expected-version',
          actualVersion: 'no_stream',
        });
      t.equal(await log.head(missing), undefined);
    });

    await t.test('ids in every usual form, but not the one that stands for none', async (t) => {
      const stream = name();
      const id = randomUUID();
      for (const form of [id.replaceAll('-', ''), `{${id}}`, `(${id})`, ` ${id.toUpperCase()} `])
        t.match(await client.appendToStream(stream, json({}, { id: form }), { ...how, expectedRevision: NO_STREAM }), { nextExpectedRevision: 0n }, form);
      t.equal((await all(log.read(stream)))[0]?.id, id);
      for (const form of ['00000000-0000-0000-0000-000000000000', `{${id}`, `(${id}}`, 'nope'])
        t.match(await failure(client.appendToStream(stream, json({}, { id: form }), how)), { type: 'unknown' }, form);
    });

    await t.test('long names and types are taken and read back', async (t) => {
      for (const length of [501, 4_096, 120_000]) {
        const stream = name().padEnd(length, 'é');
        const type = 'x'.repeat(length);
        await client.appendToStream(stream.slice(0, length / 2), json({}, { type }), how);
        const [back] = await all(client.readStream(stream.slice(0, length / 2)));
        t.equal(back?.event?.type, type);
        t.match(await failure(all(client.readStream(stream))), { type: 'stream-not-found' });
      }
      t.match(await failure(client.appendToStream('x'.repeat(140_000), json(), how)), { type: 'unknown' });
      t.match(await failure(all(client.readStream('x'.repeat(140_000)))), { type: 'stream-not-found' });
    });

    await t.test('an append in several parts is one append', async (t) => {
      const stream = name();
      const events = Array.from({ length: 40 }, (_, i) => json({ i, text: 'x'.repeat(1_000) }));
      const appended = await client.appendToStream(stream, events, { ...how, batchAppendSize: 5_000, expectedRevision: NO_STREAM });
      t.equal(appended.nextExpectedRevision, 39n);
      t.same(
        (await all(log.read(stream))).map((one) => (one.data as { i: number }).i),
        events.map((_, i) => i),
      );
    });

    await t.test('many at once, each once', async (t) => {
      const stream = name();
      const appended = await Promise.all(Array.from({ length: 600 }, (_, i) => client.appendToStream(stream, json({ i }), how)));
      t.equal(new Set(appended.map((one) => one.nextExpectedRevision)).size, 600);
      t.equal((await log.head(stream))?.revision, 599);
    });

    await t.test('what no log would take is refused, and the next append is served', async (t) => {
      const stream = name();
      await t.rejects(client.appendToStream(stream, json({}, { id: 'no-uuid' }), how), 'an id that is no UUID');
      await t.rejects(client.appendToStream('s'.repeat(140_000), json(), how), 'a name that is too long');
      await t.rejects(client.appendToStream(stream, json({}, { type: 't'.repeat(1_100_000) }), how), 'a type that is too long');
      t.match(await client.appendToStream(stream, json(), how), { nextExpectedRevision: 0n });
    });

    t.same(errors, []);
  });
}

t.test('a log that is away is said as such, both ways', async (t) => {
  let isAway = false;
  const { client } = await house(t, {
    around: (log) => ({
      ...log,
      append: (...args) => (isAway ? Promise.reject(new HindcastError('log-unavailable')) : log.append(...args)),
    }),
  });
  for (const [way, how] of WAYS) {
    await client.appendToStream('story-a', json(), how);
    isAway = true;
    t.match(await failure(client.appendToStream('story-a', json(), how)), { type: 'unavailable' }, way);
    isAway = false;
  }
});

t.test('what nobody foresaw is told to the house and not to the client', async (t) => {
  const { client, errors } = await house(t, { around: (log) => ({ ...log, append: () => Promise.reject(new Error('a secret')) }) });
  for (const [way, how] of WAYS) {
    const error = await failure(client.appendToStream('story-a', json(), how));
    t.match(error, { type: 'unknown' }, way);
    t.notMatch(error.message, /secret/);
  }
  t.match(errors, [{ message: 'a secret' }, { message: 'a secret' }]);
});
