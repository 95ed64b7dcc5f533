/**
 * The archive that X (Twitter) hands out: its files, and the direct messages in them; tweets are in `x-tweets.ts`.
 * Invariants: a message is what its number names; what a conversation was called or who joined it is no message. Unit: one message.
 */
import { parseInstant } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { eventOf, lineOf, rawDigest, sourceId, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { Format, Taken } from './format.js';
import type { People } from './people.js';
import { type Report, shown, unreadable } from './report.js';
import { handleOf } from './slug.js';
import type { Source } from './source.js';
import { type Fields, fieldsOf, linksOf, listOf, MOST_PEOPLE, seqOf, textOf } from './x-fields.js';
import { type Element, elementsOf, nameOf, wholeOf } from './x-json.js';
import { Media } from './x-media.js';
import { Notes } from './x-notes.js';
import { tweetsOf } from './x-tweets.js';

const CONVERSATION = '$.*.dmConversation.conversationId';
const MESSAGE = '$.*.dmConversation.messages.*';
/** How deep the objects stand: the outermost list is the first level. */
const MESSAGE_DEPTH = 5;

type What = 'direct' | 'group' | 'tweets' | 'notes';
const KINDS: Readonly<Record<string, What>> = {
  direct_messages: 'direct',
  direct_message: 'direct',
  direct_messages_group: 'group',
  direct_message_group: 'group',
  tweets: 'tweets',
  tweet: 'tweets',
  deleted_tweets: 'tweets',
  deleted_tweet: 'tweets',
  note_tweet: 'notes',
  note_tweets: 'notes',
};
/** What the manifest names of these. */
const DATA_TYPES = ['tweets', 'tweet', 'deletedTweets', 'noteTweet', 'directMessages', 'directMessage', 'directMessagesGroup', 'directMessageGroup', 'account'];

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
    return (await filesIn(source)).some(({ what }) => what !== 'notes');
  },

  async open(reading, report) {
    const { source, people } = reading;
    const files = await filesIn(source);
    if (files.every(({ what }) => what === 'notes'))
      throw new HindcastError('unknown-format', `There are no messages and no tweets in ${shown(source.name)}.`, [{ at: 'file', message: 'no data file' }]);
    await checkManifest(source);
    const owner = await ownerOf(source, people);
    const groups = new Map<string, Set<string>>();
    const notes = new Notes();
    for (const { entry, what } of files) {
      if (what === 'group') await gather(entry, groups);
      if (what === 'notes') await notes.read(entry);
    }
    const tweets = files.find(({ what }) => what === 'tweets');
    if (tweets !== undefined && owner === undefined) throw unreadable(tweets.entry.name, 'whose tweets these are is said in account.js, and it is not there');
    if (groups.size > 0) report.assume('a message in a group goes to everybody who says something in it or is named as having been in it');
    const media = new Media(source);
    return async function* (again) {
      for (const { entry, what } of files) {
        if (what === 'tweets') yield* tweetsOf(entry, { owner: owner ?? '', people, media, notes }, again);
        else if (what !== 'notes') yield* messagesOf(entry, what, groups, people, media, again);
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
  for (const type of DATA_TYPES) {
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
    const addressed = to.filter((one) => one !== '').slice(0, MOST_PEOPLE);
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
