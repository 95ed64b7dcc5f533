/**
 * Nothing in the product appends at `any` or `stream_exists`: there a log knows a repeat only as long as it remembers the ids, and
 * an append that is tried again after that would be stored twice. Logs and the protocol server pass on what others ask.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../support/places.js';

const ALLOWED = /^src\/(log|esdb-server)\//;

t.test('no part of the product appends without naming a revision', (t) => {
  const files = ['src', 'events', 'projections']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.ts') && !ALLOWED.test(file));
  t.ok(files.length > 200, `${files.length} files are looked at`);
  const found = files.filter((file) => /['"`](any|stream_exists)['"`]/.test(readFileSync(join(ROOT, file), 'utf8')));
  t.strictSame(found, []);
  t.end();
});
