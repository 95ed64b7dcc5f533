/**
 * The formats there are, and which one something is.
 * Invariant: what could be two formats is none until somebody says which.
 */
import { HindcastError } from '../errors.js';
import type { Format } from './format.js';
import { shown } from './report.js';
import type { Source } from './source.js';

export interface Listed {
  readonly name: string;
  readonly description: string;
  /** Reads its code, with the libraries that it needs: whoever imports nothing waits for none of them. */
  load(): Promise<Format>;
}

/** A new format is a file and a line here. */
export const FORMATS: readonly Listed[] = [
  {
    name: 'cloudevents',
    description: 'CloudEvents, one JSON object a line: what export writes',
    load: async () => (await import('./cloud-events.js')).cloudEvents,
  },
  {
    name: 'x-archive',
    description: 'an X (Twitter) archive, as a folder, a ZIP or one of its data files: direct messages and tweets',
    load: async () => (await import('./x-archive.js')).xArchive,
  },
  { name: 'mail', description: 'e-mail: .eml, .mbox, or a folder or ZIP of them', load: async () => (await import('./mail.js')).mail },
  {
    name: 'whatsapp',
    description: 'a WhatsApp chat as text, alone or with its attachments in a folder or ZIP; takes --tz',
    load: async () => (await import('./whatsapp.js')).whatsapp,
  },
  { name: 'csv', description: 'a table with a row of headings, and --map', load: async () => (await import('./csv.js')).csv },
];

/** The format of that name, or the one that recognises the source. Throws `bad-request` or `unknown-format`. */
export async function formatOf(source: Source, name?: string, formats = FORMATS): Promise<Format> {
  const names = formats.map((format) => format.name).join(', ');
  if (name !== undefined) {
    const format = formats.find((one) => one.name === name);
    if (format === undefined)
      throw new HindcastError('bad-request', `"${shown(name)}" is no format; there are ${names}.`, [{ at: 'format', message: 'not a format' }]);
    return format.load();
  }
  const found: Format[] = [];
  for (const listed of formats) {
    const format = await listed.load();
    if (await format.recognises(source)) found.push(format);
  }
  const [format] = found;
  if (format !== undefined && found.length === 1) return format;
  const what = shown(source.name);
  if (found.length > 1)
    throw new HindcastError('unknown-format', `${what} could be ${found.map((one) => one.name).join(' or ')}: say which with --format.`, [
      { at: what, message: 'more than one format' },
    ]);
  const inside =
    source.kind === 'file'
      ? ''
      : `; it holds ${
          source.entries.length === 0
            ? 'nothing'
            : source.entries
                .slice(0, 5)
                .map((entry) => shown(entry.name))
                .join(', ')
        }`;
  throw new HindcastError('unknown-format', `${what} is none of ${names}${inside}. Say which with --format.`, [{ at: what, message: 'not recognised' }]);
}
