/**
 * `hindcast verify`: a whole story is read and checked, also against a head that was published.
 */
import type { Command } from 'commander';
import { verifyStory } from '../logged-story.js';
import { type Context, EXIT } from '../context.js';
import { verifyServed } from '../exported.js';

export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .description('read a whole story and say the first event that does not fit')
    .argument('<story>')
    .option('--against <head>', 'a head that was published: sha256:<digits>@<revision>')
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast verify my-story --against sha256:…@41
  $ hindcast verify my-story --against sha256:…@41 --url https://hindcast.example

From a server the events are read as it exports them: the ids that its log gave them are not seen, and not checked.
Exit code 3 where something does not fit.`,
    )
    .action(async (story: string, { against }: { against?: string }) => {
      const verified =
        context.url === undefined
          ? await context.withLog((log) => verifyStory(log, story, against))
          : await context.withHouse(({ client }) => verifyServed(client, story, against));
      context.report(verified);
      if (verified.fault !== undefined) process.exitCode = EXIT.doesNotFit;
    });
}
