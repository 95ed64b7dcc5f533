/**
 * Annotating in a terminal: the walk on a screen, and what it wants recorded, recorded one after another.
 * Invariants: the terminal is given back however it ends; nothing is marked as recorded that the story does not hold.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { RequestRow } from '../../../projections/unanswered-requests.js';
import type { Client, StoryDetail, StoryEvent } from '../../sdk/index.js';
import { tellingOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';
import { enterScreen } from '../terminal/screen.js';
import type { Style } from '../terminal/style.js';
import type { Draft } from './drafts.js';
import { type Asked, pictureOf, press, resumesAt, type Walk } from './walk.js';

export interface Walking {
  readonly client: Client;
  readonly story: StoryDetail;
  /** What was said of it on the command line. */
  readonly usual: Walk['usual'];
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly style: Style;
}

/** Resolves with the ids of what was recorded. */
export async function walkOnScreen({ client, story, usual, input, output, style }: Walking): Promise<readonly string[]> {
  const events = await happenings(client, story.id);
  const telling = tellingOf(story);
  let walk: Walk = {
    title: cleanLine(story.title),
    telling,
    events,
    requests: await requestsOf(client, story.id),
    sources: story.sources.map(({ id }) => id),
    at: resumesAt(events),
    usual,
    done: false,
  };
  const recorded: string[] = [];
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  /** One after another, in the order in which they were confirmed. */
  let recording: Promise<void> = Promise.resolve();
  const record = async (draft: Draft) => {
    try {
      await client.append(story.id, [draft]);
      recorded.push(draft.id);
      const [marked, requests] = [await withMark(client, story.id, walk.events, draft), await requestsOf(client, story.id)];
      const here = walk.events[walk.at]?.id;
      const at = marked.findIndex(({ id }) => id === here);
      walk = { ...walk, events: marked, requests, at: at < 0 ? Math.min(walk.at, Math.max(0, marked.length - 1)) : at, notice: `Recorded: ${draft.id}.` };
    } catch (error) {
      walk = { ...walk, notice: `Nothing was recorded. ${error instanceof Error ? error.message : String(error)}` };
    }
    draw();
  };
  const screen = enterScreen(input, output, {
    key(key) {
      const next = press(walk, key);
      walk = next.walk;
      const { record: draft } = next;
      if (draft !== undefined) recording = recording.then(() => record(draft));
      draw();
      if (walk.done) finish();
    },
    resized: () => draw(),
    ended: finish,
  });
  const draw = () => screen.draw(pictureOf(walk, { columns: screen.columns, rows: screen.rows, style }));
  try {
    draw();
    await done;
    await recording;
  } finally {
    screen.leave();
  }
  return recorded;
}

async function happenings(client: Client, story: string): Promise<readonly StoryEvent[]> {
  const all: StoryEvent[] = [];
  for await (const event of client.events(story)) all.push(event);
  return all;
}

/** The happenings with what was just recorded. A mark is said of one of them; what was taken back may be of any. */
async function withMark(client: Client, story: string, events: readonly StoryEvent[], { type, data }: Draft): Promise<readonly StoryEvent[]> {
  const of = type === 'EventRetracted' ? -1 : events.findIndex(({ id }) => id === data.event);
  const marked = events[of];
  if (marked === undefined) return happenings(client, story);
  const { annotations = [] } = await client.event(story, marked.id);
  return events.with(of, { ...marked, annotations: [...annotations] });
}

async function requestsOf(client: Client, story: string): Promise<readonly Asked[]> {
  const lists: RequestRow[][] = [];
  for (const list of ['moot', 'answered', 'unanswered']) {
    const rows: RequestRow[] = [];
    for await (const row of client.rows<RequestRow>(story, 'unanswered-requests', list)) rows.push(row);
    lists.push(rows.reverse());
  }
  return lists.flat();
}
