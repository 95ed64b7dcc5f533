/**
 * `hindcast import`: its options, and its report for a person.
 * Invariant: an option that cannot be meant is refused before anything is read.
 */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { HindcastError } from '../../errors.js';
import { durationOf } from '../../importers/description.js';
import type { DayOrder } from '../../importers/format.js';
import { FORMATS } from '../../importers/formats.js';
import { type Told, shown } from '../../importers/report.js';
import type { Context } from '../context.js';
import type { Imported } from '../import-story.js';
import { progressLine } from '../progress.js';

interface Options {
  readonly as: string;
  readonly dryRun?: boolean;
  readonly format?: string;
  readonly title?: string;
  readonly tz?: string;
  readonly dayOrder?: DayOrder;
  readonly map?: string;
  readonly people?: string;
  readonly possibleAnswers?: string;
  readonly skipFaults?: boolean;
}

export function addImport(program: Command, context: Context): void {
  program
    .command('import')
    .description('record an archive as a story: all of it, or nothing; what the story has already is passed over')
    .argument('<archive>', 'a file, a ZIP or a folder')
    .requiredOption('--as <story>', 'the story that it is recorded as')
    .option('--dry-run', 'read, check and report, and store nothing')
    .option('--format <name>', `left out: as it is recognised; ${FORMATS.map(({ name, description }) => `${name} (${description})`).join('; ')}`)
    .option('--title <text>', 'what the story is called; left out: the name of the archive')
    .option('--tz <zone>', 'the IANA zone of times that name none, such as Europe/Berlin')
    .addOption(new Option('--day-order <order>', 'how dates are written, where that cannot be seen').choices(['dmy', 'mdy', 'ymd']))
    .option('--map <columns>', 'of a table, which column says what: from=Sender,to=Recipient,at=Date,text=Message')
    .option('--people <file>', 'who is who, as JSON: [{ "id": "ann", "name": "Ann Lee", "handles": ["ann@example.org", "@ann"] }]')
    .option('--possible-answers <time>', 'show the next message back within so long, such as 72h, as a possible answer')
    .option('--skip-faults', 'leave out what is at fault, and report it; left out: one fault refuses the archive')
    .action(async (path: string, options: Options) => {
      const { as: story, dryRun = false, format, title, tz: zone, dayOrder, map, people, possibleAnswers, skipFaults = false } = options;
      const request = {
        path,
        story,
        dryRun,
        skipFaults,
        ...(format === undefined ? {} : { format }),
        ...(title === undefined ? {} : { title }),
        ...(zone === undefined ? {} : { zone }),
        ...(dayOrder === undefined ? {} : { dayOrder }),
        ...(map === undefined ? {} : { columns: columnsOf(map) }),
        ...(people === undefined ? {} : { people: await jsonOf(people) }),
        ...(possibleAnswers === undefined ? {} : { possibleAnswersWithin: within(possibleAnswers) }),
      };
      // What reads archives is loaded when there is one to read.
      const { importStory } = await import('../import-story.js');
      const line = progressLine(process.stderr);
      const imported = await context.withLog(async (log) => {
        try {
          return await importStory(log, request, line.show);
        } finally {
          line.end();
        }
      });
      if (context.isJson) context.report(imported);
      else process.stdout.write(textOf(imported, dryRun));
    });
}

function within(text: string): string {
  const duration = durationOf(text);
  if (duration === undefined)
    throw new HindcastError('bad-request', `"${shown(text)}" is no length of time: 72h, 30m, 3d, or ISO 8601.`, [
      { at: 'possible-answers', message: 'not a length of time' },
    ]);
  return duration;
}

/** `field=Column` as often as there is need; a column that has a comma or a quote in its name is quoted. */
export function columnsOf(text: string): Map<string, string> {
  const columns = new Map<string, string>();
  const part = /([a-z][a-zA-Z]*)=(?:"((?:[^"]|"")*)"|([^",][^,]*))(?:,|$)/y;
  while (part.lastIndex < text.length) {
    const at = part.lastIndex;
    const match = part.exec(text);
    const [, field = '', quoted, plain = ''] = match ?? [];
    if (match === null || columns.has(field))
      throw new HindcastError('bad-request', `"${shown(text.slice(at))}" is no mapping: field=Column,field=Column, each field once.`, [
        { at: 'map', message: 'no mapping' },
      ]);
    columns.set(field, quoted?.replaceAll('""', '"') ?? plain);
  }
  return columns;
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new HindcastError('bad-request', `The file of people: ${error instanceof Error ? error.message : String(error)}.`, [
      { at: 'people', message: 'cannot be read' },
    ]);
  }
}

/** A report for a person. */
export function textOf(imported: Imported, dryRun: boolean): string {
  const { story, format, source, added, known, kept, dropped, ambiguous, assumed, people, peopleCount, contentDigest } = imported;
  const lines = [
    `story: ${story}`,
    `format: ${format}`,
    `source: ${shown(source.name)} ${source.digest}`,
    `${dryRun ? 'would be added' : 'added'}: ${added}`,
    `known: ${known}`,
    `kept: ${Object.entries(kept)
      .map(([type, count]) => `${count} ${type}`)
      .join(', ')}`,
    ...section('dropped', dropped),
    ...section('ambiguous', ambiguous),
    ...(assumed.length === 0 ? [] : ['assumed:', ...assumed.map((what) => `  ${what}`)]),
    ...(people.length === 0 ? [] : [`people: ${peopleCount}${peopleCount > people.length ? `, of them the ${people.length} who take part most` : ''}`]),
    ...people.map(
      ({ id, name, aliases, named }) =>
        `  ${id}: ${shown(name)}${aliases.length === 0 ? '' : ` (${shown(aliases.join(', '))})`}${named ? '' : ' – not in a file of people'}`,
    ),
    ...(contentDigest === undefined ? [] : [`contentDigest: ${contentDigest}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function section(name: string, list: readonly Told[]): string[] {
  if (list.length === 0) return [];
  return [`${name}:`, ...list.map(({ what, count, at }) => `  ${count} × ${what}: ${at.join('; ')}${count > at.length ? '; …' : ''}`)];
}
