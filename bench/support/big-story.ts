/**
 * A long story as a log holds it, made while it is read: mail among twenty people over the years, requests that are
 * answered after a while, follow-ups, claims, links, tweets, actions, forwards and disclosures.
 * Invariants: the same options give the same events; at most `open` requests are open at any time, and about as many are
 * once the story is a few thousand events long; nothing is held but what is open, so that length costs no memory.
 * Unit: `events` counts what the log holds, annotations included. Story time goes on by a minute an event on average.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Json } from '../../events/catalogue.js';
import { formatInstant } from '../../events/story-time.js';
import {
  type Appended,
  DEFAULT_MAX_APPEND_BYTES,
  type EventLog,
  type LogEvent,
  type LogEventData,
  type Notice,
  type Position,
  type ReadOptions,
  type SubscribeOptions,
} from '../../src/log/log.js';

export interface BigStory {
  readonly events: number;
  /** So many requests are open at most; 1,000 where nothing is said. */
  readonly open?: number;
  /** Which share of the messages is disclosed to the public some days after it was sent; 0.005 where nothing is said. */
  readonly disclosed?: number;
  /** Which share of the messages has a time that is known to the day only; 0.005 where nothing is said. */
  readonly uncertain?: number;
}

/** An event, and the conversation in which an archive would hold it. */
export interface Told extends LogEventData {
  readonly conversation: number;
}

export const STORY = 'big';
export const FIRST = Date.UTC(2004, 0, 1);

const PEOPLE = 20;
const MEAN_GAP = 60_000;
const LINKS_A_THOUSAND = 5;
/** Until as many requests are open as may be, it asks more: then stories of every length have as many. */
const EAGER = 4;
const WORDS = Array.from(
  { length: 200 },
  (_, i) =>
    ['the', 'report', 'of', 'Monday', 'is', 'late', 'again', 'and', 'nobody', 'knows', 'who', 'has', 'it', 'please', 'ask', 'them'][(i * i + 3 * i) % 16],
).join(' ');

const said = { basis: 'stated', by: 'the-editor', citation: { title: 'The collection', locator: 'folder 7' } };

/** Numbers from 0 to 1 by a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Open {
  readonly id: string;
  readonly event: string;
  readonly from: number;
  readonly to: number;
}

const person = (n: number) => `person-${n}`;
const stored = (conversation: number, n: number, type: string, id: string, data: Json): Told => ({
  conversation,
  id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
  type,
  data,
  metadata: { id, version: 1 },
});

/** The events in the order in which they happened, each annotation after what it is about. */
export function* bigStory({ events, open: most = 1_000, disclosed = 0.005, uncertain = 0.005 }: BigStory): Generator<Told> {
  const random = seeded(7);
  const below = (n: number) => Math.floor(random() * n);
  const open: Open[] = [];
  let eager = true;
  let n = 0;
  let at = FIRST;
  let messages = 0;
  const conversationOf = (a: number, b: number) => Math.min(a, b) * PEOPLE + Math.max(a, b);
  const text = () => {
    const from = below(400);
    return WORDS.slice(from, from + 40 + below(240));
  };
  const links = () => (random() < 0.1 ? [`https://example.org/${below(1 + Math.ceil((n * LINKS_A_THOUSAND) / 1_000))}`] : []);
  const happening = (data: Json, visibility: string, more: { [key: string]: Json } = {}): Json => {
    const occurredAt = formatInstant(at);
    const when = { precision: 'second', approximate: false, earliest: occurredAt, latest: occurredAt, stated: null };
    return { data, sources: [], occurredAt, when, seq: 0, visibility, ...more };
  };
  const note = (conversation: number, type: string, data: { [key: string]: Json }) => {
    const id = `n${n}`;
    return stored(conversation, n++, type, id, { data: { ...data, ...said }, sources: [] });
  };

  yield stored(0, n++, 'StoryDescribed', 'about', {
    data: {
      title: 'A big story',
      description: 'Made for measuring.',
      timeZone: 'UTC',
      participants: Array.from({ length: PEOPLE }, (_, i) => ({ id: person(i), name: `Person ${i}`, aliases: [], kind: 'person' })),
      sources: [],
    },
    sources: [],
  });
  while (n < events) {
    // Days and nights: most gaps are short, some are long.
    at += 1_000 * Math.ceil((-Math.log(1 - random()) * MEAN_GAP * (random() < 0.02 ? 20 : 0.6)) / 1_000);
    if (open.length >= most) eager = false;
    const kind = random();
    const id = `m${messages++}`;
    if (kind < 0.03) {
      const by = below(PEOPLE);
      const data =
        kind < 0.02
          ? { by: person(by), text: text(), links: links(), mentions: [person(below(PEOPLE))] }
          : { by: person(by), action: 'statement', description: text(), links: links() };
      yield stored(-1 - by, n++, kind < 0.02 ? 'TweetPosted' : 'ActionTaken', id, happening(data, 'public'));
      continue;
    }
    // Whoever was asked writes back: soon, or when as many are open as may be.
    const due = open.length >= most ? open.splice(below(most / 2), 1)[0] : !eager && random() < 0.05 ? open.pop() : undefined;
    const from = due?.to ?? below(PEOPLE);
    const to = due?.from ?? (from + 1 + below(PEOPLE - 1)) % PEOPLE;
    const conversation = conversationOf(from, to);
    const byReply = due !== undefined && random() < 0.5;
    const asks = random() < (eager ? 0.1 * EAGER : 0.1);
    const forward = messages > 200 && random() < 0.01;
    const when: { [key: string]: Json } = {};
    if (random() < disclosed) when.disclosures = [{ to: 'public', at: formatInstant(at + 3_600_000 * (1 + below(240))) }];
    if (random() < uncertain) {
      const day = at - (at % 86_400_000);
      when.when = { precision: 'day', approximate: false, earliest: formatInstant(day), latest: formatInstant(day + 86_399_000), stated: null };
    }
    const data: { [key: string]: Json } = { from: person(from), to: [person(to)], channel: 'mail', text: text(), links: links() };
    if (asks) data.requests = [{ text: 'Could you send me the numbers?' }];
    if (byReply) data.inReplyTo = due.event;
    if (forward) data.forwardOf = `m${messages - 2 - below(199)}`;
    yield stored(conversation, n++, 'MessageSent', id, happening(data, 'private', when));
    if (asks) open.push({ id: `${id}#request-1`, event: id, from, to });
    if (due !== undefined && !byReply && n < events) yield note(conversation, 'AnswerIdentified', { request: due.id, event: id });
    const other = open[below(open.length)];
    if (other === undefined || n >= events) continue;
    const what = random();
    if (what < 0.01) yield note(conversation, 'FollowUpIdentified', { request: other.id, event: id });
    else if (what < 0.015) yield note(conversation, 'ClaimIdentified', { event: id, claim: 'It was done.', request: other.id });
    else if (what < 0.018) {
      yield note(conversation, 'RequestMooted', { request: other.id, at: formatInstant(at), reason: 'It was cancelled.' });
      open.splice(open.indexOf(other), 1);
    }
  }
}

/** The events as an archive holds them: conversation by conversation, each in order, all covering the same years. */
export function byConversation(events: Iterable<Told>): Told[] {
  const conversations = new Map<number, Told[]>();
  for (const event of events) {
    const conversation = conversations.get(event.conversation);
    if (conversation === undefined) conversations.set(event.conversation, [event]);
    else conversation.push(event);
  }
  return [...conversations.values()].flat();
}

/** A log that holds a story which is made anew each time it is read, and whatever is appended to it afterwards. */
export interface StoryLog extends EventLog {
  /** Appends to any story; answers the place of the last event. */
  push(story: string, ...events: readonly LogEventData[]): Position;
}

const BATCH = 500;
const CREATED = Date.UTC(2024, 0, 1);
const positionOf = (n: number): Position => String(n + 1).padStart(12, '0');

/** `told`: makes the events of the story anew, always the same `count` of them. */
export function storyLog(count: number, told: () => Iterable<LogEventData>): StoryLog {
  const more: LogEvent[] = [];
  const heads = new Map([[`story-${STORY}`, { revision: count - 1, position: count === 0 ? '' : positionOf(count - 1) }]]);
  let wake: (() => void)[] = [];
  const notify = () => {
    const waiting = wake;
    wake = [];
    for (const resolve of waiting) resolve();
  };
  const length = () => count + more.length;
  const end = (): Position => (length() === 0 ? '' : positionOf(length() - 1));
  const logged = ({ id, type, data, metadata }: LogEventData, n: number, story: string, revision: number): LogEvent => {
    return { id, type, data, metadata, stream: `story-${story}`, revision, position: positionOf(n), created: CREATED + n };
  };
  function* from(first: number): Generator<LogEvent> {
    let n = 0;
    if (first < count) for (const event of told()) if (n++ >= first) yield logged(event, n - 1, STORY, n - 1);
    for (n = Math.max(first, count); n < length(); n++) yield more[n - count] as LogEvent;
  }
  const push = (story: string, ...events: readonly LogEventData[]): Position => {
    for (const data of events) {
      const event = logged(data, length(), story, (heads.get(`story-${story}`)?.revision ?? -1) + 1);
      more.push(event);
      heads.set(event.stream, { revision: event.revision, position: event.position });
    }
    notify();
    return end();
  };
  return {
    maxAppendBytes: DEFAULT_MAX_APPEND_BYTES,
    push,
    async append(stream, events): Promise<Appended> {
      const position = push(stream.slice('story-'.length), ...events);
      return { position, revision: heads.get(stream)?.revision ?? -1, repeated: false };
    },
    async *read(stream, { from: first = 0, limit = Infinity }: ReadOptions = {}) {
      let left = limit;
      for (const event of from(0)) {
        if (event.stream !== stream || event.revision < first) continue;
        if (left-- <= 0) return;
        yield event;
      }
    },
    async *subscribe({ after = '', signal }: SubscribeOptions = {}): AsyncGenerator<Notice> {
      const stopped = () => signal?.aborted === true;
      signal?.addEventListener('abort', notify);
      let next = Number(after);
      while (!stopped()) {
        let batch: LogEvent[] = [];
        for (const event of next < length() ? from(next) : []) {
          batch.push(event);
          if (batch.length < BATCH) continue;
          next += batch.length;
          yield { kind: 'events', events: batch };
          batch = [];
          await turn();
          if (stopped()) return;
        }
        next += batch.length;
        if (batch.length > 0) yield { kind: 'events', events: batch };
        if (next < length()) continue;
        yield { kind: 'caught-up', position: end() };
        if (next < length() || stopped()) continue;
        await new Promise<void>((resolve) => wake.push(resolve));
      }
    },
    head: async (stream) => {
      const head = heads.get(stream);
      return head === undefined || head.revision < 0 ? undefined : head;
    },
    end: async () => end(),
    last: async () => end(),
    close: async () => notify(),
  };
}

/** The log of a big story. */
export function bigLog(story: BigStory): StoryLog {
  return storyLog(story.events, () => bigStory(story));
}
