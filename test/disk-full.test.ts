/** A disk that is full, for real: what the server and the command line make of it, and of room that is given back. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { message } from './support/drafts.js';
import { CLI } from './support/places.js';
import { startServer } from './support/process.js';
import { fill, smallDisk } from './support/small-disk.js';

const MEGABYTE = 1024 * 1024;
const onSmallDisk = smallDisk(t.testdir());
const skip = typeof onSmallDisk === 'string' ? onSmallDisk : false;
const on = (disk: string, bytes: number) => (typeof onSmallDisk === 'string' ? [] : onSmallDisk(disk, bytes));

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly events?: readonly { readonly id: string }[];
    readonly state?: { readonly totals: { readonly requests: number } };
  };
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

t.test('a server says that there is no room, stores nothing by halves, goes on reading, and goes on when there is room', { skip }, async (t) => {
  const disk = join(t.testdir(), 'disk');
  mkdirSync(disk);
  const server = startServer(t, { HINDCAST_DATA: join(disk, 'data') }, { before: on(disk, 16 * MEGABYTE) });
  const address = await server.address;
  const acknowledged: string[] = [];
  const append = async (name: string) => {
    const drafts = Array.from({ length: 20 }, (_, i) =>
      message(`${name}-${i}`, '2020-01-01T00:00:00Z', { text: 'x'.repeat(2_000), requests: [{ text: 'Could you?' }] }),
    );
    const answer = await ask(`${address}/stories/mine/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(drafts),
    });
    if (answer.status === 201) acknowledged.push(...drafts.map(({ id }) => id));
    return answer;
  };
  const stored = async () => (await ask(`${address}/stories/mine/events?limit=1000`)).body.events?.map(({ id }) => id);
  t.match(await append('before'), { status: 201 });
  // Where a little is left, the log may still be written and what follows it no longer.
  for (const [round, left] of [0, 64, 192, 0, 384].entries()) {
    const giveBack = fill(server.child.pid as number, disk, left * 1024);
    let refused: Answer | undefined;
    for (let i = 0; refused === undefined && i < 500; i++) {
      const answer = await append(`full-${round}-${i}`);
      if (answer.status !== 201) refused = answer;
    }
    t.match(refused, { status: 507, body: { code: 'disk-full', detail: /append them again/ } }, server.written());
    t.match(await ask(`${address}/stories`), { status: 200 }, 'what is there is read');
    t.match(await ask(`${address}/health/live`), { status: 200 });
    giveBack();
    let after = await append(`after-${round}`);
    for (let i = 0; after.status !== 201 && i < 1_000; i++) after = await append(`after-${round}`);
    t.match(after, { status: 201 }, 'as soon as there is room');
    // The read model follows by itself: a reader who asks for a position waits for it.
    const position = (after.body as { position?: string }).position ?? '';
    let view = await ask(`${address}/stories/mine/projections/unanswered-requests?minPosition=${position}`);
    for (let i = 0; view.status === 503 && i < 20; i++) view = await ask(`${address}/stories/mine/projections/unanswered-requests?minPosition=${position}`);
    t.match(view, { status: 200, body: { state: { totals: { requests: acknowledged.length } } } });
    t.strictSame([...((await stored()) ?? [])].sort(), [...acknowledged].sort(), 'what was acknowledged, once, and nothing else');
  }
  server.child.kill('SIGTERM');
  t.equal(await server.ended, 0, server.written());
});

t.test('the command line: nothing of an archive that the log has no room for, nothing of an export or a backup that does not fit', { skip }, async (t) => {
  const folder = t.testdir();
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const archive = join(folder, 'archive.ndjson');
  const line = (i: number) =>
    `${JSON.stringify({ specversion: '1.0', id: `m${i}`, source: '/stories/x', type: 'hindcast.MessageSent', schemaversion: 1, data: { occurredAt: '2020-01-01T00:00:00Z', visibility: 'private', data: { from: 'ann', to: ['bob'], channel: 'mail', text: 'x'.repeat(2_000), links: [] } } })}\n`;
  writeFileSync(archive, Array.from({ length: 3_000 }, (_, i) => line(i)).join(''));
  const hindcast = `"${process.execPath}" "${CLI}"`;
  const run = (env: Record<string, string>, ...commands: string[]) => {
    const [command = '', ...args] = [...on(disk, 4 * MEGABYTE), 'sh', '-c', commands.map((one) => `${one}; echo "exit $?"`).join('; ')];
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...inherited, ...env } });
    return { stdout, stderr };
  };
  const little = run({ HINDCAST_DATA: join(disk, 'data') }, `${hindcast} import "${archive}" --as big`, `${hindcast} --json verify big`);
  t.match(little.stderr, /There is no room left on the disk\. These events take about \d+ MB, and the log has \d+ MB\. Nothing was stored\./);
  t.match(little.stderr, /"code":"unknown-story"/);
  t.equal(little.stdout, 'exit 1\nexit 1\n');

  const full = run({ HINDCAST_DATA: join(disk, 'data') }, `head -c 4100k /dev/zero > "${disk}/ballast"`, `${hindcast} stories`);
  t.match(full.stderr, /There is no room left on the disk/, 'a folder that is begun there ends nothing');
  t.match(full.stdout, /exit 1\n$/);

  const data = { HINDCAST_DATA: join(folder, 'data') };
  const temporary = run({ ...data, TMPDIR: disk }, `head -c 4100k /dev/zero > "${disk}/ballast"`, `${hindcast} import "${archive}" --as big`);
  t.match(temporary.stderr, /There is no room left on the disk\. The temporary folder .*disk cannot be written to: ENOSPC/);
  t.match(temporary.stdout, /exit 1\n$/);

  t.match(run(data, `${hindcast} import "${archive}" --as big`).stdout, /added: 3000\n.*exit 0\n$/s);
  const out = join(disk, 'out.ndjson');
  const left = run(data, `${hindcast} export big --out "${out}"`, `ls -A "${disk}"`);
  t.match(left.stderr, /There is no room left on the disk\. Nothing was left at .*out\.ndjson\./);
  t.equal(left.stdout, 'exit 1\nexit 0\n', 'not even a part');
  const backup = run(data, `${hindcast} backup "${join(disk, 'copy')}"`, `find "${disk}" -type f`);
  t.match(backup.stderr, /There is no room left on the disk\. It is the one of .*copy/);
  t.equal(backup.stdout, 'exit 1\nexit 0\n', 'a part of a log is no backup');
});
