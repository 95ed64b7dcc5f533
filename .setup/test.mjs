/**
 * Installs and builds what is missing, then runs the tests as they were compiled: all of them, or those in the files and folders
 * that are named as they are called in test/. Options go on to tap.
 * Invariant: what runs is what the sources say now; a name that stands for no test is a fault.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { isStarted, ROOT, runPackage } from './build.mjs';
import { ready } from './ready.mjs';

function testsIn(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return path.endsWith('.ts') ? [path] : [];
  const names = readdirSync(join(root, path), { recursive: true }).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => join(path, name)).sort();
}

/** What tap is to be called with: a name in test/ becomes that of what was compiled, a folder's those of the tests in it. */
export function compiled(root, args) {
  return args.flatMap((arg) => {
    const path = relative(root, resolve(root, arg));
    if (arg.startsWith('-') || (path !== 'test' && !path.startsWith(`test${sep}`))) return arg;
    const tests = testsIn(root, path);
    if (tests.length === 0) throw new Error(`There is no test ${arg}.`);
    return tests.map((name) => join('dist', name.replace(/\.ts$/, '.js')));
  });
}

if (isStarted(import.meta.url)) {
  try {
    const args = compiled(ROOT, process.argv.slice(2));
    const fault = ready();
    if (fault !== undefined) throw new Error(fault);
    process.exitCode = runPackage('tap/dist/esm/run.mjs', ...args) ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
