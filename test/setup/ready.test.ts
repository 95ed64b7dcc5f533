import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { holdsSamePackages, isBuildNeeded, isInstallNeeded, newestIn, nodeFault } from '#setup/ready.mjs';

const same = () => true;
const other = () => false;
const unasked = () => {
  throw new Error('nobody needs to compare');
};

t.test('an older Node is told what is needed', (t) => {
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '100.0.0']) t.equal(nodeFault(version), undefined, version);
  for (const version of ['20.18.3', '18.20.0', '9.19.0']) {
    t.equal(nodeFault(version), `Hindcast needs Node 20.19 or newer, and this is Node ${version}.`);
  }
  t.end();
});

t.test('packages are installed where there are none, or where they are older than the lock file and not the same', (t) => {
  t.equal(isInstallNeeded(10, undefined, unasked), true, 'nothing installed');
  t.equal(isInstallNeeded(undefined, undefined, unasked), true, 'nothing at all');
  t.equal(isInstallNeeded(10, 11, unasked), false, 'installed since');
  t.equal(isInstallNeeded(10, 10, unasked), false, 'installed at once');
  t.equal(isInstallNeeded(undefined, 11, unasked), false, 'no lock file to go by');
  t.equal(isInstallNeeded(10, 9, other), true, 'the lock file changed');
  t.equal(isInstallNeeded(10, 9, same), false, 'the lock file was only touched');
  t.end();
});

t.test('two lock files are compared by version and content', (t) => {
  const root = { version: '0.1.0' };
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const b = { version: '1.0.1', integrity: 'sha512-b' };
  const lock = { packages: { '': root, 'node_modules/a': a, 'node_modules/for-another-machine': { ...b, optional: true } } };
  t.equal(holdsSamePackages(lock, { packages: { 'node_modules/a': a } }), true, 'what is optional may be missing');
  t.equal(holdsSamePackages(lock, { packages: { 'node_modules/a': a, 'node_modules/more': b } }), true, 'more does no harm');
  t.equal(holdsSamePackages(lock, { packages: {} }), false);
  t.equal(holdsSamePackages(lock, { packages: { 'node_modules/a': b } }), false);
  t.equal(holdsSamePackages(lock, { packages: { 'node_modules/a': { ...a, integrity: 'sha512-b' } } }), false);
  t.equal(holdsSamePackages(lock, { packages: { 'node_modules/a': a, 'node_modules/for-another-machine': a } }), false, 'but not be another');
  t.end();
});

t.test('a build is needed where there is none, or where a source was written since it began', (t) => {
  t.equal(isBuildNeeded(10, undefined), true);
  t.equal(isBuildNeeded(10, 11), false);
  t.equal(isBuildNeeded(10, 10), true, 'written in the same instant, it may have come too late');
  t.equal(isBuildNeeded(10, 9), true);
  t.end();
});

t.test('the newest in a tree is a file however deep, or a folder that something left', (t) => {
  const folder = t.testdir({ 'a.ts': '', deep: { deeper: { 'b.ts': '' } } });
  const deeper = join(folder, 'deep/deeper');
  const written = (path: string, seconds: number) => utimesSync(path, seconds, seconds);
  for (const [i, path] of [folder, join(folder, 'a.ts'), join(folder, 'deep'), deeper, join(deeper, 'b.ts')].entries()) written(path, 1_000 + i);
  t.equal(newestIn(folder), 1_004_000);
  t.equal(newestIn(join(folder, 'a.ts')), 1_001_000);
  rmSync(join(deeper, 'b.ts'));
  t.ok(newestIn(folder) > 1_004_000, 'a file that went away changes its folder');
  mkdirSync(join(folder, 'empty'));
  t.equal(newestIn(join(folder, 'nowhere')), 0);
  t.end();
});
