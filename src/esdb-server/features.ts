/**
 * What a client asks before anything else: which methods there are, and which nodes.
 * Invariant: what is listed is answered. The one node that is told of is alive and the leader, at the address at which the
 * client found it, whatever lies between.
 * Unit: one server.
 */
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { idMessage } from './messages.js';

/** Clients read it as three numbers: the version whose behaviour this is. */
const VERSION = '23.10.6';

/** By the names of services and methods, in lower case: what each method can do beyond its first form. */
const METHODS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'event_store.client.streams.streams': { read: ['position', 'events'], append: [], delete: [], tombstone: [], batchappend: ['deadline_duration'] },
  'event_store.client.gossip.gossip': { read: [] },
  'event_store.client.server_features.serverfeatures': { getsupportedmethods: [] },
};

export function supportedMethods(): features.SupportedMethods {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion(VERSION);
  for (const [service, methods] of Object.entries(METHODS)) {
    for (const [name, abilities] of Object.entries(methods)) {
      const method = new features.SupportedMethod();
      method.setServiceName(service);
      method.setMethodName(name);
      method.setFeaturesList([...abilities]);
      answer.addMethods(method);
    }
  }
  return answer;
}

export interface Node {
  /** A UUID. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** `authority`: host and port as the client wrote them; `now` in milliseconds since the epoch. */
export function clusterOf(node: Node, authority: string, now: number): gossip.ClusterInfo {
  const { host, port } = addressOf(authority) ?? node;
  const endpoint = new gossip.EndPoint();
  endpoint.setAddress(host);
  endpoint.setPort(port);
  const member = new gossip.MemberInfo();
  member.setInstanceId(idMessage(node.id, 'string'));
  member.setTimeStamp(String(BigInt(Math.trunc(now)) * 10_000n));
  member.setState(gossip.MemberInfo.VNodeState.LEADER);
  member.setIsAlive(true);
  member.setHttpEndPoint(endpoint);
  const cluster = new gossip.ClusterInfo();
  cluster.addMembers(member);
  return cluster;
}

function addressOf(authority: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(.+):(\d{1,5})$/.exec(authority);
  return match === null ? undefined : { host: (match[1] as string).replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}
