/** Whatever is appended and read through the client is what the log itself makes of it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BACKWARDS, END, FORWARDS, jsonEvent, type ResolvedEvent, START } from '@eventstore/db-client';
import fc from 'fast-check';
import t from 'tap';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import type { ExpectedRevision, LogEvent, LogEventData } from '../../src/log/log.js';
import { isWrongExpected } from '../../src/esdb-server/errors.js';
import { all, house, listen } from '../support/esdb-house.js';

const value = fc
  .jsonValue({ noUnicodeString: false, maxDepth: 3 })
  .map((one) => JSON.parse(JSON.stringify(one).replaceAll('__proto__', 'proto')) as Record<string, unknown>);

const step = fc.record({
  stream: fc.integer({ min: 0, max: 2 }),
  ids: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
  expected: fc.oneof(fc.constantFrom<ExpectedRevision>('any', 'no_stream', 'stream_exists'), fc.integer({ min: 0, max: 6 })),
  single: fc.boolean(),
  partSize: fc.constantFrom(1, 200, 3_000_000),
  value,
});

const look = fc.record({
  stream: fc.integer({ min: 0, max: 3 }),
  backwards: fc.boolean(),
  from: fc.oneof(fc.constantFrom('start' as const, 'end' as const), fc.integer({ min: 0, max: 30 })),
  count: fc.integer({ min: 1, max: 12 }),
});

/** What counts of an event, from either side. */
const ofLog = (event: LogEvent) => [event.stream, event.revision, event.id, event.type, event.data, Number(event.position)];
const ofClient = ({ event }: ResolvedEvent) => [event?.streamId, Number(event?.revision), event?.id, event?.type, event?.data, Number(event?.position?.commit)];

t.test('random appends and reads', async (t) => {
  const { log, client } = await house(t);
  const direct = await openEmbeddedLog({ folder: join(t.testdirName, 'direct') });
  t.teardown(() => direct.close());

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.array(look, { minLength: 1, maxLength: 8 }), async (steps, looks) => {
      const run = randomUUID();
      const ids = Array.from({ length: 10 }, () => randomUUID());
      const nameOf = (stream: number) => `story-${run}-${stream}`;
      const first = (await direct.end()) === '' ? 0 : Number(await direct.end()) + 1;

      for (const { stream, ids: picked, expected, single, partSize, value } of steps) {
        const events = picked.map((i) => ({ id: ids[i] as string, type: `Type${i}`, data: value }));
        const due = await direct
          .append(
            nameOf(stream),
            events.map((event): LogEventData => ({ ...event, metadata: new Uint8Array() }) as LogEventData),
            expected,
          )
          .catch((error: unknown) => {
            if (!isWrongExpected(error)) throw error;
            return error.actual === undefined ? 'no_stream' : error.actual;
          });
        const got = await client
          .appendToStream(
            nameOf(stream),
            events.map((event) => jsonEvent(event)),
            {
              expectedRevision: typeof expected === 'number' ? BigInt(expected) : expected,
              batchAppendSize: partSize,
              ...(single ? { credentials: { username: 'a', password: 'b' } } : {}),
            },
          )
          .then(
            ({ nextExpectedRevision, position }) => ({ revision: Number(nextExpectedRevision), position: Number(position?.commit) }),
            (error: { type?: string; actualVersion?: bigint | 'no_stream' }) => {
              if (error.type !== 'wrong-expected-version') throw error;
              return error.actualVersion === 'no_stream' ? 'no_stream' : Number(error.actualVersion);
            },
          );
        same(got, typeof due === 'object' ? { revision: due.revision, position: Number(due.position) } : due);
      }

      for (const { stream, backwards, from, count } of looks) {
        const direction = backwards ? BACKWARDS : FORWARDS;
        const got = await all(
          client.readStream(nameOf(stream), { direction, maxCount: count, fromRevision: typeof from === 'number' ? BigInt(from) : from }),
        ).then(
          (events) => events.map(ofClient),
          (error: { type?: string }) => error.type,
        );
        const known = (await direct.head(nameOf(stream))) !== undefined;
        const refused = from === 'end' && !backwards;
        const options = {
          direction: backwards ? 'backwards' : 'forwards',
          limit: count,
          ...(from === 'end' ? {} : { from: from === 'start' ? 0 : from }),
        } as const;
        same(got, refused ? 'unknown' : !known ? 'stream-not-found' : (await all(direct.read(nameOf(stream), options))).map(ofLog));
      }

      const everything = (await all(direct.readAll())).filter((event) => Number(event.position) >= first).map(ofLog);
      const start = first === 0 ? START : { commit: BigInt(first), prepare: BigInt(first) };
      same((await all(client.readAll({ fromPosition: start }))).map(ofClient), everything);
      same(
        (await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: everything.length + 1 }))).slice(0, everything.length).map(ofClient),
        [...everything].reverse(),
      );
    }),
    { numRuns: 40 },
  );

  const seen = listen(client.subscribeToAll());
  await seen.until(() => seen.said.includes('caught up'));
  same(
    seen.events.map((event) => ofClient({ event } as ResolvedEvent)),
    (await all(log.readAll())).map(ofLog),
  );
  t.pass('they are the same');
});

function same(got: unknown, due: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(due)];
  if (a !== b) throw new Error(`${a} should be ${b}`);
}
