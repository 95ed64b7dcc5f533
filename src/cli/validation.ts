/**
 * Checks a file of events or drafts, record by record: CloudEvents or drafts, one a line, or drafts as one JSON document.
 * Invariants: nothing is stored; every fault is told with the line on which its record begins; as much is held as one record,
 * the ids, and a document where it is one. Unit: lines count from 1.
 */
import { createHash } from 'node:crypto';
import { canonicalBody, catalogue } from '../../events/catalogue.js';
import { fromCloudEvent, isCloudEvent } from '../../events/cloud-events.js';
import { isHappening, type RecordedHappening, type RecordedNote, type StoryEvent } from '../../events/event.js';
import { inlineRequests, targetsOf } from '../../events/resolve.js';
import { isHindcastError } from '../errors.js';
import { linesOf } from '../importers/lines.js';

export interface Finding {
  readonly line: number;
  /** Which field, as a JSON pointer; `/` where it is the whole record. */
  readonly at: string;
  readonly message: string;
  /** `note`: it may be as it should; what it is about is not in this file. */
  readonly kind: 'fault' | 'note';
}

/** A record as it is written, and its line. */
interface Part {
  readonly number: number;
  readonly text: string;
}

export interface Checked {
  readonly records: number;
  readonly faults: number;
}

/** A document is held whole; a longer one has to be given line by line. In bytes. */
const LONGEST_DOCUMENT = 64 * 1024 * 1024;

/** Tells each finding as it is found. `read` gives the file from its beginning, as often as it is called. */
export async function checkFile(read: () => AsyncIterable<Uint8Array>, tell: (finding: Finding) => void): Promise<Checked> {
  const check = new Check(tell);
  try {
    for await (const record of recordsOf(read)) check.take(record);
  } catch (error) {
    if (!isHindcastError(error) || error.code === 'bad-request') throw error;
    // Bytes that are no text, or a line without an end: what comes after cannot be told apart.
    const line = Number(/^line (\d+)/.exec(error.faults[0]?.at ?? '')?.[1] ?? 1);
    check.fault(line, '/', `${error.faults[0]?.message ?? error.message}; what comes after was not read`);
  }
  return check.end();
}

class Check {
  private records = 0;
  private faults = 0;
  /** Id → what it says, in short, and where. */
  private readonly seen = new Map<string, { readonly digest: string; readonly line: number }>();
  private readonly asked = new Set<string>();
  private readonly about: { readonly line: number; readonly targets: readonly string[] }[] = [];

  constructor(private readonly tell: (finding: Finding) => void) {}

  fault(line: number, at: string, message: string): void {
    this.faults++;
    this.tell({ line, at, message, kind: 'fault' });
  }

  take({ number: line, text }: Part): void {
    if (text.trim() === '') return;
    this.records++;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return this.fault(line, '/', `not JSON: ${(error as Error).message}`);
    }
    const given = typeof value === 'object' && value !== null && 'id' in value;
    const read = isCloudEvent(value) ? fromCloudEvent(value) : catalogue.parseDraft(value, () => `line-${line}`);
    if ('faults' in read) {
      for (const { at, message } of read.faults) this.fault(line, at, message);
      return;
    }
    this.know(read.event, line, given);
  }

  private know(event: StoryEvent, line: number, given: boolean): void {
    const digest = createHash('sha256').update(canonicalBody(event)).digest('base64url');
    const before = this.seen.get(event.id);
    if (given && before !== undefined && before.digest !== digest) this.fault(line, '/id', `"${event.id}" says something else on line ${before.line}`);
    else if (given) this.seen.set(event.id, { digest, line });
    if (isHappening(event)) for (const { id } of inlineRequests(event as RecordedHappening)) this.asked.add(id);
    else this.about.push({ line, targets: targetsOf(event as RecordedNote) });
  }

  end(): Checked {
    if (this.records === 0) this.fault(1, '/', 'there is nothing in it');
    for (const { line, targets } of this.about) {
      const elsewhere = targets.filter((id) => !this.seen.has(id) && !this.asked.has(id));
      if (elsewhere.length > 0)
        this.tell({ line, at: '/data', message: `about ${elsewhere.join(', ')}, which must be in the story already: not in this file`, kind: 'note' });
    }
    return { records: this.records, faults: this.faults };
  }
}

/** Lines, or the parts of one document. */
async function* recordsOf(read: () => AsyncIterable<Uint8Array>): AsyncGenerator<Part> {
  if (!(await isDocument(read))) return yield* linesOf(read());
  const text = await whole(read);
  if (text === undefined) return yield* linesOf(read());
  yield* elementsOf(text);
}

/** Is it one JSON document of several lines, or a list? The first line that is not empty tells. */
async function isDocument(read: () => AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const { text } of linesOf(read())) {
    const line = text.trim();
    if (line === '') continue;
    if (line.startsWith('[')) return true;
    try {
      JSON.parse(line);
      return false;
    } catch {
      return isJson(await whole(read));
    }
  }
  return false;
}

function isJson(text: string | undefined): boolean {
  try {
    JSON.parse(text ?? '');
    return true;
  } catch {
    return false;
  }
}

/** All of it; undefined where it is too long. */
async function whole(read: () => AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: string[] = [];
  let length = 0;
  for await (const { text } of linesOf(read())) {
    length += text.length + 1;
    if (length > LONGEST_DOCUMENT) return undefined;
    parts.push(text);
  }
  return parts.join('\n');
}

/** The elements of a JSON list as they are written, each with its line; a document that is no list is one element. */
export function* elementsOf(text: string): Generator<Part> {
  const list = text.trimStart().startsWith('[');
  const open = list ? text.indexOf('[') + 1 : 0;
  let line = text.slice(0, open).split('\n').length;
  let start = -1;
  let startLine = line;
  let depth = 0;
  let quoted = false;
  for (let i = open; i < text.length; i++) {
    const character = text[i] as string;
    const ends = list && !quoted && depth === 0 && (character === ',' || character === ']');
    if (ends) {
      if (start >= 0) yield { number: startLine, text: text.slice(start, i) };
      start = -1;
      if (character === ']') {
        const rest = text.slice(i + 1).trim();
        if (rest !== '') yield { number: line, text: rest };
        return;
      }
      continue;
    }
    if (start < 0 && character.trim() !== '') {
      start = i;
      startLine = line;
    }
    if (character === '\n') line++;
    else if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
  }
  // A list without an end is told as such: what was begun is no JSON.
  if (start >= 0 || list) yield { number: startLine, text: list ? `[${start < 0 ? '' : text.slice(start)}` : text };
}
