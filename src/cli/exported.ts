/**
 * A story as a server exports it: kept as a file, or checked as if it were read from a log.
 * Invariants: what is kept are the server's own bytes; an export from which events are missing does not verify. An export has no
 * revisions: they are counted, from 0, which is what they are in a log from which nothing is missing.
 */
import { HindcastError } from '../errors.js';
import { linesOf } from '../importers/lines.js';
import type { LogEvent } from '../log/log.js';
import type { EventsOptions, StoryLog } from '../recording/recorded-events.js';
import { logId, streamOf } from '../recording/recorder.js';
import type { Client, ExportOptions } from '../sdk/index.js';
import { type Exported, exportStory, type Verified, verifyStory } from './logged-story.js';

/** The log that an export is read from, as far as it tells of it. */
function logOf(client: Client, story: string, options: EventsOptions = {}, onPiece: (bytes: Uint8Array) => Promise<void> = async () => {}): StoryLog {
  async function* pieces() {
    for await (const piece of client.export(story, options)) {
      await onPiece(piece);
      yield piece;
    }
  }
  async function* read(): AsyncGenerator<LogEvent> {
    let revision = 0;
    for await (const { number, text } of linesOf(pieces())) yield logged(text, number, story, revision++);
  }
  return { read };
}

function logged(text: string, line: number, story: string, revision: number): LogEvent {
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new HindcastError('bad-json', `Line ${line} of the export is not JSON.`, [{ at: `line ${line}`, message: 'not JSON' }]);
  }
  const { id, type, data, schemaversion, recordedat } = event;
  return {
    id: logId(story, String(id)),
    stream: streamOf(story),
    type: String(type).replace(/^hindcast[.]/, ''),
    data: data as LogEvent['data'],
    metadata: { id: String(id), version: Number(schemaversion) },
    revision,
    position: '',
    created: Date.parse(String(recordedat)),
  };
}

/** Writes what the server exports; `write` resolves when more may be written. */
export async function exportFrom(client: Client, story: string, write: (bytes: Uint8Array) => Promise<void>, options: EventsOptions = {}): Promise<Exported> {
  const { revision } = await client.story(story);
  const exported = await exportStory(logOf(client, story, options, write), story, async () => {});
  const missing = options.truncated === 'accept' ? undefined : missingOf(exported.events, revision);
  if (missing !== undefined) throw new HindcastError('bad-event', `${missing}. What was written is all that the server has.`);
  return exported;
}

/** Writes a story as another format shows it. */
export async function exportAs(client: Client, story: string, options: ExportOptions, write: (bytes: Uint8Array) => Promise<void>) {
  let bytes = 0;
  for await (const piece of client.export(story, options)) {
    bytes += piece.length;
    await write(piece);
  }
  return { story, format: options.format, bytes };
}

export async function verifyServed(client: Client, story: string, against?: string): Promise<Verified> {
  const { revision } = await client.story(story);
  const verified = await verifyStory(logOf(client, story), story, against);
  const fault = missingOf(verified.events, revision) ?? verified.fault;
  return fault === undefined ? verified : { ...verified, fault };
}

function missingOf(events: number, revision: number): string | undefined {
  return events > revision ? undefined : `the server exports ${events} events of a story that is at revision ${revision}: events are missing`;
}
