import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { message } from '../support/drafts.js';
import { CLI } from '../support/places.js';
import { startServer } from '../support/process.js';

const STORY = 'wikileaks-trump-jr';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly report: Record<string, string & number>;
}

async function hindcast(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [CLI, '--json', ...args], { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const])
    stream.on('data', (bytes: Buffer) => {
      texts[name] += bytes.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  const parse = (text: string) => {
    try {
      return JSON.parse(text) as Ran['report'];
    } catch {
      return {};
    }
  };
  return { code, ...texts, report: { ...parse(texts.err), ...parse(texts.out) } };
}

/** A data folder with the built-in story, which no process holds any more. */
async function folder(t: { testdir(): string; teardown(fn: () => unknown): void }) {
  const data = join(t.testdir(), 'data');
  const server = startServer(t, { HINDCAST_DATA: data });
  await server.address;
  server.child.kill('SIGTERM');
  await server.ended;
  return { data, file: join(data, '..', 'story.ndjson') };
}

t.test('a story goes from the embedded log to EventStoreDB and back, and says the same', async (t) => {
  const { data, file } = await folder(t);
  const exported = await hindcast({ HINDCAST_DATA: data }, 'export', STORY, '--out', file);
  t.match(exported, { code: 0, report: { story: STORY, contentDigest: /^sha256:[0-9a-f]{64}$/, head: /^sha256:[0-9a-f]{64}@\d+$/ } });
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  t.equal(lines.length, exported.report.events);
  t.match(JSON.parse(lines[1] ?? ''), { specversion: '1.0', source: `/stories/${STORY}`, type: /^hindcast\./, recordedat: /Z$/ });

  const truth = startServer(t, { HINDCAST_DATA: join(data, '..', 'other'), HINDCAST_ESDB_PORT: '0' });
  await truth.address;
  const there = { EVENTSTORE_URL: await truth.log, HINDCAST_DATA: join(data, '..', 'none') };
  t.match(await hindcast(there, 'import', file, '--as', 'copy', '--dry-run'), { code: 0, report: { added: lines.length, known: 0 } });
  t.match(await hindcast(there, 'verify', 'copy'), { code: 1 }, 'a dry run stores nothing');
  const imported = await hindcast(there, 'import', file, '--as', 'copy');
  t.match(imported, { code: 0, report: { added: lines.length, known: 0, contentDigest: exported.report.contentDigest } });
  t.match(await hindcast(there, 'import', file, '--as', 'copy'), { code: 0, report: { added: 0, known: lines.length } }, 'twice adds nothing');

  const back = join(data, '..', 'back.ndjson');
  t.match(await hindcast(there, 'export', 'copy', '--out', back), { code: 0, report: { contentDigest: exported.report.contentDigest } });
  const home = { HINDCAST_DATA: join(data, '..', 'home') };
  t.match(await hindcast(home, 'import', back, '--as', STORY), { code: 0, report: { contentDigest: exported.report.contentDigest } });
  const recordedAt = (text: string) =>
    text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { recordedat: string; data: { originalRecordedAt?: string } }]));
  const [first, last] = [recordedAt(readFileSync(file, 'utf8')), recordedAt((await hindcast(home, 'export', STORY)).out)];
  t.strictSame(
    last.map((event) => event.data.originalRecordedAt),
    first.map((event) => event.data.originalRecordedAt ?? event.recordedat),
    'and when each was recorded first is kept',
  );
});

t.test('verify says the first thing that does not fit, also against a head that was published', async (t) => {
  const { data, file } = await folder(t);
  const env = { HINDCAST_DATA: data };
  const whole = await hindcast(env, 'verify', STORY);
  t.match(whole, { code: 0, report: { copies: 0 } });
  const { head = '', events = 0 } = whole.report;
  t.match(await hindcast(env, 'verify', STORY, '--against', head), { code: 0 });
  const false1 = head.replace(/sha256:./, (found) => (found.endsWith('0') ? 'sha256:1' : 'sha256:0'));
  t.match(await hindcast(env, 'verify', STORY, '--against', false1), { code: 3, report: { fault: new RegExp(`up to revision ${events - 1}`) } });
  const beyond = head.replace(/@\d+$/, '@9999');
  t.match(await hindcast(env, 'verify', STORY, '--against', beyond), { code: 3, report: { fault: /events are missing/ } });
  t.match(await hindcast(env, 'verify', STORY, '--against', 'nonsense'), { code: 2, report: { code: 'bad-request' } });
  t.match(await hindcast(env, 'verify', 'nowhere'), { code: 1, report: { code: 'unknown-story' } });

  // An earlier head still fits when the story has grown.
  await hindcast(env, 'export', STORY, '--out', file);
  const more = { ...(JSON.parse(readFileSync(file, 'utf8').split('\n')[1] ?? '') as object), id: 'one-more' };
  writeFileSync(`${file}.more`, `${JSON.stringify(more)}\n`);
  t.match(await hindcast(env, 'import', `${file}.more`, '--as', STORY), { code: 0, report: { added: 1 } });
  t.match(await hindcast(env, 'verify', STORY, '--against', head), { code: 0, report: { events: events + 1 } });
});

t.test('a backup is made while the server writes, and holds what was acknowledged before it', async (t) => {
  const data = join(t.testdir(), 'data');
  const server = startServer(t, { HINDCAST_DATA: data });
  const address = await server.address;
  const append = (id: string) =>
    fetch(`${address}/stories/mine/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message(id, '2020-01-01T00:00:00Z')),
    });
  for (let i = 0; i < 20; i++) await append(`m${i}`);
  const target = join(data, '..', 'copy');
  let stop = false;
  const writing = (async () => {
    for (let i = 20; !stop; i++) await append(`m${i}`);
  })();
  const made = await hindcast({ HINDCAST_DATA: data }, 'backup', target);
  stop = true;
  await writing;
  t.equal(made.code, 0, made.err);
  const { report, code } = await hindcast({ HINDCAST_DATA: target }, 'verify', 'mine');
  t.equal(code, 0);
  t.ok(Number(report.events) >= 20);
  t.match(await hindcast({ HINDCAST_DATA: data }, 'backup', target), { code: 2 }, 'not over another');
  t.match(await hindcast({ HINDCAST_DATA: data }, 'verify', 'mine'), { code: 1, report: { code: 'data-in-use' } });
});

t.test('what is wrong is said with its line, and nothing is stored', async (t) => {
  const { data, file } = await folder(t);
  const env = { HINDCAST_DATA: data };
  await hindcast(env, 'export', STORY, '--out', file);
  t.match(await hindcast(env, 'export', STORY, '--out', file), { code: 2, err: /is there already/ }, 'nothing is written over');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const broken = (at: number, change: (line: string) => string) => {
    writeFileSync(`${file}.broken`, lines.map((line, i) => (i === at ? change(line) : line)).join('\n'));
    return hindcast(env, 'import', `${file}.broken`, '--as', 'broken');
  };
  t.match(await broken(3, () => '{"half'), { code: 1, report: { code: 'bad-json', message: /line 4/ } });
  t.match(await broken(5, (line) => line.replace('"hindcast.', '"elsewhere.')), {
    code: 1,
    report: { code: 'bad-event', message: /line 6\/type/ },
  });
  t.match(await broken(7, () => '{}'), { code: 1, report: { message: /line 8 is no CloudEvent/ } });
  const other = (text = '') => text.replace(/"note":"[^"]*"|"text":"[^"]*"|"description":"[^"]*"/, '"description":"other words"');
  const at = lines.findIndex((line) => other(line) !== line && line.includes('"hindcast.ActionTaken"'));
  writeFileSync(`${file}.other`, other(lines[at]));
  t.match(await hindcast(env, 'import', `${file}.other`, '--as', STORY), { code: 1, report: { code: 'id-reused' } });
  t.match(await hindcast(env, 'verify', 'broken'), { code: 1, report: { code: 'unknown-story' } });
  t.match(await hindcast(env, 'import', `${file}.nowhere`, '--as', 'x'), { code: 2, err: /ENOENT/ });
  t.match(await hindcast(env, 'import', file), { code: 2 });
  t.match(await hindcast(env, 'nonsense'), { code: 2 });
  t.match(await hindcast({ EVENTSTORE_URL: 'nonsense' }, 'verify', STORY), { code: 2, report: { code: 'bad-config' } });
  t.match(await hindcast({}, '--help'), { code: 0, out: /Exit codes/ });
});
