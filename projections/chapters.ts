/**
 * Chapters: the turning points of a story. Those that its author names are the chapters, at the happenings that the author
 * names: whoever described the story here, not who wrote a source of it. Where none are named they are derived from nothing
 * but times, by two rules, and a chapter says by which:
 *
 * - `after-a-silence`: one begins at the first happening, and one at each happening after one of the longest silences, at
 *   most twelve, each at least ten times the median of all gaps between neighbours in story order.
 * - `burst`: the story is cut into at most a hundred windows of one width (windows.ts). A window is dense that holds at least
 *   five happenings and at least four times as many as a window does on average, from the first to the last. Neighbouring
 *   dense windows are one burst; a chapter begins at the first happening of each of the six that hold most for their length.
 *
 * Where both rules meet at one happening, it is told by the first.
 * Invariants: what an author states and what a rule infers never stand in one list; what is derived depends on which
 * happenings there are and where they stand, and is bounded however many there are. Unit: ms of story time.
 */
import Type, { type Static } from 'typebox';
import { Basis } from '../events/envelope.js';
import type { Described, EffectiveHappening } from '../events/steps.js';
import { compareKeys, type OrderKey } from '../events/story-time.js';
import { afterOf } from './parts/after.js';
import { nobodyWaits, opened, opens, type Waiting } from './parts/certainty.js';
import { atRank, counted, type Histogram } from './parts/histogram.js';
import { Ledger } from './ledger.js';
import { bounds, boundsIn, boundsShown, type Bounds, type InSight, inSightOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';
import { regrouped, type Span, WIDTHS, widened, windowKey, windowOf, windowsIn } from './parts/windows.js';

const MOST_SILENCES = 12;
const SILENCE_TIMES_MEDIAN = 10;
const MOST_BURSTS = 6;
const BURST_TIMES_MEAN = 4;
const BURST_AT_LEAST = 5;
const MOST_WINDOWS = 100;

export const SILENCE_RULE = 'after-a-silence';
export const BURST_RULE = 'burst';

const First = Type.Object({ first: Type.Literal(true) }, { description: 'It is the first happening.' });
const AfterSilence = Type.Object(
  {
    silenceMs: Type.Number({ description: 'Between the placing instants; show it alone only where silenceMinMs and silenceMaxMs are the same.' }),
    silenceMinMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
    silenceMaxMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
    medianMs: Type.Number({ description: 'The median of all gaps between neighbours, to 1 %.' }),
  },
  { description: 'How long nothing had happened before it.' },
);
const Burst = Type.Object(
  { happenings: Type.Integer(), withinMs: Type.Integer() },
  { description: 'So many happenings within so long, from the beginning of the window that holds it.' },
);

export const ChapterRow = Type.Object({
  number: Type.Integer({ description: 'From 1, in story order, counting those that have begun by this moment.' }),
  event: Type.String({ description: 'The happening at which it begins.' }),
  at: Type.String(),
  ...bounds,
  inSightAt: Type.Optional(Type.String({ description: 'When those eyes learned of the happening, where that was later.' })),
  title: Type.Union([Type.String(), Type.Null()], { description: 'In the words of whoever described this story here; null where the chapter is inferred.' }),
  basis: Basis,
  by: Type.Optional(
    Type.Literal('author', {
      description: 'Who says that it is one: whoever described this story here, not the author of a source. Left out where it is inferred.',
    }),
  ),
  rule: Type.Optional(Type.Enum([SILENCE_RULE, BURST_RULE], { description: 'By which it is inferred.' })),
  reason: Type.Optional(Type.Union([First, AfterSilence, Burst], { description: 'What the rule found.' })),
  uncertain: Type.Optional(Type.Literal(true, { description: 'Its happening may not have happened yet at this moment: the bounds go beyond it.' })),
});
export type ChapterRow = Static<typeof ChapterRow>;

export const Chapters = Type.Object({
  basis: Type.Enum(['stated', 'inferred'], {
    description:
      'stated: whoever described this story here named the chapters, and no others are shown. inferred: none were named; they follow from silences and bursts by rule.',
  }),
  totals: Type.Object({ chapters: Type.Integer() }),
  chapters: Type.Array(ChapterRow, { maxItems: SHOWN_ROWS, description: 'In story order: the latest.' }),
});
export type Chapters = Static<typeof Chapters>;

/** A happening at which a chapter begins, or may. */
interface Beginning extends Bounds {
  readonly event: string;
  readonly at: string;
  readonly inSightAt?: string;
  readonly key: OrderKey;
}

/** A chapter of the author's. */
interface Named extends Beginning {
  readonly title: string;
  readonly number: number;
}

/** Before a happening: how long since the one before it. */
interface Silence {
  readonly until: Beginning;
  readonly ms: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
}

interface Window {
  readonly happenings: number;
  readonly first: Beginning;
}

export interface ChaptersState {
  /** Did the author name any? Then nothing is derived. */
  readonly authored: boolean;
  /** Event → the titles that the author gave it. */
  readonly titles: Ledger<readonly string[]>;
  /** The author's chapters that have begun, by their number. */
  readonly begun: Ledger<Named>;
  readonly first: Beginning | null;
  /** The last happening so far. */
  readonly last: InSight | null;
  /** The longest silences, longest first; of equal ones the earlier. */
  readonly silences: readonly Silence[];
  readonly gaps: Histogram;
  readonly span: Span | null;
  readonly windows: Table<Window>;
  /** Happenings at which a chapter begins, or may, that are not settled. */
  readonly waiting: Waiting;
}

function beginningOf({ key, event }: EffectiveHappening, here: InSight): Beginning {
  return {
    event: event.id,
    at: event.occurredAt ?? '',
    ...boundsShown(event),
    ...(here.occurredAt !== null && here.occurredAt !== event.occurredAt ? { inSightAt: here.occurredAt } : {}),
    key,
  };
}

function awaiting(state: ChaptersState, { event }: EffectiveHappening): ChaptersState {
  return opens(event) ? { ...state, waiting: opened(state.waiting, event) } : state;
}

// ---- the author's -----------------------------------------------------------------------------

function evolveDescribed(state: ChaptersState, { chapters }: Described): ChaptersState {
  const titles = new Map<string, string[]>();
  for (const { event, title } of chapters) {
    const known = titles.get(event);
    if (known === undefined) titles.set(event, [title]);
    else known.push(title);
  }
  let named = state.titles;
  for (const [event, list] of titles) named = named.set(event, list);
  return { ...state, authored: true, titles: named };
}

function begin(state: ChaptersState, step: EffectiveHappening, titles: readonly string[]): ChaptersState {
  const beginning = beginningOf(step, inSightOf(step));
  let { begun } = state;
  for (const title of titles) {
    const number = begun.size + 1;
    begun = begun.set(String(number), { ...beginning, title, number });
  }
  return awaiting({ ...state, begun }, step);
}

// ---- derived ----------------------------------------------------------------------------------

const joined = (a: Window, b: Window): Window => ({
  happenings: a.happenings + b.happenings,
  first: compareKeys(a.first.key, b.first.key) < 0 ? a.first : b.first,
});

function derive(state: ChaptersState, step: EffectiveHappening): ChaptersState {
  const here = inSightOf(step);
  const beginning = beginningOf(step, here);
  const windows = withWindow(state, here, beginning);
  const next = withGap(windows.state, here, beginning);
  return windows.isFirst || next.silences !== state.silences ? awaiting(next, step) : next;
}

/** Counts a happening into its window, and answers whether it is the first there. */
function withWindow(state: ChaptersState, { instant }: InSight, first: Beginning): { readonly state: ChaptersState; readonly isFirst: boolean } {
  const span = widened(state.span, instant, MOST_WINDOWS);
  const windows = state.span === null ? state.windows : regrouped(state.windows, state.span.width, span.width, joined);
  const key = windowKey(windowOf(instant, span.width), span.width);
  const window = windows.get(key);
  const counting = windows.set(key, window === undefined ? { happenings: 1, first } : { ...window, happenings: window.happenings + 1 });
  return { state: { ...state, span, windows: counting }, isFirst: window === undefined };
}

/** Counts the gap before a happening, which may be one of the longest silences. */
function withGap(state: ChaptersState, here: InSight, until: Beginning): ChaptersState {
  const { last, silences, gaps } = state;
  if (last === null) return { ...state, first: until, last: here };
  const ms = here.instant - last.instant;
  const shortest = silences.length < MOST_SILENCES ? 0 : (silences.at(-1) as Silence).ms;
  return { ...state, last: here, gaps: counted(gaps, ms), silences: ms <= shortest ? silences : withSilence(silences, last, here, until, ms) };
}

function withSilence(silences: readonly Silence[], from: InSight, to: InSight, until: Beginning, ms: number): readonly Silence[] {
  const { afterMinMs, afterMaxMs } = afterOf(from, to, undefined);
  const longer = silences.filter((silence) => silence.ms >= ms);
  return [...longer, { until, ms, minMs: afterMinMs, maxMs: afterMaxMs }, ...silences.slice(longer.length)].slice(0, MOST_SILENCES);
}

type Derived = Pick<ChapterRow, 'rule' | 'reason'> & { readonly begins: Beginning };

function afterSilences({ first, silences, gaps }: ChaptersState): Derived[] {
  if (first === null) return [];
  const medianMs = medianOf(gaps);
  const long = silences.filter(({ ms }) => ms >= SILENCE_TIMES_MEDIAN * medianMs);
  return [
    { begins: first, rule: SILENCE_RULE, reason: { first: true } },
    ...long.map(
      ({ until, ms, minMs, maxMs }) =>
        ({
          begins: until,
          rule: SILENCE_RULE,
          reason: { silenceMs: ms, silenceMinMs: minMs, silenceMaxMs: maxMs, medianMs },
        }) as const,
    ),
  ];
}

/** The lower median. */
function medianOf(gaps: Histogram): number {
  let count = 0;
  for (let i = 1; i < gaps.length; i += 2) count += gaps[i] as number;
  return atRank(gaps, Math.ceil(count / 2)) ?? 0;
}

interface Run {
  readonly begins: Beginning;
  readonly happenings: number;
  readonly windows: number;
}

/** Neighbouring dense windows, put together. */
function runs(windows: Table<Window>, span: Span): Run[] {
  const { first, width } = span;
  const count = windowsIn(span);
  const all = windows.rows().reduce((sum, window) => sum + window.happenings, 0);
  const least = Math.max(BURST_AT_LEAST, (BURST_TIMES_MEAN * all) / count);
  const found: Run[] = [];
  let run: Run | undefined;
  for (let i = 0; i < count; i++) {
    const window = windows.get(windowKey(windowOf(first, width) + i, width));
    if (window === undefined || window.happenings < least) run = undefined;
    else {
      if (run !== undefined) found.pop();
      run = { begins: run?.begins ?? window.first, happenings: window.happenings + (run?.happenings ?? 0), windows: (run?.windows ?? 0) + 1 };
      found.push(run);
    }
  }
  return found;
}

function bursts({ windows, span }: ChaptersState): Derived[] {
  if (span === null) return [];
  return runs(windows, span)
    .sort((a, b) => b.happenings / b.windows - a.happenings / a.windows || compareKeys(a.begins.key, b.begins.key))
    .slice(0, MOST_BURSTS)
    .map((run) => ({ begins: run.begins, rule: BURST_RULE, reason: { happenings: run.happenings, withinMs: run.windows * (WIDTHS[span.width] as number) } }));
}

function derived(state: ChaptersState): ChapterRow[] {
  const bySilence = afterSilences(state);
  const begun = new Set(bySilence.map(({ begins }) => begins.event));
  return [...bySilence, ...bursts(state).filter(({ begins }) => !begun.has(begins.event))]
    .sort((a, b) => compareKeys(a.begins.key, b.begins.key))
    .map(({ begins, ...why }, i) => ({ number: i + 1, ...shown(state, begins), title: null, basis: 'inferred', ...why }));
}

// ---- shown ------------------------------------------------------------------------------------

function shown({ waiting }: ChaptersState, begins: Beginning) {
  const { event, at, latest, inSightAt } = begins;
  return {
    event,
    at,
    ...boundsIn(begins),
    ...(inSightAt === undefined ? {} : { inSightAt }),
    // What nothing bounds is never settled.
    ...(latest === null || waiting.has(event) ? { uncertain: true as const } : {}),
  };
}

function authored(state: ChaptersState, { title, number, ...begins }: Named): ChapterRow {
  return { number, ...shown(state, begins), title, basis: 'stated', by: 'author' };
}

export const chapters = defineProjection<ChaptersState, Chapters>({
  name: 'chapters',
  version: 1,
  description:
    'The turning points of the story. Where whoever described the story here names them, these, each at its happening. Else they are inferred from times alone, each by a rule that it names: a chapter begins after a silence that is long for this story, or where much happens at once. Inferred chapters have no title: what they are about is not known.',
  schema: Chapters,
  whole: true,

  initial: () => ({
    authored: false,
    titles: Ledger.empty(),
    begun: Ledger.empty(),
    first: null,
    last: null,
    silences: [],
    gaps: [],
    span: null,
    windows: Table.empty(),
    waiting: nobodyWaits(),
  }),

  evolve(state, step) {
    switch (step.kind) {
      case 'described':
        return step.chapters.length === 0 ? state : evolveDescribed(state, step);
      case 'happening': {
        if (!state.authored) return derive(state, step);
        const titles = state.titles.get(step.event.id);
        return titles === undefined ? state : begin(state, step, titles);
      }
      case 'settled':
        return state.waiting.has(step.event) ? { ...state, waiting: state.waiting.delete(step.event) } : state;
      default:
        return state;
    }
  },

  view(state) {
    if (!state.authored) {
      const rows = derived(state);
      return { basis: 'inferred', totals: { chapters: rows.length }, chapters: rows };
    }
    const rows = state.begun.latest(SHOWN_ROWS).map((row) => authored(state, row));
    return { basis: 'stated', totals: { chapters: state.begun.size }, chapters: rows };
  },

  lists(state) {
    const inferred = () => derived(state).reduce((table, row) => table.set(row.event, row), Table.empty<ChapterRow>());
    return { chapters: state.authored ? shownAs(state.begun, (row) => authored(state, row)) : inferred() };
  },
});
