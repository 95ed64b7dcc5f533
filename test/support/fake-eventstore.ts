/**
 * A server that speaks EventStoreDB's protocol and shares nothing with ours: it holds what a test gives it, also what ours would
 * not take, and fails as a test tells it to. It stores no appends by itself.
 * Invariant: the halves of a position differ, and only a position that it gave is one.
 */
import { randomUUID } from 'node:crypto';
import featuresPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

export interface Kept {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly id?: string;
  /** As it lies on the disk: nobody looked at it. */
  readonly data: string | Uint8Array;
  readonly metadata?: string | Uint8Array;
  readonly contentType?: string;
}

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
export type BatchCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

export interface FakeOptions {
  /** True where it has answered the read itself. */
  readonly onRead?: (call: ReadCall) => boolean;
  readonly onBatch?: (call: BatchCall) => void;
  /** What it fails with when it is asked what it can do. */
  readonly features?: () => object | undefined;
}

export interface FakeEventStore {
  readonly port: number;
  readonly url: string;
  /** Where subscriptions were to begin, in order: both halves, or undefined for the beginning. */
  readonly begun: ({ readonly commit: string; readonly prepare: string } | undefined)[];
  keep(...events: readonly Kept[]): void;
  /** Ends every subscription: as a server that is stopped, or (ABORTED) as one to which a subscriber is too slow. */
  drop(code?: status): void;
  /** Tells every subscriber that all that is kept was looked at. */
  checkpoint(): void;
}

const commitOf = (i: number) => (i + 1) * 100;

/** An error of the protocol, with what EventStoreDB says in its trailers. */
export function failing(code: status, exception?: string): object {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  return { code, details: status[code], metadata };
}

export async function fakeEventStore(
  t: { teardown(fn: () => unknown): void },
  { onRead = () => false, onBatch = (call) => call.emit('error', failing(status.UNIMPLEMENTED)), features = () => undefined }: FakeOptions = {},
): Promise<FakeEventStore> {
  const kept: (Kept & { readonly message: streams.ReadResp })[] = [];
  const begun: FakeEventStore['begun'] = [];
  const live = new Set<ReadCall>();

  const read = (call: ReadCall): void => {
    if (onRead(call)) return;
    const options = call.request.getOptions() as streams.ReadReq.Options;
    const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    if (options.hasSubscription()) {
      const position = options.getAll()?.getPosition();
      const at = position === undefined ? 0 : kept.findIndex((_, i) => String(commitOf(i)) === position.getCommitPosition()) + 1;
      begun.push(position === undefined ? undefined : { commit: position.getCommitPosition(), prepare: position.getPreparePosition() });
      if (position !== undefined && (at === 0 || position.getPreparePosition() !== String(commitOf(at - 1) - 1))) {
        call.emit('error', failing(status.INVALID_ARGUMENT));
        return;
      }
      live.add(call);
      for (const over of ['cancelled', 'close']) call.once(over, () => live.delete(call));
      call.write(confirmation());
      for (const one of kept.slice(at)) send(call, one);
      if (kept.length > 0) call.write(checkpoint(kept.length - 1));
      call.write(caughtUp());
      return;
    }
    const stream = options.getStream();
    const name = stream === undefined ? undefined : Buffer.from(stream.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    const from = stream?.hasRevision() === true ? Number(stream.getRevision()) : undefined;
    const wanted = kept.filter(
      (one) => (name === undefined || one.stream === name) && (from === undefined || (backwards ? one.revision <= from : one.revision >= from)),
    );
    if (backwards) wanted.reverse();
    for (const { message } of wanted.slice(0, Number(options.getCount()))) call.write(message);
    if (name !== undefined && !kept.some((one) => one.stream === name)) call.write(notFound(name));
    call.end();
  };

  const server = new Server();
  server.addService(streamsGrpc.StreamsService, {
    read,
    batchAppend: onBatch,
    append: (_call: unknown, answer: (error: object) => void) => answer(failing(status.UNIMPLEMENTED)),
    delete: (_call: unknown, answer: (error: object) => void) => answer(failing(status.UNIMPLEMENTED)),
    tombstone: (_call: unknown, answer: (error: object) => void) => answer(failing(status.UNIMPLEMENTED)),
  } as unknown as UntypedServiceImplementation);
  server.addService(featuresGrpc.ServerFeaturesService, {
    getSupportedMethods(_call: unknown, answer: (error: object | null, value?: featuresPb.SupportedMethods) => void) {
      const fault = features();
      if (fault === undefined) answer(null, supported());
      else answer(fault);
    },
  } as unknown as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  t.teardown(() => server.forceShutdown());
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    begun,
    keep(...events) {
      for (const event of events) {
        const one = { ...event, message: messageOf(event, kept.length) };
        kept.push(one);
        for (const call of live) send(call, one);
      }
    },
    drop(code = status.UNAVAILABLE) {
      for (const call of [...live]) call.emit('error', failing(code));
      live.clear();
    },
    checkpoint() {
      for (const call of live) call.write(checkpoint(kept.length - 1));
    },
  };
}

/** Sends what passes the filter of a subscription: prefixes of names, or all that is not the system's. */
function send(call: ReadCall, { stream, message }: Kept & { readonly message: streams.ReadResp }): void {
  const prefixes = call.request.getOptions()?.getFilter()?.getStreamIdentifier()?.getPrefixList() ?? [];
  if (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix))) call.write(message);
}

function messageOf({ stream, revision, type, id = randomUUID(), data, metadata = '', contentType = 'application/json' }: Kept, i: number): streams.ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const uuid = new shared.UUID();
  uuid.setString(id);
  recorded.setId(uuid);
  recorded.setStreamIdentifier(named(stream));
  recorded.setStreamRevision(String(revision));
  recorded.setCommitPosition(String(commitOf(i)));
  recorded.setPreparePosition(String(commitOf(i) - 1));
  const properties = recorded.getMetadataMap();
  properties.set('type', type);
  properties.set('content-type', contentType);
  properties.set('created', String(BigInt(Date.UTC(2024, 0, 1) + i) * 10_000n));
  recorded.setData(Buffer.from(data as string));
  recorded.setCustomMetadata(Buffer.from(metadata as string));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(String(commitOf(i)));
  const answer = new streams.ReadResp();
  answer.setEvent(read);
  return answer;
}

function named(stream: string): shared.StreamIdentifier {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  return identifier;
}

function notFound(stream: string): streams.ReadResp {
  const missing = new streams.ReadResp.StreamNotFound();
  missing.setStreamIdentifier(named(stream));
  const answer = new streams.ReadResp();
  answer.setStreamNotFound(missing);
  return answer;
}

function confirmation(): streams.ReadResp {
  const confirmed = new streams.ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(randomUUID());
  const answer = new streams.ReadResp();
  answer.setConfirmation(confirmed);
  return answer;
}

function checkpoint(i: number): streams.ReadResp {
  const place = new streams.ReadResp.Checkpoint();
  place.setCommitPosition(String(commitOf(i)));
  place.setPreparePosition(String(commitOf(i) - 1));
  const answer = new streams.ReadResp();
  answer.setCheckpoint(place);
  return answer;
}

function caughtUp(): streams.ReadResp {
  const answer = new streams.ReadResp();
  answer.setCaughtUp(new streams.ReadResp.CaughtUp());
  return answer;
}

function supported(): featuresPb.SupportedMethods {
  const answer = new featuresPb.SupportedMethods();
  answer.setEventStoreServerVersion('23.10.0');
  for (const name of ['read', 'batchappend']) {
    const method = new featuresPb.SupportedMethod();
    method.setServiceName('event_store.client.streams.Streams');
    method.setMethodName(name);
    answer.addMethods(method);
  }
  return answer;
}
