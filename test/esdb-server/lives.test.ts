/** Streams of which something is hidden, or that are deleted: for their readers, for the log, and for who appends then. */
import { ANY, BACKWARDS, END, FORWARDS, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import t from 'tap';
import { LINK } from '../../src/esdb-server/links.js';
import { serveEventStore } from '../../src/esdb-server/server.js';
import { all, failure, type House, house, json, listen, numbers, stored } from '../support/esdb-house.js';

const revisions = async ({ client }: House, stream: string, options = {}) =>
  (await all(client.readStream(stream, options))).map(({ event }) => Number(event?.revision));
const five = () => Array.from({ length: 5 }, (_, i) => json({ i }));
const backwards = { direction: BACKWARDS, fromRevision: END } as const;
const NOT_FOUND = { type: 'stream-not-found' };
const DELETED = { type: 'stream-deleted' };
const SOFT = /"\$tb":9223372036854775807/;

t.test('the beginning of a stream can be hidden, and stands in the log all the same', async (t) => {
  let clock = Date.now();
  const it = await house(t, { now: () => clock });
  const { client, log } = it;
  for (const stream of ['count', 'before', 'age', 'both']) await client.appendToStream(stream, five());
  await client.setStreamMetadata('count', { maxCount: 2 });
  await client.setStreamMetadata('before', { truncateBefore: 3 });
  await client.setStreamMetadata('age', { maxAge: 60 });
  await client.setStreamMetadata('both', { maxCount: 4, truncateBefore: 2 });
  t.same(await revisions(it, 'count'), [3, 4]);
  t.same(await revisions(it, 'count', backwards), [4, 3]);
  t.same(await revisions(it, 'count', { direction: BACKWARDS, fromRevision: 1n }), []);
  t.same(await revisions(it, 'before', { maxCount: 1 }), [3]);
  t.same(await revisions(it, 'both'), [2, 3, 4]);
  t.same(await revisions(it, 'age'), [0, 1, 2, 3, 4]);
  clock += 61_000;
  t.same(await revisions(it, 'age'), []);
  t.same(await revisions(it, 'age', backwards), []);
  clock -= 61_000;
  const seen = listen(client.subscribeToStream('count'));
  await seen.until(() => seen.said.includes('caught up'));
  t.same(seen.said, ['confirmed', 'count@3', 'count@4', 'caught up']);
  t.equal((await all(client.readAll())).filter(({ event }) => event?.streamId === 'count').length, 5);
  t.match(await client.appendToStream('count', json(), { expectedRevision: 4n }), { nextExpectedRevision: 5n });
  t.equal((await all(log.read('count'))).length, 6);
});

t.test('of a metadata stream the last event is read', async (t) => {
  const it = await house(t);
  await it.client.setStreamMetadata('other', { owner: 'ann' });
  await it.client.setStreamMetadata('other', { owner: 'ben' });
  t.same(await revisions(it, '$$other'), [1]);
  t.same(await revisions(it, '$$other', backwards), [1]);
  t.match(await it.client.getStreamMetadata('other'), { metadata: { owner: 'ben' } });
  t.match(await it.client.appendToStream('other', json(), { expectedRevision: STREAM_EXISTS }), { nextExpectedRevision: 0n }, 'it exists by its metadata');
  t.match(await failure(it.client.appendToStream('another', json(), { expectedRevision: STREAM_EXISTS })), { type: 'wrong-expected-version' });
});

t.test('a stream that was deleted softly is missing until something is appended, and goes on where it was', async (t) => {
  const it = await house(t);
  const { client, log } = it;
  const events = five();
  await client.appendToStream('other', events);
  t.match(await failure(client.deleteStream('other', { expectedRevision: 3n })), { type: 'wrong-expected-version', actualVersion: 4n });
  t.match(await failure(client.deleteStream('never')), { type: 'wrong-expected-version' });
  t.match(await client.deleteStream('other', { expectedRevision: 4n }), { position: { commit: 5n, prepare: 5n } });
  const [metadata] = await all(log.read('$$other'));
  t.match(Buffer.from(metadata?.verbatim?.data ?? []).toString(), SOFT, 'as it is written');
  t.match(await failure(revisions(it, 'other')), NOT_FOUND);
  t.match(await failure(revisions(it, 'other', backwards)), NOT_FOUND);
  const waiting = listen(client.subscribeToStream('other'));
  await waiting.until(() => waiting.said.includes('confirmed'));
  t.match(await failure(client.appendToStream('other', json(), { expectedRevision: STREAM_EXISTS })), DELETED);
  t.match(await failure(client.appendToStream('other', json(), { expectedRevision: 2n })), { type: 'wrong-expected-version' });
  t.match(await client.appendToStream('other', events, { expectedRevision: ANY }), { nextExpectedRevision: 4n }, 'a repeat brings nothing back');
  t.match(await failure(revisions(it, 'other')), NOT_FOUND);
  t.match(await client.appendToStream('other', [json(), json()], { expectedRevision: NO_STREAM }), { nextExpectedRevision: 6n });
  t.same(await revisions(it, 'other'), [5, 6]);
  t.match(await client.getStreamMetadata('other'), { metadata: { truncateBefore: 5 } });
  t.match(await failure(client.appendToStream('other', json(), { expectedRevision: NO_STREAM })), { type: 'wrong-expected-version' });
  await waiting.until(() => waiting.said.includes('caught up'));
  t.same(waiting.said, ['confirmed', 'other@5', 'other@6', 'caught up']);

  await client.deleteStream('other');
  t.match(await client.appendToStream('other', json(), { expectedRevision: 6n }), { nextExpectedRevision: 7n }, 'by number too');
  t.same(await revisions(it, 'other'), [7]);
  await client.deleteStream('other');
  await client.setStreamMetadata('other', { owner: 'ann' });
  t.same(await revisions(it, 'other'), [], 'metadata brings it back empty');
  t.match(await client.getStreamMetadata('other'), { metadata: { owner: 'ann', truncateBefore: 8 } });
});

t.test('an append that was cut short before its stream was brought back is there for its readers, and its repeat ends it', async (t) => {
  const it = await house(t);
  const { client, log } = it;
  await client.appendToStream('other', five());
  await client.deleteStream('other');
  const late = json();
  await log.append('other', [{ ...stored(), id: late.id }], 4);
  t.same(await revisions(it, 'other'), [5]);
  t.match(await client.appendToStream('other', late, { expectedRevision: ANY }), { nextExpectedRevision: 5n });
  t.same(await revisions(it, 'other'), [5]);
});

t.test('a tombstone ends a stream for good', async (t) => {
  const it = await house(t);
  const { client, log } = it;
  await client.appendToStream('other', five());
  await client.setStreamMetadata('other', { owner: 'ann' });
  const live = listen(client.subscribeToStream('other', { fromRevision: END }));
  const whole = listen(client.subscribeToAll());
  for (const seen of [live, whole]) await seen.until(() => seen.said.includes('caught up'));
  t.match(await failure(client.tombstoneStream('other', { expectedRevision: 3n })), { type: 'wrong-expected-version' });
  await client.tombstoneStream('other', { expectedRevision: 4n });
  await client.tombstoneStream('never');
  await live.until(() => live.said.includes('failed')).catch(() => undefined);
  t.match(live.error, DELETED);
  await whole.until(() => whole.events.filter(({ type }) => type === '$streamDeleted').length === 2);
  t.ok(whole.said.includes('other@9223372036854775807'));
  t.ok(whole.said.includes('never@9223372036854775807'));
  for (const stream of ['other', 'never', '$$other']) {
    for (const direction of [FORWARDS, BACKWARDS] as const)
      t.match(await failure(revisions(it, stream, { direction, fromRevision: direction === FORWARDS ? 0n : END })), { ...DELETED, code: 9 });
    for (const expectedRevision of [ANY, NO_STREAM, STREAM_EXISTS, 4n] as const)
      t.match(await failure(client.appendToStream(stream, json(), { expectedRevision })), DELETED);
  }
  t.match(await failure(client.appendToStream('other', json(), { credentials: { username: 'a', password: 'b' } })), { ...DELETED, streamName: 'other' });
  t.match(await failure(client.tombstoneStream('other')), DELETED);
  t.match(await failure(client.deleteStream('other')), DELETED);
  const late = listen(client.subscribeToStream('other'));
  await late.until(() => late.error !== undefined).catch(() => undefined);
  t.match(late.error, DELETED);
  t.equal((await all(log.read('other'))).length, 6, 'and the log keeps it');

  // Another server of the same log knows it too.
  const next = await serveEventStore({ log, port: 0 });
  t.teardown(() => next.close());
  t.match(await failure(client.appendToStream('other', json())), DELETED);
});

t.test('a server of tests lets a story go, as EventStoreDB does', async (t) => {
  const it = await house(t, { protects: false });
  const { client } = it;
  await client.appendToStream('story-a', five());
  await client.setStreamMetadata('story-a', { truncateBefore: 3 });
  t.same(await revisions(it, 'story-a'), [3, 4]);
  await client.deleteStream('story-a');
  t.match(await failure(revisions(it, 'story-a')), NOT_FOUND);
  await client.tombstoneStream('story-a');
  t.match(await failure(revisions(it, 'story-a')), DELETED);
});

t.test('links are resolved where it is wanted: in streams, in the log, in subscriptions', async (t) => {
  const it = await house(t);
  const { client, log } = it;
  await client.appendToStream('other', five());
  await client.tombstoneStream('gone');
  const bytes = (text: string) => ({ ...stored(Buffer.from(text), LINK) });
  await log.append('links', [bytes('1@other'), bytes('9@other'), bytes('0@missing'), bytes('0@gone'), bytes('no link'), bytes('7'), bytes('2@other')], 'any');
  const shown = ({ event, link }: { event?: { streamId: string; revision: bigint }; link?: { revision: bigint } }) =>
    `${event === undefined ? 'nothing' : `${event.streamId}@${event.revision}`}${link === undefined ? '' : ` by ${link.revision}`}`;
  const due = ['other@1 by 0', 'nothing by 1', 'nothing by 2', 'nothing by 3', 'links@4', 'nothing by 5', 'other@2 by 6'];
  const read = await all(client.readStream('links', { resolveLinkTos: true }));
  t.same(read.map(shown), due);
  t.equal(read[0]?.commitPosition, read[0]?.link?.position?.commit);
  t.same((await all(client.readStream('links', { ...backwards, resolveLinkTos: true }))).map(shown), [...due].reverse());
  t.same((await all(client.readStream('links'))).map(shown)[0], 'links@0');
  t.same(numbers((await all(client.readStream('links')))[0]?.event?.data), numbers(Buffer.from('1@other')));
  const whole = await all(client.readAll({ resolveLinkTos: true }));
  t.same(whole.slice(-7).map(shown), due);
  for (const subscription of [client.subscribeToStream('links', { resolveLinkTos: true }), client.subscribeToAll({ resolveLinkTos: true })]) {
    const got: string[] = [];
    for await (const resolved of subscription) {
      got.push(shown(resolved as Parameters<typeof shown>[0]));
      if (got.at(-1) === due.at(-1)) break;
    }
    t.same(got.slice(-7), due);
  }
  await client.setStreamMetadata('other', { truncateBefore: 2 });
  t.same((await all(client.readStream('links', { resolveLinkTos: true }))).map(shown)[0], 'nothing by 0', 'what is hidden is not there');
});

t.test('a deletion comes behind every append that was asked for before it, and before every later one', async (t) => {
  const { client, log, errors } = await house(t);
  await client.appendToStream('other', json());
  const before = Array.from({ length: 20 }, () => client.appendToStream('other', json()));
  const deletion = client.tombstoneStream('other');
  const outcomes = await Promise.allSettled([...before, deletion]);
  t.equal(outcomes.at(-1)?.status, 'fulfilled');
  const stored = outcomes.slice(0, -1).filter(({ status }) => status === 'fulfilled').length;
  const events = await all(log.read('other'));
  t.equal(events.length, stored + 2, 'each that was acknowledged is stored, and no other');
  t.equal(events.at(-1)?.type, '$streamDeleted');
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.match(outcome.reason, DELETED);
  t.same(errors, []);
});
