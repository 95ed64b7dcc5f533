/** The folder of a log: one process at a time, and what becomes of one that is newer, damaged or no log at all. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { acquireFolder } from '../../../src/log/embedded/folder-lock.js';
import { all, event } from '../event-log.contract.js';
import { childScript } from '../../support/child.js';

const lockHolder = childScript(new URL('fixtures/lock-holder.js', import.meta.url));
const staleHolder = childScript(new URL('fixtures/stale-holder.js', import.meta.url));

t.test('a folder is held by one process at a time', async (t) => {
  const folder = t.testdir();
  const child = lockHolder([folder]);
  await child.printed(1);
  await t.rejects(acquireFolder(folder), { code: 'data-in-use', detail: new RegExp(folder.replace(/^.*[/\\]/, '')) });
  await t.rejects(openEmbeddedLog({ folder }), { code: 'data-in-use' });
  await child.kill();
  const release = await acquireFolder(folder);
  await release();
});

t.test('a log is held once within a process, however its folder is called', async (t) => {
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder: join(folder, 'log') });
  symlinkSync(join(folder, 'log'), join(folder, 'alias'));
  for (const name of ['log', 'alias', 'log/../log']) await t.rejects(openEmbeddedLog({ folder: join(folder, name) }), { code: 'data-in-use' });
  const other = await openEmbeddedLog({ folder: join(folder, 'other') });
  await other.close();
  await log.close();
  const again = await openEmbeddedLog({ folder: join(folder, 'alias') });
  await again.close();
});

t.test('where locks are socket files, one that a dead process left behind is no obstacle', { skip: process.platform === 'win32' }, async (t) => {
  const folder = t.testdir();
  const release = await acquireFolder(folder, 'darwin');
  await t.rejects(acquireFolder(folder, 'darwin'), { code: 'data-in-use' });
  await release();
  const child = staleHolder([folder]);
  await child.printed(1);
  await t.rejects(acquireFolder(folder, 'darwin'), { code: 'data-in-use' });
  await child.kill();
  const path = join(tmpdir(), child.lines[0] as string);
  const refused = await new Promise<string | undefined>((resolve) => connect(path).once('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
  t.equal(refused, 'ECONNREFUSED', 'the file is still there, and nobody behind it');
  const taken = await acquireFolder(folder, 'darwin');
  await taken();
});

t.test('a folder is made when it is missing, and its name may have a dot', async (t) => {
  const folder = join(t.testdir(), 'not', 'yet', 'data.v1');
  const log = await openEmbeddedLog({ folder });
  await log.append('s', [event()], 'any');
  await log.close();
  const again = await openEmbeddedLog({ folder });
  t.match(await again.head('s'), { revision: 0 });
  await again.close();
});

t.test('a folder that cannot be made is refused with the reason', async (t) => {
  const folder = t.testdir({ file: 'not a folder' });
  await t.rejects(openEmbeddedLog({ folder: join(folder, 'file', 'log') }), { code: 'log-unavailable', detail: /ENOTDIR|ENOENT|EEXIST/ });
});

t.test('a log of a newer format is refused with a sentence, and left as it is', async (t) => {
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder });
  await log.append('s', [event()], 'any');
  await log.close();
  const format = async (number: number): Promise<void> => {
    const root = open({ path: folder, noSubdir: false, overlappingSync: false });
    const about = root.openDB<{ format: number }, string>('about', { encoding: 'json' });
    await about.put('log', { ...(about.get('log') as { format: number }), format: number });
    await root.close();
  };
  await format(3);
  await t.rejects(openEmbeddedLog({ folder }), { code: 'data-newer', detail: /format 3.*format 2/ });
  await format(1);
  const again = await openEmbeddedLog({ folder });
  t.match(await again.head('s'), { revision: 0 }, 'an older one is opened');
  await again.close();
  const root = open({ path: folder, noSubdir: false, overlappingSync: false });
  t.match(root.openDB('about', { encoding: 'json' }).get('log'), { format: 2 }, 'and gets the mark of this format');
  await root.close();
});

t.test('a file that is no log is refused, with what to do', async (t) => {
  for (const bytes of [Buffer.alloc(40_000, 'no log at all '), Buffer.alloc(16_384), Buffer.from('short')]) {
    const folder = t.testdir();
    writeFileSync(join(folder, 'data.mdb'), bytes);
    await t.rejects(openEmbeddedLog({ folder }), { code: 'data-damaged', detail: /backup/ });
    await t.rejects(openEmbeddedLog({ folder }), { code: 'data-damaged' }, 'and the folder has been let go');
    t.same(readFileSync(join(folder, 'data.mdb')), bytes, 'it is left as it was');
  }
});

t.test('a log whose end was cut off is told as damaged, at the latest by whoever reads there', async (t) => {
  const folder = t.testdir();
  const log = await openEmbeddedLog({ folder });
  for (let i = 0; i < 40; i++)
    await log.append(
      's',
      [...Array(50)].map(() => event()),
      'any',
    );
  await log.close();
  const whole = readFileSync(join(folder, 'data.mdb'));
  for (const part of [0.2, 0.5, 0.9]) {
    const cut = join(folder, `cut-${part}`);
    mkdirSync(cut);
    copyFileSync(join(folder, 'data.mdb'), join(cut, 'data.mdb'));
    truncateSync(join(cut, 'data.mdb'), Math.floor((whole.length * part) / 4096) * 4096);
    const reading = async (): Promise<void> => {
      const opened = await openEmbeddedLog({ folder: cut });
      try {
        await all(opened.readAll());
      } finally {
        await opened.close();
      }
    };
    await t.rejects(reading(), { code: 'data-damaged' }, `${part} of it is left`);
    rmSync(cut, { recursive: true });
  }
});
