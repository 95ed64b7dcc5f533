/**
 * The formats there are, and which one something is.
 * Invariant: what could be two formats is none until somebody says which.
 */
import { HindcastError } from '../errors.js';
import { cloudEvents } from './cloud-events.js';
import { csv } from './csv.js';
import type { Format } from './format.js';
import { mail } from './mail.js';
import { shown } from './report.js';
import type { Source } from './source.js';
import { whatsapp } from './whatsapp.js';
import { xArchive } from './x-archive.js';

/** A new format is a file and a line here. */
export const FORMATS: readonly Format[] = [cloudEvents, xArchive, mail, whatsapp, csv];

/** The format of that name, or the one that recognises the source. Throws `bad-request` or `unknown-format`. */
export async function formatOf(source: Source, name?: string, formats = FORMATS): Promise<Format> {
  const names = formats.map((format) => format.name).join(', ');
  if (name !== undefined) {
    const format = formats.find((one) => one.name === name);
    if (format === undefined)
      throw new HindcastError('bad-request', `"${shown(name)}" is no format; there are ${names}.`, [{ at: 'format', message: 'not a format' }]);
    return format;
  }
  const found: Format[] = [];
  for (const format of formats) if (await format.recognises(source)) found.push(format);
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
