/**
 * EventStoreDB's protocol over the embedded log, so that whatever speaks to EventStoreDB reads it, writes to it and
 * subscribes to it. This file wires the parts together, listens and closes.
 * Invariants: only this machine is listened to, without encryption, and whoever can connect may do all of it (what clients
 * send as credentials is not looked at). On closing, what the log has taken is answered, an append that it has not is
 * UNAVAILABLE, and what streams answers ends as CANCELLED.
 * Unit: one server, one log. It does not close the log.
 */
import { randomUUID } from 'node:crypto';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

import { serveAppend } from './appending.js';
import { serveBatches } from './batch-appending.js';
import { type Calls, createCalls } from './calls.js';
import { type BatchPart, readBatchPart } from './deadlines.js';
import { serveDelete, serveTombstone } from './deleting.js';
import { callStatus, cutShort, type Refused, refusalOf, shuttingDown } from './errors.js';
import { clusterOf, supportedMethods } from './features.js';
import { createIncoming } from './incoming.js';
import { furnish, type House, type HouseOptions } from './house.js';
import { createLeadership } from './leadership.js';
import { createOutgoing } from './outgoing.js';
import { readRequest } from './read-request.js';
import { serveRead } from './reading.js';
import { serveSubscription } from './subscriptions.js';

export interface EventStoreServerOptions extends HouseOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly host?: '127.0.0.1';
}

export interface EventStoreServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface UnkindServer extends EventStoreServer {
  /** Live calls end, and the appends that come next are told to go to the leader, which is this server. */
  changeLeader(): void;
}

/** Clients send parts of some megabytes; EventStoreDB takes as much. */
const LARGEST_MESSAGE = 17 * 1024 * 1024;
const MOST_CALLS_A_CONNECTION = 1_000;
/** Whoever does not take the end of a call within this is disconnected. */
const GRACE_MS = 1_000;

/** Listens. Rejects where the port is taken. */
export async function serveEventStore(options: EventStoreServerOptions): Promise<UnkindServer> {
  const { host = '127.0.0.1', port, now = Date.now, manners = {}, onError = () => undefined } = options;
  const server = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE, 'grpc.max_concurrent_streams': MOST_CALLS_A_CONNECTION });
  const calls = createCalls(onError);
  const node = { id: randomUUID(), host, port };
  const leadership = createLeadership(node);
  const house = furnish(options, { calls, leadership, refusalOf: (error) => refusalOf(error, onError) });

  server.addService({ ...streamsGrpc.StreamsService, batchAppend: { ...streamsGrpc.StreamsService.batchAppend, requestDeserialize: readBatchPart } }, {
    read: readCall(house),
    append: appendCall(house),
    batchAppend: batchCall(house),
    delete: unaryCall(house, (request: streams.DeleteReq) => serveDelete(house, request)),
    tombstone: unaryCall(house, (request: streams.TombstoneReq) => serveTombstone(house, request)),
  } as UntypedServiceImplementation);
  server.addService(featuresGrpc.ServerFeaturesService, {
    getSupportedMethods: (_call, callback) => callback(null, supportedMethods()),
  } satisfies featuresGrpc.IServerFeaturesServer);
  server.addService(gossipGrpc.GossipService, {
    read: (call, callback) => callback(null, clusterOf(node, call.getHost(), now())),
  } satisfies gossipGrpc.IGossipServer);

  node.port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });

  let closing: Promise<void> | undefined;
  return {
    port: node.port,
    close: () => (closing ??= shutDown(server, calls)),
    changeLeader: () => leadership.change(manners.refusesAfterChange ?? 0),
  };
}

function unaryCall<Request, Answer>({ calls, refusalOf }: House, serve: (request: Request) => Promise<Answer>): handleUnaryCall<Request, Answer> {
  return (call, callback) => {
    if (calls.closing) return callback(callStatus(shuttingDown()));
    calls.during(
      () => undefined,
      async () => {
        try {
          callback(null, await serve(call.request));
        } catch (error) {
          callback(callStatus(refusalOf(error)));
        }
      },
    );
  };
}

function readCall(house: House): handleServerStreamingCall<streams.ReadReq, streams.ReadResp> {
  const { calls, leadership, refusalOf } = house;
  return (call) => {
    const out = createOutgoing<streams.ReadResp>(call);
    if (calls.closing) return out.fail(shuttingDown());
    leadership.watch(out);
    calls.during(
      () => out.fail(cutShort()),
      async () => {
        try {
          const { extent, ...wanted } = readRequest(call.request);
          if (extent === undefined) await serveSubscription(house, wanted, out);
          else {
            await house.pause();
            await serveRead(house, wanted, extent, out);
          }
          out.end();
        } catch (error) {
          out.fail(refusalOf(error));
        }
      },
    );
  };
}

function appendCall(house: House): handleClientStreamingCall<streams.AppendReq, streams.AppendResp> {
  const { calls, refusalOf } = house;
  return (call, callback) => {
    let answered = false;
    let storing = false;
    const fail = (refused: Refused): void => {
      if (!answered) callback(callStatus(refused));
      answered = true;
    };
    const begin = (): void => {
      if (answered) throw shuttingDown();
      storing = true;
    };
    if (calls.closing) return fail(shuttingDown());
    calls.during(
      () => {
        if (!storing) fail(shuttingDown());
      },
      async () => {
        try {
          const answer = await serveAppend(house, call, begin);
          if (answer !== undefined && !answered) callback(null, answer);
          answered = true;
        } catch (error) {
          fail(refusalOf(error));
        }
      },
    );
  };
}

function batchCall(house: House): handleBidiStreamingCall<BatchPart, streams.BatchAppendResp> {
  const { calls, leadership, refusalOf } = house;
  return (call) => {
    const out = createOutgoing<streams.BatchAppendResp>(call);
    if (calls.closing) return out.fail(shuttingDown());
    leadership.watch(out);
    const parts = createIncoming<BatchPart>(call);
    calls.during(parts.stop, async () => {
      try {
        await serveBatches(house, parts, out);
        if (calls.closing) out.fail(cutShort());
        else out.end();
      } catch (error) {
        out.fail(refusalOf(error));
      }
    });
  };
}

/** Nobody new is let in from the first; who does not go in time is shown out. */
async function shutDown(server: Server, calls: Calls): Promise<void> {
  const ended = calls.close();
  const gone = new Promise<void>((resolve) => {
    server.tryShutdown(() => resolve());
  });
  const force = setTimeout(() => server.forceShutdown(), GRACE_MS);
  await Promise.all([ended, gone]);
  clearTimeout(force);
}
