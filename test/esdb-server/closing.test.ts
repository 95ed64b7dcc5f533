/** A server that is closed in the midst of things, and one whose log is. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { EventStoreDBClient } from '@eventstore/db-client';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import t from 'tap';
import { idMessage, streamMessage } from '../../src/esdb-server/messages.js';
import { serveEventStore } from '../../src/esdb-server/server.js';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { all, failure, house, json, listen, stored } from '../support/esdb-house.js';

/** A log whose appends are stored, and answered when the test says so. */
function held() {
  let begun: () => void = () => undefined;
  let goOn: () => void = () => undefined;
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const going = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  return {
    beginning,
    goOn: () => goOn(),
    around: (log: EmbeddedLog): EmbeddedLog => ({
      ...log,
      async append(...args) {
        const appended = await log.append(...args);
        begun();
        await going;
        return appended;
      },
    }),
  };
}

function appendOptions(stream: string): streams.AppendReq {
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(streamMessage(stream));
  options.setAny(new shared.Empty());
  const message = new streams.AppendReq();
  message.setOptions(options);
  return message;
}

function appendEvent(): streams.AppendReq {
  const proposed = new streams.AppendReq.ProposedMessage();
  proposed.setId(idMessage(randomUUID(), 'string'));
  proposed.getMetadataMap().set('type', 'Said').set('content-type', 'application/json');
  const message = new streams.AppendReq();
  message.setProposedMessage(proposed);
  return message;
}

t.test('an append that the log has is answered; one that is not complete is unavailable', async (t) => {
  const { beginning, goOn, around } = held();
  const { log, server } = await house(t, { around });
  const client = new streamsGrpc.StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const begin = (stream: string) => {
    let answer: (result: ServiceError | streams.AppendResp) => void = () => undefined;
    const answered = new Promise<ServiceError | streams.AppendResp>((resolve) => {
      answer = resolve;
    });
    const call = client.append((error, response) => answer(error ?? response));
    call.write(appendOptions(stream));
    call.write(appendEvent());
    return { call, answered };
  };
  const incomplete = begin('story-a');
  const complete = begin('story-b');
  complete.call.end();
  await beginning;
  const closed = server.close();
  t.match(await incomplete.answered, { code: 14 });
  goOn();
  t.equal(((await complete.answered) as streams.AppendResp).getSuccess()?.getCurrentRevision(), '0');
  await closed;
  t.equal(await log.head('story-a'), undefined);
  await log.close();
});

t.test('a call for batches is answered for what the log has, then ends as cancelled', async (t) => {
  const { beginning, goOn, around } = held();
  const { server } = await house(t, { around });
  const client = new streamsGrpc.StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const call = client.batchAppend();
  const answers: streams.BatchAppendResp[] = [];
  call.on('data', (answer: streams.BatchAppendResp) => answers.push(answer));
  const failed = once(call, 'error') as Promise<[ServiceError]>;
  const part = new streams.BatchAppendReq();
  part.setCorrelationId(idMessage(randomUUID(), 'string'));
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(streamMessage('story-a'));
  options.setAny(new empty.Empty());
  part.setOptions(options);
  const proposed = new streams.BatchAppendReq.ProposedMessage();
  proposed.setId(idMessage(randomUUID(), 'string'));
  proposed.getMetadataMap().set('type', 'Said').set('content-type', 'application/json');
  part.addProposedMessages(proposed);
  part.setIsFinal(true);
  call.write(part);
  await beginning;
  const closed = server.close();
  goOn();
  const [error] = await failed;
  t.match(error, { code: 1, details: /shutting down/ });
  t.same(
    answers.map((answer) => answer.getSuccess()?.getCurrentRevision()),
    ['0'],
  );
  await closed;
});

t.test('subscriptions end, and the client finds the next server at the same place', async (t) => {
  const { log, server, client } = await house(t);
  await log.append('story-a', [stored()], 'any');
  const seen = listen(client.subscribeToAll());
  await seen.until(() => seen.said.includes('caught up'));
  const idle = listen(client.subscribeToStream('story-b'));
  await idle.until(() => idle.said.includes('confirmed'));
  await Promise.all([server.close(), server.close()]);
  await seen.until(() => seen.error !== undefined);
  await idle.until(() => idle.error !== undefined);
  t.match([seen.error, idle.error], [{ type: 'cancelled' }, { type: 'cancelled' }]);
  t.match(await failure(client.appendToStream('story-a', json(), { credentials: { username: 'a', password: 'b' } })), { type: 'unavailable' });
  const next = await serveEventStore({ log, port: server.port });
  t.teardown(() => next.close());
  const fresh = EventStoreDBClient.connectionString`esdb://127.0.0.1:${next.port}?tls=false`;
  t.teardown(() => fresh.dispose());
  t.match(await fresh.appendToStream('story-a', json()), { nextExpectedRevision: 1n });
});

t.test('one who does not take what is sent does not keep the server open', async (t) => {
  const { log, server, client } = await house(t);
  for (let i = 0; i < 30; i++)
    await log.append(
      'story-a',
      Array.from({ length: 100 }, () => stored({ text: 'x'.repeat(2_000) })),
      'any',
    );
  const slow = client.subscribeToAll();
  slow.on('error', () => undefined);
  await slow[Symbol.asyncIterator]().next();
  await server.close();
  t.pass('it closes');
});

t.test('a log that is closed ends what is read of it as unavailable', async (t) => {
  const { log, client } = await house(t);
  await log.append('story-a', [stored()], 'any');
  const seen = listen(client.subscribeToAll());
  await seen.until(() => seen.said.includes('caught up'));
  await log.close();
  await seen.until(() => seen.error !== undefined);
  t.match(seen.error, { type: 'unavailable' });
  t.match(await failure(all(client.readAll())), { type: 'unavailable' });
});

t.test('a port that is taken is said', async (t) => {
  const { log } = await house(t);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  await t.rejects(serveEventStore({ log, port: (other.address() as { port: number }).port }));
});
