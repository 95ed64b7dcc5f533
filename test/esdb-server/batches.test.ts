/** Batches as other clients than the official one may send them: in parts, between each other, late, without end. */
import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import t from 'tap';
import { readBatchPart, timeLeft } from '../../src/esdb-server/deadlines.js';
import { createMemory } from '../../src/esdb-server/memory.js';
import { idMessage, streamMessage } from '../../src/esdb-server/messages.js';
import { writtenAs } from '../../src/log/embedded/verbatim.js';
import { all, type House, house } from '../support/esdb-house.js';

type Answer = streams.BatchAppendResp;

interface Part {
  readonly id?: string;
  readonly options?: streams.BatchAppendReq.Options;
  readonly events?: number;
  /** Of data, which the limit of an append counts, and of metadata, which it does not. */
  readonly bytes?: number;
  readonly metadata?: number;
  readonly final?: boolean;
}

function optionsFor(stream: string, deadline?: number): streams.BatchAppendReq.Options {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(streamMessage(stream));
  options.setAny(new empty.Empty());
  if (deadline !== undefined) options.setDeadline(timestamps.Timestamp.fromDate(new Date(deadline)));
  return options;
}

function partOf({ id, options, events = 0, bytes = 0, metadata = 0, final = false }: Part): streams.BatchAppendReq {
  const part = new streams.BatchAppendReq();
  if (id !== undefined) part.setCorrelationId(idMessage(id, 'structured'));
  if (options !== undefined) part.setOptions(options);
  for (let i = 0; i < events; i++) {
    const proposed = new streams.BatchAppendReq.ProposedMessage();
    proposed.setId(idMessage(randomUUID(), 'structured'));
    proposed.getMetadataMap().set('type', 'Said').set('content-type', 'application/octet-stream');
    proposed.setData(new Uint8Array(bytes));
    proposed.setCustomMetadata(new Uint8Array(metadata));
    part.addProposedMessages(proposed);
  }
  part.setIsFinal(final);
  return part;
}

/** A call for batches, what was answered on it, and how it ended. */
function openCall(t: { teardown(fn: () => unknown): void }, { server }: House) {
  const client = new streamsGrpc.StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const call: ClientDuplexStream<streams.BatchAppendReq, Answer> = client.batchAppend();
  const answers: Answer[] = [];
  let look = (): void => undefined;
  call.on('data', (answer: Answer) => {
    answers.push(answer);
    look();
  });
  const ended = new Promise<ServiceError | undefined>((resolve) => {
    call.on('error', resolve);
    call.on('end', () => resolve(undefined));
  });
  return {
    call,
    answers,
    ended,
    send: (part: Part) => call.write(partOf(part)),
    answered: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (answers.length >= count) resolve();
        };
        look();
      }),
  };
}

/** What an answer says: the revision, or the kind of its error. */
function said(answer: Answer | undefined): string {
  return answer?.getSuccess()?.getCurrentRevision() ?? answer?.getError()?.getDetails()?.getTypeName() ?? 'nothing';
}
const about = (answer: Answer | undefined): string => Buffer.from(answer?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
const TIMEOUT = 'event_store.client.Timeout';
const BAD_REQUEST = 'event_store.client.BadRequest';

t.test('parts of two batches between each other are two appends', async (t) => {
  const it = await house(t);
  const { send, answers, answered } = openCall(t, it);
  const [a, b] = [randomUUID(), randomUUID()];
  send({ id: a, options: optionsFor('story-a'), events: 1 });
  send({ id: b, options: optionsFor('story-b'), events: 2 });
  send({ id: a, events: 2 });
  send({ id: b, final: true });
  await answered(1);
  send({ id: a, events: 1, final: true });
  await answered(2);
  t.same(answers.map(said), ['1', '3']);
  t.same(answers.map(about), ['story-b', 'story-a']);
  t.ok(answers.every((answer) => answer.hasAny() && answer.getCorrelationId()?.hasStructured()));
  t.equal((await all(it.log.read('story-a'))).length, 4);
});

t.test('bytes come back as they were written, and as what they were called', async (t) => {
  const it = await house(t);
  const { call, answers, answered } = openCall(t, it);
  const texts = ['{ "a" : 1.0 }', '-0', '{"n":12345678901234567890}', '{"__proto__":{"a":1}}', 'no JSON', '', '{"a":1,"a":2}', '{"a":1}'];
  const part = partOf({ id: randomUUID(), options: optionsFor('story-a'), events: texts.length, final: true });
  for (const [i, proposed] of part.getProposedMessagesList().entries()) {
    proposed.getMetadataMap().set('content-type', 'application/json');
    proposed.setData(Buffer.from(texts[i] as string));
    proposed.setCustomMetadata(Buffer.from(texts[i] as string));
  }
  call.write(part);
  await answered(1);
  t.equal(said(answers[0]), String(texts.length - 1));
  const written = (await all(it.log.read('story-a'))).map(writtenAs);
  t.same(
    written.map(({ data }) => Buffer.from(data).toString()),
    texts,
  );
  t.same(
    written.map(({ metadata }) => Buffer.from(metadata).toString()),
    texts,
  );
  t.ok(written.every(({ isJson }) => isJson));
});

t.test('what still comes of a batch that was refused is passed over, and its id is answered once', async (t) => {
  const it = await house(t);
  const { send, answers, answered, call, ended } = openCall(t, it);
  const [refused, bare, good] = [randomUUID(), randomUUID(), randomUUID()];
  send({ id: refused, options: optionsFor('story-a'), events: 1 });
  send({ id: refused, events: 1, bytes: 1024 * 1024 + 1 });
  send({ id: refused, events: 1 });
  send({ id: refused, events: 1, final: true });
  send({ id: bare, events: 1 });
  send({ id: bare, events: 1, final: true });
  send({ id: good, options: optionsFor('story-a'), events: 1, final: true });
  await answered(3);
  t.same(answers.map(said), ['event_store.client.MaximumAppendSizeExceeded', BAD_REQUEST, '0']);
  t.same(answers.map(about), ['story-a', '', 'story-a']);
  t.equal(answers[0]?.getError()?.getCode(), 3);
  send({ id: refused, options: optionsFor('story-a'), events: 1, final: true });
  await answered(4);
  t.equal(said(answers[3]), '1', 'an id that is done with is free');
  call.end();
  t.equal(await ended, undefined);
  t.equal(answers.length, 4);
});

t.test('a batch whose deadline has passed, or passes while it is incomplete, is answered as timed out', async (t) => {
  const it = await house(t);
  const { send, answers, answered } = openCall(t, it);
  const [past, passing, later] = [randomUUID(), randomUUID(), randomUUID()];
  send({ id: past, options: optionsFor('story-a', Date.now() - 1), events: 1, final: true });
  await answered(1);
  send({ id: passing, options: optionsFor('story-a', Date.now() + 20), events: 1 });
  await answered(2);
  send({ id: passing, events: 1, final: true });
  send({ id: later, options: optionsFor('story-a', Date.now() + 3_600_000), events: 1, final: true });
  await answered(3);
  t.same(answers.map(said), [TIMEOUT, TIMEOUT, '0']);
  t.same(answers.map((answer) => answer.getError()?.getCode()), [4, 4, undefined]); // biome-ignore format: one line
});

t.test('an append that the log is slow with times out and is stored none the less', async (t) => {
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const it = await house(t, {
    now: () => 1_000_000,
    around: (log) => ({
      ...log,
      async append(...args) {
        const appended = await log.append(...args);
        await held;
        return appended;
      },
    }),
  });
  const { send, answers, answered, call, ended } = openCall(t, it);
  send({ id: randomUUID(), options: optionsFor('story-a', 1_000_020), events: 1, final: true });
  await answered(1);
  goOn();
  call.end();
  await ended;
  t.same(answers.map(said), [TIMEOUT]);
  t.match(await it.log.head('story-a'), { revision: 0 });
});

t.test('a deadline is read in either form', async (t) => {
  const request = partOf({ id: randomUUID(), options: optionsFor('story-a', 5_000), events: 1 });
  t.equal(timeLeft(readBatchPart(request.serializeBinary()), 4_000), 1_000);
  // Field 7 of the options: a duration of 1 s and 500 ms.
  const options = [...optionsFor('story-a').serializeBinary(), 0x3a, 8, 0x08, 1, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
  const bytes = Uint8Array.from([0x12, options.length, ...options, 0x20, 1]);
  t.equal(timeLeft(readBatchPart(bytes), 4_000), 1_500);
  t.equal(readBatchPart(bytes).request.getIsFinal(), true);
  t.equal(timeLeft(readBatchPart(partOf({ id: randomUUID(), options: optionsFor('story-a') }).serializeBinary()), 0), undefined);
});

t.test('unfinished batches cannot fill the memory', async (t) => {
  const it = await house(t);
  const { send, answers, answered } = openCall(t, it);
  const fill = 1024 * 1024 - 8;
  const ids = Array.from({ length: 5 }, () => randomUUID());
  for (const [i, id] of ids.entries()) {
    send({ id, options: optionsFor(`story-${i}`), events: 8, metadata: fill });
    send({ id, events: 8, metadata: fill });
  }
  await answered(1);
  t.equal(said(answers[0]), 'event_store.client.Unknown');
  t.equal(answers[0]?.getError()?.getCode(), 8, 'resources are exhausted');
  t.equal(about(answers[0]), 'story-4');
  send({ id: ids[0] as string, events: 1, metadata: fill });
  await answered(2);
  t.equal(answers[1]?.getError()?.getCode(), 8, 'all of an append together has a limit too');
  send({ id: randomUUID(), options: optionsFor('story-a'), events: 8, metadata: fill, final: true });
  await answered(3);
  t.equal(said(answers[2]), '7', 'there is room again');
});

t.test('what a client that leaves had begun is let go of', async (t) => {
  const it = await house(t);
  const fill = { events: 15, metadata: 1024 * 1024 - 8 };
  for (let round = 0; round < 2; round++) {
    const leaving = openCall(t, it);
    for (let i = 0; i < 5; i++) leaving.send({ id: randomUUID(), options: optionsFor('story-a'), ...fill });
    await leaving.answered(1);
    t.equal(leaving.answers[0]?.getError()?.getCode(), 8, 'the memory is full');
    leaving.call.cancel();
    await leaving.ended;
  }
  const { send, answers, answered } = openCall(t, it);
  for (let i = 1; said(answers.at(-1)) !== '14' && i <= 100; i++) {
    send({ id: randomUUID(), options: optionsFor('story-b'), ...fill, final: true });
    await answered(i);
  }
  t.equal(said(answers.at(-1)), '14');
});

t.test('memory is given back', async (t) => {
  const memory = createMemory(10);
  memory.hold(6);
  t.throws(() => memory.hold(5), { name: 'Refused', code: 8 });
  memory.release(6);
  memory.hold(10);
  t.equal(memory.held, 10);
});

t.test('a call cannot begin batches without end, nor one without an id', async (t) => {
  const it = await house(t);
  const many = openCall(t, it);
  for (let i = 0; i <= 1_000; i++) many.send({ id: randomUUID(), options: optionsFor('story-a') });
  t.match(await many.ended, { code: 8 });
  const nameless = openCall(t, it);
  nameless.send({ options: optionsFor('story-a'), final: true });
  t.match(await nameless.ended, { code: 3 });
});

t.test('what is wrong with a message of the other kind of append is said in a sentence', async (t) => {
  const it = await house(t);
  const client = new streamsGrpc.StreamsClient(`127.0.0.1:${it.server.port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const append = (messages: streams.AppendReq[]) =>
    new Promise<ServiceError | null>((resolve) => {
      const call = client.append((error) => resolve(error));
      for (const message of messages) call.write(message);
      call.end();
    });
  const options = (stream: Uint8Array, expected = true) => {
    const message = new streams.AppendReq();
    const its = new streams.AppendReq.Options();
    const identifier = new shared.StreamIdentifier();
    identifier.setStreamName(stream);
    its.setStreamIdentifier(identifier);
    if (expected) its.setAny(new shared.Empty());
    message.setOptions(its);
    return message;
  };
  const event = (properties: Record<string, string>) => {
    const message = new streams.AppendReq();
    const proposed = new streams.AppendReq.ProposedMessage();
    proposed.setId(idMessage(randomUUID(), 'string'));
    for (const [name, value] of Object.entries(properties)) proposed.getMetadataMap().set(name, value);
    message.setProposedMessage(proposed);
    return message;
  };
  const named = Buffer.from('story-a');
  t.match(await append([]), { code: 3, details: /begins with its options/ });
  t.match(await append([event({ type: 'Said' })]), { code: 3, details: /begins with its options/ });
  t.match(await append([options(named), options(named)]), { code: 3, details: /has events/ });
  t.match(await append([options(named, false)]), { code: 3, details: /what it expects/ });
  t.match(await append([options(new Uint8Array())]), { code: 2, details: /has to be named/ });
  t.match(await append([options(Uint8Array.of(0xff))]), { code: 3, details: /not UTF-8/ });
  const lacking = await append([options(named), event({ type: 'Said' })]);
  t.equal(lacking?.metadata.get('exception')[0], 'missing-required-metadata-property');
  t.equal(lacking?.metadata.get('required-metadata-properties')[0], 'type,content-type');
  t.match(await append([options(named), event({ 'content-type': 'application/json' })]), { code: 3 });
  t.equal(await append([options(named), event({ type: 'Said', 'content-type': 'text/plain' })]), null);
});
