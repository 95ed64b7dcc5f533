/**
 * What holds of nodes over one log, whoever went first: asked when all has settled.
 * Invariants, of which each is thrown for by itself: what is acknowledged is stored, once, with that body and at that revision;
 * one append is the doing of one request, and a refused one of none; a refusal is right of some state that the log was in
 * between the request and the answer; a reader sees whole appends; every node knows what every other knows.
 * Unit: one course of things.
 */
import { canonicalBody } from '../../events/catalogue.js';
import { isHappening, type RecordedHappening, type StoryEvent } from '../../events/event.js';
import { correctedRequestIds, inlineRequests } from '../../events/resolve.js';
import { HindcastError } from '../../src/errors.js';
import type { LogEvent } from '../../src/log/log.js';
import { judge, type KnownStory, type Verdict } from '../../src/recording/judging.js';
import type { Expectation } from '../../src/recording/recorder.js';
import type { Outcome, World } from './interleaved-nodes.js';
import { readEvent, StorySoFar } from './known-story.js';

/** One append as it stands in the log. */
interface Stored {
  readonly first: number;
  readonly last: number;
  readonly events: readonly LogEvent[];
}

function fail(what: string, about: unknown): never {
  throw new Error(`${what}: ${JSON.stringify(about)}`);
}

const isSame = (a: StoryEvent, b: StoryEvent) => a.id === b.id && canonicalBody(a) === canonicalBody(b);

const shown = ({ node, events, expected, asked, answered, recording, refused }: Outcome) => ({
  node,
  ids: events.map(({ id }) => id),
  expected,
  asked,
  answered,
  ...(recording === undefined ? {} : { revision: recording.revision, repeated: recording.repeated }),
  ...(refused === undefined ? {} : { refused }),
});

/** What an append comes to, judged by all that was stored before: the code of a refusal, or the verdict. */
function judged(events: readonly StoryEvent[], expected: Expectation, story: KnownStory): Verdict['is'] | string {
  try {
    return judge({ events, expected, at: (_, path) => path }, story).is;
  } catch (error) {
    if (error instanceof HindcastError) return error.code;
    throw error;
  }
}

/** Appends of the log, by the mark that the last event of each carries. */
function appendsOf(events: readonly LogEvent[]): Stored[] {
  const appends: Stored[] = [];
  let first = 0;
  for (const [i, { metadata }] of events.entries()) {
    if (typeof (metadata as { append?: unknown }).append !== 'string') continue;
    appends.push({ first, last: i, events: events.slice(first, i + 1) });
    first = i + 1;
  }
  if (first < events.length) fail('an append has no end', events.slice(first));
  return appends;
}

function checkAcknowledged(world: World): void {
  const { events } = world.log;
  const ids = new Set(events.map((event) => readEvent(event).id));
  if (ids.size < events.length) fail('an id is stored twice', [...events.map((event) => readEvent(event).id)]);
  for (const outcome of world.outcomes) {
    const { recording, answered } = outcome;
    if (recording === undefined) continue;
    if (recording.events.length !== outcome.events.length || recording.revision !== recording.events.at(-1)?.revision)
      fail('the answer is not about what was sent', shown(outcome));
    for (const [i, { revision }] of recording.events.entries()) {
      const stored = events[revision];
      if (stored === undefined || revision >= (world.log.states[answered] as number)) fail('acknowledged and not stored', shown(outcome));
      if (!isSame(readEvent(stored), outcome.events[i] as StoryEvent)) fail('acknowledged, and something else is stored', shown(outcome));
      if (stored.position > recording.position) fail('the position that is answered lies before what is stored', shown(outcome));
    }
  }
}

/** Each append of the log is the doing of one request: of one that was told so, or else of one that does not know. */
function checkMakers(world: World, appends: readonly Stored[]): void {
  const made = world.outcomes.filter(({ recording }) => recording?.repeated === false);
  const makerOf = new Map<number, Outcome>();
  for (const outcome of made) {
    const first = outcome.recording?.events[0]?.revision as number;
    const other = makerOf.get(first);
    if (other !== undefined) fail('two have made one append', [shown(outcome), shown(other)]);
    makerOf.set(first, outcome);
    if (!appends.some((append) => append.first === first && append.last === outcome.recording?.revision))
      fail('it is not stored as one append', shown(outcome));
  }
  for (const append of appends) {
    if (makerOf.has(append.first)) continue;
    const events = append.events.map(readEvent);
    const mayHave = world.outcomes.some(
      ({ recording, refused, events: sent }) =>
        recording === undefined && refused === undefined && sent.length === events.length && sent.every((event, i) => isSame(event, events[i] as StoryEvent)),
    );
    if (!mayHave)
      fail(
        'nobody was told of an append that is stored',
        events.map(({ id }) => id),
      );
  }
  // What each was stored after is what it was to be judged by.
  const story = new StorySoFar();
  for (const append of appends) {
    const maker = makerOf.get(append.first);
    const verdict = judged(append.events.map(readEvent), maker?.expected ?? {}, story);
    if (verdict !== 'new')
      fail(`stored where it was to be refused (${verdict})`, maker === undefined ? append.events.map(({ metadata }) => metadata) : shown(maker));
    for (const event of append.events) story.take(event);
  }
}

function checkRefused(world: World): void {
  const { log, outcomes } = world;
  const refused = outcomes.filter((outcome) => outcome.refused !== undefined);
  for (const outcome of refused) {
    if (Object.keys(outcome.expected).length === 0 && (outcome.refused === 'wrong-revision' || outcome.refused === 'story-exists'))
      fail('told of a revision and named none', shown(outcome));
  }
  const open = new Set(refused);
  const story = new StorySoFar();
  for (const [state, count] of log.states.entries()) {
    for (const event of log.events.slice(story.revision + 1, count)) story.take(event);
    for (const outcome of open) {
      if (state < outcome.asked || state > outcome.answered) continue;
      if (judged(outcome.events, outcome.expected, story) === outcome.refused) open.delete(outcome);
    }
  }
  for (const outcome of open) fail('refused for what never was', shown(outcome));
}

/** An id stands for one event, or for one request in one message. */
function checkMeanings(world: World): void {
  const all = world.log.events.map(readEvent);
  const happenings = new Map(all.filter(isHappening).map((event) => [event.id, event as RecordedHappening]));
  const meanings = new Map<string, string>();
  const mean = (id: string, meaning: string) => {
    const other = meanings.get(id) ?? meaning;
    if (other !== meaning) fail('an id means two things', { id, meaning, other });
    meanings.set(id, meaning);
  };
  for (const event of all) {
    mean(event.id, 'an event');
    const message = happenings.get(event.type === 'EventCorrected' ? event.data.event : event.id);
    if (message === undefined) continue;
    const requests = event.type === 'EventCorrected' ? correctedRequestIds(message, event) : inlineRequests(message).map(({ id }) => id);
    for (const id of requests) mean(id, `a request in ${message.id}`);
  }
}

function checkWhole(world: World, appends: readonly Stored[]): void {
  for (const { first, last } of appends)
    for (let count = first + 1; count <= last; count++) if (world.seen.has(count)) fail('a part of an append was seen', { first, last, count });
}

/** Every node says of everything that is stored that it is, and where. */
async function checkAgreed(world: World, appends: readonly Stored[]): Promise<void> {
  for (const { events, last } of appends) {
    const drafts = events.map(({ type, data, metadata }) => ({ ...(data as object), type, id: (metadata as { id: string }).id }));
    for (let node = 0; node < world.plan.nodes; node++) {
      const { recording, code } = await world.ask(node, drafts);
      if (recording?.repeated !== true || recording.revision !== last) fail('a node does not know what is stored', { node, last, recording, code });
    }
  }
}

/** Throws what does not hold. */
export async function checkLaws(world: World): Promise<void> {
  checkAcknowledged(world);
  const appends = appendsOf(world.log.events);
  checkMakers(world, appends);
  checkMeanings(world);
  checkRefused(world);
  checkWhole(world, appends);
  const { length } = world.log.events;
  await checkAgreed(world, appends);
  if (world.log.events.length !== length) fail('a repeat was stored', world.log.events.slice(length));
}
