/**
 * A table of messages, one a row, whose columns somebody says the meaning of.
 * Invariants: a row that lacks what a message has is told of with its line; the rows' order counts only where it is that of time.
 * Unit: one row.
 */
import { parse } from 'csv-parse';
import { Readable } from 'node:stream';
import { HindcastError } from '../errors.js';
import { formatInstant, unitSpan } from '../../events/story-time.js';
import { type Figures, figuresOf, Occurrences, OrderFinder, wallOf } from './dates.js';
import { digestId, eventOf, lineOf, rawDigest, sourceId, withoutRaw, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { DayOrder, Format, ImportOptions, Reading, Taken } from './format.js';
import { linksIn } from './links.js';
import { precisionOf, type WallTime, wallMs, Zone } from './local-time.js';
import type { People } from './people.js';
import { type Report, shown, unreadable } from './report.js';
import { utf8Of } from './utf8.js';

const PREFIX = 'row:';
const FIELDS = ['id', 'at', 'date', 'time', 'from', 'to', 'text', 'subject', 'channel', 'inReplyTo'] as const;
type Field = (typeof FIELDS)[number];
const ORDERS = ['ymd', 'dmy', 'mdy'] as const;
const DELIMITERS = [',', ';', '\t'] as const;
/** No row is longer, in characters. */
const LONGEST_ROW = 8 * 1024 * 1024;

type Columns = ReadonlyMap<Field, number>;

interface Table {
  readonly entry: Entry;
  readonly delimiter: string;
  readonly columns: Columns;
  readonly width: number;
}

interface Row {
  readonly cells: readonly string[];
  readonly raw: string;
  /** The line it begins at. */
  readonly line: number;
}

interface Known {
  readonly order: DayOrder;
  readonly isInOrder: boolean;
}

export const csv: Format = {
  name: 'csv',
  copies: 'refused',
  describesItself: false,
  essence: withoutRaw,

  async recognises({ kind, entries }) {
    return kind === 'file' && entries.every(({ name }) => /\.(csv|tsv)$/i.test(name));
  },

  async open({ source, options, people }, report) {
    const tables: { table: Table; known: Known }[] = [];
    for (const entry of source.entries) {
      const table = await tableOf(entry, options);
      tables.push({ table, known: await lookThrough(table, options, report) });
    }
    return async function* (again) {
      for (const { table, known } of tables) yield* messages(table, known, { options, people }, again);
    };
  },
};

/** Finds the columns. Throws `unknown-format` where they are not there. */
async function tableOf(entry: Entry, { columns: map }: ImportOptions): Promise<Table> {
  for (const field of map?.keys() ?? [])
    if (!(FIELDS as readonly string[]).includes(field))
      throw new HindcastError('bad-request', `--map: "${shown(field)}" is no field; there are ${FIELDS.join(', ')}.`, [{ at: 'map', message: 'not a field' }]);
  let headings: readonly string[] = [];
  let fault: HindcastError | undefined;
  for (const delimiter of DELIMITERS) {
    let cells: readonly string[] = [];
    try {
      cells = await headingsOf(entry, delimiter);
    } catch (error) {
      // Where this parts no cells, what stands in quotes looks wrong; the table itself may be right.
      if (!(error instanceof HindcastError)) throw error;
      fault ??= error;
    }
    if (cells.length > headings.length) headings = cells;
    const columns = columnsIn(cells, map);
    if (columns !== undefined) return { entry, delimiter, columns, width: cells.length };
  }
  if (headings.length === 0 && fault !== undefined) throw fault;
  throw new HindcastError(
    'unknown-format',
    `${shown(entry.name)}, line 1: the columns are ${headings.map((heading) => `"${shown(heading)}"`).join(', ') || 'none'}. Say with --map which of them are from, to, text, and at (or date and time).`,
    [{ at: `${shown(entry.name)}, line 1`, message: 'not the columns of a message' }],
  );
}

async function headingsOf(entry: Entry, delimiter: string): Promise<readonly string[]> {
  for await (const { cells } of rowsOf(entry, delimiter)) return cells;
  return [];
}

/** Undefined where one is missing. A column that has a field's own name need not be mapped. */
function columnsIn(headings: readonly string[], map: ReadonlyMap<string, string> | undefined): Columns | undefined {
  const columns = new Map<Field, number>();
  for (const field of FIELDS) {
    const named = map?.get(field);
    const at = headings.findIndex((heading) => (named === undefined ? heading.trim().toLowerCase() === field.toLowerCase() : heading.trim() === named.trim()));
    if (at >= 0) columns.set(field, at);
    else if (named !== undefined) return undefined;
  }
  const has = (field: Field) => columns.has(field);
  return has('from') && has('to') && has('text') && (has('at') || has('date')) ? columns : undefined;
}

async function* rowsOf(entry: Entry, delimiter: string): AsyncGenerator<Row> {
  const parser = parse({ bom: true, delimiter, info: true, raw: true, relax_column_count: true, skip_empty_lines: true, max_record_size: LONGEST_ROW });
  const bytes = Readable.from(utf8Of(entry.read(), entry.name), { objectMode: false });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  let line = 1;
  try {
    for await (const { record, raw, info } of parser as AsyncIterable<{ record: string[]; raw: string; info: { lines: number } }>) {
      yield { cells: record, raw: raw.replace(/\r?\n$/, ''), line };
      line = info.lines + 1;
    }
  } catch (error) {
    if (error instanceof HindcastError) throw error;
    const { lines } = error as { lines?: number };
    throw unreadable(`${entry.name}, line ${lines ?? '?'}`, error instanceof Error ? error.message : String(error), error);
  } finally {
    bytes.destroy();
    parser.destroy();
  }
}

/** All rows but the headings. */
async function* body(table: Table): AsyncGenerator<Row> {
  let isHeading = true;
  for await (const row of rowsOf(table.entry, table.delimiter)) {
    if (!isHeading) yield row;
    isHeading = false;
  }
}

function cellOf({ columns }: Table, { cells }: Row, field: Field): string {
  const at = columns.get(field);
  return at === undefined ? '' : (cells[at] ?? '');
}

function statedOf(table: Table, row: Row): string {
  const whole = cellOf(table, row, 'at').trim();
  return whole !== '' ? whole : `${cellOf(table, row, 'date').trim()} ${cellOf(table, row, 'time').trim()}`.trim();
}

/** What only the whole shows: the order of day and month, and whether the rows are in the order of time. */
async function lookThrough(table: Table, options: ImportOptions, report: Report): Promise<Known> {
  const finder = new OrderFinder();
  let zoneless: string | undefined;
  const rising = new Map<DayOrder, number>(ORDERS.map((order) => [order, -Infinity]));
  for await (const row of body(table)) {
    const stated = statedOf(table, row);
    const figures = figuresOf(stated);
    if (figures === undefined) continue;
    const at = `${table.entry.name}, line ${row.line}`;
    finder.take(figures, at, shown(stated));
    if (figures.offset === undefined) zoneless ??= `${at} ("${shown(stated)}")`;
    for (const [order, before] of rising) {
      const ms = instantIn(figures, order);
      if (ms === undefined) continue;
      if (ms < before) rising.delete(order);
      else rising.set(order, ms);
    }
  }
  if (zoneless !== undefined && options.zone === undefined)
    throw new HindcastError('bad-request', `${shown(zoneless)} names no zone: say which one such times are in with --tz.`, [
      { at: 'tz', message: 'not given' },
    ]);
  if (zoneless !== undefined) report.assume(`times without an offset are in ${options.zone}`);
  const order = finder.order(options, report);
  return { order, isInOrder: rising.has(order) };
}

/** As near as it can be told without a zone: an offset counts where there is one. */
function instantIn(figures: Figures, order: DayOrder): number | undefined {
  const wall = wallIn(figures, order);
  return wall === undefined ? undefined : wallMs(wall) - (figures.offset ?? 0) * 60_000;
}

/** Four digits first are a year, whatever the others of the table are. */
function wallIn(figures: Figures, order: DayOrder): WallTime | undefined {
  return wallOf(figures, figures.digits[0] === 4 ? 'ymd' : order);
}

async function* messages(table: Table, known: Known, { options, people }: Pick<Reading, 'options' | 'people'>, report: Report): AsyncGenerator<Taken> {
  const zone = options.zone === undefined ? undefined : new Zone(options.zone);
  const occurrences = new Occurrences();
  let moment: string | undefined;
  let seq = 0;
  for await (const row of body(table)) {
    const at = `${table.entry.name}, line ${row.line}`;
    const cell = (field: Field) => cellOf(table, row, field);
    if (row.cells.length !== table.width) {
      report.fault(`the row has ${row.cells.length} cells, and there are ${table.width} columns`, at);
      continue;
    }
    const stated = statedOf(table, row);
    const placed = placedAt(stated, known.order, zone, at, report);
    if (placed === undefined) continue;
    seq = stated === moment ? seq + 1 : 0;
    moment = stated;
    const [from, to] = [cell('from').trim(), recipientsIn(cell('to'))];
    if (from === '') {
      report.fault('the row names no sender', at);
      continue;
    }
    if (to.length === 0) {
      report.fault('the row names no recipient', at);
      continue;
    }
    const words = wordsOf(cell('text'), at, report);
    const subject = cell('subject');
    const [ownId, parent] = [cell('id').trim(), cell('inReplyTo').trim()];
    const parts = [stated, from, cell('to'), subject, cell('text')];
    const id = ownId === '' ? digestId(PREFIX, ...parts, String(occurrences.next(parts.join('\u0000')))) : sourceId(PREFIX, ownId);
    if (ownId === '') report.assume('a row without an id is known by what it says');
    const draft = {
      id,
      type: 'MessageSent',
      ...placed,
      ...(known.isInOrder ? { seq } : {}),
      visibility: 'private',
      data: {
        from: idOf(from, people),
        to: [...new Set(to.map((one) => idOf(one, people)))].slice(0, 1_000),
        channel: lineOf(cell('channel').trim(), 200) || 'message',
        ...words,
        links: linksIn(words.text),
        ...(subject === '' ? {} : { subject: lineOf(subject, 65_536) }),
        ...(parent === '' || parent === ownId ? {} : { inReplyTo: sourceId(PREFIX, parent) }),
      },
      sources: [{ ...(ownId === '' ? {} : { locator: lineOf(`row ${ownId}`) }), digest: rawDigest(row.raw) }],
    };
    const event = eventOf(draft, at, report);
    if (event !== undefined) yield { event, at };
  }
}

function idOf(text: string, people: People): string {
  return people.idOf(text.includes('@', 1) ? 'address' : 'name', text);
}

/** Several are parted by semicolons or strokes, addresses also by commas: a name may have a comma in it. */
function recipientsIn(cell: string): string[] {
  return cell
    .split(cell.includes('@', 1) ? /[;|,]/ : /[;|]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function placedAt(stated: string, order: DayOrder, zone: Zone | undefined, at: string, report: Report): object | undefined {
  const figures = figuresOf(stated);
  const wall = figures === undefined ? undefined : wallIn(figures, order);
  if (figures === undefined || wall === undefined) {
    report.fault(stated === '' ? 'the row has no date' : `"${shown(stated)}" is no date${figures === undefined ? '' : ` in the order ${order}`}`, at);
    return undefined;
  }
  const words = lineOf(stated);
  if (figures.offset !== undefined) {
    const precision = precisionOf(wall);
    const ms = wallMs(wall) - figures.offset * 60_000;
    const span = unitSpan(ms, precision, figures.offset);
    const [earliest, latest] = [formatInstant(span.earliest, figures.offset), formatInstant(span.latest, figures.offset)];
    return { occurredAt: latest, when: { precision, earliest, latest, stated: words } };
  }
  const placed = zone?.place(wall, words);
  if (placed === undefined || zone === undefined) return undefined;
  if (placed.shown !== 'once') report.ambiguous(`a time that clocks in ${zone.name} showed ${placed.shown}`, at);
  return { occurredAt: placed.when.latest, when: placed.when };
}
