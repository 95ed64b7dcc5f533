/**
 * Tweets of an X archive, those that were deleted among them.
 * Invariants: the words are as the account wrote them, not as the archive writes them for a page; a reply is one only where the
 * archive says so; words that were cut off say that they are. Unit: one tweet.
 */
import { parseInstant } from '../../events/story-time.js';
import { eventOf, lineOf, rawDigest, sourceId, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { Taken } from './format.js';
import type { People } from './people.js';
import { type Report, shown } from './report.js';
import { handleOf } from './slug.js';
import { type Fields, fieldsOf, linksOf, listOf, MOST_PEOPLE, seqOf, textOf } from './x-fields.js';
import { elementsOf } from './x-json.js';
import type { Media } from './x-media.js';
import type { Notes } from './x-notes.js';

const TWEET_TIME = /^\w{3} (\w{3}) (\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2}) (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CHARACTERS: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
/** A text in which nothing but these three stands for something else. */
const ESCAPED = /^(?:[^&<>]|&(?:amp|lt|gt);)*$/;
/** A tweet of somebody else's that was sent on is cut off after so many characters, its end being this. */
const RETWEET_CUT_OFF = /^RT @\w+: .*…$/s;

export interface Tweets {
  /** Whose they are. */
  readonly owner: string;
  readonly people: People;
  readonly media: Media;
  readonly notes: Notes;
}

export async function* tweetsOf(entry: Entry, { owner, people, media, notes }: Tweets, report: Report): AsyncGenerator<Taken> {
  for await (const { value, start, raw } of elementsOf(entry, ['$.*'], 2)) {
    const at = `${entry.name}, byte ${start}`;
    const item = fieldsOf(value);
    const tweet = item.tweet === undefined ? item : fieldsOf(item.tweet);
    const [id, stated, deleted] = [textOf(tweet.id_str) || textOf(tweet.id), textOf(tweet.created_at), textOf(tweet.deleted_at)];
    const occurredAt = tweetTime(stated);
    const posted = occurredAt === undefined ? undefined : parseInstant(occurredAt);
    if (id === '' || posted === undefined) {
      report.fault(id === '' ? 'the tweet has no id' : `"${shown(stated)}" is no time`, at);
      continue;
    }
    const entities = fieldsOf(tweet.entities);
    const pictures = [...listOf(fieldsOf(tweet.extended_entities).media), ...listOf(entities.media)].map(fieldsOf);
    const written = textOf(tweet.full_text) || textOf(tweet.text);
    const note = notes.of(written, posted);
    const words = wordsOf(plain(note?.text ?? written), at, report);
    if (note !== undefined) report.assume('a long post has the words of the note that begins as it does and was written at the same time');
    const mentions = listOf(entities.user_mentions).map(fieldsOf);
    const parent = textOf(tweet.in_reply_to_status_id_str);
    const draft = {
      id: sourceId('tweet:', id),
      type: 'TweetPosted',
      occurredAt,
      when: { stated: lineOf(stated) },
      seq: seqOf(id),
      visibility: 'public',
      data: {
        by: owner,
        ...words,
        ...(note === undefined && RETWEET_CUT_OFF.test(written) ? { incomplete: true } : {}),
        links: linksOf(words.text, [...listOf(entities.urls).map(fieldsOf), ...(note?.urls ?? [])], 'expanded_url'),
        ...(mentions.length === 0 ? {} : { mentions: mentioned(mentions, people) }),
        ...(parent === '' || parent === id ? {} : { inReplyTo: sourceId('tweet:', parent) }),
      },
      sources: [
        { locator: lineOf(`Tweet ${id}`), digest: rawDigest(raw ?? '') },
        ...(note === undefined ? [] : [{ locator: lineOf(`Note ${note.id}`), note: 'The words of the long post.', digest: note.digest }]),
        ...(deleted === '' ? [] : [{ note: lineOf(`The archive says that this tweet was deleted: ${deleted}.`) }]),
        ...(await media.sources(
          id,
          [...new Set(pictures.map((one) => textOf(one.media_url_https) || textOf(one.media_url)))].filter((url) => url !== ''),
          at,
          report,
        )),
      ],
    };
    const event = eventOf(draft, at, report);
    if (event !== undefined) yield { event, at };
  }
}

/** Words in which the archive wrote three characters as a page needs them, as they were. */
function plain(text: string): string {
  return ESCAPED.test(text) ? text.replace(/&(?:amp|lt|gt);/g, (written) => CHARACTERS[written] ?? written) : text;
}

function mentioned(mentions: readonly Fields[], people: People): string[] {
  const ids = new Set<string>();
  for (const mention of mentions) {
    const [id, username] = [textOf(mention.id_str), textOf(mention.screen_name)];
    const also = username === '' ? [] : [handleOf('account', username)];
    if (id !== '' && id !== '-1') ids.add(people.idOf('account', id, textOf(mention.name), also));
    else if (username !== '') ids.add(people.idOf('account', username, textOf(mention.name)));
  }
  return [...ids].slice(0, MOST_PEOPLE);
}

/** `Tue Jul 22 02:05:43 +0000 2025` as RFC 3339; undefined where there is no such time. */
export function tweetTime(text: string): string | undefined {
  const [, month = '', day, clock, hours, minutes, year] = TWEET_TIME.exec(text) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return undefined;
  const time = `${year}-${String(number).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`;
  return parseInstant(time) === undefined ? undefined : time;
}
