/**
 * An archive as an importer reads it, for tests: its events with their places, and what is reported.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoryEvent } from '../../events/event.js';
import type { ImportOptions } from '../../src/importers/format.js';
import { formatOf } from '../../src/importers/formats.js';
import { People } from '../../src/importers/people.js';
import { Report } from '../../src/importers/report.js';
import { openSource } from '../../src/importers/source.js';
import { ROOT } from '../support/places.js';

export const fixture = (name: string) => join(ROOT, 'test/importers/fixtures', name);

export interface ReadArchive {
  readonly format: string;
  readonly events: readonly StoryEvent[];
  readonly at: readonly string[];
  readonly report: Report;
  readonly people: People;
}

export interface ReadOptions extends ImportOptions {
  readonly format?: string;
  readonly people?: unknown;
  readonly skipFaults?: boolean;
}

/** Reads it twice, as an import does, and answers what came the second time, the same as at first. Throws at a fault. */
export async function readArchive(path: string, options: ReadOptions = {}): Promise<ReadArchive> {
  const people = new People(options.people);
  const source = await openSource(path);
  try {
    const format = await formatOf(source, options.format);
    const report = new Report(options);
    const reader = await format.open({ source, options, people }, report);
    const first: string[] = [];
    for await (const { event, at } of reader(report)) first.push(JSON.stringify([event, at]));
    report.check();
    const events: StoryEvent[] = [];
    const places: string[] = [];
    for await (const { event, at } of reader(new Report({ skipFaults: true }))) {
      if (first[events.length] !== JSON.stringify([event, at])) throw new Error(`read again it is not the same: ${JSON.stringify(event)}`);
      events.push(event);
      places.push(at);
    }
    if (events.length !== first.length) throw new Error('read again there are not as many events');
    return { format: format.name, events, at: places, report, people };
  } finally {
    await source.close();
  }
}

/** A folder with these files in it; answers its path. */
export function folderOf(t: { testdir(): string }, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = t.testdir();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
