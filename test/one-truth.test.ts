/**
 * Two nodes on one log, both written to at once: what either acknowledges stands in the log with that body, once; no reader on
 * either sees a part of an append; and whoever named no revision is not told that it is wrong.
 */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { App } from '../src/app.js';
import { type Manners, REAL_MANNERS } from '../src/esdb-server/manners.js';
import { buildApp } from './support/app.js';
import { hour, message } from './support/drafts.js';
import { serveLog } from './support/served-log.js';

const STORY = 'shared';
const host = { host: '127.0.0.1' };
type Answer = { readonly status: number; readonly body: Record<string, unknown> };

async function nodes(t: Test, manners: Manners) {
  const folder = t.testdir();
  const served = await serveLog(join(folder, 'truth'), { manners });
  t.teardown(() => served.close());
  const open = (name: string) => buildApp(t, { data: join(folder, name), eventStore: served.url }, { seeded: [] });
  const both: [App, App] = [await open('a'), await open('b')];
  const post = async (node: 0 | 1, drafts: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const reply = await both[node].server.inject({
      method: 'POST',
      url: `/stories/${STORY}/events`,
      headers: { ...host, 'content-type': 'application/json', ...headers },
      payload: JSON.stringify(drafts),
    });
    return { status: reply.statusCode, body: reply.json() };
  };
  const get = async (node: 0 | 1, path = ''): Promise<Answer> => {
    const reply = await both[node].server.inject({ url: `/stories/${STORY}${path}`, headers: host });
    return { status: reply.statusCode, body: reply.json() };
  };
  /** What stands in the log, by id: its texts in order. */
  const stored = async () => {
    const texts = new Map<string, string[]>();
    for await (const { data, metadata } of served.log.read(`story-${STORY}`)) {
      const { id } = metadata as { id: string };
      texts.set(id, [...(texts.get(id) ?? []), (data as { data: { text: string } }).data.text]);
    }
    return texts;
  };
  return { post, get, stored, both };
}

const batch = (from: number, count: number, text = 'words') => Array.from({ length: count }, (_, i) => message(`m${from + i}`, hour(1), { text }));

for (const [name, manners] of [
  ['as it is served here', {}],
  ['with the manners of a real one', REAL_MANNERS],
] as const) {
  t.test(`one id with two bodies: one is stored and the other refused (${name})`, async (t) => {
    const { post, stored } = await nodes(t, manners);
    for (let round = 0; round < 40; round++) {
      const id = `x${round}`;
      const [a, b] = await Promise.all([post(0, message(id, hour(1), { text: 'one' })), post(1, message(id, hour(1), { text: 'two' }))]);
      const answers = [a, b].map(({ status, body }) => `${status} ${body.code ?? ''}`.trim()).sort();
      if (JSON.stringify(answers) !== '["201","409 id-reused"]') t.fail(`round ${round}: ${answers.join(', ')}`);
      const texts = (await stored()).get(id);
      if (texts?.length !== 1 || texts[0] !== (a.status === 201 ? 'one' : 'two')) t.fail(`round ${round}: ${texts?.join()} is stored`);
    }
    t.pass('in every round');
  });

  t.test(`the same drafts through both nodes: stored once, and only one of them made them (${name})`, async (t) => {
    const { post, stored } = await nodes(t, manners);
    for (let round = 0; round < 20; round++) {
      const drafts = batch(round * 30, 1 + (round % 30));
      const together = round % 2 === 0 ? await Promise.all([post(0, drafts), post(1, drafts)]) : [await post(0, drafts), await post(1, drafts)];
      const answers = together.map(({ status, body }) => `${status} ${body.code ?? ''}`.trim()).sort();
      if (JSON.stringify(answers) !== '["200","201"]') t.fail(`round ${round}: ${answers.join(', ')}`);
      if (together[0]?.body.revision !== together[1]?.body.revision) t.fail(`round ${round}: two revisions`);
    }
    for (const [id, texts] of await stored()) if (texts.length !== 1) t.fail(`${id} is stored ${texts.length} times`);
    t.pass('in every round');
  });

  t.test(`many writers on both nodes, who name no revision: all are stored, and nobody is refused (${name})`, async (t) => {
    const { post, stored, get, both } = await nodes(t, manners);
    const answers: Answer[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 10; i++) answers.push(await post((writer % 2) as 0 | 1, batch(writer * 1_000 + i * 10, 1 + (i % 5))));
      }),
    );
    t.strictSame([...new Set(answers.map(({ status }) => status))], [201]);
    const texts = await stored();
    t.equal(texts.size, 8 * 2 * (1 + 2 + 3 + 4 + 5));
    t.ok([...texts.values()].every((one) => one.length === 1));
    for (const app of both) await app.timeline.settled();
    const [a, b] = [await get(0), await get(1)];
    t.match(a, { status: 200, body: { events: texts.size } });
    t.strictSame({ ...b.body, position: '' }, { ...a.body, position: '' }, 'both nodes say the same');
  });

  t.test(`an append is seen whole or not at all, on either node (${name})`, async (t) => {
    const { post, both } = await nodes(t, manners);
    const halves: number[] = [];
    const sizes = both.map(() => new Set<number>());
    for (const [i, { timeline }] of both.entries())
      timeline.onCommit(() => {
        const count = timeline.story(STORY)?.events ?? 0;
        sizes[i]?.add(count);
        if (count % 150 !== 0) halves.push(count);
      });
    for (let round = 0; round < 10; round++) await post((round % 2) as 0 | 1, batch(round * 150, 150));
    for (const app of both) await app.timeline.settled();
    t.strictSame(halves, []);
    for (const seen of sizes) t.ok(seen.has(1_500));
  });
}

t.test('a refusal is asked of the log: what another node has stored counts, however far a read model is behind', async (t) => {
  const { post } = await nodes(t, REAL_MANNERS);
  const answers = [];
  for (let round = 0; round < 10; round++) {
    const id = `q${round}`;
    await post(0, [...batch(round * 1_000, 200), message(id, hour(1))]);
    const request = {
      id: `r${round}`,
      type: 'RequestIdentified',
      data: { event: id, to: 'bob', text: 'x', basis: 'stated', by: 'ed', citation: { title: 'a' } },
    };
    answers.push((await post(1, request)).status);
    const { revision } = (await post(0, message(`z${round}`, hour(2)))).body as { revision: number };
    answers.push((await post(1, message(`y${round}`, hour(2)), { 'if-match': String(revision) })).status);
    answers.push((await post(1, message(`w${round}`, hour(2)), { 'if-match': String(revision) })).status);
  }
  t.strictSame(answers, Array.from({ length: 10 }, () => [201, 201, 409]).flat());
});
