/**
 * Whether an append may be recorded, judged by the story as it is known here: the read model, and what this process has stored
 * since. Nothing is stored by it, and nothing waited for.
 * Invariants: an id never means two things; an annotation is about what is there; whoever named a revision is held to it.
 * A refusal may come of a read model that lacks what others have stored: the story's writer asks the log before it is said.
 * Unit: one append.
 */
import { canonicalBody } from '../../events/catalogue.js';
import { isHappening, type RecordedHappening, type RecordedNote, type StoryEvent } from '../../events/event.js';
import { applyCorrection, inlineRequests, targetsOf } from '../../events/resolve.js';
import { type Fault, HindcastError } from '../errors.js';

export interface Expectation {
  /** The story must be at this revision. */
  readonly revision?: number;
  /** The story must not exist. */
  readonly absent?: boolean;
  /** The story must exist. */
  readonly present?: boolean;
}

/** An append that is asked for. */
export interface Proposal {
  readonly events: readonly StoryEvent[];
  readonly expected: Expectation;
  /** Where a fault is: in which draft, and where in it. */
  at(i: number, path: string): string;
}

/** A story as it is known here. */
export interface KnownStory {
  /** Its last revision; -1 where there is none. */
  readonly revision: number;
  event(id: string): { readonly event: StoryEvent; readonly revision: number } | undefined;
  /** Is the id taken: by an event, or by a request written inside a message? */
  knows(id: string): boolean;
  /** The happening in which a request is written. */
  writtenIn(id: string): string | undefined;
}

export type Verdict =
  /** All of it is new. */
  | { readonly is: 'new' }
  /** All of it is stored with these bodies, at these revisions. */
  | { readonly is: 'repeated'; readonly revisions: readonly number[] };

/** Throws errors of the register that name the faults. */
export function judge(proposal: Proposal, story: KnownStory): Verdict {
  const { events, expected, at } = proposal;
  const before = events.map(({ id }) => story.event(id));
  for (const [i, event] of events.entries()) checkId(event, before[i]?.event, story, (path) => at(i, path));
  const stored = before.filter((other) => other !== undefined);
  if (stored.length === events.length) return { is: 'repeated', revisions: stored.map(({ revision }) => revision) };
  if (stored.length > 0) throw partlyStored(proposal, (i) => before[i] !== undefined);
  checkRevision(expected, story.revision);
  checkTargets(proposal, story);
  return { is: 'new' };
}

function checkId(event: StoryEvent, other: StoryEvent | undefined, story: KnownStory, at: (path: string) => string): void {
  if (other !== undefined) {
    if (canonicalBody(other) === canonicalBody(event)) return;
    throw new HindcastError('id-reused', `"${event.id}" is stored with another body.`, [{ at: at('/id'), message: 'stored with another body' }]);
  }
  if (story.knows(event.id))
    throw new HindcastError('id-reused', `"${event.id}" is a request inside a message.`, [{ at: at('/id'), message: 'taken by a request inside a message' }]);
  if (!isHappening(event)) return;
  for (const { id } of inlineRequests(event as RecordedHappening)) {
    if (!story.knows(id)) continue;
    throw new HindcastError('id-reused', `"${id}", a request inside ${event.id}, is taken.`, [{ at: at('/data/requests'), message: `"${id}" is taken` }]);
  }
}

function partlyStored({ events, at }: Proposal, isStored: (i: number) => boolean): HindcastError {
  const stored = events.flatMap(({ id }, i) => (isStored(i) ? [{ id, i }] : []));
  const named = stored.slice(0, 10);
  return new HindcastError(
    'partly-stored',
    `Stored already: ${named.map(({ id }) => id).join(', ')}${stored.length > 10 ? ', …' : ''}.`,
    named.map(({ i }) => ({ at: at(i, '/id'), message: 'stored already' })),
  );
}

function checkRevision(expected: Expectation, revision: number): void {
  if (expected.present === true && revision < 0)
    throw new HindcastError('wrong-revision', 'It does not exist.', [{ at: 'If-Match', message: 'the story does not exist' }]);
  if (expected.absent === true && revision >= 0) throw new HindcastError('story-exists', `It is at revision ${revision}.`);
  if (expected.revision !== undefined && expected.revision !== revision)
    throw new HindcastError('wrong-revision', revision < 0 ? 'It does not exist.' : `It is at revision ${revision}.`, [
      { at: 'If-Match', message: `expected ${expected.revision}, found ${revision}` },
    ]);
}

/** Throws where an annotation is about nothing, or about the wrong thing. */
function checkTargets({ events, at }: Proposal, story: KnownStory): void {
  const batch = new Map(events.map((event) => [event.id, event]));
  const inBatch = new Set(events.flatMap((event) => (isHappening(event) ? inlineRequests(event as RecordedHappening).map((request) => request.id) : [])));
  const find = (id: string): StoryEvent | 'request' | undefined => {
    const event = batch.get(id) ?? story.event(id)?.event;
    if (event !== undefined) return event;
    return inBatch.has(id) || story.knows(id) ? 'request' : undefined;
  };
  /** The message into which a request is written, by what is stored or by a correction in this append. */
  const corrected = new Map<string, string>();
  const writtenIn = (id: string): string | undefined => corrected.get(id) ?? story.writtenIn(id);
  const isTaken = (id: string): boolean => corrected.has(id) || find(id) !== undefined;
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
    const result = applyCorrection(find(event.data.event) as RecordedHappening, event as Parameters<typeof applyCorrection>[1]);
    const given = 'event' in result ? inlineRequests(result.event).map((request) => request.id) : [];
    const taken = given.find((id, n) => given.indexOf(id) !== n || (isTaken(id) && writtenIn(id) !== event.data.event));
    if (taken !== undefined)
      throw new HindcastError('id-reused', `"${taken}", a request that ${event.id} writes into a message, is taken.`, [
        { at: at(i, '/data/set/data/requests'), message: `"${taken}" is taken` },
      ]);
    if ('reason' in result)
      throw new HindcastError('bad-event', `Corrected by ${event.id}, the event would not be valid: ${result.reason}.`, [
        { at: at(i, '/data/set'), message: result.reason },
      ]);
    for (const id of given) corrected.set(id, event.data.event);
  }
}

const LONGEST_ID = 200;

/** Throws where two things in one append would have one id, or a request inside a message an id that nothing can name. */
export function checkOwnIds(events: readonly StoryEvent[], at: (i: number, path: string) => string): void {
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
