/**
 * `hindcast annotate`: what happenings are is marked, one by one on a screen or many at once from a table; and taken back.
 */
import { readFile } from 'node:fs/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Command } from 'commander';
import { HindcastError } from '../../errors.js';
import { draftOf, FIELDS, KINDS } from '../annotating/drafts.js';
import { recordRows } from '../annotating/recording.js';
import { draftsIn } from '../annotating/table.js';
import { walkOnScreen } from '../annotating/walker.js';
import type { Context } from '../context.js';
import type { House } from '../house.js';
import { cleanLine } from '../terminal/clean.js';

interface Options {
  readonly from?: string;
  readonly retract?: string;
  readonly by?: string;
  readonly basis?: string;
  readonly citation?: string;
  readonly note?: string;
}

const columns = Object.entries(FIELDS)
  .map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
  .join('\n');

export function addAnnotate(program: Command, context: Context): void {
  program
    .command('annotate')
    .description('mark what happenings are: requests, answers, follow-ups, requests that are no longer open; each with its basis and citation')
    .argument('<story>')
    .option('--from <table>', 'a table (CSV) of annotations: all of them are recorded, or none')
    .option('--retract <id>', 'take back an annotation or a happening')
    .option('--by <name>', 'who says so, where a row does not say')
    .option('--basis <basis>', 'stated, claimed or inferred, where a row does not say')
    .option('--citation <source>', 'where it is stated, where a row does not say')
    .option('--note <words>', 'with --retract: why')
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast annotate my-story --by "The editor" --url http://127.0.0.1:8080
  $ hindcast annotate my-story --from requests.csv --by "The editor" --citation "Minutes of May"
  $ hindcast annotate my-story --retract request-x --by "The editor" --citation "Letter of June 2"

Columns of a table, in any order; a row of a kind leaves those empty that mean nothing for it:
${columns}

The same table again adds nothing. A mistake names its row and column, and nothing is recorded.`,
    )
    .action((story: string, options: Options) => context.withHouse((house) => annotate(context, house, story, options)));
}

async function annotate(context: Context, { client }: House, id: string, options: Options): Promise<void> {
  const { from, retract, by, basis, citation, note } = options;
  if (from !== undefined && retract !== undefined)
    throw new HindcastError('bad-request', 'Give either --from or --retract.', [{ at: 'retract', message: 'given with --from' }]);
  const story = await client.story(id);
  const sources = story.sources.map((source) => source.id);
  const defaults = { ...(by === undefined ? {} : { by }), ...(basis === undefined ? {} : { basis }), ...(citation === undefined ? {} : { citation }) };
  if (from !== undefined) {
    const drafts = draftsIn(await tableOf(from), defaults, sources);
    return say(context, await recordRows(client, id, drafts));
  }
  if (retract !== undefined) {
    const read = draftOf({ kind: 'retraction', event: retract, basis: 'stated', ...defaults, ...(note === undefined ? {} : { note }) }, sources);
    if ('faults' in read) {
      const faults = read.faults.map(({ field, message }) => ({ at: field, message }));
      throw new HindcastError('bad-request', faults.map(({ at, message }) => `--${at} ${message}`).join('; '), faults);
    }
    return say(context, await recordRows(client, id, [read.draft]));
  }
  const { stdin, stdout } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true || context.isJson)
    throw new HindcastError(
      'bad-request',
      `There is no terminal to ask in: give --from <table>, with columns such as kind (${KINDS.join(', ')}), event, request.`,
      [{ at: 'from', message: 'left out' }],
    );
  const recorded = await walkOnScreen({ client, story, usual: defaults, input: stdin as ReadStream, output: stdout as WriteStream, style: context.style });
  await say(context, { story: id, recorded, known: [] });
}

async function say(context: Context, done: { readonly story: string; readonly recorded: readonly string[]; readonly known: readonly string[] }): Promise<void> {
  if (context.isJson) return context.printJson(done);
  const { story, recorded, known } = done;
  const ids = (list: readonly string[]) => list.map(cleanLine).join(', ');
  await context.print([
    recorded.length === 0 ? `Nothing was added to ${story}.` : `Recorded in ${story}: ${ids(recorded)}.`,
    ...(known.length === 0 ? [] : [`There already: ${ids(known)}.`]),
  ]);
}

async function tableOf(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const message = error instanceof TypeError ? `${path} is not UTF-8` : error instanceof Error ? error.message : String(error);
    throw new HindcastError('bad-request', message, [{ at: 'from', message }]);
  }
}
