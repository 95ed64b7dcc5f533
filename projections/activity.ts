/**
 * Activity: how much happens when, counted at several widths, for a scrubber over the whole story.
 * Invariants: what it shows depends on which happenings there are and where they stand, never on the order in which they
 * came; one more costs the same however many there are. Unit: ms of story time.
 */
import Type, { type Static } from 'typebox';
import type { EffectiveHappening } from '../events/steps.js';
import { formatInstant } from '../events/story-time.js';
import { defineProjection, SHOWN_ROWS } from './projection.js';
import { Table } from './table.js';
import { regrouped, type Span, startOfWindow, WIDTHS, widened, windowKey, windowOf, windowsIn } from './parts/windows.js';

/** So many windows of the finest width there may be: as many as a list may show. */
export const MOST_WINDOWS = SHOWN_ROWS;
/** Beside the finest, so many greater widths are shown. */
const COARSER = 2;

const Counts = Type.Array(Type.Integer(), {
  maxItems: MOST_WINDOWS,
  description: 'Window by window, without gaps, from the first that holds a happening to the last.',
});

export const Activity = Type.Object({
  from: Type.Union([Type.String(), Type.Null()], { description: 'Where the first happening stands, in UTC; null where there is none.' }),
  to: Type.Union([Type.String(), Type.Null()], { description: 'Where the last happening stands, in UTC.' }),
  events: Type.Integer({ description: 'Happenings, each counted where it is placed, however sure that is.' }),
  widths: Type.Array(
    Type.Object({
      widthMs: Type.Integer(),
      from: Type.String({ description: 'When the first window begins, in UTC. Days begin at midnight UTC, weeks on Monday.' }),
      counts: Type.Object({ public: Counts, private: Counts }),
    }),
    { maxItems: COARSER + 1, description: `From the finest width that needs at most ${MOST_WINDOWS} windows to the widest.` },
  ),
});
export type Activity = Static<typeof Activity>;

interface Count {
  readonly public: number;
  readonly private: number;
}

export interface ActivityState {
  readonly span: Span | null;
  readonly events: number;
  /** The windows of the finest width that hold a happening; those of greater widths follow from them. */
  readonly windows: Table<Count>;
}

const together = (a: Count, b: Count): Count => ({ public: a.public + b.public, private: a.private + b.private });
const ONE: Readonly<Record<'public' | 'private', Count>> = { public: { public: 1, private: 0 }, private: { public: 0, private: 1 } };

function evolveHappening({ span, events, windows }: ActivityState, { key, event }: EffectiveHappening): ActivityState {
  const [instant] = key;
  const wide = widened(span, instant, MOST_WINDOWS);
  const one = ONE[event.visibility];
  const grouped = span === null ? windows : regrouped(windows, span.width, wide.width, together);
  const counted = grouped.update(windowKey(windowOf(instant, wide.width), wide.width), (known) => (known === undefined ? one : together(known, one)));
  return { span: wide, events: events + 1, windows: counted };
}

/** All windows from the first to the last, those in which nothing happens too. */
function countsOf(windows: Table<Count>, span: Span): Count[] {
  const first = windowOf(span.first, span.width);
  return Array.from({ length: windowsIn(span) }, (_, i) => windows.get(windowKey(first + i, span.width)) ?? { public: 0, private: 0 });
}

/** The same counts in windows of the next width. */
function coarser(counts: readonly Count[], span: Span, next: Span): Count[] {
  const times = (WIDTHS[next.width] as number) / (WIDTHS[span.width] as number);
  const offset = windowOf(span.first, span.width) - windowOf(span.first, next.width) * times;
  const wider = Array.from({ length: windowsIn(next) }, () => ({ public: 0, private: 0 }));
  for (const [i, count] of counts.entries()) {
    const window = wider[Math.floor((offset + i) / times)] as { public: number; private: number };
    window.public += count.public;
    window.private += count.private;
  }
  return wider;
}

function widthsOf(windows: Table<Count>, finest: Span): Activity['widths'] {
  const widths: Activity['widths'] = [];
  let counts = countsOf(windows, finest);
  for (let span = finest; ; ) {
    widths.push({
      widthMs: WIDTHS[span.width] as number,
      from: formatInstant(startOfWindow(windowOf(span.first, span.width), span.width)),
      counts: { public: counts.map((count) => count.public), private: counts.map((count) => count.private) },
    });
    const next = { ...span, width: span.width + 1 };
    if (widths.length > COARSER || next.width >= WIDTHS.length) return widths;
    counts = coarser(counts, span, next);
    span = next;
  }
}

export const activity = defineProjection<ActivityState, Activity>({
  name: 'activity',
  version: 1,
  description:
    'How much happens when: the happenings counted in windows of equal width, public and private ones apart, at the finest width that gives no more than some hundred windows for the whole story, and at two greater widths.',
  schema: Activity,
  whole: true,

  initial: () => ({ span: null, events: 0, windows: Table.empty() }),

  evolve: (state, step) => (step.kind === 'happening' ? evolveHappening(state, step) : state),

  view({ span, events, windows }) {
    if (span === null) return { from: null, to: null, events, widths: [] };
    return { from: formatInstant(span.first), to: formatInstant(span.last), events, widths: widthsOf(windows, span) };
  },
});
