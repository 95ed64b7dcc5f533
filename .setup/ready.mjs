/**
 * Makes a clone ready to run, whatever it lacks: the packages of the lock file, a build of the sources as they are.
 * Invariant: needs nothing but Node and npm, and neither the network nor the compiler where nothing has changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, isStarted, MAIN, ROOT, STAMP } from './build.mjs';

const OLDEST_NODE = [20, 19];
/** What a build is made of. */
const SOURCES = ['events', 'projections', 'src', 'web', 'test', 'bench', 'tsconfig.json', '.setup/build.mjs', 'node_modules/.package-lock.json'];

/** Why this Node cannot run Hindcast, or undefined where it can. `version` as in process.versions.node. */
export function nodeFault(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld ? `Hindcast needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${version}.` : undefined;
}

/**
 * Must the packages be installed? Times in ms, undefined where the file is missing: of the lock file, and of npm's own
 * note in node_modules of what it installed. `isSame` is asked only where the note is older: a checkout touches files
 * that it does not change.
 */
export function isInstallNeeded(lockedAt, installedAt, isSame) {
  if (installedAt === undefined) return true;
  if (lockedAt === undefined || installedAt >= lockedAt) return false;
  return !isSame();
}

/** Do two lock files, parsed, name the same packages? What is optional may be missing in `installed`. */
export function holdsSamePackages(lock, installed) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Must the sources be built? Times in ms: of the newest source, and of the last whole build's beginning, if any. */
export function isBuildNeeded(changedAt, builtAt) {
  return builtAt === undefined || changedAt >= builtAt;
}

/** When a file was written, in ms; undefined where there is none. */
function writtenAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.mtimeMs;
}

/** When the newest file or folder in a tree was written, in ms. A folder is written when something in it comes or goes. */
export function newestIn(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function install() {
  // The packages' own install scripts have nothing to do here: what is native comes prebuilt.
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const options = { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] };
  const isNpm = npm?.endsWith('npm-cli.js') === true && existsSync(npm);
  const { status } = isNpm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  return status === 0;
}

/** Does what is needed. Answers what went wrong, or undefined. */
export function ready() {
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) return fault;
  const lock = join(ROOT, 'package-lock.json');
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  if (isInstallNeeded(writtenAt(lock), writtenAt(installed), () => holdsSamePackages(read(lock), read(installed)))) {
    console.log('Installing the packages …');
    if (!install()) return 'The packages could not be installed.';
  }
  const changedAt = Math.max(...SOURCES.map((source) => newestIn(join(ROOT, source))));
  if (isBuildNeeded(changedAt, existsSync(MAIN) ? writtenAt(STAMP) : undefined)) {
    console.log('Building …');
    if (!build()) return 'The build failed.';
  }
  return undefined;
}

if (isStarted(import.meta.url)) {
  const fault = ready();
  if (fault !== undefined) {
    console.error(fault);
    process.exitCode = 1;
  }
}
