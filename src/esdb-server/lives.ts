/**
 * What is left of a stream for who reads it through this server: metadata can hide its beginning, and it can be deleted, softly
 * or for good. The log itself keeps all of it, and who reads the whole log sees it.
 * Invariants: a softly deleted stream is there again from the first event that was stored behind its deletion, whether or not
 * its metadata says so yet; what is protected has no metadata and is never deleted, and costs no look at either.
 * Unit: one stream, as it is durable when it is asked for.
 */
import { jsonIn, writtenAs } from '../log/embedded/verbatim.js';
import type { WholeLog, LogEvent, Position, ReadOptions } from '../log/log.js';
import { TOMBSTONE } from './messages.js';
import { isMetastream, metastreamOf, originalOf, type Protection } from './refusals.js';

/** What a stream's metadata says of its events; all else in it is nobody's business here. */
interface Limits {
  /** Revisions below it are hidden. Infinity: all, the stream is deleted. */
  readonly truncateBefore: number;
  readonly maxCount: number;
  readonly maxAgeMs: number;
}

export interface Life {
  /** The last event, hidden or not. */
  readonly last: { readonly revision: number; readonly position: Position } | undefined;
  readonly isTombstoned: boolean;
  /** Softly: an append brings it back. */
  readonly isDeleted: boolean;
  /** The last event of its metadata stream. */
  readonly metadata: LogEvent | undefined;
  /** The first revision that readers see. */
  readonly first: number;
  /** Events older than this are hidden. */
  readonly maxAgeMs: number;
}

export interface Lives {
  of(stream: string): Promise<Life>;
  /** What readers see of a stream. */
  read(stream: string, life: Life, options: ReadOptions): AsyncIterable<LogEvent>;
}

/** Programs hold 2^63 - 1 as 2^63: whatever comes so close stands for it. */
const DELETED = 2 ** 63;

export function createLives(log: WholeLog, protection: Protection, now: () => number): Lives {
  const lastOf = async (stream: string): Promise<LogEvent | undefined> => {
    for await (const event of log.read(stream, { direction: 'backwards', limit: 1 })) return event;
    return undefined;
  };

  /** The first revision that was stored behind a position, of a stream whose last one was. */
  const firstBehind = async (stream: string, last: number, position: Position): Promise<number> => {
    let first = last;
    for await (const event of log.read(stream, { direction: 'backwards' })) {
      if (event.position < position) break;
      first = event.revision;
    }
    return first;
  };

  return {
    async of(stream) {
      if (protection.covers(stream)) return { ...plain(await log.head(stream)) };
      if (isMetastream(stream)) {
        const [last, original] = await Promise.all([lastOf(stream), lastOf(originalOf(stream))]);
        return { ...plain(last), isTombstoned: original?.type === TOMBSTONE, first: last?.revision ?? 0 };
      }
      const [last, metadata] = await Promise.all([lastOf(stream), lastOf(metastreamOf(stream))]);
      if (metadata === undefined || last === undefined) return { ...plain(last), metadata, isTombstoned: last?.type === TOMBSTONE };
      const { truncateBefore, maxCount, maxAgeMs } = limitsIn(metadata);
      const isHidden = truncateBefore === Infinity;
      const isDeleted = isHidden && last.position < metadata.position;
      const begin = isHidden && !isDeleted ? await firstBehind(stream, last.revision, metadata.position) : truncateBefore;
      return { last, isTombstoned: last.type === TOMBSTONE, isDeleted, metadata, first: Math.max(begin, last.revision - maxCount + 1, 0), maxAgeMs };
    },

    read(stream, life, options) {
      const isWhole = life.first === 0 && life.maxAgeMs === Infinity;
      return isWhole ? log.read(stream, options) : visible(log, stream, life, options, now() - life.maxAgeMs);
    },
  };
}

async function* visible(
  log: WholeLog,
  stream: string,
  { first }: Life,
  { limit = Infinity, ...options }: ReadOptions,
  oldest: number,
): AsyncGenerator<LogEvent> {
  const backwards = options.direction === 'backwards';
  // Beyond what a number holds exactly there is no event.
  const from = backwards ? options.from : Math.min(Math.max(options.from ?? 0, first), Number.MAX_SAFE_INTEGER);
  let left = limit;
  for await (const event of log.read(stream, { ...options, ...(from === undefined ? {} : { from }) })) {
    if (left === 0 || event.revision < first) return;
    if (event.created < oldest) {
      if (backwards) return;
      continue;
    }
    yield event;
    left--;
  }
}

function plain(last: Life['last']): Life {
  return { last, isTombstoned: false, isDeleted: false, metadata: undefined, first: 0, maxAgeMs: Infinity };
}

/** The object that a metadata event holds, whatever its writer called it. */
export function metadataIn(event: LogEvent): Readonly<Record<string, unknown>> | undefined {
  const value = jsonIn(writtenAs(event).data);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function limitsIn(event: LogEvent): Limits {
  const { $tb, $maxCount, $maxAge } = metadataIn(event) ?? {};
  return {
    truncateBefore: isCount($tb) ? ($tb >= DELETED ? Infinity : $tb) : 0,
    maxCount: isCount($maxCount) && $maxCount > 0 ? $maxCount : Infinity,
    maxAgeMs: isCount($maxAge) && $maxAge > 0 ? $maxAge * 1000 : Infinity,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
