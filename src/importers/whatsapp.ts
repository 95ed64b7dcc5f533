/**
 * A chat that WhatsApp wrote out, as one text with or without what was attached.
 * Invariants: neither the zone nor the order of day and month is guessed; the words are the sender's own, and what the app
 * says beside them (edited, deleted, left out) is a note; a message is known by its time, its sender and its words.
 * Unit: one message, of one line or more.
 */
import { HindcastError } from '../errors.js';
import { type Figures, figuresOf, Occurrences, OrderFinder, wallOf } from './dates.js';
import { digestId, eventOf, lineOf, rawDigest, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { DayOrder, Format, Reading, Taken } from './format.js';
import { type Line, linesOf } from './lines.js';
import { linksIn } from './links.js';
import { type WallTime, wallMs, Zone } from './local-time.js';
import { type Report, shown, unreadable } from './report.js';
import { digestOf, type Source } from './source.js';

const PREFIX = 'whatsapp:';
const MOST_RECIPIENTS = 1_000;
/** No message is longer, in characters. */
const LONGEST = 16 * 1024 * 1024;

const DATE = String.raw`\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?,?\s+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[ap]\.?\s?m\.?)?`;
/** The two ways in which a message begins; marks of direction may stand before it. */
const BRACKETS = new RegExp(`^[\\u200e\\u200f\\u202a-\\u202e]*\\[(${DATE})\\] (.*)$`, 'isu');
const DASH = new RegExp(`^[\\u200e\\u200f\\u202a-\\u202e]*(${DATE}) [-–] (.*)$`, 'isu');
const SENDER = /^([^:]{1,200}?):(?: ([\s\S]*)|)$/u;

const MARK = '\u200e';
const EDITED = /\u200e?<This message was edited>$/;
const DELETED = /^\u200e?(?:This message was deleted|You deleted this message)\.?$/;
const ATTACHED = /^\u200e?<attached: ([^<>]+)>/;
const FILE_ATTACHED = /^\u200e?([^\n]+?\.\w{1,5}) \(file attached\)/;
const LEFT_OUT = /^\u200e?(?:<Media omitted>|[^\n]{1,60} (?:omitted|weggelassen|omitid[oa]|absente?|omess[oa]|ocult[oa]|weggelaten))$/;

/** Is it the text of a chat, by how it begins? */
async function isChat(entry: Entry): Promise<boolean> {
  const head = (await entry.head()).toString('utf8').replace(/^\ufeff/, '');
  const [first = ''] = head.trimStart().split(/\r?\n/);
  return BRACKETS.test(first) || DASH.test(first);
}

async function chatsIn({ entries }: Source): Promise<Entry[]> {
  const chats: Entry[] = [];
  for (const entry of entries) if (/\.txt$/i.test(entry.name) && (await isChat(entry))) chats.push(entry);
  return chats;
}

export const whatsapp: Format = {
  name: 'whatsapp',
  copies: 'told',
  describesItself: false,
  // Who was in the chat, and what came before in the same minute, is known from the whole of it: a later export may know more.
  essence: (event) => (event.type === 'MessageSent' ? { ...event, seq: 0, data: { ...event.data, to: [] }, sources: [] } : event),

  async recognises(source) {
    return (await chatsIn(source)).length > 0;
  },

  async open(reading, report) {
    const { source, options } = reading;
    const chats = await chatsIn(source);
    const [only] = source.entries;
    if (chats.length === 0 && source.kind === 'file' && only !== undefined)
      throw unreadable(`${only.name}, line 1`, 'no message begins here as one does in a WhatsApp chat');
    if (chats.length === 0) throw new HindcastError('unknown-format', `There is no chat in ${shown(source.name)}.`, [{ at: 'file', message: 'no chat' }]);
    if (options.zone === undefined)
      throw new HindcastError('bad-request', 'A WhatsApp chat names no time zone: say which one its times are in with --tz.', [
        { at: 'tz', message: 'not given' },
      ]);
    report.assume(`times are in ${options.zone}`);
    const known = new Map<Entry, Chat>();
    for (const chat of chats) known.set(chat, await lookThrough(chat, reading, report));
    const attached = new Attachments(source, new Set(chats));
    return async function* (again) {
      for (const [entry, chat] of known) yield* messages(entry, chat, reading, attached, again);
    };
  },
};

// ---- the text in pieces -----------------------------------------------------------------------

interface Piece {
  /** As it stands there, without what surrounds it. */
  readonly stated: string;
  readonly rest: string;
  readonly raw: string;
  readonly line: number;
}

/** What begins with a time, with the lines that follow it. */
async function* piecesOf(entry: Entry): AsyncGenerator<Piece> {
  let open: { stated: string; rest: string[]; raw: string[]; line: number; length: number } | undefined;
  const whole = ({ stated, rest, raw, line }: NonNullable<typeof open>): Piece => ({ stated, rest: rest.join('\n'), raw: raw.join('\n'), line });
  for await (const { number, text } of linesOf(entry.read(), entry.name) as AsyncIterable<Line>) {
    const bare = text.endsWith('\r') ? text.slice(0, -1) : text;
    const [, stated, rest] = BRACKETS.exec(bare) ?? DASH.exec(bare) ?? [];
    if (stated !== undefined) {
      if (open !== undefined) yield whole(open);
      open = { stated: stated.trim(), rest: [rest ?? ''], raw: [bare], line: number, length: bare.length };
    } else if (open !== undefined) {
      open.rest.push(bare);
      open.raw.push(bare);
      open.length += bare.length + 1;
      if (open.length > LONGEST) throw unreadable(`${entry.name}, line ${open.line}`, `a message has more than ${LONGEST} characters`);
    } else if (bare.trim() !== '') throw unreadable(`${entry.name}, line ${number}`, 'no message begins here as one does in a WhatsApp chat');
  }
  if (open !== undefined) yield whole(open);
}

interface Spoken {
  readonly sender: string;
  readonly text: string;
}

/** Undefined where nobody says it: it is a note of the app. */
function spokenOf({ rest }: Piece): Spoken | undefined {
  const [, sender, text = ''] = SENDER.exec(rest) ?? [];
  if (sender === undefined || sender.trim() === '' || sender.includes('\n')) return undefined;
  const isNote = text.startsWith(MARK) && ![ATTACHED, FILE_ATTACHED, LEFT_OUT, DELETED].some((shape) => shape.test(text));
  return isNote ? undefined : { sender: sender.trim(), text };
}

// ---- what only the whole shows ----------------------------------------------------------------

interface Chat {
  readonly order: DayOrder;
  readonly senders: readonly string[];
  /** What the file is called after: whom it goes to where only one speaks. */
  readonly title: string;
}

async function lookThrough(entry: Entry, { source, options }: Reading, report: Report): Promise<Chat> {
  const finder = new OrderFinder();
  const senders = new Set<string>();
  for await (const piece of piecesOf(entry)) {
    const figures = figuresOf(piece.stated);
    if (figures !== undefined) finder.take(figures, `${entry.name}, line ${piece.line}`, shown(piece.stated));
    const spoken = spokenOf(piece);
    if (spoken !== undefined) senders.add(spoken.sender);
  }
  const order = finder.order(options, report);
  if (senders.size > 1) report.assume('a message goes to everybody else who says something in the chat');
  const name = /_chat\.txt$/i.test(entry.name) && source.kind !== 'file' ? source.name : entry.name;
  const title = (name.split('/').at(-1) ?? '').replace(/\.(txt|zip)$/i, '').replace(/^WhatsApp Chat (?:- |with )/i, '');
  return { order, senders: [...senders], title: title === '_chat' ? '' : title };
}

/** What was attached, by its name, with the digest of its bytes where they are there. */
class Attachments {
  private readonly entries = new Map<string, Entry>();
  private readonly digests = new Map<string, string>();

  constructor(source: Source, chats: ReadonlySet<Entry>) {
    for (const entry of source.entries) if (!chats.has(entry)) this.entries.set(entry.name.split('/').at(-1) ?? '', entry);
  }

  async source(name: string): Promise<object> {
    const entry = this.entries.get(name);
    if (entry === undefined) return { locator: lineOf(name), note: 'Attachment; its bytes are not in the archive' };
    let digest = this.digests.get(name);
    if (digest === undefined) {
      digest = await digestOf(entry.read());
      this.digests.set(name, digest);
    }
    return { locator: lineOf(name), note: `Attachment, ${entry.size} bytes`, digest };
  }
}

// ---- messages ---------------------------------------------------------------------------------

async function* messages(entry: Entry, chat: Chat, { options, people }: Reading, attached: Attachments, report: Report): AsyncGenerator<Taken> {
  const zone = new Zone(options.zone ?? 'UTC');
  const occurrences = new Occurrences();
  let moment: string | undefined;
  let seq = 0;
  for await (const piece of piecesOf(entry)) {
    const at = `${entry.name}, line ${piece.line}`;
    const wall = wallIn(figuresOf(piece.stated), chat.order);
    const placed = wall === undefined ? undefined : zone.place(wall, lineOf(piece.stated));
    if (wall === undefined || placed === undefined) {
      report.fault(`"${shown(piece.stated)}" is no time, with dates written ${chat.order}`, at);
      continue;
    }
    const spoken = spokenOf(piece);
    if (spoken === undefined) {
      report.drop('a note of the app, which nobody in the chat says', at);
      continue;
    }
    if (placed.shown !== 'once') report.ambiguous(`a time that clocks in ${zone.name} showed ${placed.shown}`, at);
    seq = piece.stated === moment ? seq + 1 : 0;
    moment = piece.stated;
    const { sender, text } = spoken;
    const { words, notes, isIncomplete } = await partsOf(text, attached);
    const kept = wordsOf(words, at, report);
    const parts = [String(wallMs(wall)), sender, text];
    const draft = {
      id: digestId(PREFIX, ...parts, String(occurrences.next(parts.join('\u0000')))),
      type: 'MessageSent',
      occurredAt: placed.when.latest,
      when: placed.when,
      seq,
      visibility: 'private',
      data: {
        from: people.idOf('name', sender),
        to: recipients(chat, sender, at, report).map(({ kind, name }) => people.idOf(kind, name)),
        channel: 'WhatsApp',
        ...kept,
        ...(isIncomplete ? { incomplete: true } : {}),
        links: linksIn(kept.text),
      },
      sources: [{ digest: rawDigest(piece.raw) }, ...notes],
    };
    const event = eventOf(draft, at, report);
    if (event !== undefined) yield { event, at };
  }
}

function wallIn(figures: Figures | undefined, order: DayOrder): WallTime | undefined {
  if (figures === undefined || figures.time.hour === undefined) return undefined;
  return wallOf(figures, figures.digits[0] === 4 ? 'ymd' : order);
}

function recipients({ senders, title }: Chat, sender: string, at: string, report: Report): { kind: 'name' | 'group'; name: string }[] {
  const others = senders.filter((one) => one !== sender).slice(0, MOST_RECIPIENTS);
  if (others.length > 0) return others.map((name) => ({ kind: 'name', name }));
  if (title !== '' && title !== sender) {
    report.assume(`where only one says something, it goes to "${title}", as the file is called`);
    return [{ kind: 'name', name: title }];
  }
  report.ambiguous('nobody else says anything in the chat, and the file names nobody: it goes to "others in the chat"', at);
  return [{ kind: 'group', name: 'others in the chat' }];
}

/** The sender's own words, and what the app says of them. */
async function partsOf(text: string, attached: Attachments): Promise<{ words: string; notes: object[]; isIncomplete: boolean }> {
  if (DELETED.test(text)) return { words: '', notes: [{ note: 'The app says that this message was deleted.' }], isIncomplete: true };
  const notes: object[] = [];
  let words = text;
  if (EDITED.test(words)) {
    words = words.replace(EDITED, '').trimEnd();
    notes.push({ note: 'The app says that this message was edited.' });
  }
  const name = ATTACHED.exec(words) ?? FILE_ATTACHED.exec(words);
  if (name !== null) {
    words = words.slice(name[0].length).replace(/^\n/, '');
    notes.push(await attached.source((name[1] ?? '').trim()));
  } else if (LEFT_OUT.test(words)) {
    notes.push({ note: `Attachment; its bytes are not in the archive (${lineOf(words.replace(MARK, ''))})` });
    words = '';
  }
  return { words, notes, isIncomplete: false };
}
