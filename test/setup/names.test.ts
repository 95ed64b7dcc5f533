/**
 * The names of tests: given as they are called in test/, run as they were compiled.
 */
import { join } from 'node:path';
import t from 'tap';
import { compiled } from '#setup/test.mjs';

t.test('a file or a folder of tests is run as it was compiled, and options go on', (t) => {
  const root = t.testdir({
    test: { deep: { 'b.test.ts': '', 'a.test.ts': '', 'support.ts': '' }, 'c.test.ts': '', support: { 'live.ts': '', 'data.json': '' } },
  });
  t.strictSame(compiled(root, []), [], 'no name: tap knows them all');
  t.strictSame(compiled(root, ['--bail', 'test/c.test.ts', '--grep', 'b']), ['--bail', 'dist/test/c.test.js', '--grep', 'b']);
  t.strictSame(compiled(root, ['test/deep/', join(root, 'test/c.test.ts')]), ['dist/test/deep/a.test.js', 'dist/test/deep/b.test.js', 'dist/test/c.test.js']);
  t.strictSame(compiled(root, ['./test']), ['dist/test/c.test.js', 'dist/test/deep/a.test.js', 'dist/test/deep/b.test.js']);
  t.strictSame(compiled(root, ['test/support/live.ts']), ['dist/test/support/live.js'], 'a file that is not run with the rest can be named');
  for (const name of ['test/nowhere.test.ts', 'test/support', 'test/support/data.json'])
    t.throws(() => compiled(root, [name]), { message: `There is no test ${name}.` });
  t.end();
});
