/** Reads through the official client, and what every client asks for first. */
import { randomUUID } from 'node:crypto';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { BACKWARDS, END, EventStoreDBClient, FORWARDS, type ReadAllOptions, type ReadStreamOptions, START } from '@eventstore/db-client';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import t from 'tap';
import { idMessage, idOf, streamMessage } from '../../src/esdb-server/messages.js';
import { all, failure, house, json, stored } from '../support/esdb-house.js';

t.test('reading a stream', async (t) => {
  const { log, client } = await house(t);
  const written = Array.from({ length: 7 }, (_, i) => stored({ i }));
  await log.append('story-a', written.slice(0, 5), 'any');
  await log.append('story-ab', [stored()], 'any');
  await log.append('story-a', written.slice(5), 'any');
  const revisions = async (options: ReadStreamOptions = {}) => (await all(client.readStream('story-a', options))).map(({ event }) => Number(event?.revision));
  t.same(await revisions(), [0, 1, 2, 3, 4, 5, 6]);
  t.same(await revisions({ fromRevision: 3n }), [3, 4, 5, 6], 'from is included');
  t.same(await revisions({ fromRevision: 2n, maxCount: 2 }), [2, 3]);
  t.match(await failure(revisions({ maxCount: 0 })), { code: 2 }, 'a read of none');
  t.same(await revisions({ fromRevision: 7n }), [], 'past the end');
  t.same(await revisions({ fromRevision: 2n ** 63n - 1n }), [], 'far past the end');
  t.match(await failure(revisions({ fromRevision: END })), { code: 2 }, 'forwards from the end');
  t.same(await revisions({ direction: BACKWARDS, fromRevision: END }), [6, 5, 4, 3, 2, 1, 0]);
  t.same(await revisions({ direction: BACKWARDS, fromRevision: 3n }), [3, 2, 1, 0], 'from is included');
  t.same(await revisions({ direction: BACKWARDS, fromRevision: 3n, maxCount: 2 }), [3, 2]);
  t.same(await revisions({ direction: BACKWARDS, fromRevision: START }), [0]);
  t.same(await revisions({ direction: BACKWARDS, fromRevision: 2n ** 63n - 1n }), [6, 5, 4, 3, 2, 1, 0], 'far past the end');

  const [last] = await all(log.read('story-a', { from: 6 }));
  const [read] = await all(client.readStream('story-a', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
  const position = BigInt(last?.position ?? '');
  t.match(read, {
    commitPosition: position,
    event: {
      streamId: 'story-a',
      id: written[6]?.id,
      type: 'Said',
      isJson: true,
      data: { i: 6 },
      metadata: { from: 'a test' },
      revision: 6n,
      created: new Date(last?.created ?? 0),
      position: { commit: position, prepare: position },
    },
  });
});

t.test('a stream that is missing is said while iterating', async (t) => {
  const { client } = await house(t);
  for (const direction of [FORWARDS, BACKWARDS] as const) {
    const error = await failure(all(client.readStream('story-é', { direction, fromRevision: direction === FORWARDS ? START : END })));
    t.match(error, { type: 'stream-not-found', streamName: 'story-é' });
  }
  t.same(await client.getStreamMetadata('story-é'), { streamName: 'story-é' });
});

t.test('reading the log', async (t) => {
  const { log, client } = await house(t);
  const read = async (options: ReadAllOptions = {}) => (await all(client.readAll(options))).map(({ event }) => Number(event?.position?.commit));
  t.same(await read(), [], 'an empty log');
  t.same(await read({ direction: BACKWARDS, fromPosition: END }), []);
  for (let i = 0; i < 4; i++) await log.append(`story-${i % 2}`, [stored(), stored()], 'any');
  const places = (await all(log.readAll())).map((event) => Number(event.position));
  const at = (i: number) => ({ commit: BigInt(places[i] as number), prepare: BigInt(places[i] as number) });
  t.same(await read(), places);
  t.same(await read({ fromPosition: at(5) }), places.slice(5), 'from is included');
  t.same(await read({ fromPosition: at(5), maxCount: 2 }), places.slice(5, 7));
  t.same(await read({ fromPosition: END }), []);
  t.same(await read({ fromPosition: { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n } }), [], 'far past the end');
  t.same(await read({ direction: BACKWARDS, fromPosition: END }), [...places].reverse());
  t.same(await read({ direction: BACKWARDS, fromPosition: at(5) }), places.slice(0, 5).reverse(), 'from is not included backwards');
  t.same(await read({ direction: BACKWARDS, fromPosition: END, maxCount: 3 }), places.slice(5).reverse());
  t.same(await read({ direction: BACKWARDS, fromPosition: START }), []);
  const beyond = BigInt(places[7] as number) + 2n;
  t.match(await failure(read({ direction: BACKWARDS, fromPosition: { commit: beyond, prepare: beyond } })), { code: 2 }, 'backwards from beyond the end');
  t.match(await failure(read({ fromPosition: { commit: 2n, prepare: 3n } })), { code: 2 }, 'prepared behind its commit');
  t.same(await read({ fromPosition: { commit: at(5).commit, prepare: 0n } }), places.slice(5));
});

t.test('one who does not read on is not read ahead for', async (t) => {
  let pulled = 0;
  const { log, client } = await house(t, {
    around: (log) => ({
      ...log,
      async *readAll(options) {
        for await (const event of log.readAll(options)) {
          pulled++;
          yield event;
        }
      },
    }),
  });
  const text = 'x'.repeat(2_000);
  for (let i = 0; i < 40; i++)
    await log.append(
      'story-a',
      Array.from({ length: 100 }, () => stored({ text })),
      'any',
    );
  const events = client.readAll()[Symbol.asyncIterator]();
  t.equal((await events.next()).value?.event?.revision, 0n);
  // Other calls of the same client are served meanwhile; without pressure back, the log would have been read long since.
  for (let i = 0; i < 60; i++) await all(client.readStream('story-a', { maxCount: 1 }));
  t.ok(pulled < 1_000, `${pulled} events of 4,000`);
  let seen = 1;
  while (!(await events.next()).done) seen++;
  t.equal(seen, 4_000, 'the rest comes when it is asked for');
});

t.test('a read that is given up lets go of the log', async (t) => {
  let left: () => void = () => undefined;
  const leaving = new Promise<void>((resolve) => {
    left = resolve;
  });
  const { log, client } = await house(t, {
    around: (log) => ({
      ...log,
      async *readAll(options) {
        try {
          yield* log.readAll(options);
        } finally {
          left();
        }
      },
    }),
  });
  for (let i = 0; i < 20; i++)
    await log.append(
      'story-a',
      Array.from({ length: 100 }, () => stored({ text: 'x'.repeat(2_000) })),
      'any',
    );
  const stream = client.readAll();
  await stream[Symbol.asyncIterator]().next();
  await stream.cancel();
  await leaving;
  t.pass('it does');
});

/** A read as other clients may send it: what comes, or how it fails. */
async function rawRead(port: number, change: (options: streams.ReadReq.Options) => void): Promise<streams.ReadResp[] | ServiceError> {
  const client = new streamsGrpc.StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const options = new streams.ReadReq.Options();
  const all = new streams.ReadReq.Options.AllOptions();
  all.setStart(new shared.Empty());
  options.setAll(all);
  options.setCount('100');
  options.setNoFilter(new shared.Empty());
  const ids = new streams.ReadReq.Options.UUIDOption();
  ids.setStructured(new shared.Empty());
  options.setUuidOption(ids);
  change(options);
  const request = new streams.ReadReq();
  request.setOptions(options);
  try {
    const answers: streams.ReadResp[] = [];
    for await (const answer of client.read(request)) answers.push(answer as streams.ReadResp);
    return answers;
  } catch (error) {
    return error as ServiceError;
  } finally {
    client.close();
  }
}

const filterOf = (change: (filter: streams.ReadReq.Options.FilterOptions) => void) => (options: streams.ReadReq.Options) => {
  const filter = new streams.ReadReq.Options.FilterOptions();
  filter.setCount(new shared.Empty());
  change(filter);
  options.setFilter(filter);
};
const expression = (regex: string, prefixes: string[] = []) => {
  const result = new streams.ReadReq.Options.FilterOptions.Expression();
  result.setRegex(regex);
  result.setPrefixList(prefixes);
  return result;
};

t.test('ids can be had as two numbers, and a read can be filtered', async (t) => {
  const { log, server } = await house(t);
  const ids = ['ffffffff-ffff-4fff-bfff-ffffffffffff', '00000000-0000-4000-8000-000000000001', randomUUID()];
  await log.append('story-a', [{ ...stored(), id: ids[0] as string }], 'any');
  await log.append('session-a', [{ ...stored({}, 'Opened'), id: ids[1] as string }], 'any');
  await log.append('story-b', [{ ...stored(), id: ids[2] as string }], 'any');
  const read = async (change: (options: streams.ReadReq.Options) => void) => {
    const answers = await rawRead(server.port, change);
    if (!Array.isArray(answers)) throw answers;
    return answers.map((answer) => idOf(answer.getEvent()?.getEvent()?.getId()));
  };
  t.same(await read(() => undefined), ids);
  t.same(await read(filterOf((filter) => filter.setStreamIdentifier(expression('', ['story-'])))), [ids[0], ids[2]]);
  t.same(await read(filterOf((filter) => filter.setEventType(expression('^Open')))), [ids[1]]);
  const one = filterOf((filter) => filter.setStreamIdentifier(expression('^story')));
  const last = (options: streams.ReadReq.Options) => {
    one(options);
    const all = new streams.ReadReq.Options.AllOptions();
    all.setEnd(new shared.Empty());
    options.setAll(all);
    options.setCount('1');
    options.setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS);
  };
  t.same(await read(last), [ids[2]]);
  const two = (options: streams.ReadReq.Options) => {
    one(options);
    options.setCount('2');
  };
  t.same(await read(two), [ids[0], ids[2]], 'what is left out does not count');
  for (const id of ids) t.equal(idOf(idMessage(id, 'structured')), id);
});

t.test('what makes no sense is refused', async (t) => {
  const { server } = await house(t);
  const stream = (options: streams.ReadReq.Options) => {
    const its = new streams.ReadReq.Options.StreamOptions();
    its.setStreamIdentifier(streamMessage('story-a'));
    its.setStart(new shared.Empty());
    options.setStream(its);
  };
  const refused: [string, (options: streams.ReadReq.Options) => void][] = [
    ['no form of ids', (options) => options.clearUuidOption()],
    ['no count', (options) => options.clearCount()],
    ['no subject', (options) => options.clearAll()],
    ['no beginning', (options) => options.setAll(new streams.ReadReq.Options.AllOptions())],
    [
      'a subscription backwards',
      (options) => {
        options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
        options.setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS);
      },
    ],
    [
      'a filter on a stream',
      (options) => {
        stream(options);
        filterOf((filter) => filter.setEventType(expression('a')))(options);
      },
    ],
    ['a filter of nothing', filterOf(() => undefined)],
  ];
  for (const [name, change] of refused) t.match(await rawRead(server.port, change), { code: 3 }, name);
  const notTaken: [string, (options: streams.ReadReq.Options) => void][] = [
    ['a window of nothing', filterOf((filter) => filter.setEventType(expression('a')).setMax(0))],
    ['a pattern that is none', filterOf((filter) => filter.setEventType(expression('(')))],
    ['too many prefixes', filterOf((filter) => filter.setEventType(expression('', Array<string>(1_001).fill('a'))))],
  ];
  for (const [name, change] of notTaken) t.match(await rawRead(server.port, change), { code: 2 }, name);
  t.same(
    await rawRead(
      server.port,
      filterOf((filter) => filter.setEventType(expression(''))),
    ),
    [],
    'a filter without a pattern wants nothing',
  );
});

t.test('a cluster of one is discovered where the client found it', async (t) => {
  const { server, log } = await house(t);
  await log.append('story-a', [stored()], 'any');
  const discovering = EventStoreDBClient.connectionString`esdb+discover://localhost:${server.port}?tls=false`;
  t.teardown(() => discovering.dispose());
  t.equal((await all(discovering.readAll())).length, 1);
  await discovering.appendToStream('story-a', json());
  const asking = new featuresGrpc.ServerFeaturesClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.teardown(() => asking.close());
  const features = await new Promise<serverFeatures.SupportedMethods>((resolve, reject) => {
    asking.getSupportedMethods(new shared.Empty(), (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
  t.match(features.getEventStoreServerVersion(), /^\d+\.\d+\.\d+$/, 'clients read it as three numbers');
  t.ok(
    features.getMethodsList().some((method) => method.getServiceName() === 'event_store.client.streams.streams' && method.getMethodName() === 'batchappend'),
  );
  t.same(
    features
      .getMethodsList()
      .map((method) => [method.getMethodName(), method.getFeaturesList()])
      .filter(([, list]) => list?.length !== 0),
    [
      ['read', ['position', 'events']],
      ['batchappend', ['deadline_duration']],
    ],
  );
});
