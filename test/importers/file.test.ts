import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openFile } from '../../src/importers/file.js';

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

t.test('is read from its beginning each time, and says when it is no longer the same', async (t) => {
  const path = join(t.testdir(), 'file');
  const first = 'x'.repeat(100_000);
  writeFileSync(path, first);
  const file = await openFile(path);
  t.teardown(() => file.close());
  t.equal(await text(file.read()), first);
  t.equal(await text(file.read()), first);
  appendFileSync(path, 'y');
  await t.rejects(text(file.read()), { code: 'bad-request', message: /changed/ });
  writeFileSync(path, 'z'.repeat(100_000));
  await t.rejects(text(file.read()), { code: 'bad-request', message: /changed/ }, 'of the same length');
  writeFileSync(path, first);
  t.equal(await text(file.read()), first);
});

t.test('what cannot be read twice is refused', async (t) => {
  const folder = t.testdir();
  await t.rejects(openFile(join(folder, 'nowhere')), { code: 'bad-request', message: /ENOENT/ });
  await t.rejects(openFile(folder), { code: 'bad-request' });
});
