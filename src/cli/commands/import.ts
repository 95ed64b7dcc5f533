/**
 * `hindcast import`: a file is recorded as a story.
 */
import type { Command } from 'commander';
import { importStory } from '../commands.js';
import type { Context } from '../context.js';

export function addImport(program: Command, context: Context): void {
  program
    .command('import')
    .description('record CloudEvents, one a line: all of the file, or nothing; what the story has already is passed over')
    .argument('<file>')
    .requiredOption('--as <story>', 'the story that it is recorded as')
    .option('--dry-run', 'read and check, and store nothing')
    .action(async (file: string, { as: story, dryRun = false }: { as: string; dryRun?: boolean }) => {
      context.report(await context.withLog((log) => importStory(log, file, story, dryRun)));
    });
}
