/**
 * `hindcast export`: a story as a file, from the log itself or from a server.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Command } from 'commander';
import { HindcastError } from '../../errors.js';
import { exportStory } from '../commands.js';
import type { Context } from '../context.js';
import { exportFrom } from '../exported.js';

export function addExport(program: Command, context: Context): void {
  program
    .command('export')
    .description('write a story as CloudEvents, one a line')
    .argument('<story>')
    .option('--out <file>', 'a new file; left out: standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast export my-story --out my-story.ndjson
  $ hindcast export my-story --url https://hindcast.example --token-file token > my-story.ndjson`,
    )
    .action(async (story: string, { out }: { out?: string }) => {
      const stream = out === undefined ? process.stdout : createWriteStream(out, { flags: 'wx' });
      if (out !== undefined) await once(stream, 'open').catch((error: Error) => Promise.reject(new HindcastError('bad-request', error.message)));
      const write = async (text: string | Uint8Array) => {
        if (!stream.write(text)) await once(stream, 'drain');
      };
      const exported =
        context.url === undefined
          ? await context.withLog((log) => exportStory(log, story, write))
          : await context.withHouse(({ client }) => exportFrom(client, story, write));
      if (out !== undefined) {
        stream.end();
        await once(stream, 'close');
      }
      context.report(exported, out === undefined ? process.stderr : process.stdout);
    });
}
