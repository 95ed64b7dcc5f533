/**
 * The formats in which a story leaves, by name: what each is made from, which parameters it takes, and how it is kept.
 * Invariant: whoever offers formats offers these.
 */
import type { RecordedEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { toNdjson } from './cloud-events.js';
import { type CsvOptions, toCsv } from './csv.js';
import { toRequestsCsv } from './csv-requests.js';
import { toText } from './text.js';
import { toTimelineJs } from './timeline-js.js';
import type { HappeningsTold, StoryTold } from './told.js';
import type { RequestsTold } from './transcript-requests.js';
import { toWebVtt } from './webvtt.js';

/** What may be said of a format beside its name; what is not among its own is refused. */
export type Parameter = 'of' | 'bom' | 'at' | 'as' | 'zone' | 'rate' | 'fit' | 'idleLimit';

interface Kept {
  /** What stands behind the story's id in the name of the file. */
  readonly ending: string;
  readonly mediaType: string;
  readonly takes: readonly Parameter[];
}

export type Format = Kept &
  (
    | { readonly from: 'log'; write(events: AsyncIterable<RecordedEvent>): AsyncIterable<string> }
    /** `timed`: a replay gives its times. `always`: also where none is asked for. */
    | { readonly from: 'happenings'; readonly timed: 'never' | 'asked' | 'always'; write(told: HappeningsTold, options: CsvOptions): AsyncIterable<string> }
    | { readonly from: 'requests'; write(told: StoryTold, requests: RequestsTold, options: CsvOptions): AsyncIterable<string> }
  );

const LOOKING = ['at', 'as'] as const;
const TIMED = ['zone', 'rate', 'fit', 'idleLimit'] as const;
const CSV = 'text/csv; charset=utf-8; header=present';
const CSV_TAKES = [...LOOKING, 'of', 'bom'] as const;

const FORMATS: Readonly<Record<string, Format>> = {
  cloudevents: { ending: '.ndjson', mediaType: 'application/x-ndjson; charset=utf-8', takes: [], from: 'log', write: toNdjson },
  csv: { ending: '.csv', mediaType: CSV, takes: CSV_TAKES, from: 'happenings', timed: 'never', write: toCsv },
  timelinejs: {
    ending: '.timeline.json',
    mediaType: 'application/json; charset=utf-8',
    takes: [...LOOKING, 'zone'],
    from: 'happenings',
    timed: 'never',
    write: toTimelineJs,
  },
  webvtt: { ending: '.vtt', mediaType: 'text/vtt; charset=utf-8', takes: [...LOOKING, ...TIMED], from: 'happenings', timed: 'always', write: toWebVtt },
  text: { ending: '.txt', mediaType: 'text/plain; charset=utf-8', takes: [...LOOKING, ...TIMED], from: 'happenings', timed: 'asked', write: toText },
};
const REQUESTS: Format = { ending: '-requests.csv', mediaType: CSV, takes: CSV_TAKES, from: 'requests', write: toRequestsCsv };

export const FORMAT_NAMES = Object.keys(FORMATS);
/** Each media type once, without its parameters. */
export const MEDIA_TYPES = Object.values(FORMATS).map(({ mediaType }) => mediaType.split(';')[0] as string);
/** What a table has a row for. */
export const TABLES = ['happenings', 'requests'] as const;

/** The format of a name, with what is said of it. Throws `bad-request`, which names the parameter. */
export function formatOf(name: string, given: Partial<Record<Parameter, unknown>> = {}): Format {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined)
    throw new HindcastError('bad-request', `"${name.slice(0, 80)}" is no format; there are ${FORMAT_NAMES.join(', ')}.`, [
      { at: 'format', message: 'unknown format' },
    ]);
  for (const parameter of Object.keys(given) as Parameter[]) {
    if (given[parameter] === undefined || format.takes.includes(parameter)) continue;
    const takes = format.takes.length === 0 ? 'nothing beside its name' : format.takes.join(', ');
    throw new HindcastError('bad-request', `The format ${name} takes ${takes}.`, [{ at: parameter, message: `not for ${name}` }]);
  }
  const { of = TABLES[0] } = given;
  if (!(TABLES as readonly unknown[]).includes(of))
    throw new HindcastError('bad-request', `A table is of ${TABLES.join(' or ')}.`, [{ at: 'of', message: `neither ${TABLES.join(' nor ')}` }]);
  return of === 'requests' ? REQUESTS : format;
}
