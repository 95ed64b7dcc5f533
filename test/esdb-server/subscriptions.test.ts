/** Subscriptions through the official client: what there is, what comes, and where to begin again. */
import { END, eventTypeFilter, excludeSystemEvents, type Position, streamNameFilter } from '@eventstore/db-client';
import t from 'tap';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { house, json, listen, stored } from '../support/esdb-house.js';

/** Counts the subscriptions of the log that are open, and the events they pulled. */
function watched() {
  const counts = { open: 0, pulled: 0 };
  const waiting: (() => void)[] = [];
  return {
    counts,
    around: (log: EmbeddedLog): EmbeddedLog => ({
      ...log,
      async *subscribe(options) {
        counts.open++;
        try {
          for await (const notice of log.subscribe(options)) {
            if (notice.kind === 'events') counts.pulled += notice.events.length;
            yield notice;
          }
        } finally {
          counts.open--;
          for (const resolve of waiting.splice(0)) resolve();
        }
      },
    }),
    /** Resolves when one more of them has ended. */
    ended: () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
}

t.test('a subscription to a stream: confirmed, what there is, caught up, what comes', async (t) => {
  const { log, client } = await house(t);
  await log.append('story-a', [stored(), stored()], 'any');
  await log.append('story-ab', [stored()], 'any');
  const seen = listen(client.subscribeToStream('story-a'));
  await seen.until(() => seen.said.includes('caught up'));
  t.same(seen.said, ['confirmed', 'story-a@0', 'story-a@1', 'caught up']);
  await log.append('story-ab', [stored()], 'any');
  await client.appendToStream('story-a', [json(), json()]);
  await seen.until(() => seen.events.length === 4);
  t.same(seen.said.slice(4), ['story-a@2', 'story-a@3']);
});

t.test('from a revision, which is not included, from the end, and of a stream that is not there yet', async (t) => {
  const { log, client } = await house(t);
  await log.append('story-a', [stored(), stored(), stored()], 'any');
  const subscriptions = [
    listen(client.subscribeToStream('story-a', { fromRevision: 1n })),
    listen(client.subscribeToStream('story-a', { fromRevision: END })),
    listen(client.subscribeToStream('story-a', { fromRevision: 3n })),
    listen(client.subscribeToStream('story-b')),
  ];
  for (const seen of subscriptions.slice(0, 3)) await seen.until(() => seen.said.includes('caught up'));
  await subscriptions[3]?.until(() => subscriptions[3]?.said.includes('confirmed') === true);
  await log.append('story-a', [stored(), stored()], 'any');
  await log.append('story-b', [stored()], 'any');
  const due = [
    ['confirmed', 'story-a@2', 'caught up', 'story-a@3', 'story-a@4'],
    ['confirmed', 'caught up', 'story-a@3', 'story-a@4'],
    ['confirmed', 'caught up', 'story-a@4'],
    ['confirmed', 'story-b@0', 'caught up'],
  ];
  for (const [i, seen] of subscriptions.entries()) {
    await seen.until(() => seen.said.length >= (due[i]?.length ?? 0));
    t.same(seen.said, due[i]);
  }
});

t.test('what is appended while a stream is read for its subscriber comes once', async (t) => {
  let append: (log: EmbeddedLog) => Promise<unknown> = async () => undefined;
  const { log, client } = await house(t, {
    around: (log) => ({
      ...log,
      // One more is stored between the end that was looked up and the read, and one behind the read.
      async end() {
        const end = await log.end();
        await append(log);
        return end;
      },
      async *read(stream, options) {
        yield* log.read(stream, options);
        await append(log);
      },
    }),
  });
  await log.append('story-a', [stored(), stored()], 'any');
  append = (log) => log.append('story-a', [stored()], 'any');
  const seen = listen(client.subscribeToStream('story-a'));
  await seen.until(() => seen.said.includes('caught up'));
  t.same(seen.said, ['confirmed', 'story-a@0', 'story-a@1', 'story-a@2', 'story-a@3', 'caught up']);
});

t.test('a subscription to the log', async (t) => {
  const { log, client } = await house(t);
  const first = await log.append('story-a', [stored(), stored()], 'any');
  await log.append('story-b', [stored()], 'any');
  const position = { commit: BigInt(first.position), prepare: BigInt(first.position) };
  const all = listen(client.subscribeToAll());
  const later = listen(client.subscribeToAll({ fromPosition: position }));
  const coming = listen(client.subscribeToAll({ fromPosition: END }));
  for (const seen of [all, later, coming]) await seen.until(() => seen.said.includes('caught up'));
  await log.append('story-a', [stored()], 'any');
  for (const seen of [all, later, coming]) await seen.until(() => seen.said.at(-1) === 'story-a@2');
  t.same(all.said, ['confirmed', 'story-a@0', 'story-a@1', 'story-b@0', 'caught up', 'story-a@2']);
  t.same(later.said, ['confirmed', 'story-b@0', 'caught up', 'story-a@2'], 'the position is not included');
  t.same(coming.said, ['confirmed', 'caught up', 'story-a@2']);
});

t.test('filters: by stream or by type, by prefix or by regular expression', async (t) => {
  const { log, client } = await house(t);
  await log.append('story-a', [stored({}, 'Said'), stored({}, 'Done')], 'any');
  await log.append('session-a', [stored({}, 'Opened')], 'any');
  await log.append('$system', [stored({}, '$stats')], 'any');
  const filters = [
    [streamNameFilter({ prefixes: ['story-', 'other-'] }), ['story-a@0', 'story-a@1']],
    [streamNameFilter({ regex: '^(session|other)-' }), ['session-a@0']],
    [eventTypeFilter({ prefixes: ['D', 'O'] }), ['story-a@1', 'session-a@0']],
    [eventTypeFilter({ regex: 'e' }), ['story-a@1', 'session-a@0']],
    [excludeSystemEvents(), ['story-a@0', 'story-a@1', 'session-a@0']],
  ] as const;
  for (const [filter, due] of filters) {
    const seen = listen(client.subscribeToAll({ filter }));
    await seen.until(() => seen.said.includes('caught up'));
    t.same(seen.said, ['confirmed', ...due, 'caught up']);
  }
  const refused = listen(client.subscribeToAll({ filter: streamNameFilter({ regex: '(a' }) }));
  await refused.until(() => refused.error !== undefined);
  t.match(refused.error, { message: /regular expression is not taken/ });
});

t.test('checkpoints: behind a page that is not the last, once so many events were looked at, and live', async (t) => {
  const { log, client } = await house(t);
  for (let i = 0; i < 35; i++) await log.append(i === 20 ? 'story-a' : 'other', [stored(), stored()], 'any');
  const places: bigint[] = [];
  const seen = listen(
    client.subscribeToAll({
      filter: streamNameFilter({
        prefixes: ['story-'],
        checkpointReached: (_subscription, position) => {
          places.push(position.commit);
          seen.note('checkpoint');
        },
      }),
    }),
  );
  await seen.until(() => seen.said.includes('caught up'));
  t.same(seen.said, ['confirmed', 'checkpoint', 'story-a@0', 'story-a@1', 'checkpoint', 'caught up']);
  t.same(places, [0n, 41n], 'where the page began, and its last wanted event');
  await log.append(
    'other',
    Array.from({ length: 40 }, () => stored()),
    'any',
  );
  await seen.until(() => seen.said.at(-1) === 'checkpoint');
  t.same(places.slice(2), [95n], 'counted on from what was looked at before');

  const narrow: bigint[] = [];
  const filter = streamNameFilter({
    prefixes: ['story-'],
    maxSearchWindow: 5,
    checkpointInterval: 4,
    checkpointReached: (_subscription, position) => void narrow.push(position.commit),
  });
  const other = listen(client.subscribeToAll({ filter }));
  await other.until(() => other.said.includes('caught up'));
  t.same(narrow, [15n, 35n, 55n, 75n, 95n]);
});

t.test('one who begins again at a checkpoint, whenever, misses nothing; at an event, also gets nothing twice', async (t) => {
  const { log, client } = await house(t);
  for (let i = 0; i < 90; i++) await log.append(i % 7 === 0 ? 'story-a' : 'other', [stored({ i })], 'any');
  const due = Array.from({ length: 13 }, (_, i) => `story-a@${i}`);
  const marks: { position: Position; seen: number }[] = [];
  const first = listen(
    client.subscribeToAll({
      filter: streamNameFilter({
        prefixes: ['story-'],
        maxSearchWindow: 4,
        checkpointReached: (_subscription, position) => {
          marks.push({ position, seen: first.events.length });
        },
      }),
    }),
  );
  await first.until(() => first.said.includes('caught up'));
  t.ok(marks.length > 20);
  for (const { position } of marks) {
    const again = listen(client.subscribeToAll({ fromPosition: position, filter: streamNameFilter({ prefixes: ['story-'] }) }));
    await again.until(() => again.said.includes('caught up'));
    const before = due.filter((_, i) => BigInt(i * 7) <= position.commit);
    t.same([...before, ...again.said.slice(1, -1)], due);
  }
  for (const [i, event] of first.events.entries()) {
    const again = listen(client.subscribeToAll({ fromPosition: event.position as Position, filter: streamNameFilter({ prefixes: ['story-'] }) }));
    await again.until(() => again.said.includes('caught up'));
    t.same(again.said.slice(1, -1), due.slice(i + 1));
  }
});

t.test('for a slow subscriber the rest stays in the log', async (t) => {
  const { around, counts } = watched();
  const { log, client } = await house(t, { around });
  const text = 'x'.repeat(2_000);
  for (let i = 0; i < 60; i++)
    await log.append(
      'story-a',
      Array.from({ length: 100 }, () => stored({ text })),
      'any',
    );
  const events = client.subscribeToAll()[Symbol.asyncIterator]();
  t.equal((await events.next()).value.event.revision, 0n);
  // Others are served meanwhile; without pressure back, the log would have been read long since.
  for (let i = 0; i < 60; i++) await client.appendToStream('story-b', json());
  t.ok(counts.pulled < 2_000, `${counts.pulled} events of 6,060`);
  let seen = 1;
  while (seen < 6_060) {
    await events.next();
    seen++;
  }
  t.equal(counts.pulled, 6_060, 'the rest comes when it is asked for');
  await events.return?.();
});

t.test('whoever leaves is let go of, idle, in the midst of it, or by losing the connection', async (t) => {
  const { around, counts, ended } = watched();
  const { log, client, errors } = await house(t, { around });
  for (let i = 0; i < 30; i++)
    await log.append(
      'story-a',
      Array.from({ length: 100 }, () => stored({ text: 'x'.repeat(2_000) })),
      'any',
    );
  const idle = client.subscribeToStream('story-a', { fromRevision: END });
  const seen = listen(idle);
  await seen.until(() => seen.said.includes('caught up'));
  const busy = client.subscribeToAll();
  await busy[Symbol.asyncIterator]().next();
  t.equal(counts.open, 2);
  let next = ended();
  await idle.unsubscribe();
  await next;
  t.equal(counts.open, 1);
  next = ended();
  await busy.unsubscribe();
  await next;
  t.equal(counts.open, 0);
  const last = listen(client.subscribeToAll({ fromPosition: END }));
  await last.until(() => last.said.includes('caught up'));
  next = ended();
  await client.dispose();
  await next;
  t.equal(counts.open, 0);
  t.same(errors, []);
});

t.test('from beyond the end of the log everything that is new comes', async (t) => {
  const { log, client } = await house(t);
  const { position } = await log.append('story-a', [stored()], 'any');
  const places = [BigInt(position) + 1n, BigInt(position) + 1_000_000n, 2n ** 63n - 1n];
  const subscriptions = places.map((place) => listen(client.subscribeToAll({ fromPosition: { commit: place, prepare: place } })));
  for (const seen of subscriptions) await seen.until(() => seen.said.includes('caught up'));
  await log.append('story-b', [stored()], 'any');
  for (const seen of subscriptions) await seen.until(() => seen.events.length === 1);
  for (const seen of subscriptions) t.same(seen.said, ['confirmed', 'caught up', 'story-b@0']);
});

t.test('whatever the window, the place and the writers: who begins again at a checkpoint loses nothing', async (t) => {
  const { log, client } = await house(t);
  const filterWith = (maxSearchWindow: number, checkpointInterval: number, checkpointReached: (position: Position) => void = () => undefined) =>
    streamNameFilter({
      prefixes: ['story-'],
      maxSearchWindow,
      checkpointInterval,
      checkpointReached: (_subscription, position) => checkpointReached(position),
    });
  const write = async (count: number, from: number): Promise<void> => {
    for (let i = from; i < from + count; i++)
      await log.append(
        i % 5 < 2 ? 'story-a' : '$other',
        Array.from({ length: 1 + (i % 3) }, () => stored({ i })),
        'any',
      );
  };
  await write(40, 0);
  for (const [maxSearchWindow, interval] of [
    [1, 1],
    [3, 2],
    [7, 1],
    [100, 1],
  ] as const) {
    const marks: { position: Position; seen: number }[] = [];
    const first = listen(
      client.subscribeToAll({ filter: filterWith(maxSearchWindow, interval, (position) => void marks.push({ position, seen: first.events.length })) }),
    );
    await first.until(() => first.said.includes('caught up'));
    await write(25, 40);
    const last = await log.append('story-end', [stored()], 'any');
    await first.until(() => first.events.at(-1)?.position?.commit === BigInt(last.position));
    const due = first.events.map(({ streamId, revision }) => `${streamId}@${revision}`);
    for (const { position, seen } of marks) {
      const again = listen(client.subscribeToAll({ fromPosition: position, filter: filterWith(32, 1) }));
      await again.until(() => again.said.includes('caught up'));
      const got = again.events.map(({ streamId, revision }) => `${streamId}@${revision}`);
      t.same([...due.slice(0, seen), ...got].slice(-due.length), due, `window ${maxSearchWindow} × ${interval}, from ${position.commit}/${position.prepare}`);
      await again.leave();
    }
    await first.leave();
  }
});
