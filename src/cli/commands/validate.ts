/**
 * `hindcast validate`: does a file hold what a story can be made of?
 */
import type { Command } from 'commander';
import { openFile } from '../../importers/file.js';
import { type Context, EXIT } from '../context.js';
import { cleanLine } from '../terminal/clean.js';
import { checkFile, type Finding } from '../validation.js';

/** So many findings are repeated in JSON; all are counted. */
const MOST_REPEATED = 10_000;

export function addValidate(program: Command, context: Context): void {
  program
    .command('validate')
    .description('check a file of CloudEvents or drafts: one JSON object a line, or one JSON document; stores nothing')
    .argument('<file>')
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast validate my-story.ndjson
  $ hindcast validate drafts.json --json | jq -r '.faults[] | "\\(.line): \\(.message)"'

Exit code 3 where something does not fit. Each fault is told as file:line: field: what is wrong.`,
    )
    .action(async (path: string) => {
      context.refuseUrl('it checks a file by itself');
      const file = await openFile(path);
      const findings: Finding[] = [];
      const lines: string[] = [];
      try {
        const checked = await checkFile(
          () => file.read(),
          (finding) => {
            if (findings.length < MOST_REPEATED) findings.push(finding);
            lines.push(`${path}:${finding.line}: ${finding.kind === 'note' ? 'note: ' : ''}${finding.at}: ${cleanLine(finding.message)}`);
          },
        );
        if (checked.faults > 0) process.exitCode = EXIT.doesNotFit;
        if (context.isJson) {
          const told = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).map(({ line, at, message }) => ({ line, at, message }));
          return await context.printJson({ file: path, records: checked.records, fits: checked.faults === 0, faults: told('fault'), notes: told('note') });
        }
        for (const line of lines) await context.print(line);
        await context.print(
          `${checked.records.toLocaleString('en')} ${checked.records === 1 ? 'record' : 'records'}: ${checked.faults === 0 ? 'all fit' : `${checked.faults.toLocaleString('en')} ${checked.faults === 1 ? 'fault' : 'faults'}`}.`,
        );
      } finally {
        await file.close();
      }
    });
}
