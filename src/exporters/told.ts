/**
 * What exporters are handed of a story: what it says of itself, and its happenings as they are in force, read one by one.
 * Units: `at` is ms of story time, `startMs` ms of presentation time from the beginning of a replay.
 */
import type { StoryDescribedData } from '../../events/descriptions.js';
import type { EffectiveHappening } from '../../events/steps.js';
import type { Words } from '../../events/words.js';

export interface StoryAbout {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly revision: number;
  readonly participants: readonly {
    readonly id: string;
    readonly name: string;
    readonly aliases: readonly string[];
    readonly kind: string;
    readonly description?: string;
  }[];
  readonly sources: StoryDescribedData['sources'];
  readonly doubts: readonly string[];
  /** Stored events that have no effect. */
  readonly withoutEffect: number;
}

export interface StoryTold {
  readonly story: StoryAbout;
  readonly words: Words;
  /** The name of the zone of all times. */
  readonly zone: string;
  /** Something to be said of the zone. */
  readonly zoneNote?: string;
  /** Placing instants of the first and the last placed happening that those eyes see; undefined where none is placed. */
  readonly span: { readonly from: string; readonly to: string } | undefined;
  /** As of this instant; left out: the whole story. */
  readonly at?: number;
  /** Whose eyes: a participant's id or `public`; left out: everything. */
  readonly as?: string;
  /** Was anything recorded since it was begun? */
  readonly hasChanged: () => boolean;
}

/** How the replay runs that gives the times. */
export interface Timing {
  /** Story seconds a second. */
  readonly rate: number;
  /** No gap lasts longer, in ms; Infinity where none is shortened. */
  readonly idleMs: number;
  /** True where the longest gap asked for had to be raised to reach the length asked for. */
  readonly raised: boolean;
}

export interface Timed {
  readonly happening: EffectiveHappening;
  /** When a replay shows it; left out where nothing places it, or no replay is asked for. */
  readonly startMs?: number;
  /** The silence before it is shortened. */
  readonly isShortened?: boolean;
}

export interface HappeningsTold extends StoryTold {
  /** In story order, those without a time last. */
  readonly happenings: AsyncIterable<Timed>;
  /** Left out where no replay gives the times. */
  readonly timing?: Timing;
}
