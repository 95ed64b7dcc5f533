/**
 * The lint rule of the pure rooms, against what it must catch and what it must let pass.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../support/places.js';

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
const MESSAGE = 'A pure room knows neither the present nor chance';

const banned = [
  'Date.now()',
  'Date.now',
  'globalThis.Date.now()',
  "Date['now']()",
  'new Date()',
  'new Date',
  'new globalThis.Date()',
  'Date()',
  'Math.random()',
  'globalThis.Math.random()',
  "Math['random']()",
];
const free = ['new Date(5)', 'new Date(Date.UTC(2016, 8, 20))', "Date.parse('2016-09-20')", 'Math.max(1, 2)'];

const lines = (expressions: readonly string[]) => expressions.map((expression, i) => `export const value${i} = ${expression};\n`).join('');
const everyLine = (file: string, expressions: readonly string[]) => expressions.map((_, i) => `${file}:${i + 1}`);

interface Report {
  readonly summary: { readonly unchanged: number };
  readonly diagnostics: readonly {
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

t.test('the present and chance are found in the pure rooms, and only there', (t) => {
  const folder = t.testdir({
    'biome.json': readFileSync(join(ROOT, 'biome.json'), 'utf8').replace(/"\$schema".*/, ''),
    '.setup': { 'pure.grit': readFileSync(join(ROOT, '.setup/pure.grit'), 'utf8') },
    events: { stories: { 'a.ts': lines(banned), 'b.ts': lines(free) } },
    projections: { 'a.ts': lines(banned) },
    src: {
      'errors.ts': lines(banned),
      'protocol.ts': lines(banned),
      'config.ts': lines(banned),
      replay: { 'a.ts': lines(banned) },
      sessions: { 'a.ts': lines(banned) },
    },
  });
  const { stdout, status } = spawnSync(process.execPath, [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none'], { cwd: folder, encoding: 'utf8' });
  const { summary, diagnostics } = JSON.parse(stdout) as Report;
  t.ok(summary.unchanged >= 8, 'every file was read');
  t.not(status, 0);
  const found = diagnostics.filter((diagnostic) => diagnostic.category === 'plugin' && diagnostic.message.startsWith(MESSAGE));
  const pure = ['events/stories/a.ts', 'projections/a.ts', 'src/errors.ts', 'src/protocol.ts', 'src/replay/a.ts'];
  t.strictSame(found.map(({ location }) => `${location.path}:${location.start.line}`).sort(), pure.flatMap((file) => everyLine(file, banned)).sort());
  t.end();
});
