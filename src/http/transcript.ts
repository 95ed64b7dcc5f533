/**
 * What a transcript of a story is made of, read from the read model piece by piece, while it is written.
 * Invariants: a few dozen steps are held at a time, and other work gets its turn between them; each reading is consistent by
 * itself, and whether the story has changed between them is told at the end.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { isHappening, type RecordedHappening } from '../../events/event.js';
import { inlineRequests } from '../../events/resolve.js';
import type { EffectiveHappening, Request, Step } from '../../events/steps.js';
import { compareKeys, endOf, instantOf, MARK_SEQ } from '../../events/story-time.js';
import {
  type Asked,
  type Lapsed,
  type RequestRow,
  type RequestsTold,
  type Standing,
  STANDINGS,
  type Told,
  type Transcript,
  type Withdrawn,
} from '../exporters/transcript.js';
import type { AnyProjection, Fold, Timeline } from '../timeline/timeline.js';
import { openReading, PAGE, type ReadingQuery, type StoryReading } from './story-reading.js';

const VIEW = 'unanswered-requests';

/** A transcript, and whether it is of a past that is still being worked out. `release` lets go of what it reads. */
export interface ReadTranscript {
  readonly transcript: Transcript;
  readonly stale: boolean;
  release(): void;
}

/** Begins to read a story; undefined where it is not there. Throws `view-failed`, `shutting-down`. */
export async function readTranscript(timeline: Timeline, story: string, query: ReadingQuery): Promise<ReadTranscript | undefined> {
  const { as, at } = query;
  const requests = await readRequests(timeline, story, query);
  const reading = await openReading(timeline, story, query);
  if (reading === undefined) return undefined;
  const { told, track, upTo, release } = reading;
  const stepOf = (id: string): EffectiveHappening | undefined => {
    const step = timeline.step(track, id);
    return step === undefined || (upTo !== undefined && compareKeys(step.key, upTo) > 0) ? undefined : step;
  };
  const transcript: Transcript = {
    ...told,
    entries: entriesOf(timeline, story, reading, as),
    stands: (event) => stepOf(event) !== undefined,
    asked: (request) => askedBy(timeline, story, request, stepOf),
    // Those eyes are told nothing of what is not in sight.
    withdrawn: as === undefined ? withdrawnOf(timeline, story, at ?? Infinity) : none(),
    requests,
  };
  return { transcript, stale: requests.stale, release };
}

/** The requests of a story, as of a moment and through any eyes. Throws `view-failed`, `shutting-down`. */
export async function readRequests(timeline: Timeline, story: string, { as, at }: Pick<ReadingQuery, 'as' | 'at'>): Promise<RequestsTold> {
  const view = timeline.projection(VIEW) as AnyProjection;
  const how = { ...(at === undefined ? {} : { upTo: endOf(at) }), ...(as === undefined ? {} : { lens: as }) };
  return requestsOf(await timeline.fold(story, view, how), () => timeline.fold(story, view, how));
}

async function* none(): AsyncGenerator<never> {}

async function* entriesOf(timeline: Timeline, story: string, reading: StoryReading, as: string | undefined): AsyncGenerator<Told | Lapsed> {
  for await (const step of reading.steps()) {
    const entry = entryOf(timeline, story, step, as);
    if (entry !== undefined) yield entry;
  }
}

function entryOf(timeline: Timeline, story: string, step: Step, as: string | undefined): Told | Lapsed | undefined {
  if (step.kind === 'mooted') return { kind: 'mooted', at: step.key[0], note: step.note };
  if (step.kind !== 'happening') return undefined;
  if (as !== undefined) return { kind: 'happening', happening: timeline.told(story, step, as) };
  const { corrected, event } = step;
  const correction = corrected === undefined ? undefined : timeline.event(story, corrected.by)?.event;
  const withdrawn = withdrawnFrom(timeline, story, step);
  return {
    kind: 'happening',
    happening: step,
    ...(correction?.type === 'EventCorrected' && correction.data.event === event.id ? { correction } : {}),
    ...(withdrawn.length === 0 ? {} : { withdrawn }),
  };
}

function withdrawal(timeline: Timeline, story: string, id: string): Pick<Withdrawn, 'by'> | undefined {
  for (const note of timeline.event(story, id)?.notes ?? []) if (note.type === 'EventRetracted' && note.data.event === id) return { by: note };
  return undefined;
}

/** What was said of a happening in force, and has been taken back. */
function withdrawnFrom(timeline: Timeline, story: string, { event, notes }: EffectiveHappening): Withdrawn[] {
  const { requests, answers, followUps, claims } = notes;
  const inForce = new Set([...requests, ...answers, ...followUps, ...claims].map(({ id }) => id));
  const written = inlineRequests(event).filter(({ id }) => !inForce.has(id));
  const said = (timeline.event(story, event.id)?.notes ?? []).flatMap((note): Withdrawn[] => {
    if (inForce.has(note.id) || note.type === 'EventRetracted' || note.type === 'StoryDescribed' || note.type === 'RequestMooted') return [];
    // A note may be about this happening and stand at another.
    if (note.data.event !== event.id) return [];
    const by = withdrawal(timeline, story, note.id);
    return by === undefined ? [] : [{ what: note, ...by }];
  });
  return [...written.map((what): Withdrawn => ({ what })), ...said];
}

/** Happenings that were taken back, and so was that a request had lost its object; in the order of the log. */
async function* withdrawnOf(timeline: Timeline, story: string, until: number): AsyncGenerator<Withdrawn> {
  const told = new Set<string>();
  let after = '';
  for (let limit = PAGE; ; await turn()) {
    const changes = timeline.changes(story, after, limit);
    for (const { id, now } of changes) {
      const isMark = now?.[1] === MARK_SEQ;
      if ((now !== undefined && !isMark) || told.has(id)) continue;
      const found = timeline.event(story, id);
      if (found === undefined) continue;
      const { event } = found;
      const isDone = isHappening(event)
        ? found.retractedBy !== undefined && hasHappened(event, until)
        : event.type === 'RequestMooted' && instantOf(event.data.at) <= until;
      const by = isDone ? withdrawal(timeline, story, id) : undefined;
      if (by === undefined) continue;
      told.add(id);
      yield { what: event, ...by };
    }
    const last = changes.at(-1);
    if (last === undefined || changes.length < limit) return;
    // What one event changed may go beyond the page: it is read again, whole.
    const before = changes.findLast(({ position }) => position !== last.position);
    after = before?.position ?? after;
    limit = before === undefined ? limit * 2 : PAGE;
  }
}

const hasHappened = ({ occurredAt }: RecordedHappening, until: number): boolean => (occurredAt === null ? until === Infinity : instantOf(occurredAt) <= until);

/** A request that is asked by a happening that stands in the transcript. */
function askedBy(timeline: Timeline, story: string, id: string, stepOf: (event: string) => EffectiveHappening | undefined): Asked | undefined {
  const note = timeline.event(story, id)?.event;
  const host = note?.type === 'RequestIdentified' ? note.data.event : timeline.writtenIn(story, id);
  const step = host === undefined ? undefined : stepOf(host);
  const request = step?.notes.requests.find((one: Request) => one.id === id);
  return step === undefined || request === undefined ? undefined : { request, event: step.event };
}

/** The view of requests, first asked first. Each page is of a fold of its own: what is kept of a view may move meanwhile. */
function requestsOf(first: Fold, fold: () => Promise<Fold>): RequestsTold {
  const sizes = STANDINGS.map((standing) => [standing, first.list(standing)?.size ?? 0] as const);
  const page = async (standing: Standing, before: number | undefined) => {
    const { rows = [], next = null } = (await fold()).list(standing)?.page(PAGE, before) ?? {};
    return { rows: rows as readonly RequestRow[], next };
  };
  return {
    stale: first.stale,
    totals: Object.fromEntries(sizes) as Record<Standing, number>,
    async *rows(standing) {
      // A list is read from its end: where its pages begin is found first.
      const starts: (number | undefined)[] = [];
      for (let before: number | null | undefined; before !== null; ) {
        starts.push(before);
        before = (await page(standing, before)).next;
        await turn();
      }
      for (const before of starts.reverse()) {
        yield* (await page(standing, before)).rows.toReversed();
        await turn();
      }
    },
  };
}
