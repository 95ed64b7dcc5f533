/**
 * Which story a command is about, where that may be left out.
 */
import { HindcastError } from '../errors.js';
import type { Client } from '../sdk/index.js';

/** The one that is named, or the only one there is. Throws `bad-request` where there are several. */
export async function storyMeant(hindcast: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const all = await hindcast.stories();
  if (all.length === 1) return (all[0] as { id: string }).id;
  if (all.length === 0) throw new HindcastError('unknown-story', 'There is none, or none that may be read so.');
  const ids = all.map(({ id }) => id);
  throw new HindcastError('bad-request', `Say which story: ${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ', …' : ''}.`, [
    { at: 'story', message: 'left out, and there are several' },
  ]);
}
