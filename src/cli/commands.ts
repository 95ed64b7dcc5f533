/**
 * What the commands do, as far as they need no terminal: each answers what came of it.
 */
import { open } from 'node:fs/promises';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { Digest, revisionOfHead } from '../exporters/digest.js';
import { toNdjson } from '../exporters/cloud-events.js';
import { readCloudEvents } from '../importers/cloud-events.js';
import type { EventLog } from '../log/log.js';
import { eventsOf, parsedEvents } from '../recording/recorded-events.js';
import { logId } from '../recording/recorder.js';
import { appendNew } from './append-new.js';

export interface Exported {
  readonly story: string;
  readonly events: number;
  readonly head: string;
  readonly contentDigest: string;
}

/** Writes a story line by line; `write` resolves when more may be written. */
export async function exportStory(log: EventLog, story: string, write: (text: string) => Promise<void>): Promise<Exported> {
  const digest = new Digest();
  let events = 0;
  const counted = async function* () {
    for await (const event of eventsOf(log, story)) {
      digest.take(event);
      events++;
      yield event;
    }
  };
  for await (const line of toNdjson(counted())) await write(line);
  return { story, events, head: digest.head, contentDigest: digest.contentDigest };
}

export interface Imported {
  readonly story: string;
  readonly added: number;
  /** Those that the story had already. */
  readonly known: number;
  /** Undefined where nothing was to be stored. */
  readonly contentDigest?: string;
}

/** Reads the whole file before anything is stored: what cannot be read leaves nothing. */
export async function importStory(log: EventLog, file: string, story: string, dryRun: boolean): Promise<Imported> {
  const events: StoryEvent[] = [];
  try {
    const handle = await open(file);
    for await (const { event } of readCloudEvents(handle.readLines())) events.push(event);
  } catch (error) {
    if (error instanceof HindcastError) throw error;
    throw new HindcastError('bad-request', error instanceof Error ? error.message : String(error), [{ at: 'file', message: 'cannot be read' }], {
      cause: error,
    });
  }
  if (events.length === 0) throw new HindcastError('bad-request', `There is no event in ${file}.`, [{ at: 'file', message: 'empty' }]);
  const { added, known } = await appendNew(log, story, events, dryRun);
  if (dryRun) return { story, added, known };
  const { contentDigest } = await verifyStory(log, story);
  return { story, added, known, contentDigest };
}

export interface Verified {
  readonly story: string;
  readonly events: number;
  readonly head: string;
  readonly contentDigest: string;
  /** Copies of an id that the story has before; the first of them counts. */
  readonly copies: number;
  /** The first thing that does not fit; undefined where all does. */
  readonly fault?: string;
}

/** Reads a whole story and says the first event that does not fit. `against`: a head that was published. */
export async function verifyStory(log: EventLog, story: string, against?: string): Promise<Verified> {
  const wanted = against === undefined ? undefined : revisionOfHead(against);
  if (against !== undefined && wanted === undefined)
    throw new HindcastError('bad-request', `"${against.slice(0, 120)}" is no head: sha256:<64 digits>@<revision>.`, [{ at: 'against', message: 'no head' }]);
  const digest = new Digest();
  const seen = new Set<string>();
  let fault: string | undefined;
  let next = 0;
  let copies = 0;
  for await (const { logged, ...parsed } of parsedEvents(log, story)) {
    const at = `revision ${logged.revision}`;
    if (logged.revision !== next) fault ??= `${at} follows revision ${next - 1}: what was between is missing`;
    next = logged.revision + 1;
    if ('fault' in parsed) {
      fault ??= `${at} is no event of this version: ${parsed.fault}`;
      continue;
    }
    const { event } = parsed;
    if (logged.id !== logId(story, event.id)) fault ??= `${at} ("${event.id}") does not have the log id that belongs to it`;
    if (seen.has(event.id)) copies++;
    seen.add(event.id);
    digest.take(event);
    if (wanted === logged.revision && digest.head !== against)
      fault ??= `the events up to revision ${wanted} are not those of the published head: here they make ${digest.head}`;
  }
  if (next === 0) throw new HindcastError('unknown-story', `"${story}" is not in this log.`);
  if (wanted !== undefined && wanted >= next) fault ??= `the published head is at revision ${wanted}, and the story ends at ${next - 1}: events are missing`;
  const { head, contentDigest } = digest;
  return { story, events: next, head, contentDigest, copies, ...(fault === undefined ? {} : { fault }) };
}
