/**
 * Nodes that share one log: what is written by any client is seen by all, and a shared session is one on every node. Run on each
 * way in which a log is served.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type { Test } from 'tap';
import { v5 as uuidv5 } from 'uuid';
import { replay } from '../src/sdk/index.js';
import { startServer } from './support/process.js';

const STORY = 'wikileaks-trump-jr';

/** A log that is served: by a process, or in this one. */
export interface ServedLog {
  /** The connection string. */
  readonly url: string;
  readonly port: number;
  /** Ends it, as abruptly as can be. */
  end(): Promise<void>;
}

/** Serves the log in a folder, at a port (any that is free, where none is given) until the end of the test. */
export type ServeLog = (t: Test, folder: string, port?: number) => Promise<ServedLog>;

/** Asks until the server says that it is ready (200), or that it is not (503). */
async function untilReady(address: string, wanted: 200 | 503): Promise<void> {
  while ((await fetch(`${address}/health/ready`)).status !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
}

const post = async (url: string, body: unknown) =>
  (await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()) as Record<string, string>;
const never = { items: false, reconnect: { tries: 0 } } as const;

/** A port at which nobody is. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function nodesContract(t: Test, serve: ServeLog): void {
  /** A log, and so many nodes on it. */
  async function nodes(t: Test, count: number) {
    const folder = t.testdir();
    const { url } = await serve(t, join(folder, 'truth'));
    const started = Array.from({ length: count }, (_, i) => startServer(t, { HINDCAST_DATA: join(folder, `node-${i}`), EVENTSTORE_URL: url }));
    const addresses = await Promise.all(started.map(({ address }) => address));
    for (const address of addresses) await untilReady(address, 200);
    return { log: url, started, addresses };
  }

  t.test("a script with EventStoreDB's client alone writes a story, and a watcher sees it live", async (t) => {
    const { log, addresses } = await nodes(t, 1);
    const [address = ''] = addresses;
    await post(`${address}/stories/from-outside/events`, {
      id: 'first',
      type: 'MessageSent',
      occurredAt: '2024-05-02T09:00:00Z',
      data: { from: 'ann', to: ['bob'], channel: 'e-mail', text: 'Is anybody there?', links: [] },
    });
    const watched = replay(`${address}/stories/from-outside`, { ...never, views: ['unanswered-requests'] });
    t.teardown(() => watched.close());
    await watched.live();
    const seen = new Promise<{ id: string; text: string }>((resolve) => {
      watched.on('item', (item) => {
        if (item.kind === 'event') resolve({ id: item.event.id, text: (item.event.data as { text: string }).text });
      });
    });
    const client = EventStoreDBClient.connectionString(log);
    t.teardown(() => client.dispose());
    const stored = client.readStream('story-from-outside');
    let form: { data: Record<string, unknown>; metadata: Record<string, unknown> } | undefined;
    for await (const { event } of stored) form = event as unknown as typeof form;
    const id = uuidv5('from-outside/second', '6f0e6a52-6d0c-4c3c-9d63-7a5f6a0d9b51');
    const text = 'Send the minutes, please.';
    await client.appendToStream(
      'story-from-outside',
      jsonEvent({
        id,
        type: 'MessageSent',
        data: JSON.parse(JSON.stringify(form?.data).replaceAll('09:00:00', '10:00:00').replace('Is anybody there?', text)),
        metadata: { ...form?.metadata, id: 'second' },
      }),
      { expectedRevision: 0n },
    );
    t.match(await seen, { id: 'second', text });
    await t.rejects(client.appendToStream('story-from-outside', jsonEvent({ type: 'MessageSent', data: {} }), { expectedRevision: NO_STREAM }));
  });

  t.test('two nodes keep two viewers of one session in step, and either may be killed', async (t) => {
    const { started, addresses } = await nodes(t, 2);
    const [a = '', b = ''] = addresses;
    const { id, hostToken = '' } = await post(`${a}/sessions`, { story: STORY, fit: 5, idleLimit: 0.5, paused: true });
    const due = new Map<string, Map<string, number>>();
    const watch = (who: string, address: string, options: Parameters<typeof replay>[1] = {}) => {
      const watched = replay(`${address}/sessions/${id}`, { ...never, ...options });
      t.teardown(() => watched.close());
      let cursor = '';
      const ids: string[] = [];
      watched.on('item', (item) => {
        if (item.kind !== 'event') return;
        cursor = item.cursor;
        ids.push(item.event.id);
        if (!item.backfill) due.set(item.event.id, (due.get(item.event.id) ?? new Map<string, number>()).set(who, item.dueWall));
      });
      return { watched, ids, cursor: () => cursor };
    };
    const host = watch('host', b, { token: hostToken });
    const [onA, onB] = [watch('a', a), watch('b', b, { views: ['unanswered-requests'] })];
    for (const { watched } of [host, onA, onB]) await watched.opened;
    const ended = (watched: typeof host.watched) =>
      new Promise<void>((resolve) => {
        watched.on('clock', ({ status }) => {
          if (status === 'ended') resolve();
        });
      });
    const ends = [ended(host.watched), ended(onB.watched)];
    await host.watched.play();
    await new Promise<void>((resolve) => {
      onA.watched.on('item', () => {
        if (onA.ids.length >= 12) resolve();
      });
    });
    started[0]?.child.kill('SIGKILL');
    await t.rejects(onA.watched.closed, { code: 'connection-lost' });
    const again = watch('a', b, { after: onA.cursor() });
    ends.push(ended(again.watched));
    await Promise.all(ends);
    const whole = (await (await fetch(`${b}/stories/${STORY}/events?limit=1000`)).json()) as { events: { id: string; occurredAt: string | null }[] };
    const played = whole.events.filter(({ occurredAt }) => occurredAt !== null).map((event) => event.id);
    t.strictSame(host.ids, played);
    t.strictSame(onB.ids, played);
    t.strictSame([...onA.ids, ...again.ids], played, 'who went over to the other node: each event once');
    const apart = [...due.values()].filter((times) => times.has('a') && times.has('b')).map((times) => Math.abs((times.get('a') ?? 0) - (times.get('b') ?? 0)));
    t.ok(apart.length > 12);
    t.ok(Math.max(...apart) <= 25, `${Math.max(...apart)} ms apart at most`);
  });

  t.test('while the log is away a node reads and plays on, refuses what it cannot store, and goes on when it is back', async (t) => {
    const folder = t.testdir();
    const truth = await serve(t, join(folder, 'truth'));
    const node = startServer(t, { HINDCAST_DATA: join(folder, 'node'), EVENTSTORE_URL: truth.url });
    const address = await node.address;
    await untilReady(address, 200);
    const watched = replay(`${address}/stories/${STORY}`, { ...never, fit: 20, idleLimit: 1 });
    t.teardown(() => watched.close());
    await watched.opened;
    await truth.end();
    await untilReady(address, 503);
    t.equal((await fetch(`${address}/stories/${STORY}/projections/unanswered-requests`)).status, 200);
    const metrics = await fetch(`${address}/metrics`);
    t.equal(metrics.status, 200);
    t.match(await metrics.text(), /^hindcast_read_model_behind 1$/m);
    t.match(await watched.seek('2016-10-20T00:00:00Z'), { status: 'playing' }, 'replays go on');
    const draft = {
      id: 'm1',
      type: 'MessageSent',
      occurredAt: '2024-05-02T09:00:00Z',
      data: { from: 'ann', to: ['bob'], channel: 'e-mail', text: 'x', links: [] },
    };
    const append = () =>
      fetch(`${address}/stories/another/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(draft) });
    const refused = await append();
    t.equal(refused.status, 503);
    t.ok(refused.headers.has('retry-after'));
    t.match(await refused.json(), { code: 'log-unavailable' });
    await serve(t, join(folder, 'truth'), truth.port);
    await untilReady(address, 200);
    const stored = await append();
    t.ok([200, 201].includes(stored.status), `${stored.status}`);
    const { position } = (await stored.json()) as { position: string };
    t.match(await (await fetch(`${address}/stories/another?minPosition=${position}`)).json(), { events: 1 }, 'once');
  });

  t.test('nodes that have never seen their log start while it is away, and begin by themselves when it comes', async (t) => {
    const folder = t.testdir();
    const port = await freePort();
    const env = { EVENTSTORE_URL: `esdb://admin:a-secret@127.0.0.1:${port}?tls=false` };
    const started = [0, 1].map((i) => startServer(t, { ...env, HINDCAST_DATA: join(folder, `node-${i}`), LOG_LEVEL: 'warn' }));
    const addresses = await Promise.all(started.map(({ address }) => address));
    for (const address of addresses) {
      t.equal((await fetch(`${address}/health/live`)).status, 200);
      const ready = await fetch(`${address}/health/ready`);
      t.equal(ready.status, 503);
      t.match(((await ready.json()) as { reasons: string[] }).reasons, [/./, /built-in stories/]);
      t.strictSame(await (await fetch(`${address}/stories`)).json(), { stories: [] });
      t.equal((await fetch(`${address}/metrics`)).status, 200);
      t.match(await post(`${address}/sessions`, { story: STORY }), { code: 'log-unavailable' }, 'whether there is such a story nobody can say');
    }
    const second = startServer(t, { ...env, HINDCAST_DATA: join(folder, 'node-0') });
    t.equal(await second.ended, 1);
    t.match(second.written(), /Another process holds this data folder/, 'two nodes on one folder');

    await serve(t, join(folder, 'truth'), port);
    for (const address of addresses) {
      await untilReady(address, 200);
      t.match(await (await fetch(`${address}/stories/${STORY}`)).json(), { events: 46, withoutEffect: { copies: 0 } }, 'once, whoever was first');
    }
    for (const { written } of started) t.notMatch(written(), /a-secret/);
  });
}
