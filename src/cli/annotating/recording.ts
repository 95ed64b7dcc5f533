/**
 * Annotations recorded: all of them or none, with the checks of any append.
 * Invariant: what was recorded before, with the same words, is passed over.
 */
import { type Appended, type Client, ReplayError } from '../../sdk/index.js';
import type { Draft } from './drafts.js';
import { rowOf } from './table.js';

export interface Recorded {
  readonly story: string;
  /** Their ids, in order. */
  readonly recorded: readonly string[];
  /** Those that were there already. */
  readonly known: readonly string[];
  /** Of the story; left out where nothing was added. */
  readonly revision?: number;
}

/** Throws the error of the append, its faults told by the rows of the table. */
export async function recordRows(client: Client, story: string, drafts: readonly Draft[]): Promise<Recorded> {
  const all = drafts.map(({ id }) => id);
  try {
    // A story that is not there is not begun with what is said about it.
    await client.story(story);
    return reportOf(story, all, [], await client.append(story, drafts));
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    if (error.code !== 'partly-stored') throw byRow(error, drafts.length);
  }
  const known = await knownOf(client, story, drafts);
  const rest = drafts.filter(({ id }) => !known.has(id));
  try {
    return reportOf(
      story,
      rest.map(({ id }) => id),
      [...known],
      await client.append(story, rest),
    );
  } catch (error) {
    // The rows are those of the table, also those that were recorded before.
    throw error instanceof ReplayError ? byRow(error, rest.length, (i) => drafts.indexOf(rest[i] as Draft)) : error;
  }
}

function reportOf(story: string, ids: readonly string[], known: readonly string[], { revision, repeated }: Appended): Recorded {
  return repeated ? { story, recorded: [], known: [...known, ...ids] } : { story, recorded: ids, known, revision };
}

async function knownOf(client: Client, story: string, drafts: readonly Draft[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const { id } of drafts) {
    try {
      await client.event(story, id);
      known.add(id);
    } catch (error) {
      if (!(error instanceof ReplayError) || error.code !== 'unknown-event') throw error;
    }
  }
  return known;
}

function byRow(error: ReplayError, count: number, rowAt: (i: number) => number = (i) => i): unknown {
  const moved = error.faults.map(({ at, message }) => ({ at: at.replace(/^\/(\d+)/, (_, i: string) => `/${rowAt(Number(i))}`), message }));
  const faults = moved.map((fault) => rowOf(fault, count === 1 ? rowAt(0) : undefined));
  if (faults.length === 0) return error;
  return new ReplayError(error.code, `${error.message.split('. ')[0]}. ${faults.map(({ at, message }) => `${at}: ${message}`).join('; ')}.`, faults, {
    cause: error,
  });
}
