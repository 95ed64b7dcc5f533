/**
 * A document about a story as an answer: written as fast as it is read, and not again for who has it.
 * Invariants: who goes away frees what it held; who only asks for the head has nothing written. Unit: as much is held as a
 * socket takes at once, and one piece.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Words, wordsIn } from '../../events/words.js';
import { HindcastError } from '../errors.js';

/** So many characters are written at once. */
const WRITTEN_AT_ONCE = 16_384;
const UTC = 'UTC';
/** The trailer that says whether anything was recorded while a document was written. */
export const CHANGED = 'hindcast-changed';

export interface Document {
  readonly type: string;
  /** Where it is to be kept as a file. */
  readonly fileName?: string;
  /** What it is made from; with the edition it names the document. */
  readonly revision: number;
  /** Grows when the same story would be told otherwise. */
  readonly edition: number;
  /** True where it is of a past that is still being worked out: another soon, at the same revision. */
  readonly stale: boolean;
  pieces(): AsyncIterable<string>;
  /** Was anything recorded since it was begun? Told behind it, where the document itself has no place for it. */
  readonly hasChanged?: () => boolean;
  /** Lets go of what it reads. */
  release(): void;
}

export interface Zone {
  readonly words: Words;
  readonly zone: string;
  readonly zoneNote?: string;
}

/** The words of the zone that is asked for, or else of the story's own. */
export function zoneOf(asked: string | undefined, own: string | undefined): Zone {
  const zone = asked ?? own ?? UTC;
  try {
    return { zone, words: wordsIn(zone) };
  } catch {
    if (asked !== undefined)
      throw new HindcastError('bad-request', `"${asked}" is no time zone that is known here.`, [{ at: 'zone', message: 'not the IANA name of a zone' }]);
    return { zone: UTC, words: wordsIn(UTC), zoneNote: `The story’s own zone, “${zone}”, is not known here.` };
  }
}

/** Does a reader have what they would be sent? */
function isHeld(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''));
}

/** The same text in pieces that are worth a write each. */
async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < WRITTEN_AT_ONCE) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

export function sendDocument({ method, headers }: FastifyRequest, reply: FastifyReply, document: Document): FastifyReply {
  const { type, fileName, revision, edition, stale, release, hasChanged } = document;
  reply.type(type).header('cache-control', stale ? 'no-store' : 'no-cache');
  if (fileName !== undefined) reply.header('content-disposition', `attachment; filename="${fileName}"`);
  const etag = `W/"${revision}-${edition}"`;
  if (!stale) reply.header('etag', etag);
  if (!stale && isHeld(headers['if-none-match'], etag)) {
    release();
    return reply.code(304).send();
  }
  if (hasChanged !== undefined) reply.trailer(CHANGED, async () => String(hasChanged()));
  const body = Readable.from(method === 'HEAD' ? [] : gathered(document.pieces()), { objectMode: false });
  body.once('close', release);
  return reply.send(body);
}
