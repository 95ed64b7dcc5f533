/**
 * The happenings of a story as a table (RFC 4180), a row each: for spreadsheets and statistics, where CloudEvents lose nothing.
 * Invariants: a cell is text and never a formula, for one that a spreadsheet would take for it begins with an apostrophe; what
 * a cell holds several of stands on a line each; what is not printed is left out; as much is held as a few dozen rows.
 */
import { stringify } from 'csv-stringify/sync';
import type { Source } from '../../events/envelope.js';
import type { RecordedHappening } from '../../events/event.js';
import { formatInstant, instantOf } from '../../events/story-time.js';
import { printed } from './printed.js';
import { namesOf, partiesOf, saidIn } from './said.js';
import type { HappeningsTold, Timed } from './told.js';

/** So many rows are written at once. */
const ROWS = 64;
const BOM = '\ufeff';
/** What a spreadsheet that passes over the blanks before it would still take for a formula. */
const LATE_FORMULA = /^\s+[=+\-@\uff1d\uff0b\uff0d\uff20]/;

export interface CsvOptions {
  /** Begin with a byte order mark, by which some spreadsheets know UTF-8. */
  readonly bom: boolean;
}

type Cell = string | number | null | undefined;
/** A column: its name, and its cell of a row. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => Cell | readonly string[]];

function textOf(cell: Cell | readonly string[]): string | number {
  if (typeof cell === 'number') return cell;
  const text = printed(typeof cell === 'string' ? cell : (cell ?? []).join('\n'));
  return LATE_FORMULA.test(text) ? `'${text}` : text;
}

/** A table, its head first. */
export async function* toTable<Row>(rows: AsyncIterable<Row>, columns: readonly Column<Row>[], { bom }: CsvOptions): AsyncGenerator<string> {
  const written = (records: (string | number)[][]) => stringify(records, { record_delimiter: 'windows', escape_formulas: true });
  yield (bom ? BOM : '') + written([columns.map(([name]) => name)]);
  let records: (string | number)[][] = [];
  for await (const row of rows) {
    records.push(columns.map(([, cell]) => textOf(cell(row))));
    if (records.length < ROWS) continue;
    yield written(records);
    records = [];
  }
  if (records.length > 0) yield written(records);
}

/** Where something is stated, in few words. */
function citation({ id, title, url, paragraph, locator }: Source): string {
  const named = title ?? id ?? url ?? 'not named';
  return [
    named,
    ...(paragraph === undefined ? [] : [`paragraph ${paragraph}`]),
    ...(locator === undefined ? [] : [locator]),
    ...(url === undefined || url === named ? [] : [url]),
  ].join(', ');
}

const words = (event: RecordedHappening, isQuoted: boolean) => saidIn(event).flatMap((said) => (said.isQuoted === isQuoted ? [said.text] : []));
const yes = (is: boolean | undefined): string => (is === true ? 'true' : 'false');

function columnsFor({ story }: HappeningsTold): Column<Timed>[] {
  const name = namesOf(story.participants);
  const event =
    (cell: (event: RecordedHappening) => Cell | readonly string[]) =>
    ({ happening }: Timed) =>
      cell(happening.event);
  const notes =
    (cell: (notes: Timed['happening']['notes']) => readonly string[]) =>
    ({ happening }: Timed) =>
      cell(happening.notes);
  return [
    ['id', event(({ id }) => id)],
    ['type', event(({ type }) => type)],
    ['visibility', event(({ visibility }) => visibility)],
    ['occurredAt', event(({ occurredAt }) => occurredAt)],
    ['earliest', event(({ when }) => when.earliest)],
    ['latest', event(({ when }) => when.latest)],
    ['precision', event(({ when }) => when.precision)],
    ['approximate', event(({ when }) => yes(when.approximate))],
    ['undated', event(({ undated }) => yes(undated))],
    ['timeStated', event(({ when }) => when.stated)],
    [
      'inSightAt',
      ({ happening: { event, key } }) => (event.occurredAt === null ? '' : instantOf(event.occurredAt) === key[0] ? event.occurredAt : formatInstant(key[0])),
    ],
    ['by', event((one) => partiesOf(one).by)],
    ['byName', event((one) => name(partiesOf(one).by))],
    ['others', event((one) => partiesOf(one).others)],
    ['otherNames', event((one) => partiesOf(one).others.map(name))],
    ['channel', event(({ data, type }) => (type === 'MessageSent' ? data.channel : ''))],
    ['action', event(({ data, type }) => (type === 'ActionTaken' ? data.action : ''))],
    ['place', event(({ data, type }) => (type === 'ActionTaken' ? data.place : ''))],
    ['subject', event(({ data, type }) => (type === 'MessageSent' ? data.subject : ''))],
    ['quoted', event((one) => words(one, true))],
    ['inPlaceOfWords', event((one) => words(one, false))],
    ['incomplete', event(({ data, type }) => yes(type !== 'ActionTaken' && data.incomplete))],
    ['links', event(({ data }) => data.links)],
    ['inReplyTo', event(({ data }) => data.inReplyTo)],
    ['forwardOf', event(({ data, type }) => (type === 'MessageSent' ? data.forwardOf : ''))],
    ['requests', notes(({ requests }) => requests.map(({ id }) => id))],
    ['requestsTo', notes(({ requests }) => requests.map(({ to }) => to))],
    ['requestsBasis', notes(({ requests }) => requests.map(({ basis }) => basis))],
    ['answerTo', notes(({ answers, inferred = [] }) => [...answers.map(({ data }) => data.request), ...inferred.map(({ request }) => request)])],
    ['answerBasis', notes(({ answers, inferred = [] }) => [...answers.map(({ data }) => data.basis), ...inferred.map(() => 'inferred')])],
    ['followed', notes(({ followUps }) => followUps.map(({ data }) => data.request))],
    ['followedBasis', notes(({ followUps }) => followUps.map(({ data }) => data.basis))],
    ['claims', notes(({ claims }) => claims.map(({ data }) => data.claim.replace(/\s+/g, ' ')))],
    ['claimsBasis', notes(({ claims }) => claims.map(({ data }) => data.basis))],
    ['correctedBy', ({ happening }) => happening.corrected?.by],
    ['sources', event(({ sources }) => sources.map(citation))],
    ['recordedAt', event(({ recordedAt }) => recordedAt)],
    ['originalRecordedAt', event(({ originalRecordedAt }) => originalRecordedAt)],
    ['revision', event(({ revision }) => revision)],
  ];
}

/** A row for each happening, those without a time last. */
export function toCsv(told: HappeningsTold, options: CsvOptions): AsyncGenerator<string> {
  return toTable(told.happenings, columnsFor(told), options);
}
