/**
 * The recorder: takes what an author drafted, checks it, and has the writer of the story append it to the log.
 * Invariants: a refused append stores nothing; the same append again adds nothing; an id never means two things.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { nanoid } from 'nanoid';
import { v5 as uuidv5 } from 'uuid';
import { catalogue } from '../../events/catalogue.js';
import { SLUG } from '../../events/envelope.js';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError } from '../errors.js';
import { checkOwnIds, type Expectation } from './judging.js';
import type { AppendableLog, ReadModel } from './knowledge.js';
import { type Recording, StoryWriter } from './story-writer.js';

export type { Expectation } from './judging.js';
export type { Recording } from './story-writer.js';

/** The namespace of log ids: fixed for ever, so that one event has one id in every log. */
const NAMESPACE = '6f0e6a52-6d0c-4c3c-9d63-7a5f6a0d9b51';
/** So many drafts are checked in one turn of the event loop. */
const PARSED_A_TURN = 128;

const STORY = new RegExp(SLUG);

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

export interface RecorderOptions {
  readonly newId?: () => string;
  /** Monotonic clock in ms. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** Resolves after so many ms. */
  readonly delay?: (ms: number) => Promise<unknown>;
}

export function createRecorder(
  log: AppendableLog,
  timeline: ReadModel,
  { newId = nanoid, now = () => performance.now(), random = Math.random, delay: wait = delay }: RecorderOptions = {},
): Recorder {
  const writers = new Map<string, StoryWriter>();

  timeline.onCommit((story) => {
    const writer = writers.get(story);
    writer?.seen();
    if (writer?.isIdle === true) writers.delete(story);
  });

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
      let writer = writers.get(story);
      if (writer === undefined) {
        writer = new StoryWriter({ log, timeline, story, stream: streamOf(story), logId: (id) => logId(story, id), now, random, delay: wait });
        writers.set(story, writer);
      }
      try {
        return await writer.append({ events, expected, at });
      } finally {
        if (writer.isIdle && writers.get(story) === writer) writers.delete(story);
      }
    },
  };
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
