/**
 * A table of annotations (CSV, a heading and a row for each) as drafts.
 * Invariants: all rows are read before any is recorded; a mistake is told with its row and its column. Unit: rows count from 1
 * beneath the heading.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { catalogue } from '../../../events/catalogue.js';
import { type Fault, HindcastError } from '../../errors.js';
import { type Draft, draftOf, FIELDS, type Fields } from './drafts.js';

/** What holds for each row that says nothing else. */
export type Defaults = Pick<Fields, 'by' | 'basis' | 'citation'>;

/** Throws `bad-request` where it is no such table, `bad-event` where rows are no annotations. */
export function draftsIn(text: string, defaults: Defaults, sources: readonly string[]): Draft[] {
  const rows = rowsIn(text);
  const faults: Fault[] = [];
  const drafts = rows.flatMap((row, i) => {
    const read = draftOf({ ...defaults, ...withoutEmpty(row) }, sources);
    if ('faults' in read) faults.push(...read.faults.map(({ field, message }) => ({ at: `row ${i + 1}, ${field}`, message })));
    else {
      const { draft } = read;
      const parsed = catalogue.parseDraft(draft, () => draft.id);
      if (!('faults' in parsed)) return [draft];
      faults.push(...parsed.faults.map((fault) => rowOf(fault, i)));
    }
    return [];
  });
  if (faults.length > 0) throw new HindcastError('bad-event', faults.map(({ at, message }) => `${at}: ${message}`).join('; '), faults);
  return drafts;
}

function rowsIn(text: string): Fields[] {
  const fault = (message: string) => new HindcastError('bad-request', `The table: ${message}.`, [{ at: 'table', message }]);
  let rows: Fields[];
  try {
    rows = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      columns: (heads: string[]) => heads.map((head) => head.toLowerCase()),
    }) as Fields[];
  } catch (error) {
    throw error instanceof CsvError ? fault(error.message.replace(/\.$/, '')) : error;
  }
  if (rows.length === 0) throw fault('it has no row');
  const unknown = Object.keys(rows[0] as object).filter((head) => !Object.hasOwn(FIELDS, head));
  if (unknown.length > 0) throw fault(`no column is "${unknown[0]}"; there are ${Object.keys(FIELDS).join(', ')}`);
  return rows;
}

const withoutEmpty = (row: Fields): Fields => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')) as Fields;

/** A fault of an append, told by its row. `only`: which row it was, from 0, where one alone was sent and the fault names none. */
export function rowOf({ at, message }: Fault, only: number | undefined): Fault {
  const [, index, path = ''] = only === undefined ? (/^\/(\d+)(\/.*)?$/.exec(at) ?? []) : ['', String(only), at];
  if (index === undefined) return { at, message };
  const field = path
    .replace(/^\/data(\/|$)/, '')
    .replaceAll('/', ' ')
    .trim();
  return { at: `row ${Number(index) + 1}${field === '' ? '' : `, ${field}`}`, message };
}
