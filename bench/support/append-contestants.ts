/**
 * Who appends: the embedded log, the limit (raw bytes written and synced) and the peer (event-storage). All take events one
 * by one or in batches and answer when they are durable.
 * Unit: one log of one contestant, used for a whole comparison.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fdatasync, openSync, writevSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import type { LogEventData } from '../../src/log/log.js';
import { benchFolder } from './folders.js';

export interface Appender {
  /** Resolves when the events are durable. */
  append(events: readonly LogEventData[]): Promise<void>;
  /** Resolves when what follows an append behind its answer is done. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** An event as a story has it, some 280 bytes as JSON. */
export function storyEvent(i: number): LogEventData {
  return {
    id: randomUUID(),
    type: 'MessageSent',
    data: {
      occurredAt: new Date(1_000_000_000_000 + i * 61_000).toISOString(),
      seq: i % 7,
      visibility: 'private',
      data: { from: `person-${i % 31}`, to: [`person-${(i * 7) % 31}`], text: `Could you send me the numbers? ${i}` },
    },
    metadata: { id: `message-${i}`, version: 1 },
  };
}

export async function ours(folder = benchFolder('ours')): Promise<Appender> {
  const log = await openEmbeddedLog({ folder });
  return {
    async append(events) {
      await log.append('story-bench', events, 'any');
    },
    settle: () => log.indexed(),
    close: () => log.close(),
  };
}

/** Ready bytes at the end of a file; whatever waits while the disk syncs goes with the next write. */
export async function rawFile(): Promise<Appender & { bytes(events: readonly LogEventData[]): Buffer }> {
  const fd = openSync(join(benchFolder('raw'), 'log'), 'a');
  const ready = new WeakMap<readonly LogEventData[], Buffer>();
  let waiting: { bytes: Buffer; resolve: () => void; reject: (error: Error) => void }[] = [];
  let busy = false;
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    busy = group.length > 0;
    if (!busy) return;
    writevSync(
      fd,
      group.map((one) => one.bytes),
    );
    fdatasync(fd, (error) => {
      for (const one of group) error ? one.reject(error) : one.resolve();
      setImmediate(flush);
    });
  };
  const bytes = (events: readonly LogEventData[]): Buffer => {
    let made = ready.get(events);
    if (made === undefined) {
      made = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      ready.set(events, made);
    }
    return made;
  };
  return {
    bytes,
    append: (events) =>
      new Promise((resolve, reject) => {
        waiting.push({ bytes: bytes(events), resolve, reject });
        if (busy) return;
        busy = true;
        queueMicrotask(flush);
      }),
    settle: async () => undefined,
    close: async () => closeSync(fd),
  };
}

interface EventStorage {
  once(event: 'ready', listener: () => void): void;
  commit(stream: string, events: readonly unknown[], callback: () => void): void;
  close(): void;
}

/** Its events stand in one stream, so that one sync covers all that waits, and its buffer holds a batch. */
export async function eventStorage(): Promise<Appender> {
  const { EventStore } = createRequire(import.meta.url)('event-storage') as { EventStore: new (name: string, options: object) => EventStorage };
  const storageConfig = { syncOnFlush: true, writeBufferSize: 1 << 20, indexOptions: { syncOnFlush: false } };
  const store = new EventStore('bench', { storageDirectory: benchFolder('event-storage'), storageConfig });
  await new Promise<void>((resolve) => store.once('ready', resolve));
  return {
    append: (events) => new Promise((resolve) => store.commit('story-bench', events, resolve)),
    settle: async () => undefined,
    close: async () => store.close(),
  };
}
