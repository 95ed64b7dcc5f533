/**
 * The archive that X (Twitter) hands out: direct messages, those of groups, and tweets.
 * Invariants: a message or tweet is what its number names; a reply is one only where the archive says so; what a conversation
 * was called or who joined it is no message. Unit: one message or tweet.
 */
import { basename } from 'node:path';
import { parseInstant } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { eventOf, lineOf, rawDigest, sourceId, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { Format, Taken } from './format.js';
import { linksIn } from './links.js';
import type { People } from './people.js';
import { type Report, shown, unreadable } from './report.js';
import { handleOf } from './slug.js';
import { digestOf, type Source } from './source.js';
import { type Element, elementsOf, nameOf, wholeOf } from './x-json.js';

const MOST_RECIPIENTS = 1_000;
const MOST_LINKS = 1_000;
const MOST_MEDIA = 90;
const CONVERSATION = '$.*.dmConversation.conversationId';
const MESSAGE = '$.*.dmConversation.messages.*';
const TWEET = '$.*';
/** How deep the objects stand: the outermost list is the first level. */
const MESSAGE_DEPTH = 5;
const TWEET_DEPTH = 2;
const TWEET_TIME = /^\w{3} (\w{3}) (\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2}) (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

type What = 'direct' | 'group' | 'tweets';
const KINDS: Readonly<Record<string, What>> = {
  direct_messages: 'direct',
  direct_message: 'direct',
  direct_messages_group: 'group',
  direct_message_group: 'group',
  tweets: 'tweets',
  tweet: 'tweets',
};

type Fields = Readonly<Record<string, unknown>>;

async function filesIn({ entries }: Source): Promise<{ entry: Entry; what: What }[]> {
  const files: { entry: Entry; what: What }[] = [];
  for (const entry of entries) {
    if (!/\.js$/i.test(entry.name)) continue;
    const what = KINDS[(await nameOf(entry)) ?? ''];
    if (what !== undefined) files.push({ entry, what });
  }
  return files;
}

export const xArchive: Format = {
  name: 'x-archive',
  copies: 'told',
  describesItself: false,
  // Who is in a group is known from the whole of it, and a later archive may know more; attachments may be left out of one.
  essence: (event) => (event.type === 'MessageSent' ? { ...event, data: { ...event.data, to: [] }, sources: [] } : { ...event, sources: [] }) as typeof event,

  async recognises(source) {
    return (await filesIn(source)).length > 0;
  },

  async open(reading, report) {
    const { source, people } = reading;
    const files = await filesIn(source);
    if (files.length === 0)
      throw new HindcastError('unknown-format', `There are no messages and no tweets in ${shown(source.name)}.`, [{ at: 'file', message: 'no data file' }]);
    await checkManifest(source);
    const owner = await ownerOf(source, people);
    const groups = new Map<string, Set<string>>();
    for (const { entry, what } of files) if (what === 'group') await gather(entry, groups);
    const tweets = files.find(({ what }) => what === 'tweets');
    if (tweets !== undefined && owner === undefined) throw unreadable(tweets.entry.name, 'whose tweets these are is said in account.js, and it is not there');
    if (groups.size > 0) report.assume('a message in a group goes to everybody who says something in it or is named as having been in it');
    const media = new Media(source);
    return async function* (again) {
      for (const { entry, what } of files) {
        if (what === 'tweets') yield* tweetsOf(entry, owner ?? '', people, media, again);
        else yield* messagesOf(entry, what, groups, people, media, again);
      }
    };
  },
};

// ---- what surrounds them ----------------------------------------------------------------------

/** A part that the archive says it has, and has not, was lost on the way. */
async function checkManifest(source: Source): Promise<void> {
  const manifest = source.entries.find(({ name }) => /(^|\/)manifest\.js$/.test(name));
  if (manifest === undefined) return;
  const root = manifest.name.slice(0, -'data/manifest.js'.length);
  const types = fieldsOf(fieldsOf(await wholeOf(manifest)).dataTypes);
  const names = new Set(source.entries.map(({ name }) => name));
  for (const type of ['tweets', 'tweet', 'directMessages', 'directMessage', 'directMessagesGroup', 'directMessageGroup', 'account']) {
    for (const file of listOf(fieldsOf(types[type]).files)) {
      const name = textOf(fieldsOf(file).fileName);
      if (name !== '' && !names.has(`${root}${name}`)) throw unreadable(manifest.name, `it names ${name}, and that is not there: the archive is not whole`);
    }
  }
}

async function ownerOf({ entries }: Source, people: People): Promise<string | undefined> {
  for (const entry of entries) {
    if (!/(^|\/)account\.js$/.test(entry.name)) continue;
    const account = fieldsOf(fieldsOf(listOf(await wholeOf(entry))[0]).account);
    const [id, username] = [textOf(account.accountId), textOf(account.username)];
    if (id === '') throw unreadable(entry.name, 'it names no accountId');
    return people.idOf('account', id, textOf(account.accountDisplayName), username === '' ? [] : [handleOf('account', username)]);
  }
  return undefined;
}

/** Everybody who is known to have been in each group. */
async function gather(entry: Entry, groups: Map<string, Set<string>>): Promise<void> {
  for await (const { conversation, item } of conversationsOf(entry)) {
    const members = groups.get(conversation) ?? new Set();
    groups.set(conversation, members);
    const [create, join, joined, leave] = ['messageCreate', 'joinConversation', 'participantsJoin', 'participantsLeave'].map((name) => fieldsOf(item[name]));
    for (const id of [create?.senderId, join?.initiatingUserId, ...listOf(join?.participantsSnapshot), ...listOf(joined?.userIds), ...listOf(leave?.userIds)])
      if (textOf(id) !== '') members.add(textOf(id));
  }
}

async function* conversationsOf(entry: Entry): AsyncGenerator<{ conversation: string; item: Fields; element: Element }> {
  let conversation = '';
  for await (const element of elementsOf(entry, [CONVERSATION, MESSAGE], MESSAGE_DEPTH)) {
    if (element.path === 0) conversation = textOf(element.value);
    else yield { conversation, item: fieldsOf(element.value), element };
  }
}

/** Pictures and films, by the number of what they belong to and their name. */
class Media {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly digests = new Map<string, string>();

  constructor({ entries }: Source) {
    this.entries = new Map(entries.filter(({ name }) => /_media\//.test(name)).map((entry) => [basename(entry.name), entry]));
  }

  async sources(id: string, urls: readonly string[], at: string, report: Report): Promise<object[]> {
    if (urls.length > MOST_MEDIA) report.ambiguous(`of more than ${MOST_MEDIA} attachments the first are noted`, at);
    const sources: object[] = [];
    for (const url of urls.slice(0, MOST_MEDIA)) {
      const name = `${id}-${basename(url)}`;
      const found = this.entries.get(name);
      const digest = found === undefined ? undefined : (this.digests.get(name) ?? (await digestOf(found.read())));
      if (digest !== undefined) this.digests.set(name, digest);
      sources.push(
        digest === undefined
          ? { locator: lineOf(url), note: 'Attachment; its bytes are not in the archive' }
          : { locator: lineOf(name), note: `Attachment, ${found?.size} bytes`, digest },
      );
    }
    return sources;
  }
}

// ---- messages ---------------------------------------------------------------------------------

async function* messagesOf(
  entry: Entry,
  what: What,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
  people: People,
  media: Media,
  report: Report,
): AsyncGenerator<Taken> {
  for await (const { conversation, item, element } of conversationsOf(entry)) {
    const at = `${entry.name}, byte ${element.start}`;
    if (item.messageCreate === undefined) {
      const [kind = 'nothing'] = Object.keys(item);
      report.drop(`no message, but something that happened to the conversation (${shown(kind)})`, at);
      continue;
    }
    const message = fieldsOf(item.messageCreate);
    const [id, sender, stated] = [textOf(message.id), textOf(message.senderId), textOf(message.createdAt)];
    if (id === '' || sender === '') {
      report.fault(`the message names no ${id === '' ? 'id' : 'sender'}`, at);
      continue;
    }
    if (parseInstant(stated) === undefined) {
      report.fault(`"${shown(stated)}" is no time`, at);
      continue;
    }
    const to = what === 'group' ? [...(groups.get(conversation) ?? [])].filter((one) => one !== sender) : [recipientOf(message, conversation, sender)];
    if (listOf(message.reactions).length > 0) report.drop('reactions to a message', at);
    const words = wordsOf(textOf(message.text), at, report);
    const addressed = to.filter((one) => one !== '').slice(0, MOST_RECIPIENTS);
    if (addressed.length === 0) report.ambiguous('nobody else is known to be in the conversation: it goes to "others in the conversation"', at);
    const draft = {
      id: sourceId('dm:', id),
      type: 'MessageSent',
      occurredAt: stated,
      seq: seqOf(id),
      visibility: 'private',
      data: {
        from: people.idOf('account', sender),
        to: addressed.length === 0 ? [people.idOf('group', 'others in the conversation')] : addressed.map((one) => people.idOf('account', one)),
        channel: what === 'group' ? 'X group message' : 'X direct message',
        ...words,
        links: linksOf(words.text, listOf(message.urls).map(fieldsOf), 'expanded'),
      },
      sources: [
        { locator: lineOf(`Conversation ${conversation}, message ${id}`), digest: rawDigest(element.raw ?? '') },
        ...(listOf(message.editHistory).length > 0 ? [{ note: 'The archive says that this message was edited; these are its last words.' }] : []),
        ...(await media.sources(id, listOf(message.mediaUrls).map(textOf), at, report)),
      ],
    };
    const event = eventOf(draft, at, report);
    if (event !== undefined) yield { event, at };
  }
}

/** The other one of the two that a conversation is named after, where the message itself does not say. */
function recipientOf(message: Fields, conversation: string, sender: string): string {
  const named = textOf(message.recipientId);
  return named !== '' ? named : (conversation.split('-').find((one) => one !== sender) ?? sender);
}

// ---- tweets -----------------------------------------------------------------------------------

async function* tweetsOf(entry: Entry, owner: string, people: People, media: Media, report: Report): AsyncGenerator<Taken> {
  for await (const { value, start, raw } of elementsOf(entry, [TWEET], TWEET_DEPTH)) {
    const at = `${entry.name}, byte ${start}`;
    const item = fieldsOf(value);
    const tweet = item.tweet === undefined ? item : fieldsOf(item.tweet);
    const [id, stated] = [textOf(tweet.id_str) || textOf(tweet.id), textOf(tweet.created_at)];
    const occurredAt = tweetTime(stated);
    if (id === '' || occurredAt === undefined) {
      report.fault(id === '' ? 'the tweet has no id' : `"${shown(stated)}" is no time`, at);
      continue;
    }
    const entities = fieldsOf(tweet.entities);
    const pictures = [...listOf(fieldsOf(tweet.extended_entities).media), ...listOf(entities.media)].map(fieldsOf);
    const words = wordsOf(textOf(tweet.full_text) || textOf(tweet.text), at, report);
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
        links: linksOf(words.text, listOf(entities.urls).map(fieldsOf), 'expanded_url'),
        ...(mentions.length === 0 ? {} : { mentions: mentioned(mentions, people) }),
        ...(parent === '' || parent === id ? {} : { inReplyTo: sourceId('tweet:', parent) }),
      },
      sources: [
        { locator: lineOf(`Tweet ${id}`), digest: rawDigest(raw ?? '') },
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

function mentioned(mentions: readonly Fields[], people: People): string[] {
  const ids = new Set<string>();
  for (const mention of mentions) {
    const [id, username] = [textOf(mention.id_str), textOf(mention.screen_name)];
    const also = username === '' ? [] : [handleOf('account', username)];
    if (id !== '' && id !== '-1') ids.add(people.idOf('account', id, textOf(mention.name), also));
    else if (username !== '') ids.add(people.idOf('account', username, textOf(mention.name)));
  }
  return [...ids].slice(0, MOST_RECIPIENTS);
}

/** `Tue Jul 22 02:05:43 +0000 2025` as RFC 3339; undefined where there is no such time. */
export function tweetTime(text: string): string | undefined {
  const [, month = '', day, clock, hours, minutes, year] = TWEET_TIME.exec(text) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return undefined;
  const time = `${year}-${String(number).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`;
  return parseInstant(time) === undefined ? undefined : time;
}

// ---- fields -----------------------------------------------------------------------------------

/** Where the short forms that X puts into a text lead, and what else is a link in it. */
function linksOf(text: string, urls: readonly Fields[], expanded: string): string[] {
  const short = new Map(urls.map((url) => [textOf(url.url), textOf(url[expanded])]));
  const links = linksIn(text).map((link) => short.get(link) || link);
  return [...new Set([...links, ...[...short.values()].filter((link) => link !== '' && link.length <= 4_000)])].slice(0, MOST_LINKS);
}

/** Numbers rise with time; their last 22 bits part those of one millisecond. */
function seqOf(id: string): number {
  return /^\d{10,20}$/.test(id) ? Number(BigInt(id) & 0x3fffffn) : 0;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
