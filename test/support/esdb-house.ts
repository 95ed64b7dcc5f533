/**
 * What the tests of the protocol share: an embedded log served over real gRPC, and the official client that speaks to it.
 */
import { randomUUID } from 'node:crypto';
import { type AllStreamSubscription, EventStoreDBClient, jsonEvent, type StreamSubscription } from '@eventstore/db-client';
import { type EmbeddedLog, openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import type { Manners } from '../../src/esdb-server/manners.js';
import { serveEventStore, type UnkindServer } from '../../src/esdb-server/server.js';
import type { LogEventData } from '../../src/log/log.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };

export interface House {
  readonly log: EmbeddedLog;
  readonly server: UnkindServer;
  readonly client: EventStoreDBClient;
  /** What the server told of as unforeseen. */
  readonly errors: unknown[];
}

export interface HouseOptions {
  /** Puts something between the log and the server. */
  readonly around?: (log: EmbeddedLog) => EmbeddedLog;
  readonly now?: () => number;
  readonly protects?: boolean;
  readonly manners?: Manners;
}

export async function house(t: T, { around = (log) => log, now = Date.now, protects = true, manners = {} }: HouseOptions = {}): Promise<House> {
  const errors: unknown[] = [];
  const log = await openEmbeddedLog({ folder: t.testdir() });
  const server = await serveEventStore({ log: around(log), port: 0, now, protects, manners, onError: (error) => errors.push(error) });
  const client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${server.port}?tls=false`;
  t.teardown(async () => {
    await client.dispose();
    await server.close();
    await log.close();
  });
  return { log, server, client, errors };
}

/** What the client makes of an event, to be appended. */
export const json = (data: object = {}, more: { id?: string; type?: string; metadata?: object } = {}) =>
  jsonEvent({
    id: more.id ?? randomUUID(),
    type: more.type ?? 'Said',
    data: data as Record<string, unknown>,
    ...(more.metadata && { metadata: more.metadata as Record<string, unknown> }),
  });

/** The same for the log itself. */
export const stored = (data: LogEventData['data'] = {}, type = 'Said'): LogEventData => ({ id: randomUUID(), type, data, metadata: { from: 'a test' } });

export async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** Bytes as numbers, to be compared. */
export const numbers = (bytes: unknown): number[] => [...(bytes as Uint8Array)];

/** What the promise is rejected with, for a closer look. */
export const failure = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: Error & Record<string, unknown>) => error,
  );

type Subscription = AllStreamSubscription | StreamSubscription;
interface Seen {
  readonly event?: {
    readonly streamId: string;
    readonly revision: bigint;
    readonly type: string;
    readonly data: unknown;
    readonly position?: { readonly commit: bigint; readonly prepare: bigint };
  };
}

/** Listens to a subscription and keeps what it says, in order. */
export function listen(subscription: Subscription) {
  const said: string[] = [];
  const events: NonNullable<Seen['event']>[] = [];
  const waiting: { when: () => boolean; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let error: unknown;
  const look = (): void => {
    for (const one of waiting.splice(0)) {
      if (one.when()) one.resolve();
      else if (error !== undefined) one.reject(error);
      else waiting.push(one);
    }
  };
  const note = (text: string): void => {
    said.push(text);
    look();
  };
  subscription.on('confirmation', () => note('confirmed'));
  subscription.on('caughtUp', () => note('caught up'));
  subscription.on('data', (resolved: Seen) => {
    if (resolved.event !== undefined) events.push(resolved.event);
    note(`${resolved.event?.streamId}@${resolved.event?.revision}`);
  });
  subscription.on('end', () => note('ended'));
  subscription.on('error', (failed: unknown) => {
    error = failed;
    note('failed');
  });
  return {
    said,
    events,
    note,
    leave: () => subscription.unsubscribe(),
    get error() {
      return error;
    },
    /** Resolves when this holds; rejects where the subscription fails before. */
    until: (when: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ when, resolve, reject });
        look();
      }),
  };
}
