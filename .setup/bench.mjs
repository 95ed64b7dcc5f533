/**
 * Builds, then runs the benches one after the other; with names only those. Options, such as --full, go on to each.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build.mjs';
import { ready } from './ready.mjs';

const ENDING = '.bench.ts';

const fault = ready();
if (fault !== undefined) {
  console.error(fault);
  process.exit(1);
}

// The sources say which there are: dist/ may still hold one that is gone.
const names = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort();
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0 || names.length === 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are: ${names.join(', ') || 'none'}.`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : names) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', join(ROOT, `dist/bench/${name}.bench.js`), ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
