/**
 * What is sent in a replay, as whoever iterates gets it: each kind a type of its own, told apart by `kind`.
 */
import type { ActionTaken } from '../../events/actions.js';
import type { MessageSent } from '../../events/messages.js';
import type { PublishedEvent } from '../../events/published.js';
import type { TweetPosted } from '../../events/tweets.js';
import type { FrameOf } from '../protocol.js';

type Published<E extends { readonly type: string; readonly data: unknown }> = Omit<PublishedEvent, 'type' | 'data'> & {
  readonly type: E['type'];
  readonly data: E['data'];
};

/** A happening with all that is known of it; `type` tells which, and what is in `data`. */
export type StoryEvent = Published<MessageSent> | Published<TweetPosted> | Published<ActionTaken>;

/** A happening. Each comes exactly once a pass, whatever the connection does. */
export interface EventItem {
  readonly kind: 'event';
  readonly event: StoryEvent;
  /** Where it stands in this replay: story time, RFC 3339. Through other eyes it may be later than `event.occurredAt`. */
  readonly at: string;
  readonly cursor: string;
  /** When it was due: server wall time, ms since the epoch. */
  readonly dueWall: number;
  /** It was recorded after its moment had been played. */
  readonly late: boolean;
  /** It was recorded while the connection was away. */
  readonly backfill: boolean;
  /** From 1; each round of a loop, and each playing from the start again, is a new one. */
  readonly pass: number;
}

/** Something sent before was corrected, or retracted (`event: null`), by the annotation `by`. */
export interface ChangedItem {
  readonly kind: 'changed';
  readonly id: string;
  readonly by: string;
  readonly event: StoryEvent | null;
}

/** A silence that begins now and is shortened: `storyMs` of story time go by in `wallMs`. */
export interface SilenceItem {
  readonly kind: 'silence';
  readonly from: string;
  readonly to: string;
  readonly storyMs: number;
  readonly wallMs: number;
}

/** This watcher could not keep up with a shared clock: `skipped` events between two cursors were left out; HTTP has them. */
export interface LaggingItem {
  readonly kind: 'lagging';
  readonly skipped: number;
  readonly from: string;
  readonly to: string;
}

/** The clock jumped: what stands behind this item was sent from there. */
export interface SeekItem {
  readonly kind: 'seek';
  /** Story time, RFC 3339. */
  readonly at: string;
  readonly pass: number;
}

/** The replay came to its end, and stands there. */
export interface EndItem {
  readonly kind: 'end';
  readonly at: string;
  readonly pass: number;
}

export type ReplayItem = EventItem | ChangedItem | SilenceItem | LaggingItem | SeekItem | EndItem;

/** The frames that are items as they are. */
export type ItemFrame = FrameOf<'event'> | FrameOf<'changed'> | FrameOf<'silence'> | FrameOf<'lagging'>;

export function itemOf(frame: ItemFrame, pass: number): ReplayItem {
  switch (frame.type) {
    case 'event': {
      const { event, at, cursor, dueWall, late = false, backfill = false } = frame;
      return { kind: 'event', event: event as StoryEvent, at, cursor, dueWall, late, backfill, pass };
    }
    case 'changed':
      return { kind: 'changed', id: frame.id, by: frame.by, event: frame.event as StoryEvent | null };
    case 'silence':
      return { kind: 'silence', from: frame.from, to: frame.to, storyMs: frame.storyMs, wallMs: frame.wallMs };
    case 'lagging':
      return { kind: 'lagging', skipped: frame.skipped, from: frame.from, to: frame.to };
  }
}
