/**
 * Imports an archive into a story: all of it, or nothing.
 * Invariants: what cannot be read, or does not go with the story, leaves nothing; where the log fails on the way, the same
 * again goes on from there; the same archive again adds nothing. Unit: one archive.
 */
import { SLUG } from '../../events/envelope.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { describe } from '../importers/description.js';
import { changed } from '../importers/file.js';
import type { Format, ImportOptions, Reader, Taken } from '../importers/format.js';
import { formatOf } from '../importers/formats.js';
import { isZone } from '../importers/local-time.js';
import { People } from '../importers/people.js';
import { Report, type Told } from '../importers/report.js';
import { openSource, type Source } from '../importers/source.js';
import type { EventLog } from '../log/log.js';
import { appendNew, type Plan, planNew } from './append-new.js';
import { verifyStory } from './logged-story.js';

const STORY = new RegExp(SLUG);
/** So many people are told of in a report. */
const MOST_TOLD = 100;

export interface ImportRequest extends ImportOptions {
  readonly path: string;
  readonly story: string;
  readonly dryRun?: boolean;
  /** The name of a format; left out: the one that it is recognised as. */
  readonly format?: string;
  readonly title?: string;
  /** What a file of people says, as JSON. */
  readonly people?: unknown;
  /** ISO 8601: the story opts into the rule of the next message within so long. */
  readonly possibleAnswersWithin?: string;
  readonly skipFaults?: boolean;
}

export interface Imported {
  readonly story: string;
  readonly format: string;
  readonly source: { readonly name: string; readonly digest: string };
  /** Stored now, a new description included; in a dry run: what would be. */
  readonly added: number;
  /** What the story had already, and what stood there more than once. */
  readonly known: number;
  /** How many of each type the archive gave. */
  readonly kept: Readonly<Record<string, number>>;
  readonly dropped: readonly Told[];
  readonly ambiguous: readonly Told[];
  readonly assumed: readonly string[];
  /** Those who take part most; `named`: the file of people says who they are. */
  readonly people: readonly { readonly id: string; readonly name: string; readonly aliases: readonly string[]; readonly named: boolean }[];
  readonly peopleCount: number;
  /** Undefined where nothing was to be stored. */
  readonly contentDigest?: string;
}

/** How far it is: in which reading, how many bytes of how many, and how many events. */
export interface Progress {
  readonly stage: 'looking' | 'reading' | 'storing';
  readonly bytes: number;
  readonly ofBytes: number;
  readonly events: number;
}

/** Throws errors of the register; none of them leaves half of an archive that could not be read. */
export async function importStory(log: EventLog, request: ImportRequest, onProgress: (progress: Progress) => void = () => {}): Promise<Imported> {
  check(request);
  const people = new People(request.people);
  const source = await openSource(request.path);
  try {
    const format = await formatOf(source, request.format);
    if (format.describesItself && (request.title !== undefined || request.possibleAnswersWithin !== undefined))
      throw new HindcastError('bad-request', `${format.name} says itself what the story is: --title and --possible-answers are for archives.`, [
        { at: 'format', message: 'describes itself' },
      ]);
    const meter = new Meter(source, onProgress);
    const report = new Report({ skipFaults: request.skipFaults === true });
    const read = await format.open({ source: meter.source, options: request, people }, report);
    for (const { name, why } of source.left) report.drop(why, name);
    const kept: Record<string, number> = {};
    meter.begin('reading');
    const plan = await planNew(log, request.story, counted(read(report), meter, kept), planOptions(format, report, request.story));
    try {
      report.check();
      return await store(log, request, { plan, format, source, people, report, kept, read, meter });
    } finally {
      plan.close();
    }
  } finally {
    await source.close();
  }
}

interface Read {
  readonly plan: Plan;
  readonly format: Format;
  readonly source: Source;
  readonly people: People;
  readonly report: Report;
  readonly kept: Readonly<Record<string, number>>;
  readonly read: Reader;
  readonly meter: Meter;
}

async function store(log: EventLog, request: ImportRequest, { plan, format, source, people, report, kept, read, meter }: Read): Promise<Imported> {
  const { story, path, dryRun = false } = request;
  if (plan.events === 0) throw new HindcastError('bad-request', `There is no event in ${path}.`, [{ at: 'file', message: 'empty' }]);
  const digest = await source.digest();
  const everyone = people.participants();
  const described = format.describesItself
    ? undefined
    : describe(
        {
          before: plan.described,
          people: everyone,
          source: { name: source.name, digest, format: format.name },
          ...(request.title === undefined ? {} : { title: request.title }),
          ...(request.zone === undefined ? {} : { zone: request.zone }),
          ...(request.possibleAnswersWithin === undefined ? {} : { possibleAnswersWithin: request.possibleAnswersWithin }),
        },
        report,
      );
  report.check();
  const first: StoryEvent[] = described === undefined ? [] : [described];
  const imported: Imported = {
    story,
    format: format.name,
    source: { name: source.name, digest },
    added: plan.fresh + first.length,
    known: plan.events - plan.fresh - plan.others,
    kept,
    dropped: report.dropped,
    ambiguous: report.ambiguities,
    assumed: report.assumed,
    people: everyone.slice(0, MOST_TOLD).map(({ id, name, aliases, mapped }) => ({ id, name, aliases, named: mapped })),
    peopleCount: everyone.length,
  };
  if (dryRun) return imported;
  meter.begin('storing');
  const again = new Report({ skipFaults: true });
  if (imported.added > 0) await appendNew(log, story, plan, asChecked(counted(read(again), meter)), first);
  const { contentDigest } = await verifyStory(log, story);
  return { ...imported, contentDigest };
}

function check({ story, zone }: ImportRequest): void {
  if (!STORY.test(story))
    throw new HindcastError('bad-request', `"${story.slice(0, 80)}" is no story id: lower case, digits and hyphens, at most 64.`, [
      { at: 'as', message: 'not a story id' },
    ]);
  if (zone !== undefined && !isZone(zone))
    throw new HindcastError('bad-request', `"${zone.slice(0, 80)}" is no time zone: give an IANA name, such as Europe/Berlin.`, [
      { at: 'tz', message: 'not a time zone' },
    ]);
}

function planOptions({ copies, essence }: Format, report: Report, story: string): Parameters<typeof planNew>[3] {
  return {
    ...(essence === undefined ? {} : { essence }),
    ...(copies === 'refused'
      ? {}
      : {
          onConflict: ({ id, at, first }) =>
            report.ambiguous(
              'the first of those with one id is kept; this one says something else and is left out',
              `${at} ("${id}", as ${first ?? `in ${story}`})`,
            ),
        }),
  };
}

/** Events that were read once without a fault: a fault is of a file that is another by now. */
async function* asChecked<E>(events: AsyncIterable<E>): AsyncGenerator<E> {
  try {
    yield* events;
  } catch (error) {
    throw changed(error);
  }
}

async function* counted(events: AsyncIterable<Taken>, meter: Meter, kept?: Record<string, number>): AsyncGenerator<Taken> {
  for await (const taken of events) {
    meter.event();
    if (kept !== undefined) kept[taken.event.type] = (kept[taken.event.type] ?? 0) + 1;
    yield taken;
  }
}

/** Counts what is read of a source. */
class Meter {
  readonly source: Source;
  private readonly onProgress: (progress: Progress) => void;
  private stage: Progress['stage'] = 'looking';
  private bytes = 0;
  private events = 0;
  /** At first all there is; then what the first whole reading took. */
  private ofBytes: number;

  constructor(source: Source, onProgress: (progress: Progress) => void) {
    this.onProgress = onProgress;
    this.ofBytes = source.entries.reduce((sum, entry) => sum + entry.size, 0);
    this.source = { ...source, entries: source.entries.map((entry) => ({ ...entry, read: () => this.counted(entry.read()) })) };
  }

  begin(stage: Progress['stage']): void {
    if (stage === 'storing') this.ofBytes = this.bytes;
    this.stage = stage;
    this.bytes = 0;
    this.events = 0;
  }

  event(): void {
    this.events++;
  }

  private async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      this.onProgress({ stage: this.stage, bytes: this.bytes, ofBytes: this.ofBytes, events: this.events });
      yield chunk;
    }
  }
}
