/**
 * Checks who imports whom against the table in .dependency-cruiser.cjs.
 * Invariant: a check that read next to nothing fails, for it has shown nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { isStarted, ROOT } from './build.mjs';

const FOLDERS = ['events', 'projections', 'src', 'web', 'test', 'bench'];
/** The house has more modules than this; where fewer are read, something is wrong with the reading. */
const FEWEST_MODULES = 30;
const RULES = fileURLToPath(new URL('../.dependency-cruiser.cjs', import.meta.url));

/** What is wrong, a sentence each. `modules` and `violations` as dependency-cruiser gives them. */
export function faultsOf(modules, violations, fewest = FEWEST_MODULES) {
  const ours = modules.filter((module) => module.coreModule !== true && !module.source.includes('node_modules/') && module.couldNotResolve !== true);
  const faults = violations.map(({ rule, from, to, comment, cycle }) => {
    const path = cycle === undefined ? [from, to] : [from, ...cycle.map((module) => module.name)];
    return `${path.join(' → ')}: ${comment ?? rule.name} (${rule.name})`;
  });
  if (ours.length <= fewest) faults.push(`only ${ours.length} modules were read, where there should be more than ${fewest}`);
  return { read: ours.length, faults };
}

/** Reads the modules of a tree and answers what is wrong with their imports. */
export async function checkLayers(root, fewest = FEWEST_MODULES) {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  if (folders.length === 0) return faultsOf([], [], fewest);
  const options = await extractDepcruiseOptions(RULES);
  const { output } = await cruise(folders, { ...options, baseDir: root, outputType: 'json' }, undefined, {
    tsConfig: extractTSConfig(options.tsConfig.fileName),
  });
  const { modules, summary } = JSON.parse(output);
  const comments = new Map(options.ruleSet.forbidden.map((rule) => [rule.name, rule.comment]));
  const violations = summary.violations.map((violation) => ({ ...violation, comment: comments.get(violation.rule.name) }));
  return faultsOf(modules, violations, fewest);
}

if (isStarted(import.meta.url)) {
  const { read, faults } = await checkLayers(ROOT);
  for (const fault of faults) console.error(fault);
  console.log(`${read} modules read, ${faults.length === 0 ? 'every import as the table has it' : `faults: ${faults.length}`}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
