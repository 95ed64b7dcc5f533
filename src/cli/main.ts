#!/usr/bin/env node
/**
 * The command line: the program, its exit codes and its failures. What a command does is in a file of its name.
 * Exit codes: 0 done, 1 it could not be done, 2 it was not asked for as it should be, 3 what was checked does not fit.
 */
import { Command } from 'commander';
import { addAnnotate } from './commands/annotate.js';
import { addAsk } from './commands/ask.js';
import { addBackup } from './commands/backup.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addPlay } from './commands/play.js';
import { addRebuild } from './commands/rebuild.js';
import { addServe } from './commands/serve.js';
import { addStories } from './commands/stories.js';
import { addValidate } from './commands/validate.js';
import { addVerify } from './commands/verify.js';
import { contextOf } from './context.js';
import { exitCodeOf, sentenceOf } from './failures.js';

const program = new Command('hindcast')
  .description(
    'Stories as immutable events: watched, asked, annotated, moved, kept and checked.\n\n' +
      'Without --url a command works on the data folder of HINDCAST_DATA (./data), which no server may hold then, or on the log of EVENTSTORE_URL.',
  )
  .version('0.1.0')
  .option('--json', 'results and errors as JSON')
  .option('--url <address>', 'of a running server, such as http://127.0.0.1:8080')
  .option('--token-file <file>', 'a file that holds the token for it; left out: HINDCAST_TOKEN of the environment')
  .showHelpAfterError('(hindcast --help says more)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ hindcast play wikileaks-trump-jr --fit 60 --idle-limit 2
  $ hindcast ask unanswered --at 2016-10-20T00:00:00-04:00
  $ hindcast annotate my-story --url http://127.0.0.1:8080
  $ hindcast export my-story --out my-story.ndjson
  $ EVENTSTORE_URL='esdb://127.0.0.1:2113?tls=false' hindcast import my-story.ndjson --as my-story
  $ hindcast import mailbox.mbox --as letters --people people.json --dry-run
  $ hindcast verify my-story --against sha256:…@41
  $ hindcast help ask

Exit codes: 0 done, 1 it could not be done, 2 it was not asked for as it should be, 3 what was checked does not fit.
NO_COLOR turns colours off; where output goes elsewhere than to a terminal there are none.`,
  );
const context = contextOf(program, process);

for (const add of [addPlay, addAsk, addAnnotate, addStories, addServe, addImport, addExport, addValidate, addVerify, addBackup, addRebuild])
  add(program, context);

// Whoever reads the output may have seen enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(sentenceOf(error, context.isJson));
  process.exitCode = exitCodeOf(error);
}
