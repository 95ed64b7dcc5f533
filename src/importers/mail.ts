/**
 * E-mail: messages in files of their own, in mailbox files, or in a folder of both.
 * Invariants: a message is what its Message-ID names, however many copies of it there are; its time is that of its Date
 * header, at the offset that stands there; a reply or a forward is one only where a header or an attached message says so.
 * Unit: one message.
 */
import { convert } from 'html-to-text';
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { formatInstant, instantOf, unitSpan } from '../../events/story-time.js';
import { digestId, eventOf, lineOf, rawDigest, sourceId, withoutRaw, wordsOf } from './draft.js';
import type { Entry } from './entry.js';
import type { Format, Reading, Taken } from './format.js';
import { linksIn } from './links.js';
import { Zone } from './local-time.js';
import { instantText, mailDate } from './mail-date.js';
import { LONGEST_MESSAGE, messagesOf } from './mbox.js';
import type { People } from './people.js';
import { type Report, shown } from './report.js';

const PREFIX = 'mail:';
const MOST_RECIPIENTS = 1_000;
/** As an event takes them, the message itself being the first. */
const MOST_SOURCES = 100;
const MESSAGE_ID = /<([^<>\s]+)>/g;
/** What is nested deeper is left out. */
const DEEPEST_HTML = 256;
const MAILBOX = /^From \S/;
/** Headers that a message may begin with. */
const HEADER =
  /^(?:From|To|Date|Subject|Message-ID|MIME-Version|Return-Path|Received|Delivered-To|Reply-To|Cc|X-[\w-]+|DKIM-Signature|ARC-[\w-]+|Content-[\w-]+|Sender|List-[\w-]+|Authentication-Results|In-Reply-To|References):/i;
const ESSENTIAL = /^(?:From|Date|Message-ID):/im;

type Form = 'mailbox' | 'message';
type MailReading = Pick<Reading, 'source' | 'people'> & { readonly zone: Zone | undefined };

async function formOf(entry: Entry): Promise<Form | undefined> {
  const head = (await entry.head()).toString('latin1');
  if (MAILBOX.test(head)) return 'mailbox';
  return HEADER.test(head) && ESSENTIAL.test(head) ? 'message' : undefined;
}

export const mail: Format = {
  name: 'mail',
  copies: 'told',
  describesItself: false,
  // Each mailbox has its own copy, with the headers of its own way.
  essence: withoutRaw,

  async recognises({ kind, entries }) {
    if (kind !== 'file') return entries.some(({ name }) => /\.(eml|mbox)$/i.test(name));
    const [entry] = entries;
    return entry !== undefined && (await formOf(entry)) !== undefined;
  },

  async open({ source, options, people }) {
    const reading = { source, people, zone: options.zone === undefined ? undefined : new Zone(options.zone) };
    return async function* (report) {
      for (const entry of reading.source.entries) {
        const form = await formOf(entry);
        if (form === 'mailbox') yield* mailbox(entry, reading, report);
        else if (form === 'message') yield* single(entry, reading, report);
        // What is named as one and is none was meant to be one.
        else if (reading.source.kind === 'file' || /\.(eml|mbox)$/i.test(entry.name))
          report.fault('this is no message and no mailbox', `${entry.name}, byte 0`);
        else report.drop('a file that is no message and no mailbox', entry.name);
      }
    };
  },
};

async function* mailbox(entry: Entry, reading: MailReading, report: Report): AsyncGenerator<Taken> {
  for await (const { bytes, start, unquoted, isCut } of messagesOf(entry.read(), entry.name)) {
    const at = `${entry.name}, byte ${start}`;
    if (unquoted > 0) report.assume('in mailbox files, of lines that begin with ">From " one ">" was put there by the mailbox');
    if (isCut) report.fault('the file ends in the middle of a line of this message', at);
    else yield* messageOf(bytes, at, reading, report);
  }
}

async function* single(entry: Entry, reading: MailReading, report: Report): AsyncGenerator<Taken> {
  const at = `${entry.name}, byte 0`;
  if (entry.size > LONGEST_MESSAGE) {
    report.fault(`a message has more than ${LONGEST_MESSAGE} bytes`, at);
    return;
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of entry.read()) parts.push(chunk);
  yield* messageOf(Buffer.concat(parts), at, reading, report);
}

async function* messageOf(bytes: Buffer, at: string, { people, zone }: MailReading, report: Report): AsyncGenerator<Taken> {
  let email: Email;
  try {
    // A message inside a message is not the words of who forwards it.
    email = await PostalMime.parse(bytes, { forceRfc822Attachments: true });
  } catch (error) {
    report.fault(error instanceof Error ? error.message : String(error), at);
    return;
  }
  if (isCutOff(bytes, email)) {
    report.fault('it ends before its last part does', at);
    return;
  }
  const from = idOfAddress(email.from ?? email.sender, people);
  if (from === undefined) {
    report.fault('the message names no sender', at);
    return;
  }
  const when = timeOf(email, zone, at, report);
  if (when === undefined) return;
  const ownId = idsIn(email.messageId)[0] ?? bareId(email.messageId);
  const id = ownId === undefined ? digestId(PREFIX, bytes) : sourceId(PREFIX, ownId);
  if (ownId === undefined) report.assume('a message without a Message-ID is known by the digest of its bytes');
  const parent = idsIn(email.inReplyTo)[0] ?? idsIn(email.references).at(-1);
  const forwarded = await forwardOf(email);
  const text = textOf(email, at, report);
  if (text === undefined) return;
  const words = wordsOf(text, at, report);
  if (words.text.includes('\ufffd') || email.subject?.includes('\ufffd') === true)
    report.ambiguous('characters that its encoding does not have, or that were lost before, stand as U+FFFD', at);
  const draft = {
    id,
    type: 'MessageSent',
    ...when,
    visibility: 'private',
    data: {
      from,
      to: recipients(email, people, at, report),
      channel: 'e-mail',
      ...words,
      links: linksIn(words.text),
      ...(email.subject === undefined || email.subject === '' ? {} : { subject: lineOf(email.subject, 65_536) }),
      ...(parent === undefined || parent === ownId ? {} : { inReplyTo: sourceId(PREFIX, parent) }),
      ...(forwarded === undefined || forwarded === ownId ? {} : { forwardOf: sourceId(PREFIX, forwarded) }),
    },
    sources: [
      { ...(ownId === undefined ? {} : { locator: lineOf(`Message-ID <${ownId}>`) }), digest: rawDigest(bytes) },
      ...email.attachments.slice(0, MOST_SOURCES - 1).map(attachmentOf),
    ],
    ...receivedAt(email),
  };
  if (email.attachments.length > MOST_SOURCES - 1) report.ambiguous(`of more than ${MOST_SOURCES - 1} attachments the first are noted`, at);
  const event = eventOf(draft, at, report);
  if (event !== undefined) yield { event, at };
}

// ---- who --------------------------------------------------------------------------------------

function idOfAddress(address: Address | undefined, people: People): string | undefined {
  if (address === undefined) return undefined;
  if (address.group !== undefined) return address.group.length > 0 ? idOfAddress(address.group[0], people) : undefined;
  const { name, address: text = '' } = address;
  if (text.trim() !== '') return people.idOf('address', text, name);
  return name.trim() === '' ? undefined : people.idOf('name', name);
}

function recipients(email: Email, people: People, at: string, report: Report): string[] {
  const all = [...(email.to ?? []), ...(email.cc ?? []), ...(email.bcc ?? [])].flatMap((one) => one.group ?? [one]);
  const ids = [...new Set(all.map((one) => idOfAddress(one, people)).filter((id) => id !== undefined))];
  if (ids.length === 0) {
    report.ambiguous('the message names nobody it went to: it goes to "undisclosed recipients"', at);
    return [people.idOf('group', 'undisclosed recipients')];
  }
  if (ids.length > MOST_RECIPIENTS) report.ambiguous(`of more than ${MOST_RECIPIENTS} recipients the first are kept`, at);
  return ids.slice(0, MOST_RECIPIENTS);
}

// ---- when -------------------------------------------------------------------------------------

function timeOf(email: Email, zone: Zone | undefined, at: string, report: Report): { occurredAt?: string | null; when: object } | undefined {
  const stated = headerOf(email, 'date');
  if (stated === undefined || stated.trim() === '') {
    const received = receivedText(email);
    report.ambiguous(
      received === undefined
        ? 'the message has no date: it is listed, and not played'
        : 'the message has no date: it had been sent by the time it was received',
      at,
    );
    return { occurredAt: received ?? null, when: { precision: 'unknown', earliest: null, latest: received ?? null, stated: null } };
  }
  const words = lineOf(stated.trim());
  const date = mailDate(stated);
  if (date === undefined) {
    report.fault(`"${shown(words)}" is no date`, at);
    return undefined;
  }
  if (date.offset !== undefined) {
    const text = instantText({ ...date, offset: date.offset });
    if (date.wall.second !== undefined) return { occurredAt: text, when: { precision: 'second', stated: words } };
    // Without seconds it is somewhere in its minute, and had happened by its end.
    const span = unitSpan(instantOf(text), 'minute', date.offset);
    const latest = formatInstant(span.latest, date.offset);
    return { occurredAt: latest, when: { precision: 'minute', stated: words, earliest: text, latest } };
  }
  if (zone === undefined) {
    report.fault(`"${shown(words)}" names no offset: say which zone such times are in with --tz`, at);
    return undefined;
  }
  const placed = zone.place(date.wall, words);
  if (placed === undefined) {
    report.fault(`"${shown(words)}" is no date`, at);
    return undefined;
  }
  report.assume(`dates without an offset are in ${zone.name}`);
  if (placed.shown !== 'once') report.ambiguous(`a time that clocks in ${zone.name} showed ${placed.shown}`, at);
  return { occurredAt: placed.when.latest, when: placed.when };
}

/** When the last server on its way had it, which is the first line of that kind. */
function receivedText(email: Email): string | undefined {
  const header = headerOf(email, 'received');
  const date = header === undefined ? undefined : mailDate(header.slice(header.lastIndexOf(';') + 1));
  return date?.offset === undefined ? undefined : instantText({ ...date, offset: date.offset });
}

function receivedAt(email: Email): { originalRecordedAt?: string } {
  const text = receivedText(email);
  return text === undefined ? {} : { originalRecordedAt: text };
}

// ---- what -------------------------------------------------------------------------------------

function textOf(email: Email, at: string, report: Report): string | undefined {
  if (email.text !== undefined) return email.text;
  if (email.html === undefined) return '';
  report.ambiguous('the message has no plain text: its words are those of its HTML', at);
  try {
    return convert(email.html, { wordwrap: false, limits: { maxDepth: DEEPEST_HTML } });
  } catch (error) {
    report.fault(`its HTML cannot be read (${error instanceof Error ? error.message : String(error)})`, at);
    return undefined;
  }
}

async function forwardOf(email: Email): Promise<string | undefined> {
  const named = idsIn(headerOf(email, 'x-forwarded-message-id'))[0];
  if (named !== undefined) return named;
  // A report about a message carries it as well, and forwards nothing.
  if (/^multipart\/report/i.test(headerOf(email, 'content-type') ?? '')) return undefined;
  const attached = email.attachments.find(({ mimeType }) => mimeType === 'message/rfc822');
  if (attached === undefined) return undefined;
  const inner = await PostalMime.parse(bytesOf(attached), { forceRfc822Attachments: true }).catch(() => undefined);
  return idsIn(inner?.messageId)[0];
}

function attachmentOf(attachment: Attachment): object {
  const bytes = bytesOf(attachment);
  const name = attachment.filename ?? '';
  return {
    locator: lineOf(name === '' ? '(no name)' : name),
    note: `Attachment, ${lineOf(attachment.mimeType, 200)}, ${bytes.length} bytes`,
    digest: rawDigest(bytes),
  };
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content instanceof Uint8Array ? content : new Uint8Array(content);
}

/** A message in parts says where its last part ends. */
function isCutOff(bytes: Buffer, email: Email): boolean {
  const type = headerOf(email, 'content-type') ?? '';
  if (!/^\s*multipart\//i.test(type)) return false;
  const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const text = boundary?.[1] ?? boundary?.[2];
  return text !== undefined && !bytes.includes(`--${text}--`, 0, 'latin1');
}

function headerOf(email: Email, key: string): string | undefined {
  return email.headers.find((header) => header.key === key)?.value;
}

/** Some write it without its brackets. */
function bareId(header: string | undefined): string | undefined {
  const text = header?.trim() ?? '';
  return text === '' || /[\s<>]/.test(text) ? undefined : text;
}

function idsIn(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(MESSAGE_ID)].map((match) => match[1] ?? '');
}
