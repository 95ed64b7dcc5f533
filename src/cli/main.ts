#!/usr/bin/env node
/**
 * The command line: what is asked for in, a report and an exit code out.
 * Exit codes: 0 done, 1 it could not be done, 2 it was not asked for as it should be, 3 what was verified does not fit.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { readConfig } from '../config.js';
import { HindcastError } from '../errors.js';
import { backupLog } from '../log/embedded/backup.js';
import type { EventLog } from '../log/log.js';
import { logFolder, openLog } from '../open-log.js';
import { exportStory, importStory, verifyStory } from './commands.js';

const EXIT = { failed: 1, misused: 2, doesNotFit: 3 } as const;

const program = new Command('hindcast')
  .description('Stories as event logs: moved, kept and checked. The log is that of HINDCAST_DATA (./data) or of EVENTSTORE_URL, as for the server.')
  .version('0.1.0')
  .option('--json', 'reports as JSON')
  .showHelpAfterError('(hindcast --help says more)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ hindcast export my-story --out my-story.ndjson
  $ EVENTSTORE_URL='esdb://127.0.0.1:2113?tls=false' hindcast import my-story.ndjson --as my-story
  $ hindcast verify my-story --against sha256:…@41
  $ hindcast backup /somewhere/else

Exit codes: 0 done, 1 it could not be done, 2 it was not asked for as it should be, 3 what was verified does not fit.`,
  );

const isJson = () => program.opts<{ json?: boolean }>().json === true;

/** A report: as JSON, or as lines of a name and a value. Where the story itself goes to standard output, to standard error. */
function report(about: object, stream: NodeJS.WritableStream = process.stdout): void {
  const text = isJson()
    ? JSON.stringify(about)
    : Object.entries(about)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join('\n');
  stream.write(`${text}\n`);
}

async function withLog<R>(action: (log: EventLog) => Promise<R>): Promise<R> {
  const opened = await openLog(readConfig(process.env), (error) => process.stderr.write(`${String(error)}\n`));
  try {
    return await action(opened.log);
  } finally {
    await opened.close();
  }
}

program
  .command('serve')
  .description('serve stories, as npm start does')
  .action(async () => {
    await import('../main.js');
  });

program
  .command('export')
  .description('write a story as CloudEvents, one a line')
  .argument('<story>')
  .option('--out <file>', 'a new file; left out: standard output')
  .action(async (story: string, { out }: { out?: string }) => {
    await withLog(async (log) => {
      const stream = out === undefined ? process.stdout : createWriteStream(out, { flags: 'wx' });
      if (out !== undefined) await once(stream, 'open').catch((error: Error) => Promise.reject(new HindcastError('bad-request', error.message)));
      const exported = await exportStory(log, story, async (text) => {
        if (!stream.write(text)) await once(stream, 'drain');
      });
      if (out !== undefined) {
        stream.end();
        await once(stream, 'close');
      }
      report(exported, out === undefined ? process.stderr : process.stdout);
    });
  });

program
  .command('import')
  .description('record CloudEvents, one a line: all of the file, or nothing; what the story has already is passed over')
  .argument('<file>')
  .requiredOption('--as <story>', 'the story that it is recorded as')
  .option('--dry-run', 'read and check, and store nothing')
  .action(async (file: string, { as: story, dryRun = false }: { as: string; dryRun?: boolean }) => {
    report(await withLog((log) => importStory(log, file, story, dryRun)));
  });

program
  .command('verify')
  .description('read a whole story and say the first event that does not fit')
  .argument('<story>')
  .option('--against <head>', 'a head that was published: sha256:<digits>@<revision>')
  .action(async (story: string, { against }: { against?: string }) => {
    const verified = await withLog((log) => verifyStory(log, story, against));
    report(verified);
    if (verified.fault !== undefined) process.exitCode = EXIT.doesNotFit;
  });

program
  .command('backup')
  .description('copy the log of the data folder into a new data folder, also while a server holds it')
  .argument('<folder>')
  .action(async (folder: string) => {
    const { data, eventStore } = readConfig(process.env);
    if (eventStore !== null)
      throw new HindcastError('bad-request', 'EventStoreDB has backups of its own.', [{ at: 'EVENTSTORE_URL', message: 'not a data folder' }]);
    await backupLog(logFolder(data), logFolder(folder));
    report({ backup: join(folder) });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.misused;
  else {
    const known = error instanceof HindcastError;
    process.stderr.write(
      `${isJson() && known ? JSON.stringify({ code: error.code, message: error.message, faults: error.faults }) : error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = known && ['bad-config', 'bad-request'].includes(error.code) ? EXIT.misused : EXIT.failed;
  }
}
