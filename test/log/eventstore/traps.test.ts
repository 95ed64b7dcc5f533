/**
 * What the client of EventStoreDB does to whoever trusts it, each with what keeps us from it.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import t from 'tap';
import { serveEventStore } from '../../../src/esdb-server/server.js';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import type { Notice } from '../../../src/log/log.js';
import { openTimeline } from '../../../src/timeline/timeline.js';
import { childScript } from '../../support/child.js';
import { type BatchCall, failing, fakeEventStore, type Kept } from '../../support/fake-eventstore.js';
import { ROOT } from '../../support/places.js';

const foreign = (stream: string, revision: number): Kept => ({ stream, revision, type: 'Tested', data: '{}', metadata: '{}' });

interface Asked {
  readonly call: BatchCall;
  readonly request: streams.BatchAppendReq;
}

/** Says that an append was stored. */
function answer({ call, request }: Asked): void {
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision('0');
  const position = new shared.AllStreamPosition();
  position.setCommitPosition('100');
  position.setPreparePosition('100');
  success.setPosition(position);
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(request.getCorrelationId());
  response.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
  response.setSuccess(success);
  call.write(response);
}

t.test('appends of several connections wait in one place: the end of one connection ends neither the process nor an append', async (t) => {
  const asked = new Map<string, Asked[]>();
  /** The read that fails, once the first append is under way. */
  const unanswered: (() => void)[] = [];
  let isUnderWay = false;
  const take = (one: Asked): void => {
    const stream = Buffer.from(one.request.getOptions()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    const before = asked.get(stream) ?? [];
    asked.set(stream, [...before, one]);
    if (stream === 'story-zero') return answer(one);
    const [first] = asked.get('story-one') ?? [];
    if (stream === 'story-one' && before.length === 0) {
      for (const read of unanswered.splice(0)) read();
      isUnderWay = true;
    }
    if (before.length === 0) {
      // Both wait, each on a connection of its own: the first breaks.
      if (stream === 'story-two') first?.call.emit('error', failing(status.UNAVAILABLE));
      return;
    }
    // It is tried again: what was asked first is answered late, if its connection is still there, and then this.
    const late = before[0] as Asked;
    if (late.call !== first?.call) answer(late);
    answer(one);
  };
  const server = await fakeEventStore(t, {
    onBatch: (call) => call.on('data', (request: streams.BatchAppendReq) => take({ call, request })),
    onRead(call) {
      const stream = Buffer.from(call.request.getOptions()?.getStream()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      if (stream !== 'story-nobody-answers') return false;
      const fail = () => call.emit('error', failing(status.UNAVAILABLE));
      if (isUnderWay) fail();
      else unanswered.push(fail);
      return true;
    },
  });
  const child = childScript(new URL('fixtures/pending-appends.js', import.meta.url))([server.url]);
  t.teardown(() => child.kill());
  await child.printed(3);
  t.strictSame(child.lines, ['0', '0', '0']);
  t.equal(await child.ended, 0);
  t.ok(asked.get('story-one')?.[0]?.call !== asked.get('story-two')?.[0]?.call, 'there were two connections');
  t.equal(asked.get('story-two')?.length, 2, 'and both were tried again');
});

t.test('appends that wait to be sent on a connection that breaks are sent on another', async (t) => {
  const calls: BatchCall[] = [];
  const server = await fakeEventStore(t, {
    onBatch(call) {
      calls.push(call);
      const isFirst = calls.length === 1;
      call.on('data', (request: streams.BatchAppendReq) => {
        answer({ call, request });
        // The first takes one append, and then no more.
        if (isFirst) call.pause();
      });
    },
  });
  const child = childScript(new URL('fixtures/queued-appends.js', import.meta.url))([server.url]);
  t.teardown(() => child.kill());
  await child.printed(1);
  calls[0]?.emit('error', failing(status.UNAVAILABLE));
  await child.printed(2);
  t.equal(child.lines[1], '200');
  t.equal(await child.ended, 0);
});

t.test('an append that fails is thrown, with the revision that there is', async (t) => {
  const embedded = await openEmbeddedLog({ folder: t.testdir() });
  const server = await serveEventStore({ log: embedded, port: 0 });
  const log = openEventStoreLog({ connectionString: `esdb://127.0.0.1:${server.port}?tls=false` });
  t.teardown(async () => {
    await log.close();
    await server.close();
    await embedded.close();
  });
  const event = () => ({ id: randomUUID(), type: 'Tested', data: {}, metadata: {} });
  await log.append('story-x', [event(), event(), event()], 'no_stream');
  await t.rejects(log.append('story-x', [event()], 0), { code: 'wrong-expected-revision', actual: 2 });
  await t.rejects(log.append('story-none', [event()], 'stream_exists'), { code: 'wrong-expected-revision', actual: undefined });
  t.throws(() => openEventStoreLog({ connectionString: 'esdb://127.0.0.1?throwOnAppendFailure=false' }), { code: 'bad-config' });
});

t.test('nobody resumes a subscription but we: from the last place, both halves of it, and not at once', async (t) => {
  const server = await fakeEventStore(t);
  server.keep(foreign('story-x', 0), foreign('story-x', 1), foreign('order-1', 0), foreign('order-1', 1));
  const log = openEventStoreLog({ connectionString: server.url });
  t.teardown(() => log.close());
  const folder = join(t.testdir(), 'read-model');
  const open = () => openTimeline({ folder, log });
  const turn = () => new Promise(setImmediate);
  const timeline = await open();
  while (timeline.behind() !== undefined) await turn();
  t.strictSame(server.begun, [undefined]);
  const dropped = performance.now();
  server.drop();
  while (server.begun.length < 2) await turn();
  t.ok(performance.now() - dropped >= 49, 'it has waited');
  t.strictSame(server.begun[1], { commit: '400', prepare: '399' }, 'behind what a checkpoint said that nobody wants');
  server.keep(foreign('story-x', 2));
  while ((timeline.story('x')?.revision ?? -1) < 2) await turn();
  await timeline.close();
  const again = await open();
  t.teardown(() => again.close());
  while (again.behind() !== undefined) await turn();
  t.strictSame(server.begun[2], { commit: '500', prepare: '499' }, 'also when it is opened again');
  t.match(again.story('x'), { revision: 2, withoutEffect: { setAside: 3 } });
});

t.test('whatever is done at a checkpoint, it stalls no stream', async (t) => {
  const server = await fakeEventStore(t);
  server.keep(foreign('order-1', 0));
  const log = openEventStoreLog({ connectionString: server.url });
  t.teardown(() => log.close());
  const failed = new Error('in the middle of a checkpoint');
  const failing = (async () => {
    for await (const { kind } of log.subscribe({ streamPrefixes: ['story-'] })) if (kind === 'caught-up') throw failed;
  })();
  await t.rejects(failing, failed);
  const notices: Notice['kind'][] = [];
  for await (const { kind } of log.subscribe({ streamPrefixes: ['story-'] })) {
    if (kind !== 'scanned') notices.push(kind);
    if (notices.length === 1 && kind === 'caught-up') server.keep(foreign('story-x', 0));
    if (kind === 'events') break;
  }
  t.strictSame(notices, ['caught-up', 'events']);
});

t.test('no second client shares the messages of the first', (t) => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };
  const clients = Object.keys(packages).filter((path) => /node_modules\/(@kurrent\/[^/]+|@eventstore\/[^/]+|google-protobuf)$/.test(path));
  t.strictSame(clients.sort(), ['node_modules/@eventstore/db-client', 'node_modules/google-protobuf']);
  t.end();
});
