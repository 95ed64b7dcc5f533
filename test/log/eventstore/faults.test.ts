/**
 * The log over a network that fails: whatever is cut, hangs or starts again, nothing acknowledged is lost, nothing is stored
 * twice, and order is kept. TIMES raises how often each is done.
 */
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import { type EventLog, type LogEventData, type Position, START } from '../../../src/log/log.js';
import { serveEventStore } from '../../../src/esdb-server/server.js';
import { faultProxy } from '../../support/fault-proxy.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const TIMES = Number(process.env.TIMES ?? 3);
const event = (data: unknown = {}): LogEventData => ({ id: randomUUID(), type: 'Tested', data: data as never, metadata: {} });

async function house(t: T) {
  const embedded = await openEmbeddedLog({ folder: t.testdir() });
  let server = await serveEventStore({ log: embedded, port: 0 });
  const proxy = await faultProxy(t, () => server.port);
  const log = openEventStoreLog({ connectionString: `esdb://127.0.0.1:${proxy.port}?tls=false&maxDiscoverAttempts=2&discoveryInterval=50` });
  t.teardown(async () => {
    await log.close();
    await server.close();
    await embedded.close();
  });
  return {
    embedded,
    log,
    proxy,
    /** The server ends, and another begins on the same log. */
    async restart() {
      await server.close();
      proxy.cut();
      server = await serveEventStore({ log: embedded, port: 0 });
    },
  };
}

/** Appends, again by the same ids where it cannot be reached, as whoever writes would. */
async function insist(log: EventLog, stream: string, events: readonly LogEventData[], expected: Parameters<EventLog['append']>[2]) {
  for (;;) {
    try {
      return await log.append(stream, events, expected);
    } catch (error) {
      if ((error as { code?: string }).code !== 'log-unavailable') throw error;
    }
  }
}

async function read(log: EventLog, stream: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of log.read(stream)) ids.push(id);
  return ids;
}

t.test('connections that are cut in the middle of appends: each event once, in order', async (t) => {
  const { embedded, log, proxy } = await house(t);
  for (let time = 0; time < TIMES; time++) {
    const stream = `story-cut-${time}`;
    const written: string[] = [];
    for (let i = 0; i < 20; i++) {
      if (i % 4 === 1) proxy.cutAfter(1 + ((i * 37) % 200));
      const events = [event({ i }), event({ i, second: true })];
      const { revision } = await insist(log, stream, events, written.length === 0 ? 'no_stream' : written.length - 1);
      written.push(...events.map(({ id }) => id));
      t.equal(revision, written.length - 1);
    }
    t.strictSame(await read(embedded, stream), written);
  }
});

t.test('many at once, cut again and again, expected anywhere: nothing lost, nothing doubled', async (t) => {
  const { embedded, log, proxy } = await house(t);
  for (let time = 0; time < TIMES; time++) {
    const stream = `story-many-${time}`;
    const events = Array.from({ length: 60 }, (_, i) => event({ i }));
    proxy.cutAfter(300);
    await Promise.all(
      events.map(async (one, i) => {
        if (i % 20 === 10) proxy.cut();
        await insist(log, stream, [one], 'any');
      }),
    );
    const stored = await read(embedded, stream);
    t.strictSame([...stored].sort(), events.map(({ id }) => id).sort());
  }
});

t.test('a read that is cut says so, and is whole when it is done again', async (t) => {
  const { embedded, log, proxy } = await house(t);
  const events = Array.from({ length: 2_000 }, (_, i) => event({ i, text: 'x'.repeat(100) }));
  await embedded.append('story-long', events, 'no_stream');
  for (let time = 0; time < TIMES; time++) {
    proxy.cutAfter(50_000);
    await t.rejects(read(log, 'story-long'), { code: 'log-unavailable' });
    let ids: string[] | undefined;
    while (ids === undefined) ids = await read(log, 'story-long').catch(() => undefined);
    t.strictSame(
      ids,
      events.map(({ id }) => id),
    );
  }
});

t.test('a subscription that is dropped at every tenth event, taken up from its last place: all of it, once, in order', async (t) => {
  const { embedded, log, proxy } = await house(t);
  const events = Array.from({ length: 1_000 }, (_, i) => event({ i }));
  for (let i = 0; i < events.length; i += 50) await embedded.append('story-dropped', events.slice(i, i + 50), 'any');
  const seen: string[] = [];
  let after: Position = START;
  let drops = 0;
  while (seen.length < events.length) {
    try {
      for await (const notice of log.subscribe({ after, streamPrefixes: ['story-dropped'] })) {
        if (notice.kind !== 'events') continue;
        for (const one of notice.events) {
          seen.push(one.id);
          after = one.position;
          if (seen.length % 10 === 0) {
            proxy.cut();
            drops++;
            break;
          }
        }
        // Whoever goes away in the middle of a notice comes back from what he took.
        break;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'log-unavailable') throw error;
    }
  }
  t.strictSame(
    seen,
    events.map(({ id }) => id),
  );
  t.ok(drops >= 99);
});

t.test('a server that starts again while one writes and one reads', async (t) => {
  const { embedded, log, restart } = await house(t);
  const events = Array.from({ length: 100 }, (_, i) => event({ i }));
  const seen: string[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    let after: Position = START;
    while (!stop.signal.aborted && seen.length < events.length) {
      try {
        for await (const notice of log.subscribe({ after, streamPrefixes: ['story-restarted'], signal: stop.signal })) {
          if (notice.kind !== 'events') continue;
          for (const one of notice.events) {
            seen.push(one.id);
            after = one.position;
          }
          if (seen.length >= events.length) break;
        }
      } catch (error) {
        if ((error as { code?: string }).code !== 'log-unavailable') throw error;
      }
    }
  })();
  for (const [i, one] of events.entries()) {
    if (i % 30 === 15) await restart();
    await insist(log, 'story-restarted', [one], i === 0 ? 'no_stream' : i - 1);
  }
  await reading;
  stop.abort();
  const ids = events.map(({ id }) => id);
  t.strictSame(await read(embedded, 'story-restarted'), ids);
  t.strictSame(seen, ids);
});

t.test('a server that hangs is given up after a time, and what was in doubt is not doubled', async (t) => {
  const { embedded, log, proxy } = await house(t);
  await insist(log, 'story-hung', [event()], 'no_stream');
  proxy.hang(true);
  const one = event();
  const appending = log.append('story-hung', [one], 0);
  await t.rejects(appending, { code: 'log-unavailable' });
  proxy.hang(false);
  t.match(await insist(log, 'story-hung', [one], 0), { revision: 1 });
  t.equal((await read(embedded, 'story-hung')).length, 2);
});

t.test('latency changes nothing but the time it takes', async (t) => {
  const { embedded, log, proxy } = await house(t);
  proxy.latency(20);
  const events = Array.from({ length: 30 }, (_, i) => event({ i }));
  await Promise.all(events.map((one) => log.append('story-slow', [one], 'any')));
  t.strictSame(
    await read(embedded, 'story-slow'),
    events.map(({ id }) => id),
  );
});

t.test('nobody there: it says so in the words of the register', async (t) => {
  const { log, proxy } = await house(t);
  proxy.refuse(true);
  await t.rejects(log.append('story-nobody', [event()], 'any'), { code: 'log-unavailable' });
  await t.rejects(log.head('story-nobody'), { code: 'log-unavailable' });
  await t.rejects(read(log, 'story-nobody'), { code: 'log-unavailable' });
  proxy.refuse(false);
  t.match(await insist(log, 'story-nobody', [event()], 'no_stream'), { revision: 0 });
});
