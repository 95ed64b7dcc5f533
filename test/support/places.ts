/**
 * Where things are, for tests that read a file or start a process. The tests run as they were compiled, in dist/, where neither
 * a fixture that is no TypeScript nor a file of the project lies beside them: such a file is named from here.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('no folder above the tests has a package.json');
  return rootAbove(dirname(folder));
}

/** The folder of the project. */
export const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));
/** The server and the command line, as a user starts them. */
export const SERVER = join(ROOT, 'dist/src/main.js');
export const CLI = join(ROOT, 'dist/src/cli/main.js');
/** The page, as it is served. */
export const PAGE = join(ROOT, 'dist/page');
