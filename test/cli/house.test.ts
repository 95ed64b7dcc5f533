/** A data folder and a server are asked the same and answer the same. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openFolder } from '../../src/cli/folder-house.js';
import { openServer, readToken, serverAddress } from '../../src/cli/server-house.js';
import { storyMeant } from '../../src/cli/story-meant.js';
import { readConfig } from '../../src/config.js';
import { buildApp } from '../support/app.js';
import { hour, message } from '../support/drafts.js';

const STORY = 'wikileaks-trump-jr';
type T = { testdir(): string; teardown(fn: () => unknown): void };

async function folder(t: T, data = join(t.testdir(), 'data')) {
  const told: string[] = [];
  const house = await openFolder({ env: { HINDCAST_DATA: data, HINDCAST_TOKENS: 'read:a-token-of-this-test' }, tell: (text) => told.push(text) });
  t.teardown(() => house.close());
  return { house, told, data };
}

t.test('a folder without a story gets the built-in one, and one with a story of its own does not', async (t) => {
  const first = await folder(t);
  t.match(first.told, [/built-in/]);
  t.equal(await storyMeant(first.house.client, undefined), STORY);
  await first.house.client.append('mine', [message('m1', hour(9))]);
  await t.rejects(storyMeant(first.house.client, undefined), { code: 'bad-request', message: /mine, wikileaks/ });
  await first.house.close();
  const again = await folder(t, first.data);
  t.strictSame(again.told, []);
  t.strictSame(
    (await again.house.client.stories()).map(({ id }) => id),
    ['mine', STORY],
  );
});

t.test('a folder that a server holds is told of, and the server is asked instead', async (t) => {
  const app = await buildApp(t);
  await t.rejects(openFolder({ env: { HINDCAST_DATA: app.folder }, tell: () => {} }), { code: 'data-in-use' });
  const server = openServer({ url: await app.listen(), tokenFile: undefined, env: {}, tell: () => {} });
  const { house } = await folder(t, join(app.folder, '..', 'other'));
  const at = '2016-10-20T00:00:00-04:00';
  for (const view of ['unanswered-requests', 'links', 'who-knew']) {
    const [here, there] = await Promise.all([house.client.projection(STORY, view, { at }), server.client.projection(STORY, view, { at })]);
    t.strictSame(here, there);
  }
  const bytes = async (from: AsyncIterable<Uint8Array>) => {
    const parts: Uint8Array[] = [];
    for await (const part of from) parts.push(part);
    return Buffer.concat(parts)
      .toString()
      .replace(/"recordedat":"[^"]*"/g, '');
  };
  const asked = { format: 'csv', of: 'requests', at: '2016-11-20T00:00:00-05:00', as: 'donald-trump-jr', bom: true } as const;
  const table = await bytes(house.client.export(STORY, asked));
  t.equal(table, await bytes(server.client.export(STORY, asked)));
  t.match(table, /^\ufeffid,/);
  await t.rejects(house.client.export(STORY, { format: 'text', bom: true }).next(), { code: 'bad-request', message: /bom|takes/ });
  t.equal(await bytes(house.client.export(STORY)), await bytes(server.client.export(STORY)));
});

t.test('a replay of a folder runs without a socket that anybody else could reach', async (t) => {
  const { house } = await folder(t);
  const replay = house.replay('stories', STORY, { fit: 0.2, idleLimit: 0.01, views: ['unanswered-requests'] });
  const seen: string[] = [];
  for await (const item of replay) if (item.kind === 'event') seen.push(item.event.id);
  let placed = 0;
  for await (const { occurredAt } of house.client.events(STORY)) placed += occurredAt === null ? 0 : 1;
  t.equal(seen.length, placed);
  t.match(replay.views.get('unanswered-requests')?.state, { totals: { requests: 13 } });
  await t.rejects(house.replay('stories', 'nowhere', {}).opened, { code: 'unknown-story' });
});

t.test('a token is read from a file or the environment, and stands in no address', async (t) => {
  const TOKEN = 'a-token-of-this-test';
  const file = join(t.testdir(), 'token');
  writeFileSync(file, `${TOKEN}\n`);
  t.equal(readToken({ tokenFile: file, env: { HINDCAST_TOKEN: 'another' } }), TOKEN);
  t.equal(readToken({ tokenFile: undefined, env: { HINDCAST_TOKEN: 'another' } }), 'another');
  t.equal(readToken({ tokenFile: undefined, env: {} }), undefined);
  t.throws(() => readToken({ tokenFile: `${file}.not`, env: {} }), { code: 'bad-request' });
  writeFileSync(file, 'two words');
  t.throws(() => readToken({ tokenFile: file, env: {} }), { code: 'bad-request' });
  for (const url of ['nowhere', 'ftp://example.org', 'http://me:secret@example.org', 'http://example.org/?token=secret'])
    t.throws(() => serverAddress(url), { code: 'bad-request' });
  t.throws(() => serverAddress('http://me:secret@example.org'), { message: /^(?!.*secret)/ });
  writeFileSync(file, TOKEN);
  const { tokens } = readConfig({ HINDCAST_TOKENS: `read:${TOKEN}` });
  const url = await (await buildApp(t, { tokens, data: join(file, '..', 'data') })).listen();
  const told: string[] = [];
  const house = openServer({ url, tokenFile: file, env: {}, tell: (text) => told.push(text) });
  t.match(await house.client.story(STORY), { id: STORY });
  const replay = house.replay('stories', STORY, { fit: 60 });
  t.match(await replay.opened, { story: STORY });
  replay.close();
  t.strictSame(told, []);
  openServer({ url: 'http://example.org', tokenFile: file, env: {}, tell: (text) => told.push(text) });
  t.match(told, [/http:/]);
});
