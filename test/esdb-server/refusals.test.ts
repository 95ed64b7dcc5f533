/** What is refused: whatever would have events of stories and sessions go away, or others believe that they do. */
import { binaryEvent } from '@eventstore/db-client';
import t from 'tap';
import { all, failure, house, json } from '../support/esdb-house.js';

const credentials = { username: 'anyone', password: 'at all' };
const DENIED = { type: 'access-denied' };

t.test('nothing of a story or a session is deleted', async (t) => {
  const { client, log } = await house(t);
  for (const stream of ['story-a', 'session-a', '$$story-a', 'story-never']) {
    if (!stream.startsWith('$') && stream !== 'story-never') await client.appendToStream(stream, json());
    t.match(await failure(client.deleteStream(stream)), DENIED);
    t.match(await failure(client.tombstoneStream(stream)), DENIED);
  }
  t.equal((await all(log.readAll())).length, 2);
});

t.test('stories and sessions have no metadata', async (t) => {
  const { client, log } = await house(t);
  for (const stream of ['story-a', 'session-a']) {
    t.match(await failure(client.setStreamMetadata(stream, { owner: 'ann' })), DENIED);
    t.match(await failure(client.appendToStream(`$$${stream}`, json(), { credentials })), DENIED);
    t.equal(await log.head(`$$${stream}`), undefined);
  }
});

t.test('a tombstone is no event that clients write', async (t) => {
  const { client, log } = await house(t);
  const tombstone = binaryEvent({ type: '$streamDeleted', data: new Uint8Array() });
  for (const stream of ['story-a', 'other']) {
    t.match(await failure(client.appendToStream(stream, tombstone)), DENIED);
    t.match(await failure(client.appendToStream(stream, tombstone, { credentials })), DENIED);
    t.equal(await log.head(stream), undefined);
  }
});

t.test('credentials are not looked at', async (t) => {
  const { client } = await house(t);
  await client.appendToStream('story-a', json(), { credentials });
  t.equal((await all(client.readStream('story-a', { credentials }))).length, 1);
});

t.test('what else EventStoreDB has is not there', async (t) => {
  const { client } = await house(t);
  await t.rejects(client.createProjection('p', 'fromAll()'));
  await t.rejects(client.listAllPersistentSubscriptions());
});
