/**
 * `hindcast export`: a story as a file: all of it from the log itself or from a server, or as another format shows it.
 */
import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { exportStory } from '../logged-story.js';
import type { Context } from '../context.js';
import { exportAs, exportFrom } from '../exported.js';
import { type Write, writeNewFile } from '../new-file.js';
import { FORMAT_NAMES, formatOf, TABLES } from '../../exporters/formats.js';
import type { ExportOptions } from '../../sdk/index.js';

interface Options extends Omit<ExportOptions, 'truncated'> {
  readonly out?: string;
  readonly truncated?: 'accept';
}

/** The format that loses nothing. */
const WHOLE = 'cloudevents';

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('It is a number above 0.');
  return number;
}

function accepted(text: string): 'accept' {
  if (text !== 'accept') throw new InvalidArgumentError('It is `accept`, or left out.');
  return text;
}

export function addExport(program: Command, context: Context): void {
  program
    .command('export')
    .description('write a story to a file')
    .argument('<story>')
    .option('--out <file>', 'a new file; left out: standard output')
    .option('--format <name>', `${FORMAT_NAMES.join(', ')}; only ${WHOLE} (one JSON object a line) loses nothing`, WHOLE)
    .option('--of <rows>', `csv: ${TABLES.join(' or ')}`)
    .option('--bom', 'csv: begin with a byte order mark')
    .option('--at <time>', 'as of this story time')
    .option('--as <participant>', 'as somebody could see it, or `public`')
    .option('--zone <zone>', 'the IANA zone of times in words')
    .option('--rate <number>', 'webvtt, text: timed by a replay of so many story seconds a second', positive)
    .option('--fit <seconds>', 'webvtt, text: timed by a replay of so many seconds', positive)
    .option('--idle-limit <seconds>', 'webvtt, text: of which no silence is longer', positive)
    .option('--truncated <accept>', 'of a story of which the log lacks events: `accept` takes what is left', accepted)
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast export my-story --out my-story.ndjson
  $ hindcast export my-story --format csv --of requests --out requests.csv
  $ hindcast export my-story --format webvtt --fit 180 --idle-limit 10 --out my-story.vtt
  $ hindcast export my-story --url https://hindcast.example --token-file token > my-story.ndjson`,
    )
    .action(async (story: string, { out, ...options }: Options) => {
      const { format = WHOLE, truncated: _, ...given } = options;
      // What cannot be meant is refused before there is a file.
      formatOf(format, given);
      const exported = (write: Write): Promise<object> =>
        format !== WHOLE
          ? context.withHouse(({ client }) => exportAs(client, story, options, write))
          : context.url === undefined
            ? context.withLog((log) => exportStory(log, story, write, options))
            : context.withHouse(({ client }) => exportFrom(client, story, write, options));
      if (out !== undefined) return context.report(await writeNewFile(out, exported));
      const report = await exported(async (piece) => {
        if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
      });
      context.report(report, process.stderr);
    });
}
