/**
 * What changed in the past, as a sentence: recorded late, corrected, retracted, passed over.
 * Invariant: it says that something changed and of what kind, and leaves judging it to the reader.
 */
import type { PublishedEvent } from '../../events/published.js';
import type { ReplayItem } from '../../src/sdk/index.js';
import { actorOf, kindOf } from '../words/lanes.js';

export interface News {
  readonly text: string;
  /** The event it is about, where it can be shown. */
  readonly event?: string;
}

/** `known`: the event as it stood on the stage. Undefined where the item is no news of the past. */
export function newsOf(item: ReplayItem, known: PublishedEvent | undefined, name: (id: string) => string): News | undefined {
  const say = (event: PublishedEvent) => `a ${kindOf(event)} of ${name(actorOf(event))}`;
  switch (item.kind) {
    case 'event':
      return item.late || item.backfill ? { text: `Recorded late: ${say(item.event as PublishedEvent)}`, event: item.event.id } : undefined;
    case 'changed': {
      const event = known ?? (item.event as PublishedEvent | null);
      const what = event === null ? 'an event' : say(event);
      return item.event === null ? { text: `Withdrawn: ${what} was retracted` } : { text: `Corrected: ${what}`, event: item.id };
    }
    case 'lagging':
      return { text: `This page did not keep up: ${item.skipped} events came at once` };
    default:
      return undefined;
  }
}
