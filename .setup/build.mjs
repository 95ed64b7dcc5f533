/**
 * Builds everything into dist/: sources and tests by the compiler (only what changed), the page by Vite into dist/page.
 * Invariants: dist/.built says when the last whole build began; a build that fails leaves no such mark. After a build nothing
 * is in dist/ whose source is gone, so that no test runs on that was deleted or has another name now.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const STAMP = join(ROOT, 'dist/.built');
export const MAIN = join(ROOT, 'dist/src/main.js');
/** What the compiler writes of a source. */
const COMPILED = /(\.d\.ts|\.js|\.js\.map)$/;

/** Was this file started by Node, not imported? `url` is its import.meta.url. */
export function isStarted(url) {
  return process.argv[1] !== undefined && existsSync(process.argv[1]) && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(url));
}

/** Runs a script of an installed package. Answers whether it went well. */
export function runPackage(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0;
}

/** Removes what was compiled into `dist` from sources that are no longer in `root`. What others put there is left alone. */
export function removeOrphans(root, dist) {
  const clear = (folder) => {
    for (const entry of readdirSync(join(dist, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && path !== 'page') clear(path);
      } else if (COMPILED.test(path)) {
        const source = join(root, path.replace(COMPILED, '.ts'));
        if (!existsSync(source) && !existsSync(`${source}x`)) rmSync(join(dist, path));
      }
    }
  };
  clear('');
}

/** Builds. Answers whether it went well; what went wrong has been said by then. */
export function build() {
  const began = new Date();
  rmSync(STAMP, { force: true });
  // The compiler's notes speak of files that are no longer there: without them it writes all of them again.
  if (!existsSync(MAIN)) rmSync(join(ROOT, 'dist/.tsbuildinfo'), { force: true });
  if (!runPackage('typescript/bin/tsc')) return false;
  if (!runPackage('typescript/bin/tsc', '-p', 'test/web/tsconfig.build.json')) return false;
  removeOrphans(ROOT, join(ROOT, 'dist'));
  if (existsSync(join(ROOT, 'web/index.html'))) {
    if (!runPackage('vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn')) return false;
  } else console.log('There is no web/index.html: the page is left out.');
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
  return true;
}

if (isStarted(import.meta.url)) process.exitCode = build() ? 0 : 1;
