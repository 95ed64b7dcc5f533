/**
 * What a build leaves in dist/: nothing of a source that is gone.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { removeOrphans } from '#setup/build.mjs';

t.test('what was compiled from a source that is gone is removed, and nothing else', (t) => {
  const compiled = (name: string) => ({ [`${name}.js`]: '', [`${name}.js.map`]: '', [`${name}.d.ts`]: '' });
  const root = t.testdir({
    test: { 'kept.test.ts': '' },
    web: { 'page.tsx': '' },
    dist: {
      '.built': '',
      test: { ...compiled('kept.test'), ...compiled('deleted.test'), deep: compiled('moved.test') },
      web: compiled('page'),
      room: { ...compiled('gone'), '.data': { 'kept.js': '' }, 'notes.txt': '' },
      page: { assets: { 'index-1.js': '' }, 'index.html': '' },
    },
  });
  removeOrphans(root, join(root, 'dist'));
  const left = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  t.strictSame(left.map((entry) => entry.name).sort(), [
    '.built',
    'index-1.js',
    'index.html',
    'kept.js',
    'kept.test.d.ts',
    'kept.test.js',
    'kept.test.js.map',
    'notes.txt',
    'page.d.ts',
    'page.js',
    'page.js.map',
  ]);
  t.end();
});
