import { join } from 'node:path';
import t from 'tap';
import { message } from './support/drafts.js';
import { startServer } from './support/process.js';

const STORY = 'wikileaks-trump-jr';
const json = async (url: string, init?: RequestInit) => (await fetch(url, init)).json() as Promise<never>;
const append = (address: string, story: string, draft: unknown) =>
  fetch(`${address}/stories/${story}/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(draft) });

t.test('starts, serves the built-in story, and ends with 0 at a signal', async (t) => {
  const server = startServer(t, { HINDCAST_DATA: join(t.testdir(), 'data') });
  t.match(await json(`${await server.address}/stories`), { stories: [{ id: STORY, events: 46 }] });
  server.child.kill('SIGTERM');
  t.equal(await server.ended, 0);
});

t.test('a second process on the same folder is refused with a sentence; so is a wrong setting', async (t) => {
  const data = join(t.testdir(), 'data');
  await startServer(t, { HINDCAST_DATA: data }).address;
  const second = startServer(t, { HINDCAST_DATA: data });
  t.equal(await second.ended, 1);
  t.match(second.written(), /Another process holds this data folder/);
  t.notMatch(second.written(), /^\s+at /m, 'a sentence, not a stack');
  const wrong = startServer(t, { HINDCAST_DATA: data, PORT: 'eighty' });
  t.equal(await wrong.ended, 2);
  t.match(wrong.written(), /PORT/);
  for (const url of [
    'http://localhost:2113',
    'esdb://admin:a-secret@localhost:port',
    'https://admin:a-secret@localhost:2113',
    'esdb://admin:a-secret@localhost?colour=red',
  ]) {
    const nowhere = startServer(t, { HINDCAST_DATA: data, EVENTSTORE_URL: url });
    t.equal(await nowhere.ended, 2, url);
    t.match(nowhere.written(), /EVENTSTORE_URL: /);
    t.notMatch(nowhere.written(), /a-secret|^\s+at /m, 'what is wrong with it, and neither a password nor a stack');
  }
});

t.test('killed under a stream of appends and started again, it has every event it acknowledged, once, and goes on', async (t) => {
  const data = join(t.testdir(), 'data');
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < 3; round++) {
    const server = startServer(t, { HINDCAST_DATA: data });
    const address = await server.address;
    const goal = acknowledged.size + 40;
    let stop = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; !stop; i++) {
        const id = `r${round}-w${writer}-${i}`;
        const reply = await append(address, 'mine', message(id, '2020-01-01T00:00:00Z')).catch(() => undefined);
        const body = (await reply?.json().catch(() => undefined)) as { revision: number } | undefined;
        if (reply?.status === 201 && body !== undefined) acknowledged.set(id, body.revision);
        if (acknowledged.size >= goal) {
          stop = true;
          server.child.kill('SIGKILL');
        }
      }
    });
    await Promise.all(writers);
    t.equal(await server.ended, 'SIGKILL');
  }
  const address = await startServer(t, { HINDCAST_DATA: data }).address;
  const { position, revision } = (await (await append(address, 'mine', message('last', '2020-01-01T00:00:00Z'))).json()) as {
    position: string;
    revision: number;
  };
  const stored = new Map<string, number>();
  for (let next: string | null = ''; next !== null; ) {
    const page: { events: { id: string; revision: number }[]; next: string | null } = await json(
      `${address}/stories/mine/events?limit=1000&minPosition=${position}${next === '' ? '' : `&after=${next}`}`,
    );
    for (const event of page.events) stored.set(event.id, event.revision);
    next = page.next;
  }
  t.equal([...acknowledged].filter(([id, at]) => stored.get(id) !== at).length, 0, `${acknowledged.size} acknowledged`);
  t.equal(stored.size, revision + 1, 'no gap, no copy');
  t.match(await json(`${address}/stories/mine`), { events: stored.size, withoutEffect: { copies: 0, setAside: 0 } });
  t.match(await json(`${address}/stories`), { stories: [{}, {}] }, 'the built-in story was not seeded again');
});
