import t from 'tap';
import type { StoryEvent } from '../../events/event.js';
import { appendNew, planNew } from '../../src/cli/append-new.js';
import { HindcastError } from '../../src/errors.js';
import type { Taken } from '../../src/importers/format.js';
import { dataBytes, type EventLog, type LogEventData } from '../../src/log/log.js';
import { message, recorded } from '../support/drafts.js';
import { createMemoryLog } from '../support/memory-log.js';
import { record } from '../support/record.js';

const STORY = 'a-story';
const AT = '2020-01-01T00:00:00Z';

const taken = (draft: object, i = 0): Taken => ({ event: recorded([draft])[0] as StoryEvent, at: `line ${i + 1}` });

/** So many messages, each made when it is asked for. */
async function* made(count: number, data: (i: number) => object = (i) => ({ text: `words ${i}` }), onMade: () => void = () => {}): AsyncGenerator<Taken> {
  for (let i = 0; i < count; i++) {
    onMade();
    yield taken(message(`m${i}`, AT, data(i) as Record<string, unknown>), i);
  }
}

/** A log that tells of each append before it is stored. */
function told(log: EventLog, onAppend: (events: readonly LogEventData[]) => void): EventLog {
  return {
    ...log,
    async append(stream, events, expected) {
      onAppend(events);
      return log.append(stream, events, expected);
    },
  };
}

t.test('events are taken as they are stored: no more than one append of them is held', async (t) => {
  const memory = createMemoryLog();
  let asked = 0;
  let stored = 0;
  const ahead: number[] = [];
  const log = told(memory, (events) => {
    ahead.push(asked - stored);
    stored += events.length;
  });
  const plan = await planNew(log, STORY, made(2_000));
  t.equal(memory.events.length, 0, 'looking through stores nothing');
  t.match(plan, { events: 2_000, revision: -1 });
  await appendNew(
    log,
    STORY,
    plan,
    made(2_000, undefined, () => asked++),
  );
  t.equal(memory.events.length, 2_000);
  t.ok(Math.max(...ahead) <= 501, `${Math.max(...ahead)} at most`);
});

t.test('an append is not larger than EventStoreDB takes, unless one event alone is', async (t) => {
  const memory = createMemoryLog();
  const sizes: [events: number, bytes: number][] = [];
  const log = told(memory, (events) => sizes.push([events.length, Buffer.byteLength(JSON.stringify(events.map(({ data, metadata }) => [data, metadata])))]));
  const link = `https://example.org/${'x'.repeat(1_900)}`;
  const make = () => made(60, (i) => (i === 20 ? { links: Array.from({ length: 400 }, () => link) } : { text: 'ä'.repeat(10_000) }));
  await appendNew(log, STORY, await planNew(log, STORY, make()), make());
  t.equal(memory.events.length, 60);
  const large = sizes.filter(([, bytes]) => bytes > 1024 * 1024 - 100_000);
  t.equal(large.length, 0, sizes.join(' '));
  t.ok(sizes.some(([events, bytes]) => events === 1 && bytes > 512 * 1024));
});

t.test('an event that no append takes is refused before anything is stored, and appends are no larger than the log takes', async (t) => {
  const memory = createMemoryLog();
  const log: EventLog = { ...memory, maxAppendBytes: 100_000 };
  const large = () => made(30, (i) => ({ text: (i === 20 ? 'ä' : 'a').repeat(60_000) }));
  await t.rejects(planNew(log, STORY, large()), {
    code: 'body-too-large',
    message: /line 21: "m20": .*at most 100,000 bytes.*shorten it, or raise the limit/,
    faults: [{ at: 'line 21' }],
  });
  t.equal(memory.events.length, 0);
  const sizes: number[] = [];
  const counted = told(log, (events) => sizes.push(events.reduce((sum, event) => sum + dataBytes(event), 0)));
  const make = () => made(30, () => ({ text: 'a'.repeat(30_000) }));
  await appendNew(counted, STORY, await planNew(counted, STORY, make()), make());
  t.equal(memory.events.length, 30);
  t.ok(Math.max(...sizes) <= 100_000, sizes.join(' '));
});

t.test('an id that means two things is refused, among the events and against the story, and what is there is passed over', async (t) => {
  const log = createMemoryLog();
  await record(log, STORY, [message('m1', AT, { text: 'words 1' })]);
  t.match(await planNew(log, STORY, made(3)), { events: 3, revision: 0, fresh: 2 });
  await t.rejects(
    planNew(
      log,
      STORY,
      made(3, (i) => ({ text: `other words ${i}` })),
    ),
    { code: 'id-reused', message: /"m1" says something else in a-story/ },
  );
  async function* twice(...texts: string[]) {
    for (const text of texts) yield taken(message('x', AT, { text }));
  }
  t.match(await planNew(log, STORY, twice('a', 'a')), { events: 2, fresh: 1 });
  await t.rejects(planNew(log, STORY, twice('a', 'b')), { code: 'id-reused', message: /the same file/ });
  t.equal(log.events.length, 1);
});

t.test('where the log fails on the way it says how many are stored, and the same again stores the rest', async (t) => {
  const memory = createMemoryLog();
  let appends = 0;
  const failing = told(memory, () => {
    if (++appends === 3) throw new HindcastError('log-unavailable', 'It is away.');
  });
  const make = () => made(1_300);
  await t.rejects(appendNew(failing, STORY, await planNew(failing, STORY, make()), make()), {
    code: 'log-unavailable',
    message: /It is away\. 1000 of 1300 events were stored; the same command goes on from there/,
  });
  t.equal(memory.events.length, 1_000);
  const plan = await planNew(memory, STORY, make());
  t.match(plan, { events: 1_300, revision: 999 });
  t.equal(plan.fresh, 300);
  await appendNew(memory, STORY, plan, make());
  t.equal(memory.events.length, 1_300);
});

t.test('whoever else writes to the story meanwhile is not written over', async (t) => {
  const log = createMemoryLog();
  const plan = await planNew(log, STORY, made(3));
  await record(log, STORY, [message('of another', AT)]);
  await t.rejects(appendNew(log, STORY, plan, made(3)), { code: 'wrong-revision', message: /Others wrote to a-story meanwhile\. 0 of 3/ });
  t.equal(log.events.length, 1);
});

t.test('what was not checked is not stored', async (t) => {
  const log = createMemoryLog();
  const plan = await planNew(log, STORY, made(3));
  await t.rejects(
    appendNew(
      log,
      STORY,
      plan,
      made(3, (i) => ({ text: i === 2 ? 'changed' : `words ${i}` })),
    ),
    { code: 'bad-request', message: /"m2" is not what it was/ },
  );
  await t.rejects(appendNew(log, STORY, plan, made(2)), { code: 'bad-request' }, 'nor is it done where some are missing');
});
