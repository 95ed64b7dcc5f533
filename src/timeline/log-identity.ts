/**
 * Whether the log is the one that the read model was made of. A log is known by what stands in it, not by how long it is: the read
 * model keeps who the first and the last event are that it took, and looks whether they still stand there.
 * Invariant: a log in which the last event stands, word for word, is the same; one in which another stands at its place, or in which
 * its stream ends before it, is another. What others had taken away from a stream says nothing.
 * Unit: one log.
 */
import { createHash } from 'node:crypto';
import { HindcastError, isHindcastError } from '../errors.js';
import type { EventLog, LogEvent, Position } from '../log/log.js';
import type { Store } from './store.js';

/** An event that the read model took. */
export interface Witness {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  /** SHA-256 of its type, data and metadata, in base64url. */
  readonly digest: string;
}

export function witnessOf({ stream, revision, id, type, data, metadata }: LogEvent): Witness {
  const parts = [type, ...[data, metadata].map(textOf)];
  return { stream, revision, id, digest: createHash('sha256').update(JSON.stringify(parts)).digest('base64url') };
}

/** Others may write what is nested too deeply to be written down: then its place and its id have to do. */
function textOf(part: LogEvent['data']): string {
  try {
    return part instanceof Uint8Array ? Buffer.from(part).toString('base64') : JSON.stringify(part);
  } catch {
    return '';
  }
}

/** Who came first and last in a batch; undefined for an empty one. Made before there is a transaction, in which nothing may throw. */
export function witnessesOf(events: readonly LogEvent[]): { readonly first: Witness; readonly last: Witness } | undefined {
  const [first, last] = [events[0], events.at(-1)];
  return first === undefined || last === undefined ? undefined : { first: witnessOf(first), last: witnessOf(last) };
}

/** Keeps them, inside the caller's transaction. */
export function keepWitnesses({ meta }: Store, witnesses: ReturnType<typeof witnessesOf>): void {
  if (witnesses === undefined) return;
  if (meta.get('first') === undefined) meta.put('first', witnesses.first);
  meta.put('last', witnesses.last);
}

type Finding = 'stands' | 'other' | 'unknown';

/** Throws `log-replaced` where the log is another than the one that was read, and what the log throws. */
export async function checkIdentity(log: EventLog, { meta }: Store, folder: string): Promise<void> {
  const [last, first] = [meta.get('last'), meta.get('first')] as (Witness | undefined)[];
  for (const witness of [last, first]) {
    if (witness === undefined) continue;
    const finding = await find(log, witness);
    if (finding === 'stands') return;
    if (finding === 'other') throw replaced(folder, `${witness.stream} has no longer its event ${witness.revision}`);
  }
  const seen = (meta.get('position') as Position | undefined) ?? '';
  if (seen > (await log.end())) throw replaced(folder, 'it ends before what was read of it');
}

async function find(log: EventLog, witness: Witness): Promise<Finding> {
  const { stream, revision } = witness;
  try {
    for await (const event of log.read(stream, { from: revision, limit: 1 })) {
      if (event.revision !== revision) return 'unknown';
      const { id, digest } = witnessOf(event);
      return id === witness.id && digest === witness.digest ? 'stands' : 'other';
    }
    if ((await log.head(stream)) !== undefined) return 'other';
  } catch (error) {
    if (isHindcastError(error) && error.code === 'story-tombstoned') return 'unknown';
    throw error;
  }
  // A stream that was deleted has metadata that say so; in another log there is nothing of it.
  for await (const _ of log.read(`$$${stream}`, { limit: 1 })) return 'unknown';
  return 'other';
}

function replaced(folder: string, what: string): HindcastError {
  return new HindcastError(
    'log-replaced',
    `${what}. What was read of it is left as it is in ${folder}, and nothing is recorded. Restore the log; or, to go on with the log as it is, stop this and run \`hindcast rebuild\`.`,
  );
}
