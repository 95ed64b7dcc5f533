/**
 * One import, or one bare reading of the same file, in a process of its own, so that the memory is its alone.
 * Units: ms; bytes of memory that is the process's own (pages of the log that are mapped into it are not), where the system says
 * so, else all that is resident.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { JSONParser } from '@streamparser/json';
import PostalMime from 'postal-mime';
import { importStory } from '../../src/cli/import-story.js';
import { messagesOf } from '../../src/importers/mbox.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { help } from './helpers.js';

export interface Job {
  readonly path: string;
  readonly format: 'cloudevents' | 'mail' | 'x-archive';
  /** A folder for the log. */
  readonly folder: string;
}

export interface Done {
  readonly events: number;
  readonly milliseconds: number;
  readonly peak: number;
}

const SAMPLED_MS = 50;

function ownMemory(): number {
  try {
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN) * 1024;
  } catch {
    return process.memoryUsage.rss();
  }
}

async function measured(work: () => Promise<number>): Promise<Done> {
  let peak = ownMemory();
  const sample = () => {
    peak = Math.max(peak, ownMemory());
  };
  const timer = setInterval(sample, SAMPLED_MS);
  const begin = performance.now();
  const events = await work();
  const milliseconds = performance.now() - begin;
  clearInterval(timer);
  sample();
  return { events, milliseconds, peak };
}

async function imported({ path, folder }: Job, dryRun: boolean): Promise<Done> {
  const log = await openEmbeddedLog({ folder });
  try {
    return await measured(async () => {
      const { kept } = await importStory(log, { path, story: 'imported', dryRun });
      return Object.values(kept).reduce((sum, count) => sum + count, 0);
    });
  } finally {
    await log.close();
  }
}

/** The file read once by what is usual for its format, and nothing done with it. */
const BARE: Readonly<Record<Job['format'], (path: string) => Promise<number>>> = {
  async cloudevents(path) {
    let count = 0;
    for await (const line of createInterface({ input: createReadStream(path) })) if (JSON.parse(line) !== null) count++;
    return count;
  },
  async mail(path) {
    let count = 0;
    for await (const { bytes } of messagesOf(createReadStream(path), path)) if ((await PostalMime.parse(bytes)).messageId !== undefined) count++;
    return count;
  },
  async 'x-archive'(path) {
    let count = 0;
    const parser = new JSONParser({ paths: ['$.*.dmConversation.messages.*'], keepStack: false });
    parser.onValue = () => {
      count++;
    };
    let begun = false;
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      parser.write(begun ? chunk : chunk.subarray(chunk.indexOf('=') + 1));
      begun = true;
    }
    return count;
  },
};

const deeds = {
  import: (job: Job) => imported(job, false),
  dryRun: (job: Job) => imported(job, true),
  bare: ({ path, format }: Job) => measured(() => BARE[format](path)),
};
export type Importing = typeof deeds;

if (process.send !== undefined) help(deeds);
