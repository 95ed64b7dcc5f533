/**
 * Links: events that stand for others, as "revision@stream". Readers who want it get what a link points to beside the link.
 * Invariant: a link that points to nothing that can be read comes as a link without an event; what only looks like a link
 * comes as it is.
 * Unit: one event.
 */
import { writtenAs } from '../log/embedded/verbatim.js';
import type { LogEvent } from '../log/log.js';
import type { Lives } from './lives.js';
import type { Resolved } from './messages.js';

export const LINK = '$>';

/** What a reader is given for an event. */
export type Resolve = (event: LogEvent) => Resolved | Promise<Resolved>;

export const asItIs: Resolve = (event) => ({ event, link: undefined });

export function createResolve(lives: Lives): Resolve {
  return async (event) => {
    if (event.type !== LINK) return asItIs(event);
    const text = Buffer.from(writtenAs(event).data).toString();
    const [, number, stream] = /^([0-9]{1,19})(?:@(.+))?$/s.exec(text) ?? [];
    if (number === undefined) return asItIs(event);
    return { event: stream === undefined ? undefined : await target(lives, stream, Number(number)), link: event };
  };
}

async function target(lives: Lives, stream: string, revision: number): Promise<LogEvent | undefined> {
  const life = await lives.of(stream);
  if (life.isTombstoned || life.isDeleted || revision < life.first || !Number.isSafeInteger(revision)) return undefined;
  for await (const event of lives.read(stream, life, { from: revision, limit: 1 })) return event.revision === revision ? event : undefined;
  return undefined;
}
