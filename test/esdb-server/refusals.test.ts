/** What is refused: whatever would have events go away, or others believe that they do. */
import { binaryEvent } from '@eventstore/db-client';
import t from 'tap';
import { all, failure, house, json } from '../support/esdb-house.js';

const credentials = { username: 'anyone', password: 'at all' };
const DENIED = { type: 'access-denied' };

t.test('nothing is deleted', async (t) => {
  const { client, log } = await house(t);
  await client.appendToStream('story-a', json());
  t.match(await failure(client.deleteStream('story-a')), DENIED);
  t.match(await failure(client.tombstoneStream('story-a')), DENIED);
  t.match(await failure(client.tombstoneStream('never-existed')), DENIED);
  t.equal((await all(log.read('story-a'))).length, 1);
});

t.test('stories and sessions have no metadata', async (t) => {
  const { client, log } = await house(t);
  for (const stream of ['story-a', 'session-a']) {
    t.match(await failure(client.setStreamMetadata(stream, { owner: 'ann' })), DENIED);
    t.match(await failure(client.appendToStream(`$$${stream}`, json(), { credentials })), DENIED);
    t.equal(await log.head(`$$${stream}`), undefined);
  }
});

t.test('other streams have metadata, but for what would hide events', async (t) => {
  const { client, log } = await house(t);
  await client.setStreamMetadata('other', { owner: 'ann', cacheControl: 5 });
  t.match(await client.getStreamMetadata('other'), { metadata: { owner: 'ann', cacheControl: 5 } });
  for (const metadata of [{ maxCount: 1 }, { maxAge: 1 }, { truncateBefore: 1 }]) t.match(await failure(client.setStreamMetadata('other', metadata)), DENIED);
  const soft = binaryEvent({ type: '$metadata', data: Buffer.from('{"$tb":9223372036854775807}') });
  t.match(await failure(client.appendToStream('$$other', soft, { credentials })), DENIED, 'as bytes');
  t.match(await log.head('$$other'), { revision: 0 });
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
