/**
 * The words of long posts. Of those an X archive has the beginning among the tweets, and the whole in a file of its own that
 * does not name the tweet.
 * Invariants: a tweet gets the words of a note only where the two begin the same and were written at the same time, and only one
 * note does both; whatever else is left as the tweet has it. All notes are held: they are few. Unit: one note.
 */
import { parseInstant } from '../../events/story-time.js';
import { rawDigest } from './draft.js';
import type { Entry } from './entry.js';
import { type Fields, fieldsOf, listOf, textOf } from './x-fields.js';
import { elementsOf } from './x-json.js';

/** A note is kept shortly before its tweet. */
const APART_MS = 5_000;
/** Less in common may be chance. */
const LEAST_SHARED = 20;
const CUT_OFF = /(?:…|\.\.\.)\s*(?:https:\/\/t\.co\/\w+)?\s*$/;
const LINK = /https?:\/\/\S*/;

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly urls: readonly Fields[];
  readonly at: number;
  readonly digest: string;
}

export class Notes {
  private readonly bySecond = new Map<number, Note[]>();

  async read(entry: Entry): Promise<void> {
    for await (const { value, raw } of elementsOf(entry, ['$.*'], 2)) {
      const note = fieldsOf(fieldsOf(value).noteTweet);
      const core = fieldsOf(note.core);
      const at = parseInstant(textOf(note.createdAt));
      const text = textOf(core.text);
      if (at === undefined || text === '') continue;
      const second = Math.floor(at / 1_000);
      const others = this.bySecond.get(second) ?? [];
      others.push({ id: textOf(note.noteTweetId), text, urls: listOf(core.urls).map(fieldsOf), at, digest: rawDigest(raw ?? '') });
      this.bySecond.set(second, others);
    }
  }

  /** The note that a tweet is the beginning of: `words` as the tweet has them, `posted` in ms since the epoch, to a second. */
  of(words: string, posted: number): Note | undefined {
    if (!CUT_OFF.test(words)) return undefined;
    // Links are written in other ways in a note.
    const begins = words.replace(CUT_OFF, '').split(LINK, 1)[0]?.trimEnd() ?? '';
    if (begins.length < LEAST_SHARED) return undefined;
    const found: Note[] = [];
    for (let second = (posted - APART_MS) / 1_000; second <= (posted + APART_MS) / 1_000; second++)
      for (const note of this.bySecond.get(Math.floor(second)) ?? []) if (note.text.startsWith(begins)) found.push(note);
    return found.length === 1 ? found[0] : undefined;
  }
}
