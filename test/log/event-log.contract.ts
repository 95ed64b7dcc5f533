/**
 * What every event log keeps to, whatever it is made of: run this suite on each implementation of the port.
 * It takes a log that may hold other streams already and to which others write meanwhile, and compares positions but never counts
 * with them.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Test } from 'tap';
import type { Json } from '../../events/catalogue.js';
import {
  type Appended,
  type EventLog,
  type ExpectedRevision,
  type LogEvent,
  type LogEventData,
  type Notice,
  type Position,
  START,
  type SubscribeOptions,
  type WholeLog,
  WrongExpectedRevision,
} from '../../src/log/log.js';

/** Opens the log that belongs to a folder; a second call after `close` opens the same log again. */
export type OpenLog = (folder: string) => Promise<EventLog & Partial<WholeLog>>;

export interface ContractOptions {
  /** Does to an open log what must not change what it holds; answers the log to go on with. */
  readonly disturb?: (log: EventLog, folder: string) => Promise<EventLog>;
  /** A log that lives only in memory: what it held before it was closed is not asked for. */
  readonly volatile?: boolean;
  /** A log that may have forgotten ids where no revision is named: then repeats at `any` and `stream_exists` are not asked for. */
  readonly forgets?: boolean;
}

export function eventLogContract(t: Test, open: OpenLog, { disturb, volatile = false, forgets = false }: ContractOptions = {}): void {
  /** An open log, closed with the test, and a stream of its own. */
  const opened = async (t: Test): Promise<{ log: EventLog & Partial<WholeLog>; stream: string; folder: string }> => {
    const folder = t.testdir();
    const log = await open(folder);
    t.teardown(() => log.close());
    return { log, stream: `try-${randomUUID()}`, folder };
  };

  t.test('an event comes back as it was written', async (t) => {
    const { log, stream } = await opened(t);
    const before = Date.now() - 60_000;
    const written = event({ data: { text: 'Käse, 你好, 🎈', list: [1, -2.5, null, { deep: [true] }], empty: {} }, metadata: { id: 'a', version: 1 } });
    const appended = await log.append(stream, [written], 'no_stream');
    const [read] = await all(log.read(stream));
    t.match(appended, { revision: 0, repeated: false });
    t.same(read, { ...written, stream, revision: 0, position: appended.position, created: read?.created });
    t.ok(read !== undefined && read.created > before && read.created < Date.now() + 60_000, 'it says when it was stored');
  });

  t.test('any JSON comes back as it was written', async (t) => {
    const { log, stream } = await opened(t);
    const values = fc
      .sample(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), { numRuns: 300, seed: 7 })
      .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as Json);
    for (const part of chunks(values, 25))
      await log.append(
        stream,
        part.map((data) => event({ data, metadata: [data] })),
        'any',
      );
    t.same(
      (await all(log.read(stream))).map((read) => read.data),
      values,
    );
  });

  t.test('bytes come back as bytes', async (t) => {
    const { log, stream } = await opened(t);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await log.append(stream, [event({ data: bytes, metadata: new Uint8Array() }), event({ data: 'text' })], 'any');
    const [first, second] = (await all(log.read(stream))) as [LogEvent, LogEvent];
    t.ok(first.data instanceof Uint8Array && first.metadata instanceof Uint8Array, 'they are still bytes');
    t.same([...(first.data as Uint8Array)], [...bytes]);
    t.equal(second.data, 'text');
  });

  t.test('the table of concurrency', async (t) => {
    const { log } = await opened(t);
    const never: [ExpectedRevision, boolean][] = [
      ['any', true],
      ['no_stream', true],
      ['stream_exists', false],
      [0, false],
      [3, false],
    ];
    for (const [expected, ok] of never) {
      const stream = `try-${randomUUID()}`;
      const answer = await tryAppend(log, stream, [event()], expected);
      t.match(answer, ok ? { revision: 0, repeated: false } : { expected, actual: undefined, stream }, `a stream that never existed, expected ${expected}`);
      t.equal((await ids(log.read(stream))).length, ok ? 1 : 0);
    }
    const last2: [ExpectedRevision, boolean][] = [
      ['any', true],
      ['no_stream', false],
      ['stream_exists', true],
      [0, false],
      [1, false],
      [2, true],
      [3, false],
      [9, false],
    ];
    for (const [expected, ok] of last2) {
      const stream = `try-${randomUUID()}`;
      await log.append(stream, [event(), event(), event()], 'no_stream');
      const answer = await tryAppend(log, stream, [event()], expected);
      t.match(answer, ok ? { revision: 3, repeated: false } : { expected, actual: 2, stream }, `a stream at 2, expected ${expected}`);
      t.equal((await ids(log.read(stream))).length, ok ? 4 : 3);
    }
  });

  t.test('the table of idempotency', async (t) => {
    const { log } = await opened(t);
    /** Appends at the expectation to a stream of a, b, c; the letters name the events. */
    const cases: [expected: ExpectedRevision, letters: string, answer: number | 'appended' | 'refused'][] = [
      ['any', 'a', 0],
      ['any', 'c', 2],
      ['any', 'abc', 2],
      ['any', 'bc', 2],
      ['any', 'cx', 'refused'],
      ['any', 'abcx', 'refused'],
      ['any', 'xa', 'appended'],
      ['stream_exists', 'a', 0],
      ['stream_exists', 'ab', 1],
      ['stream_exists', 'bx', 'refused'],
      ['stream_exists', 'x', 'appended'],
      ['no_stream', 'a', 0],
      ['no_stream', 'abc', 2],
      ['no_stream', 'b', 'refused'],
      ['no_stream', 'abcx', 'refused'],
      ['no_stream', 'ax', 'refused'],
      ['no_stream', 'x', 'refused'],
      [0, 'b', 1],
      [0, 'bc', 2],
      [0, 'bcx', 'refused'],
      [0, 'c', 'refused'],
      [0, 'a', 'refused'],
      [1, 'c', 2],
      [1, 'cx', 'refused'],
      [1, 'b', 'refused'],
      [2, 'a', 'appended'],
      [2, 'abc', 'appended'],
      [2, 'x', 'appended'],
      [3, 'a', 'refused'],
    ];
    for (const [expected, letters, answer] of cases) {
      if (forgets && typeof expected === 'string' && expected !== 'no_stream' && answer !== 'appended') continue;
      const stream = `try-${randomUUID()}`;
      const named = new Map([...'abcx'].map((letter) => [letter, event()]));
      const of = (text: string): LogEventData[] => [...text].map((letter) => named.get(letter) as LogEventData);
      const positions = [(await log.append(stream, of('a'), 'no_stream')).position, (await log.append(stream, of('bc'), 0)).position];
      const got = await tryAppend(log, stream, of(letters), expected);
      const title = `${letters} at ${expected} is ${typeof answer === 'number' ? `repeated at ${answer}` : answer}`;
      if (answer === 'refused') t.ok(got instanceof WrongExpectedRevision, title);
      else if (answer === 'appended') t.match(got, { revision: 2 + letters.length, repeated: false }, title);
      else t.match(got, { revision: answer, repeated: true }, title);
      if (answer === 0) t.equal((got as Appended).position, positions[0], 'at the position it had');
      if (answer === 2) t.equal((got as Appended).position, positions[1], 'at the position it had');
      const added = answer === 'appended' ? letters : '';
      t.same(
        await ids(log.read(stream)),
        of(`abc${added}`).map((one) => one.id),
      );
    }
  });

  t.test('the same id in another stream is another event', async (t) => {
    const { log, stream } = await opened(t);
    const one = event();
    await log.append(stream, [one], 'any');
    t.match(await log.append(`${stream}-other`, [one], 'any'), { revision: 0, repeated: false });
  });

  t.test('ids are compared whatever the case of their letters, and a body is not compared', async (t) => {
    const { log, stream } = await opened(t);
    const one = event();
    await log.append(stream, [one], 'any');
    t.match(await log.append(stream, [{ ...one, id: one.id.toUpperCase(), data: 'other' }], 'no_stream'), { revision: 0, repeated: true });
    t.same(
      (await all(log.read(stream))).map((read) => [read.id, read.data]),
      [[one.id, one.data]],
    );
  });

  t.test('any sequence of appends ends as the model says', async (t) => {
    const { log: first, folder } = await opened(t);
    let log = first;
    t.teardown(() => log.close());
    const pool = Array.from({ length: 7 }, (_, i) => i);
    const step = fc.record({
      stream: fc.integer({ min: 0, max: 1 }),
      letters: fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 }),
      expected: fc.oneof(fc.constantFrom('any', 'no_stream', 'stream_exists') as fc.Arbitrary<ExpectedRevision>, fc.integer({ min: -3, max: 1 })),
      disturbed: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const run = randomUUID();
        const named = pool.map(() => event());
        const model: [string[], string[]] = [[], []];
        const order: string[] = [];
        const start = await log.end();
        for (const { stream, letters, expected, disturbed } of steps) {
          const held = model[stream === 0 ? 0 : 1];
          const events = letters.map((letter) => named[letter] as LogEventData);
          // A number is meant as a distance from the last revision.
          const isKnown = events.some((one) => held.includes(one.id));
          const asked = forgets && isKnown && expected !== 'no_stream' && typeof expected === 'string' ? 0 : expected;
          const wanted = typeof asked === 'number' ? Math.max(held.length - 1 + asked, 0) : asked;
          const answer = await tryAppend(log, `${run}-${stream}`, events, wanted);
          const due = modelled(
            held,
            events.map((one) => one.id),
            wanted,
          );
          if (due === 'refuse') {
            if (!(answer instanceof WrongExpectedRevision) || answer.actual !== (held.length === 0 ? undefined : held.length - 1))
              throw new Error(`${letters} at ${wanted} should be refused`);
          } else if (due === 'append') {
            held.push(...events.map((one) => one.id));
            order.push(...events.map((one) => one.id));
            if (answer instanceof Error || answer.repeated || answer.revision !== held.length - 1)
              throw new Error(`${letters} at ${wanted} should be appended`);
          } else if (answer instanceof Error || !answer.repeated || !due.includes(answer.revision)) {
            throw new Error(`${letters} at ${wanted} should be repeated at ${due}`);
          }
          if (disturbed && disturb !== undefined) log = await disturb(log, folder);
        }
        for (const [i, held] of model.entries()) same(await ids(log.read(`${run}-${i}`)), held);
        for (const [i, held] of model.entries()) same(await ids(log.read(`${run}-${i}`, { direction: 'backwards' })), [...held].reverse());
        same(
          (await recorded(log, start, run)).map((one) => one.id),
          order,
        );
      }),
      { numRuns: 60 },
    );
    t.pass('it does');
  });

  t.test('a repeat of what is still under way waits for it and adds nothing', async (t) => {
    const { log, stream } = await opened(t);
    const events = [event(), event()];
    const order: string[] = [];
    const [one, two, three] = await Promise.all([
      log.append(stream, events, 'no_stream').finally(() => order.push('original')),
      log.append(stream, events, 'no_stream').finally(() => order.push('repeat')),
      log.append(stream, events, 'no_stream').finally(() => order.push('repeat')),
    ]);
    t.match([one, two, three], [{ revision: 1 }, { revision: 1, position: one.position }, { revision: 1, position: one.position }]);
    t.equal(order[0], 'original');
    t.equal((await ids(log.read(stream))).length, 2);
  });

  t.test('what cannot be appended is refused before anything is stored', async (t) => {
    const { log, stream } = await opened(t);
    await t.rejects(log.append(stream, [], 'any'), { name: 'RangeError' }, 'an empty append');
    await t.rejects(log.append(stream, [event(), { ...event(), id: 'no-uuid' }], 'any'), { name: 'RangeError' }, 'an id that is no UUID');
    await t.rejects(log.append(stream, [event()], -1), { name: 'RangeError' }, 'an expected revision below 0');
    t.equal(await log.head(stream), undefined);
  });

  t.test('the data of an append has so many bytes at most, as JSON, and no more of it is stored', async (t) => {
    const { log, stream } = await opened(t);
    const most = log.maxAppendBytes;
    t.ok(Number.isSafeInteger(most) && most >= 65_536, 'it says how many');
    const half = Math.floor(most / 2);
    /** Data of so many bytes. */
    const bytes = (count: number) => ({ data: new Uint8Array(count) });
    const text = (count: number) => ({ data: 'x'.repeat(count - 2) });
    for (const [title, given, fits] of [
      ['bytes, as many as may be', [bytes(most)], true],
      ['one more', [bytes(most + 1)], false],
      ['JSON, as many as may be', [text(most)], true],
      ['one more', [text(most + 1)], false],
      ['letters that take two bytes each', [{ data: 'é'.repeat(half) }], false],
      ['several events together', [bytes(half), text(most - half)], true],
      ['one more', [bytes(half), text(most - half), { data: 1 }], false],
      ['metadata and types, which do not count', [{ ...bytes(most - 10), metadata: { text: 'x'.repeat(1_000) }, type: 'T'.repeat(500) }], true],
    ] as const) {
      const events = given.map((one) => event(one as Partial<LogEventData>));
      const to = `${stream}-${randomUUID()}`;
      if (fits) {
        t.match(await log.append(to, events, 'no_stream'), { revision: events.length - 1 }, title);
        continue;
      }
      const refused = await log.append(to, events, 'no_stream').catch((error: unknown) => error);
      t.match(refused, { code: 'body-too-large', message: most.toLocaleString('en') }, `${title}: refused, with the limit`);
      t.equal(await log.head(to), undefined, 'and nothing is stored');
    }
    const [first, second] = [event(bytes(half)), event(bytes(most - half))];
    await log.append(stream, [first], 'no_stream');
    t.match(await log.append(stream, [second], 0), { revision: 1 }, 'what is too large for one append goes in two');
  });

  t.test('reading a stream', async (t) => {
    const { log, stream } = await opened(t);
    const written = [...Array(7)].map(() => event());
    await log.append(stream, written.slice(0, 1), 'any');
    await log.append(stream, written.slice(1, 5), 'any');
    await log.append(`${stream}x`, [event()], 'any');
    await log.append(stream, written.slice(5), 'any');
    const revisions = async (options: Parameters<EventLog['read']>[1]): Promise<number[]> => (await all(log.read(stream, options))).map((one) => one.revision);
    t.same(
      await ids(log.read(stream)),
      written.map((one) => one.id),
      'all of it',
    );
    t.same(await revisions({ from: 3 }), [3, 4, 5, 6], 'from a revision, inclusive');
    t.same(await revisions({ from: 2, limit: 2 }), [2, 3], 'so many');
    t.same(await revisions({ limit: 0 }), [], 'none');
    t.same(await revisions({ from: 7 }), [], 'past the end');
    t.same(await revisions({ from: 700 }), [], 'far past the end');
    t.same(await revisions({ direction: 'backwards' }), [6, 5, 4, 3, 2, 1, 0], 'backwards');
    t.same(await revisions({ direction: 'backwards', from: 3 }), [3, 2, 1, 0], 'backwards from a revision, inclusive');
    t.same(await revisions({ direction: 'backwards', from: 3, limit: 2 }), [3, 2], 'so many backwards');
    t.same(await revisions({ direction: 'backwards', from: 0 }), [0], 'backwards from the first');
    t.same(await ids(log.read(`${stream}-missing`)), [], 'a stream that does not exist');
    t.same(await ids(log.read(`${stream}-missing`, { direction: 'backwards' })), [], 'and backwards');
  });

  t.test('the head of a stream and the end of the log', async (t) => {
    const { log, stream } = await opened(t);
    t.equal(await log.head(stream), undefined);
    const appended = await log.append(stream, [event(), event()], 'any');
    t.same(await log.head(stream), { revision: 1, position: appended.position });
    t.ok((await log.end()) >= appended.position, 'the end is not before it');
    t.ok(appended.position > START, 'a position stands behind the start');
  });

  t.test('the last event of streams with a prefix, whatever stands behind it', async (t) => {
    const { log, stream } = await opened(t);
    const start = await log.end();
    const last = (after: Position, ...streamPrefixes: string[]) => log.last({ after, streamPrefixes });
    t.equal(await last(start, `${stream}-`), start, 'there is none');
    t.equal(await last(START, `${stream}-`), START);
    const a = await log.append(`${stream}-a`, [event(), event()], 'no_stream');
    const b = await log.append(`${stream}-b`, [event()], 'no_stream');
    for (let i = 0; i < 40; i++) await log.append(`other-${stream}-${i}`, [event(), event()], 'no_stream');
    t.equal(await last(start, `${stream}-a`), a.position);
    t.equal(await last(start, `${stream}-a`, `${stream}-b`), b.position, 'with one of two');
    t.equal(await last(START, `${stream}-`), b.position, 'from the start');
    t.equal(await last(b.position, `${stream}-`), b.position, 'none beyond it');
    const end = await log.end();
    t.equal(await last(end, `${stream}-`), end, 'none beyond the end');
    const [first] = await all(log.read(`${stream}-a`, { limit: 1 }));
    t.equal(await last((first as LogEvent).position, `${stream}-a`), a.position, 'from the middle of an append');
  });

  t.test('reading the log', async (t) => {
    const { log: open, stream } = await opened(t);
    if (open.readAll === undefined) {
      t.pass('it is not read as a whole');
      return;
    }
    const log = open as WholeLog;
    const start = await log.end();
    const names = [`${stream}-a`, `${stream}-b`, `other-${stream}`];
    for (let i = 0; i < 9; i++) await log.append(names[i % 3] as string, [event(), event()], 'any');
    const everything = (await all(log.readAll({ streamPrefixes: [stream, `other-${stream}`] }))).filter((one) => one.position > start);
    const places = everything.map((one) => one.position);
    const after = async (options: Parameters<WholeLog['readAll']>[0]): Promise<Position[]> =>
      (await all(log.readAll({ streamPrefixes: [stream, `other-${stream}`], ...options }))).map((one) => one.position).filter((position) => position > start);
    t.same(places, [...places].sort(), 'in the order of positions');
    t.equal(new Set(places).size, 18, 'each once');
    t.ok((places.at(-1) as Position) <= (await log.end()));
    t.same(await after({ from: places[5] as Position }), places.slice(5), 'from a position, inclusive');
    t.same(await after({ from: places[5] as Position, limit: 4 }), places.slice(5, 9), 'so many');
    t.same(await after({ direction: 'backwards' }), [...places].reverse(), 'backwards');
    t.same(await after({ direction: 'backwards', from: places[5] as Position }), places.slice(0, 5).reverse(), 'backwards from a position, exclusive');
    t.same(await after({ direction: 'backwards', from: places[5] as Position, limit: 2 }), [places[4], places[3]], 'so many backwards');
    t.same(
      await after({ streamPrefixes: [stream] }),
      everything.filter((one) => one.stream.startsWith(stream)).map((one) => one.position),
      'of streams with a prefix',
    );
    t.same(
      await after({ streamPrefixes: [`${stream}-b`, `other-${stream}`], limit: 3 }),
      everything
        .filter((one) => !one.stream.endsWith('-a'))
        .slice(0, 3)
        .map((one) => one.position),
      'with one of two, so many',
    );
    t.same(await after({ streamPrefixes: [stream], direction: 'backwards', limit: 1 }), [
      everything.filter((one) => one.stream.startsWith(stream)).at(-1)?.position,
    ]);
    t.same(await after({ streamPrefixes: [] }), [], 'of no stream at all');
  });

  t.test('an append of many events stands together, and a refused one leaves nothing', async (t) => {
    const { log, stream } = await opened(t);
    const start = await log.end();
    const sizes = [1, 700, 3, 40, 1, 1300];
    await Promise.all(
      sizes.map((size, i) =>
        log.append(
          `${stream}-${i}`,
          [...Array(size)].map(() => event({ data: i })),
          'no_stream',
        ),
      ),
    );
    const stored = await recorded(log, start, stream);
    const runs = stored.filter((one) => one.revision === 0).map((one) => one.data as number);
    const read = stored.map((one) => one.data);
    t.same(
      read,
      runs.flatMap((i) => Array(sizes[i] as number).fill(i)),
      'no other event comes between',
    );
    await t.rejects(
      log.append(
        `${stream}-1`,
        [...Array(50)].map(() => event()),
        3,
      ),
      { code: 'wrong-expected-revision' },
    );
    t.match(await log.head(`${stream}-1`), { revision: 699 });
  });

  t.test('concurrent writers all get their place', async (t) => {
    const { log, stream } = await opened(t);
    const writers = 16;
    const each = 25;
    const answers = await Promise.all(
      [...Array(writers)].map(async () => {
        const got: Appended[] = [];
        for (let i = 0; i < each; i++) got.push(await log.append(stream, [event()], 'any'));
        return got;
      }),
    );
    t.same(
      answers
        .flat()
        .map((one) => one.revision)
        .sort((a, b) => a - b),
      [...Array(writers * each).keys()],
      'no revision twice, none left out',
    );
    const read = await all(log.read(stream));
    t.same(
      read.map((one) => one.revision),
      [...Array(writers * each).keys()],
    );
    t.ok(
      read.every((one, i) => i === 0 || (one.position > (read[i - 1] as LogEvent).position && one.created >= (read[i - 1] as LogEvent).created)),
      'positions and the clock of the log go forwards',
    );
  });

  t.test('of writers who expect the same revision one wins', async (t) => {
    const { log, stream } = await opened(t);
    await log.append(stream, [event()], 'any');
    const answers = await Promise.all([...Array(10)].map(() => tryAppend(log, stream, [event()], 0)));
    t.equal(answers.filter((one) => !(one instanceof Error)).length, 1);
    t.equal((await ids(log.read(stream))).length, 2);
  });

  t.test('appends of one caller keep the order of the calls', async (t) => {
    const { log, stream } = await opened(t);
    const written = [...Array(100)].map(() => event());
    await Promise.all(written.map((one) => log.append(stream, [one], 'any')));
    t.same(
      await ids(log.read(stream)),
      written.map((one) => one.id),
    );
  });

  t.test('a subscription from the start tells what was there, that it has caught up, and what comes', async (t) => {
    const { log, stream } = await opened(t);
    const old = [...Array(5)].map(() => event());
    await log.append(stream, old.slice(0, 2), 'any');
    await log.append(stream, old.slice(2), 'any');
    const seen = follow(log, { after: START, streamPrefixes: [stream] });
    await seen.until(() => seen.caughtUp.length > 0);
    t.same(
      seen.ids,
      old.map((one) => one.id),
      'all that was there comes first',
    );
    t.ok((seen.caughtUp[0] as Position) >= ((await log.head(stream)) as { position: Position }).position, 'it has caught up with the head');
    const fresh = [...Array(3)].map(() => event());
    for (const one of fresh) await log.append(stream, [one], 'any');
    await seen.until(() => seen.ids.length >= 8);
    t.same(
      seen.ids,
      [...old, ...fresh].map((one) => one.id),
    );
    await seen.stop();
  });

  t.test('a subscription from the middle is exclusive', async (t) => {
    const { log, stream } = await opened(t);
    const { position } = await log.append(stream, [event(), event()], 'any');
    const later = [...Array(4)].map(() => event());
    await log.append(stream, later, 'any');
    const [second] = await all(log.read(stream, { from: 3, limit: 1 }));
    for (const [after, due] of [
      [position, later],
      [(second as LogEvent).position, later.slice(2)],
    ] as const) {
      const seen = follow(log, { after, streamPrefixes: [stream] });
      await seen.until(() => seen.caughtUp.length > 0);
      t.same(
        seen.ids,
        due.map((one) => one.id),
      );
      await seen.stop();
    }
  });

  t.test('a subscription from the head has caught up at once', async (t) => {
    const { log, stream } = await opened(t);
    await log.append(stream, [event()], 'any');
    const after = await log.end();
    const seen = follow(log, { after });
    await seen.until(() => seen.caughtUp.length > 0);
    t.notOk(seen.notices.includes('events'));
    t.ok((seen.caughtUp[0] as Position) >= after);
    const one = event();
    await log.append(stream, [one], 'any');
    await seen.until(() => seen.ids.includes(one.id));
    await seen.stop();
    t.same(seen.ids, [one.id]);
  });

  t.test('a filtered subscription passes over the other streams and still catches up with the head', async (t) => {
    const { log, stream } = await opened(t);
    const wanted: string[] = [];
    for (let i = 0; i < 30; i++) {
      const one = event();
      await log.append(i % 3 === 0 ? `${stream}-in` : `out-${stream}`, [one], 'any');
      if (i % 3 === 0) wanted.push(one.id);
    }
    const end = await log.end();
    const seen = follow(log, { streamPrefixes: [`${stream}-in`] });
    await seen.until(() => (seen.caughtUp.at(-1) ?? START) >= end);
    t.same(seen.ids, wanted);
    await seen.stop();
  });

  t.test('a subscriber who has caught up hears of a burst, whole and once, and goes on', async (t) => {
    const { log, stream } = await opened(t);
    const bystander = follow(log, { after: await log.end(), streamPrefixes: [`${stream}-b`] });
    const seen = follow(log, { after: await log.end(), streamPrefixes: [stream] });
    for (const one of [bystander, seen]) await one.until(() => one.caughtUp.length > 0);
    const due: string[] = [];
    const revisions = new Map<string, number>();
    for (const [name, size] of [
      ['a', 100],
      ['b', 1],
      ['a', 500],
      ['b', 64],
      ['a', 65],
      ['b', 1_000],
      ['a', 3],
    ] as const) {
      const burst = [...Array(size)].map(() => event({ data: {} }));
      due.push(...burst.map((one) => one.id));
      const { revision } = await log.append(`${stream}-${name}`, burst, revisions.get(name) ?? 'no_stream');
      revisions.set(name, revision);
    }
    await seen.until(() => seen.ids.length >= due.length);
    t.same(seen.ids, due);
    await bystander.until(() => bystander.ids.length >= 1_065);
    await seen.until(() => (seen.caughtUp.at(-1) as Position) >= (seen.positions.at(-1) as Position));
    t.ok((seen.caughtUp.at(-1) as Position) <= (await log.end()), 'it says so again when it has caught up, and no more than that');
    for (const one of [bystander, seen]) await one.stop();
  });

  t.test('what a subscription has scanned is a place to go on from: nothing wanted is before it', async (t) => {
    const { log, stream } = await opened(t);
    const after = await log.end();
    const due: string[] = [];
    let revision = -1;
    for (let i = 0; i < 12; i++) {
      ({ revision } = await log.append(
        `other-${stream}`,
        [...Array(500)].map(() => event({ data: 0 })),
        revision < 0 ? 'no_stream' : revision,
      ));
      if (i % 5 !== 2) continue;
      const one = event();
      due.push(one.id);
      await log.append(`${stream}-${i}`, [one], 'no_stream');
    }
    const seen = follow(log, { after, streamPrefixes: [stream] });
    await seen.until(() => seen.caughtUp.length > 0);
    t.same(seen.ids, due);
    await seen.stop();
    for (const { place, before } of seen.scanned) {
      const rest = follow(log, { after: place, streamPrefixes: [stream] });
      await rest.until(() => rest.caughtUp.length > 0);
      t.same(rest.ids, due.slice(before));
      await rest.stop();
    }
  });

  t.test('subscriptions that begin while others write miss nothing and repeat nothing', async (t) => {
    const { log, stream } = await opened(t);
    const total = 600;
    let written = 0;
    const writers = [...Array(8)].map(async () => {
      while (written < total) {
        const size = 1 + (written % 3);
        written += size;
        await log.append(
          stream,
          [...Array(size)].map(() => event()),
          'any',
        );
      }
    });
    const seen = [follow(log, { streamPrefixes: [stream] }), follow(log, { streamPrefixes: [stream] })];
    await log.append(stream, [event()], 'any');
    seen.push(follow(log, { streamPrefixes: [stream] }));
    await Promise.all(writers);
    const due = await ids(log.read(stream));
    for (const one of seen) {
      await one.until(() => one.ids.length >= due.length);
      same(one.ids, due);
      await one.stop();
    }
    t.pass('each saw every event once, in order');
  });

  t.test('a consumer who takes its time loses nothing', async (t) => {
    const { log, stream } = await opened(t);
    const control = new AbortController();
    const notices = log.subscribe({ streamPrefixes: [stream], signal: control.signal })[Symbol.asyncIterator]();
    const seen: string[] = [];
    const due: string[] = [];
    for (let i = 0; i < 40; i++) {
      const batch = [...Array(40)].map(() => event());
      due.push(...batch.map((one) => one.id));
      await log.append(stream, batch, 'any');
      if (i % 10 !== 0) continue;
      const { value } = await notices.next();
      if (value?.kind === 'events') seen.push(...value.events.map((one: LogEvent) => one.id));
    }
    while (seen.length < due.length) {
      const { value } = await notices.next();
      if (value?.kind === 'events') seen.push(...value.events.map((one: LogEvent) => one.id));
    }
    t.same(seen, due);
    control.abort();
    t.equal((await notices.next()).done, true);
  });

  t.test('an aborted subscription ends without an error, waiting or not', async (t) => {
    const { log, stream } = await opened(t);
    await log.append(stream, [event()], 'any');
    const waiting = follow(log, { after: await log.end() });
    await waiting.until(() => waiting.caughtUp.length > 0);
    await waiting.stop();
    t.equal(waiting.ended, true);
    t.same(await all(log.subscribe({ signal: AbortSignal.abort() })), [], 'aborted before it began');
  });

  t.test('a closed log ends its subscriptions and refuses the rest', async (t) => {
    const { log, stream } = await opened(t);
    const under = log.append(stream, [event()], 'any');
    const seen = follow(log, { after: START });
    await seen.until(() => seen.caughtUp.length > 0);
    await log.close();
    t.match(await under, { revision: 0 }, 'what was under way is done');
    await seen.finished;
    t.equal(seen.ended, true);
    const gone = { code: 'log-unavailable' };
    await t.rejects(log.append(stream, [event()], 'any'), gone);
    await t.rejects(all(log.read(stream)), gone);
    if (log.readAll !== undefined) await t.rejects(all(log.readAll()), gone);
    await t.rejects(all(log.subscribe()), gone);
    await t.rejects(log.head(stream), gone);
    await t.rejects(log.end(), gone);
    await log.close();
  });

  // A log in memory is gone with its process; what follows is asked of those on a disk.
  if (volatile) return;
  t.test('what was acknowledged is there after closing and opening', async (t) => {
    const folder = t.testdir();
    const stream = `try-${randomUUID()}`;
    const first = await open(folder);
    const written = [...Array(30)].map(() => event());
    for (const part of chunks(written, 7)) await first.append(stream, part, 'any');
    const before = await all(first.read(stream));
    const end = await first.end();
    await first.close();
    const second = await open(folder);
    t.teardown(() => second.close());
    t.same(await all(second.read(stream)), before);
    t.ok((await second.end()) >= end);
    t.match(await second.append(stream, written.slice(0, 7), 'no_stream'), { revision: 6, repeated: true });
    t.match(await second.append(stream, written.slice(3, 5), 2), { revision: 4, repeated: true });
    if (!forgets) t.match(await second.append(stream, written.slice(3, 5), 'any'), { revision: 4, repeated: true });
    const next = await second.append(stream, [event()], 29);
    t.equal(next.revision, 30);
    t.ok(next.position > end, 'positions go on');
  });
}

/** An event with an id of its own. */
export function event(fields: Partial<LogEventData> = {}): LogEventData {
  return { id: randomUUID(), type: 'SomethingHappened', data: { text: 'something' }, metadata: { version: 1 }, ...fields };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export async function ids(events: AsyncIterable<LogEvent>): Promise<string[]> {
  return (await all(events)).map((one) => one.id);
}

/** What stands in the log behind a place, of streams with a prefix. */
async function recorded(log: EventLog, after: Position, prefix: string): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const notice of log.subscribe({ after, streamPrefixes: [prefix] })) {
    if (notice.kind === 'events') events.push(...notice.events);
    if (notice.kind === 'caught-up') break;
  }
  return events;
}

export interface Follower {
  readonly ids: string[];
  readonly positions: Position[];
  readonly caughtUp: Position[];
  /** Places to go on from, each with the number of events that came before it. */
  readonly scanned: { readonly place: Position; readonly before: number }[];
  readonly notices: Notice['kind'][];
  readonly ended: boolean;
  readonly finished: Promise<void>;
  /** Resolves when the condition holds; looked at after each notice. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Consumes a subscription and keeps what it tells. */
export function follow(log: EventLog, options: SubscribeOptions): Follower {
  const control = new AbortController();
  const waiting = new Set<{ condition: () => boolean; resolve: () => void; reject: (error: unknown) => void }>();
  const seen = {
    ids: [] as string[],
    positions: [] as Position[],
    caughtUp: [] as Position[],
    scanned: [] as Follower['scanned'],
    notices: [] as Notice['kind'][],
    ended: false,
  };
  const look = (): void => {
    for (const one of waiting) {
      if (!one.condition()) continue;
      waiting.delete(one);
      one.resolve();
    }
  };
  const finished = (async () => {
    for await (const notice of log.subscribe({ ...options, signal: control.signal })) {
      seen.notices.push(notice.kind);
      if (notice.kind === 'caught-up') seen.caughtUp.push(notice.position);
      else if (notice.kind === 'scanned') seen.scanned.push({ place: notice.place, before: seen.ids.length });
      else if (notice.kind === 'events') {
        seen.ids.push(...notice.events.map((one) => one.id));
        seen.positions.push(...notice.events.map((one) => one.position));
      }
      look();
    }
    seen.ended = true;
    for (const one of waiting) one.reject(new Error('the subscription ended first'));
  })();
  finished.catch((error: unknown) => {
    for (const one of waiting) one.reject(error);
  });
  return Object.assign(seen, {
    finished,
    until: (condition: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        waiting.add({ condition, resolve, reject });
        look();
      }),
    async stop() {
      control.abort();
      await finished;
    },
  });
}

/** What a stream that holds these ids does with an append, in the plainest words. */
function modelled(held: readonly string[], wanted: readonly string[], expected: ExpectedRevision): 'append' | 'refuse' | number[] {
  if (expected === 'stream_exists' && held.length === 0) return 'refuse';
  if (expected === 'any' || expected === 'stream_exists') {
    if (!held.includes(wanted[0] as string)) return 'append';
    if (!wanted.every((id) => held.includes(id))) return 'refuse';
    return held.flatMap((id, revision) => (id === wanted.at(-1) ? [revision] : []));
  }
  const length = expected === 'no_stream' ? 0 : expected + 1;
  if (length === held.length) return 'append';
  const there = held.slice(length, length + wanted.length);
  return there.length === wanted.length && there.every((id, i) => id === wanted[i]) ? [length + wanted.length - 1] : 'refuse';
}

async function tryAppend(
  log: EventLog,
  stream: string,
  events: readonly LogEventData[],
  expected: ExpectedRevision,
): Promise<Appended | WrongExpectedRevision> {
  try {
    return await log.append(stream, events, expected);
  } catch (error) {
    if (error instanceof WrongExpectedRevision) return error;
    throw error;
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function same(got: readonly string[], due: readonly string[]): void {
  if (got.length !== due.length || got.some((id, i) => id !== due[i]))
    throw new Error(`got ${got.length} events: ${got.join(' ')}\ninstead of ${due.length}: ${due.join(' ')}`);
}
