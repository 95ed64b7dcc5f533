/**
 * The product as a user has it, processes and all, on whatever holds the log: it starts, appends, is killed, starts again, and every
 * command of the line ends, while others write to the same log and theirs are the last events in it.
 * It needs no empty log, writes to stories of names that nobody else has, and says which streams it made.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { replay } from '../src/sdk/index.js';
import { hindcast } from './cli/hindcast.js';
import { message } from './support/drafts.js';
import { type ServerProcess, startServer } from './support/process.js';

export interface ProductOptions {
  /** The connection string of EventStoreDB; left out: the log is in the data folder. */
  readonly url?: string;
  /** Writes so many events to a stream of somebody else's, one whose name begins with `$` if that is asked; undefined where nobody else can write. */
  readonly others?: (count: number, isSystem: boolean) => Promise<void>;
  /** Is told of each stream that is made in the log. */
  readonly onStream?: (stream: string) => void;
  /** What is started as a node, where it is not the server as it is built. */
  readonly script?: string;
}

const headers = { 'content-type': 'application/json' };

/** Asks until a node says that it is ready. */
async function ready(node: ServerProcess): Promise<string> {
  const address = await node.address;
  while ((await fetch(`${address}/health/ready`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  return address;
}

const told = async (url: string) => (await (await fetch(url)).json()) as Record<string, unknown>;

export function productContract(t: Test, { url, others = async () => {}, onStream = () => {}, script }: ProductOptions): void {
  const env = (folder: string, name: string) => ({ HINDCAST_DATA: join(folder, name), ...(url === undefined ? {} : { EVENTSTORE_URL: url }) });
  const start = (t: Test, folder: string, name: string) => startServer(t, { ...env(folder, name), LOG_LEVEL: 'warn' }, { ...(script && { script }) });
  const newStory = () => {
    const story = `try-${randomUUID()}`;
    onStream(`story-${story}`);
    return story;
  };
  const append = async (address: string, story: string, drafts: readonly object[]) => {
    const answer = await fetch(`${address}/stories/${story}/events`, { method: 'POST', headers, body: JSON.stringify(drafts) });
    return { status: answer.status, ...((await answer.json()) as { revision: number; position: string; code?: string }) };
  };
  const messages = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      message(`m${from + i}`, new Date(Date.UTC(2024, 4, 2, 9, from + i)).toISOString(), {
        text: `words ${from + i}`,
        ...(i % 10 === 0 && { requests: [{ id: `r${from + i}`, text: 'Send the minutes.' }] }),
      }),
    );

  t.test('killed and started again it has what it acknowledged, whatever others wrote behind it', async (t) => {
    const folder = t.testdir();
    const story = newStory();
    const node = start(t, folder, 'node');
    const address = await ready(node);
    t.match(await append(address, story, messages(0, 20)), { status: 201, revision: 19 });
    await others(1_100, true);
    t.match(await append(address, story, messages(20, 300)), { status: 201, revision: 319 }, 'a burst');
    t.match(await append(address, story, messages(0, 20)), { status: 200 }, 'the same again');
    await others(300, true);
    await others(3, false);
    const { position } = await append(address, story, messages(320, 1));
    const before = await told(`${address}/stories/${story}?minPosition=${position}`);
    t.match(before, { events: 321, revision: 320 });
    await others(1_100, true);
    node.child.kill('SIGKILL');
    await node.ended;
    for (const time of ['once', 'twice']) {
      const again = start(t, folder, 'node');
      const there = await ready(again);
      t.strictSame(await told(`${there}/stories/${story}`), before, `started again ${time}`);
      t.match(await append(there, story, messages(320, 1)), { status: 200, revision: 320 });
      again.child.kill(time === 'once' ? 'SIGTERM' : 'SIGKILL');
      await again.ended;
      t.notMatch(again.written(), /too slow|deprecat|damaged/i, 'nothing to be worried about');
    }
    t.notMatch(node.written(), /too slow|deprecat|"level":[45]0/i, 'nor was there before');
  });

  t.test('every command of the line ends, whoever wrote last', async (t) => {
    const folder = t.testdir();
    const story = newStory();
    const other = newStory();
    const file = (name: string) => join(folder, name);
    writeFileSync(
      file('talk.csv'),
      `From,To,At,Words\n${Array.from({ length: 30 }, (_, i) => `Ann,Bob,2024-05-02T09:${String(i).padStart(2, '0')}:00Z,Words ${i}`).join('\n')}\n`,
    );
    const map = ['--format', 'csv', '--map', 'from=From,to=To,at=At,text=Words'];
    for (const [args, code = 0, said = /./] of [
      [['import', file('talk.csv'), '--as', story, ...map, '--dry-run']],
      [['import', file('talk.csv'), '--as', story, ...map]],
      [['import', file('talk.csv'), '--as', story, ...map], 0, /known: 3\d/],
      [['stories', '--json'], 0, new RegExp(story)],
      [['ask', 'unanswered', story]],
      [['ask', 'who-knew', story, '--as', 'public', '--at', '2024-05-02T09:10:00Z']],
      [['play', story, '--fit', '1', '--idle-limit', '0.2'], 0, /Words 29/],
      [['export', story, '--out', file('out.ndjson')]],
      [['export', story, '--format', 'text'], 0, /Words 29/],
      [['validate', file('out.ndjson')]],
      [['import', file('out.ndjson'), '--as', other]],
      [['verify', story], 0, /sha256/],
      [['verify', other], 0, /sha256/],
      [['annotate', story], 2, /terminal/],
      url === undefined ? [['backup', file('saved')]] : [['backup', file('saved')], 2, /EventStoreDB|EVENTSTORE_URL/],
    ] as [string[], number?, RegExp?][]) {
      await others(2, false);
      await others(3, true);
      const ran = await hindcast(env(folder, 'line'), ...args);
      t.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
      t.match(ran.out + ran.err, said);
      t.notMatch(ran.err, /deprecat/i);
    }
  });

  if (url === undefined) return;
  t.test('what one node takes all have, and a session is one on all of them', async (t) => {
    const folder = t.testdir();
    const story = newStory();
    const [a, b] = (await Promise.all(['a', 'b'].map((name) => ready(start(t, folder, name))))) as [string, string];
    const first = await append(a, story, messages(0, 100));
    for (const node of [b, a]) t.match(await told(`${node}/stories/${story}?minPosition=${first.position}`), { events: 100 }, 'read as soon as it is written');
    const answer = await fetch(`${a}/sessions`, { method: 'POST', headers, body: JSON.stringify({ story, fit: 2, idleLimit: 0.2, paused: true }) });
    t.equal(answer.status, 201);
    const { id, hostToken } = (await answer.json()) as { id: string; hostToken: string };
    onStream(`session-${id}`);
    await others(200, true);
    const watch = (address: string, token?: string) => {
      const watched = replay(`${address}/sessions/${id}`, { items: false, reconnect: { tries: 0 }, ...(token && { token }) });
      t.teardown(() => watched.close());
      const ids: string[] = [];
      watched.on('item', (item) => {
        if (item.kind === 'event') ids.push(item.event.id);
      });
      return { watched, ids, ended: new Promise<void>((resolve) => watched.on('clock', ({ status }) => status === 'ended' && resolve())) };
    };
    const watching = [watch(a), watch(b, hostToken), watch(b)] as const;
    for (const { watched } of watching) await watched.opened;
    await watching[1].watched.play();
    await Promise.all(watching.map(({ ended }) => ended));
    for (const { ids } of watching)
      t.strictSame(
        ids,
        messages(0, 100).map((one) => one.id),
      );
    t.match(await append(b, story, messages(100, 500)), { status: 201, revision: 599 }, 'a burst to the other node');
    await others(100, true);
    const last = await append(b, story, messages(600, 1));
    t.match(await told(`${a}/stories/${story}?minPosition=${last.position}`), { events: 601 });
    for (const name of ['a', 'b']) t.equal((await fetch(`${name === 'a' ? a : b}/sessions/${id}`)).status, 200, name);
  });
}
