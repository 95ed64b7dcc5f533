/**
 * Builds on every change and starts the server again: the compiler, Vite and Node, each watching for itself.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build.mjs';
import { ready } from './ready.mjs';

const fault = ready();
if (fault !== undefined) {
  console.error(fault);
  process.exit(1);
}

const watchers = [
  ['node_modules/typescript/bin/tsc', '--watch', '--preserveWatchOutput'],
  ...(existsSync(join(ROOT, 'web/index.html')) ? [['node_modules/vite/bin/vite.js', 'build', 'web', '--watch', '--logLevel', 'warn']] : []),
  ['--watch', '--watch-preserve-output', '--enable-source-maps', 'dist/src/main.js'],
].map((args) => spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] }));

const stop = () => {
  for (const watcher of watchers) watcher.kill('SIGTERM');
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
// One alone is of no use.
for (const watcher of watchers) watcher.on('exit', stop);
