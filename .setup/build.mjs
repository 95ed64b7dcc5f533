/**
 * Builds everything into dist/: the sources by the compiler (only what changed), the page by Vite.
 * Invariant: dist/.built says when the last whole build began; a build that fails leaves no such mark.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const STAMP = join(ROOT, 'dist/.built');
export const MAIN = join(ROOT, 'dist/src/main.js');

/** Was this file started by Node, not imported? `url` is its import.meta.url. */
export function isStarted(url) {
  return process.argv[1] !== undefined && existsSync(process.argv[1]) && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(url));
}

/** Runs a script of an installed package. Answers whether it went well. */
export function runPackage(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0;
}

/** Builds. Answers whether it went well; what went wrong has been said by then. */
export function build() {
  const began = new Date();
  rmSync(STAMP, { force: true });
  // The compiler's notes speak of files that are no longer there: without them it writes all of them again.
  if (!existsSync(MAIN)) rmSync(join(ROOT, 'dist/.tsbuildinfo'), { force: true });
  if (!runPackage('typescript/bin/tsc')) return false;
  if (existsSync(join(ROOT, 'web/index.html'))) {
    if (!runPackage('vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn')) return false;
  } else console.log('There is no web/index.html: the page is left out.');
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
  return true;
}

if (isStarted(import.meta.url)) process.exitCode = build() ? 0 : 1;
