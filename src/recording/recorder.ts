/**
 * The recorder: takes what an author drafted, checks it against the story as it stands, and appends it to the log.
 * Invariants: a refused append stores nothing; the same append again adds nothing; an id never means two things.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { nanoid } from 'nanoid';
import { v5 as uuidv5 } from 'uuid';
import { canonicalBody, catalogue } from '../../events/catalogue.js';
import { SLUG } from '../../events/envelope.js';
import { isHappening, type RecordedHappening, type RecordedNote, type StoryEvent } from '../../events/event.js';
import { applyCorrection, inlineRequests, targetsOf } from '../../events/resolve.js';
import { type Fault, HindcastError } from '../errors.js';
import { type EventLog, type Position, WrongExpectedRevision } from '../log/log.js';
import type { Timeline } from '../timeline/timeline.js';

/** The namespace of log ids: fixed for ever, so that one event has one id in every log. */
const NAMESPACE = '6f0e6a52-6d0c-4c3c-9d63-7a5f6a0d9b51';
/** How long an append waits for the read model where another writer was faster. */
const CATCH_UP_MS = 5_000;
/** Another writer may be faster again and again; after so many times the writer is told. */
const MOST_TRIES = 20;

/** So many drafts are checked in one turn of the event loop. */
const PARSED_A_TURN = 128;
const LONGEST_ID = 200;

const STORY = new RegExp(SLUG);

export interface Expectation {
  /** The story must be at this revision. */
  readonly revision?: number;
  /** The story must not exist. */
  readonly absent?: boolean;
  /** The story must exist. */
  readonly present?: boolean;
}

export interface Recording {
  /** Revision and position of the last event of the append. */
  readonly revision: number;
  readonly position: Position;
  /** The events as they are stored, in order. */
  readonly events: readonly (StoryEvent & { readonly story: string; readonly revision: number })[];
  /** True where all of it had been stored before. */
  readonly repeated: boolean;
}

export interface Recorder {
  /** Appends drafts to a story, all or none. Throws errors of the register that name the faults. */
  record(story: string, drafts: readonly unknown[], expected?: Expectation): Promise<Recording>;
}

/** The log's id of an event of a story. */
export function logId(story: string, event: string): string {
  return uuidv5(`${story}/${event}`, NAMESPACE);
}

export function streamOf(story: string): string {
  return `story-${story}`;
}

/** What this process has appended and the read model has not taken in yet. */
interface Pending {
  readonly event: StoryEvent;
  readonly revision: number;
  readonly stored: Promise<{ revision: number; position: Position }>;
}

interface Desk {
  /** By event id. */
  readonly pending: Map<string, Pending>;
  /** Ids of requests written inside pending messages. */
  readonly inline: Set<string>;
  /** Revision the next append is expected to find, or undefined where only the read model knows. */
  revision: number | undefined;
}

export function createRecorder(log: EventLog, timeline: Timeline, newId: () => string = nanoid): Recorder {
  const desks = new Map<string, Desk>();

  timeline.onCommit((story) => {
    const desk = desks.get(story);
    if (desk === undefined) return;
    for (const [id, { event }] of desk.pending) {
      if (!timeline.knows(story, id)) continue;
      desk.pending.delete(id);
      if (isHappening(event)) for (const request of inlineRequests(event as RecordedHappening)) desk.inline.delete(request.id);
    }
    if (desk.pending.size === 0) desks.delete(story);
  });

  const known = (story: string, desk: Desk, id: string): { event: StoryEvent; revision: number } | undefined =>
    desk.pending.get(id) ?? asKnown(timeline.event(story, id)?.event);

  /** Throws where an annotation is about nothing, or about the wrong thing. */
  const checkTargets = (story: string, desk: Desk, events: readonly StoryEvent[], at: (i: number, path: string) => string): void => {
    const batch = new Map(events.map((event) => [event.id, event]));
    const inBatch = new Set(events.flatMap((event) => (isHappening(event) ? inlineRequests(event as RecordedHappening).map((request) => request.id) : [])));
    const find = (id: string): StoryEvent | 'request' | undefined => {
      const event = batch.get(id) ?? known(story, desk, id)?.event;
      if (event !== undefined) return event;
      return inBatch.has(id) || desk.inline.has(id) || timeline.knows(story, id) ? 'request' : undefined;
    };
    for (const [i, event] of events.entries()) {
      if (isHappening(event)) continue;
      const missing = targetsOf(event as RecordedNote).filter((id) => find(id) === undefined);
      if (missing.length > 0)
        throw new HindcastError('unknown-target', `${event.id} is about ${missing.map((id) => `"${id}"`).join(', ')}.`, [
          { at: at(i, '/data'), message: `not in the story: ${missing.join(', ')}` },
        ]);
      const fault = targetFault(event, find);
      if (fault !== undefined) throw new HindcastError('bad-target', `${event.id}: ${fault.message}.`, [{ at: at(i, fault.at), message: fault.message }]);
      if (event.type !== 'EventCorrected') continue;
      const corrected = applyCorrection(find(event.data.event) as RecordedHappening, event as Parameters<typeof applyCorrection>[1]);
      const given = 'event' in corrected ? inlineRequests(corrected.event).map((request) => request.id) : [];
      const taken = given.find((id, n) => given.indexOf(id) !== n || (find(id) !== undefined && timeline.writtenIn(story, id) !== event.data.event));
      if (taken !== undefined)
        throw new HindcastError('id-reused', `"${taken}", a request that ${event.id} writes into a message, is taken.`, [
          { at: at(i, '/data/set/data/requests'), message: `"${taken}" is taken` },
        ]);
      if ('reason' in corrected)
        throw new HindcastError('bad-event', `Corrected by ${event.id}, the event would not be valid: ${corrected.reason}.`, [
          { at: at(i, '/data/set'), message: corrected.reason },
        ]);
    }
  };

  const attempt = async (story: string, events: readonly StoryEvent[], expected: Expectation, at: (i: number, path: string) => string): Promise<Recording> => {
    const desk: Desk = desks.get(story) ?? { pending: new Map(), inline: new Set(), revision: undefined };
    const before = events.map((event) => known(story, desk, event.id));
    for (const [i, event] of events.entries()) {
      const other = before[i];
      if (other !== undefined && canonicalBody(other.event) !== canonicalBody(event))
        throw new HindcastError('id-reused', `"${event.id}" is stored with another body.`, [{ at: at(i, '/id'), message: 'stored with another body' }]);
      if (other === undefined && (desk.inline.has(event.id) || timeline.knows(story, event.id)))
        throw new HindcastError('id-reused', `"${event.id}" is a request inside a message.`, [
          { at: at(i, '/id'), message: 'taken by a request inside a message' },
        ]);
    }
    const stored = before.filter((other) => other !== undefined);
    for (const [i, event] of events.entries()) {
      if (before[i] !== undefined || !isHappening(event)) continue;
      for (const { id } of inlineRequests(event as RecordedHappening)) {
        if (desk.inline.has(id) || desk.pending.has(id) || timeline.knows(story, id))
          throw new HindcastError('id-reused', `"${id}", a request inside ${event.id}, is taken.`, [
            { at: at(i, '/data/requests'), message: `"${id}" is taken` },
          ]);
      }
    }
    if (stored.length === events.length) return repeated(story, desk, events, stored);
    if (stored.length > 0) {
      const ids = events.filter((_, i) => before[i] !== undefined).map((event) => event.id);
      throw new HindcastError(
        'partly-stored',
        `Stored already: ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}.`,
        ids.slice(0, 10).map((id) => ({
          at: at(
            events.findIndex((event) => event.id === id),
            '/id',
          ),
          message: 'stored already',
        })),
      );
    }
    const revision = desk.revision ?? timeline.story(story)?.revision ?? -1;
    if (expected.present === true && revision < 0)
      throw new HindcastError('wrong-revision', 'It does not exist.', [{ at: 'If-Match', message: 'the story does not exist' }]);
    if (expected.absent === true && revision >= 0) throw new HindcastError('story-exists', `It is at revision ${revision}.`);
    if (expected.revision !== undefined && expected.revision !== revision)
      throw new HindcastError('wrong-revision', revision < 0 ? 'It does not exist.' : `It is at revision ${revision}.`, [
        { at: 'If-Match', message: `expected ${expected.revision}, found ${revision}` },
      ]);
    checkTargets(story, desk, events, at);
    return append(story, desk, events, revision);
  };

  const append = async (story: string, desk: Desk, events: readonly StoryEvent[], revision: number): Promise<Recording> => {
    const data = events.map((event) => ({ id: logId(story, event.id), ...catalogue.toStored(event) }));
    // Issued before anything is awaited: the next append of this story builds on this one.
    const storing = log.append(streamOf(story), data, revision < 0 ? 'no_stream' : revision);
    const result = storing.then(({ revision: last, position }) => ({ revision: last, position }));
    result.catch(() => {});
    for (const [i, event] of events.entries()) {
      desk.pending.set(event.id, { event, revision: revision + 1 + i, stored: result });
      if (isHappening(event)) for (const request of inlineRequests(event as RecordedHappening)) desk.inline.add(request.id);
    }
    desk.revision = revision + events.length;
    desks.set(story, desk);
    try {
      const { revision: last, position, repeated: was } = await storing;
      // The log knew these ids and the read model did not yet: whether the bodies are the same is still to be seen.
      if (was) throw new WrongExpectedRevision(streamOf(story), revision, last);
      return { revision: last, position, events: events.map((event, i) => ({ ...event, story, revision: last - events.length + 1 + i })), repeated: false };
    } catch (error) {
      // What built on this append fails as well; the next one asks the read model again.
      if (desks.get(story) === desk) desks.delete(story);
      throw error;
    }
  };

  const repeated = async (story: string, desk: Desk, events: readonly StoryEvent[], stored: readonly { revision: number }[]): Promise<Recording> => {
    await Promise.all(events.map((event) => desk.pending.get(event.id)?.stored));
    const last = events.at(-1) as StoryEvent;
    const position = (await desk.pending.get(last.id)?.stored)?.position ?? timeline.event(story, last.id)?.event.position ?? '';
    return {
      revision: stored.at(-1)?.revision ?? -1,
      position,
      events: events.map((event, i) => ({ ...event, story, revision: stored[i]?.revision ?? -1 })),
      repeated: true,
    };
  };

  return {
    async record(story, drafts, expected = {}) {
      if (!STORY.test(story))
        throw new HindcastError('bad-request', `"${story.slice(0, 80)}" is no story id: lower case, digits and hyphens, at most 64.`, [
          { at: 'story', message: 'not a story id' },
        ]);
      if (drafts.length === 0) throw new HindcastError('bad-request', 'There is no event in it.', [{ at: '/', message: 'an empty list' }]);
      const at = (i: number, path: string) => (drafts.length === 1 ? path : `/${i}${path === '/' ? '' : path}`);
      const events: StoryEvent[] = [];
      for (const [i, draft] of drafts.entries()) {
        events.push(parsed(draft, newId, (path) => at(i, path)));
        // A long append gives way to those who watch.
        if (i % PARSED_A_TURN === PARSED_A_TURN - 1) await turn();
      }
      checkOwnIds(events, at);
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(story, events, expected, at);
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision) || tries === MOST_TRIES)
            throw error instanceof WrongExpectedRevision ? new HindcastError('wrong-revision', 'Others write to it faster.') : error;
          // Somebody else wrote to this story: what they wrote must be known before this can be judged again.
          const head = await log.head(streamOf(story));
          if (head !== undefined) await timeline.waitFor(head.position, CATCH_UP_MS);
        }
      }
    },
  };
}

/** Throws where two things in one append would have one id, or a request inside a message an id that nothing can name. */
function checkOwnIds(events: readonly StoryEvent[], at: (i: number, path: string) => string): void {
  const seen = new Set<string>();
  const take = (id: string, where: string) => {
    if (seen.has(id)) throw new HindcastError('id-reused', `"${id}" stands twice in this append.`, [{ at: where, message: 'stands twice' }]);
    seen.add(id);
  };
  for (const [i, event] of events.entries()) {
    take(event.id, at(i, '/id'));
    if (!isHappening(event)) continue;
    for (const { id } of inlineRequests(event as RecordedHappening)) {
      if (id.length > LONGEST_ID) {
        const message = `give the request an id: made from the message's it has more than ${LONGEST_ID} characters`;
        throw new HindcastError('bad-event', `${at(i, '/data/requests')}: ${message}`, [{ at: at(i, '/data/requests'), message }]);
      }
      take(id, at(i, '/data/requests'));
    }
  }
}

function asKnown(event: (StoryEvent & { revision: number }) | undefined): { event: StoryEvent; revision: number } | undefined {
  return event === undefined ? undefined : { event, revision: event.revision };
}

function parsed(draft: unknown, newId: () => string, at: (path: string) => string): StoryEvent {
  const result = catalogue.parseDraft(draft, newId);
  if ('event' in result) return result.event;
  const faults = result.faults.map((fault) => ({ at: at(fault.at), message: fault.message }));
  throw new HindcastError(
    result.unknownType === true ? 'unknown-type' : 'bad-event',
    faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '),
    faults,
  );
}

/** What is wrong with what a note is about, all of it being in the story. */
function targetFault(note: StoryEvent, find: (id: string) => StoryEvent | 'request' | undefined): Fault | undefined {
  if (isHappening(note) || note.type === 'StoryDescribed') return undefined;
  const data = note.data as { event?: string; request?: string };
  const target = data.event === undefined ? undefined : find(data.event);
  if (data.request !== undefined) {
    const request = find(data.request);
    if (request !== 'request' && request?.type !== 'RequestIdentified') return { at: '/data/request', message: `"${data.request}" is no request` };
  }
  if (note.type === 'EventRetracted') {
    const refused = target !== 'request' && (target?.type === 'EventRetracted' || target?.type === 'StoryDescribed');
    return refused ? { at: '/data/event', message: 'a retraction or a description is not retracted: record it anew' } : undefined;
  }
  if (target !== undefined && (target === 'request' || !isHappening(target))) return { at: '/data/event', message: `"${data.event}" is no happening` };
  return undefined;
}
