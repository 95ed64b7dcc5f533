/**
 * What a format is to the import: how it is recognised, and how its bytes become events.
 * Invariants: the same bytes and options give the same events in the same order, as often as they are read; an event's id
 * and body depend on nothing but the item it was made of, so that a longer archive adds only what is new.
 * Unit: one event with the place it came from.
 */
import type { StoryEvent } from '../../events/event.js';
import type { People } from './people.js';
import type { Report } from './report.js';
import type { Source } from './source.js';

export type DayOrder = 'dmy' | 'mdy' | 'ymd';

export interface ImportOptions {
  /** IANA zone of times that name none. */
  readonly zone?: string;
  readonly dayOrder?: DayOrder;
  /** Which column of a table says what: field → column. */
  readonly columns?: ReadonlyMap<string, string>;
}

/** An event, and where it was found. */
export interface Taken {
  readonly event: StoryEvent;
  readonly at: string;
}

export interface Reading {
  readonly source: Source;
  readonly options: ImportOptions;
  readonly people: People;
}

/** One reading from the beginning. Throws `bad-archive` where nothing after some place can be read. */
export type Reader = (report: Report) => AsyncIterable<Taken>;

export interface Format {
  readonly name: string;
  /** `refused`: two bodies under one id are a fault. `told`: the first is kept, since the source hands out copies that differ. */
  readonly copies: 'refused' | 'told';
  /** What copies of one event have in common; all of it unless told. */
  readonly essence?: (event: StoryEvent) => StoryEvent;
  /** Does it say itself what the story is and who takes part? Else a description is made. */
  readonly describesItself: boolean;
  /** Is this it, by its names and first bytes? */
  recognises(source: Source): Promise<boolean>;
  /** Looks at what only the whole shows (such as the order of day and month). Throws `unknown-format` or `bad-request` where that has to be given. */
  open(reading: Reading, report: Report): Promise<Reader>;
}
