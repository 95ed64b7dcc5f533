/**
 * How long it took to answer, for each direction between two participants: who asked, and who was asked.
 * Invariants: what counts as an answer is what counts in `unanswered-requests`, and a follow-up never does; an answer that
 * is replaced or lost leaves no trace in the figures; no figure depends on the order in which anything was counted.
 * Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import type { EffectiveHappening, Mooted, Request } from '../events/steps.js';
import { after, afterOf } from './parts/after.js';
import { standingOf, takesOver, yieldsToMooting } from './parts/answers.js';
import { isOpen, nobodyWaits, opened, opens, uncertain, type Waiting } from './parts/certainty.js';
import { type Early, letWait, nobodyEarly, takeOut } from './parts/early.js';
import { type Extremes, fill } from './parts/extremes.js';
import { type Grounds, grounds, groundsOf } from './parts/grounds.js';
import { atRank, counted, type Histogram, uncounted } from './parts/histogram.js';
import { Ledger } from './ledger.js';
import { type Placed, placedOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';

const Taken = Type.Object({
  request: Type.String(),
  event: Type.String({ description: 'The happening that answered.' }),
  ...after,
  ...grounds,
});
type Taken = Static<typeof Taken>;

const EXACTNESS =
  'By the nearest rank, among durations counted in buckets that grow by 1 %: the figure is the middle of a bucket, at most 1 % from the duration itself. Null where nothing was answered.';
const LOWER = 'It is the lower edge of its bucket, so that the range is never narrower than what is known.';
const UPPER = 'It is the upper edge of its bucket, so that the range is never narrower than what is known.';
const figure = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });

export const ResponseTimesRow = Type.Object({
  from: Type.String({ description: 'Who asked.' }),
  to: Type.String({ description: 'Who was asked.' }),
  requests: Type.Integer(),
  answered: Type.Integer(),
  moot: Type.Integer({ description: 'Requests that lost their object, without an answer that somebody recorded.' }),
  unanswered: Type.Integer(),
  answerRate: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
    description: 'Of all requests, how many were answered. Null where there are none.',
  }),
  claimedAnswers: Type.Integer({ description: 'Of the answered, how many are so only by a claim: that it was an answer is claimed, not stated.' }),
  inferredAnswers: Type.Integer({ description: 'Of the answered, how many are so only by a rule: nobody recorded that it was an answer.' }),
  medianMs: figure(
    `Half of the answers took no longer, by the placing instants; show it alone only where medianMinMs and medianMaxMs are the same. ${EXACTNESS}`,
  ),
  medianMinMs: figure(`The median of the shortest that each answer can have taken. ${LOWER}`),
  medianMaxMs: figure(`The median of the longest that each answer can have taken; null also where nothing bounds it. ${UPPER}`),
  p90Ms: figure(`Nine of ten answers took no longer, by the placing instants; show it alone only where p90MinMs and p90MaxMs are the same. ${EXACTNESS}`),
  p90MinMs: figure(`The same of the shortest that each answer can have taken. ${LOWER}`),
  p90MaxMs: figure(`The same of the longest that each answer can have taken; null also where nothing bounds it. ${UPPER}`),
  longest: Type.Union([Taken, Type.Null()], {
    description: 'The answer that took longest, by the placing instants and exactly. Of several that of the request that was answered first.',
  }),
  shortest: Type.Union([Taken, Type.Null()], {
    description: 'The answer that took least, by the placing instants and exactly. Of several that of the request that was answered first.',
  }),
  ...uncertain,
});
export type ResponseTimesRow = Static<typeof ResponseTimesRow>;

export const ResponseTimes = Type.Object({ directions: Type.Array(ResponseTimesRow) });
export type ResponseTimes = Static<typeof ResponseTimes>;

/** The answer that counts. */
type Answer = Omit<Taken, 'request'>;

/** A request and what counts for it. */
interface Entry {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly asked: Placed;
  readonly answer?: Answer;
  readonly mootedBy?: string;
  /** Its number among the requests of its direction that were ever answered, from 0. */
  readonly slot?: number;
  /** The happenings that it rests on (its request, its answer) and that are open. */
  readonly open: readonly string[];
}

/** What is held of a direction. */
interface Direction {
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  readonly answered: number;
  readonly moot: number;
  readonly claimed: number;
  readonly inferred: number;
  /** How many slots are taken. */
  readonly slots: number;
  /** How many of its requests rest on something open. */
  readonly open: number;
  /**
   * The answers that count by how long they took: as placed, at least, at most where something bounds it. The latter two
   * are null as long as they are the same as the first, as they are where every time is exact.
   */
  readonly placed: Histogram;
  readonly least: Histogram | null;
  readonly most: Histogram | null;
  readonly longest: Taken | null;
  readonly shortest: Taken | null;
}

/** Something said of a request. */
type Said =
  | { readonly what: 'answer'; readonly on: Placed; readonly grounds: Grounds; readonly afterStated?: string }
  | { readonly what: 'mooted'; readonly by: string };

export interface ResponseTimesState {
  readonly directions: Table<Direction>;
  readonly requests: Ledger<Entry>;
  readonly extremes: Extremes;
  readonly early: Ledger<Early<Said>>;
  readonly waiting: Waiting;
}

function nothingAsked(from: string, to: string): Direction {
  const none = { requests: 0, answered: 0, moot: 0, claimed: 0, inferred: 0, slots: 0, open: 0 };
  return { from, to, ...none, placed: [], least: null, most: null, longest: null, shortest: null };
}

// ---- what counts ------------------------------------------------------------------------------

/** Sets a request from what it was, and its direction with it. `on`: what it rests on from now on. */
function put(state: ResponseTimesState, before: Entry | undefined, entry: Entry, on?: Placed): ResponseTimesState {
  const rests = on !== undefined && !entry.open.includes(on.id) && opens(on) && isOpen(state.waiting, on);
  const direction = `${entry.from} ${entry.to}`;
  const known = state.directions.get(direction) ?? nothingAsked(entry.from, entry.to);
  const isFirst = entry.answer !== undefined && entry.slot === undefined;
  const now: Entry = { ...entry, ...(isFirst ? { slot: known.slots } : {}), open: rests ? [...entry.open, on.id] : entry.open };
  const next: ResponseTimesState = {
    ...state,
    requests: state.requests.set(now.id, now),
    directions: state.directions.set(direction, recounted(isFirst ? { ...known, slots: known.slots + 1 } : known, before, now)),
    waiting: rests && state.waiting.has(on.id) ? state.waiting.update(on.id, (requests) => [...(requests ?? []), now.id]) : state.waiting,
  };
  return before?.answer === now.answer ? next : withExtremes(next, direction, now);
}

/** A direction in which a request counts otherwise than before. */
function recounted(direction: Direction, before: Entry | undefined, now: Entry): Direction {
  const difference = (counts: (entry: Entry) => boolean) => (counts(now) ? 1 : 0) - (before !== undefined && counts(before) ? 1 : 0);
  const next = {
    ...direction,
    requests: direction.requests + (before === undefined ? 1 : 0),
    answered: direction.answered + difference((entry) => standingOf(entry) === 'answered'),
    moot: direction.moot + difference((entry) => standingOf(entry) === 'moot'),
    claimed: direction.claimed + difference(({ answer }) => answer?.basis === 'claimed'),
    inferred: direction.inferred + difference(({ answer }) => answer?.basis === 'inferred'),
    open: direction.open + difference(({ open }) => open.length > 0),
  };
  if (before?.answer === now.answer) return next;
  return withDurations(withDurations(next, before?.answer, uncounted), now.answer, counted);
}

function withDurations(direction: Direction, answer: Answer | undefined, change: (histogram: Histogram, ms: number) => Histogram): Direction {
  if (answer === undefined) return direction;
  const { afterMs, afterMinMs, afterMaxMs } = answer;
  const { placed, least, most } = direction;
  const bound = (histogram: Histogram | null, ms: number | null): Histogram | null => {
    if (histogram === null && ms === afterMs) return null;
    return ms === null ? (histogram ?? placed) : change(histogram ?? placed, ms);
  };
  return { ...direction, placed: change(placed, afterMs), least: bound(least, afterMinMs), most: bound(most, afterMaxMs) };
}

/** The longest and the shortest anew, after the answer of a request changed. */
function withExtremes(state: ResponseTimesState, direction: string, { id, slot, answer }: Entry): ResponseTimesState {
  if (slot === undefined) return state;
  const { extremes, spread } = fill(state.extremes, direction, slot, answer === undefined ? null : [answer.afterMs, id]);
  const taken = (request: string | undefined): Taken | null => {
    const found = request === undefined ? undefined : state.requests.get(request)?.answer;
    return request === undefined || found === undefined ? null : { request, ...found };
  };
  const longest = taken(spread?.longest[1]);
  const shortest = taken(spread?.shortest[1]);
  const known = state.directions.get(direction) as Direction;
  return { ...state, extremes, directions: state.directions.set(direction, { ...known, longest, shortest }) };
}

// ---- what is said -----------------------------------------------------------------------------

function ask(state: ResponseTimesState, asked: Placed, { id, from, to }: Request): ResponseTimesState {
  if (state.requests.has(id)) return state;
  const { said, rest } = takeOut(state.early, id);
  let next = put({ ...state, early: rest }, undefined, { id, from, to, asked, open: [] }, asked);
  for (const one of said) next = say(next, id, one);
  return next;
}

/** Puts down what is said of a request, or lets it wait until that is asked. */
function say(state: ResponseTimesState, request: string, said: Said): ResponseTimesState {
  const entry = state.requests.get(request);
  if (entry === undefined) return { ...state, early: letWait(state.early, request, said) };
  return said.what === 'answer' ? answer(state, entry, said) : moot(state, entry, said.by);
}

function answer(state: ResponseTimesState, entry: Entry, { on, grounds, afterStated }: Said & { what: 'answer' }): ResponseTimesState {
  if (!takesOver(entry, grounds.basis)) return state;
  const taken: Answer = { event: on.id, ...afterOf(entry.asked, on, afterStated), ...grounds };
  return put(state, entry, { ...unanswered(entry), answer: taken }, on);
}

function moot(state: ResponseTimesState, entry: Entry, by: string): ResponseTimesState {
  if (entry.mootedBy !== undefined) return state;
  return put(state, entry, { ...(yieldsToMooting(entry) ? unanswered(entry) : entry), mootedBy: by });
}

/** A request whose answer no longer counts, nor what that rests on. */
function unanswered({ answer, ...entry }: Entry): Entry {
  return { ...entry, open: entry.open.filter((event) => event !== answer?.event || event === entry.asked.id) };
}

// ---- steps ------------------------------------------------------------------------------------

function evolveHappening(state: ResponseTimesState, { event, notes }: EffectiveHappening): ResponseTimesState {
  const { requests, answers, inferred = [] } = notes;
  if (requests.length + answers.length + inferred.length === 0) return state;
  const on = placedOf(event);
  let next = opens(on) ? { ...state, waiting: opened(state.waiting, on) } : state;
  for (const request of requests) next = ask(next, on, request);
  for (const { data } of answers) {
    const { request, afterStated } = data;
    next = say(next, request, { what: 'answer', on, grounds: groundsOf(data), ...(afterStated === undefined ? {} : { afterStated }) });
  }
  for (const { request, rule } of inferred) next = say(next, request, { what: 'answer', on, grounds: { basis: 'inferred', rule } });
  return next;
}

function evolveMooted(state: ResponseTimesState, { note }: Mooted): ResponseTimesState {
  return say(state, note.data.request, { what: 'mooted', by: note.id });
}

function evolveSettled(state: ResponseTimesState, event: string): ResponseTimesState {
  const requests = state.waiting.get(event);
  if (requests === undefined) return state;
  let next: ResponseTimesState = { ...state, waiting: state.waiting.delete(event) };
  for (const id of requests) {
    const entry = next.requests.get(id);
    if (entry?.open.includes(event)) next = put(next, entry, { ...entry, open: entry.open.filter((other) => other !== event) });
  }
  return next;
}

// ---- the view ---------------------------------------------------------------------------------

const SHOWN = new WeakMap<Direction, ResponseTimesRow>();

/** A direction as it is shown; the same row while it is the same direction. */
function rowOf(direction: Direction): ResponseTimesRow {
  let row = SHOWN.get(direction);
  if (row === undefined) {
    row = computeRow(direction);
    SHOWN.set(direction, row);
  }
  return row;
}

function computeRow({ from, to, requests, answered, moot, claimed, inferred, open, placed, least, most, longest, shortest }: Direction): ResponseTimesRow {
  const median = Math.ceil(answered / 2);
  const p90 = Math.ceil((answered * 9) / 10);
  return {
    from,
    to,
    requests,
    answered,
    moot,
    unanswered: requests - answered - moot,
    answerRate: requests === 0 ? null : answered / requests,
    claimedAnswers: claimed,
    inferredAnswers: inferred,
    medianMs: atRank(placed, median),
    medianMinMs: atRank(least ?? placed, median, 'lower'),
    medianMaxMs: atRank(most ?? placed, median, 'upper'),
    p90Ms: atRank(placed, p90),
    p90MinMs: atRank(least ?? placed, p90, 'lower'),
    p90MaxMs: atRank(most ?? placed, p90, 'upper'),
    longest,
    shortest,
    ...(open > 0 ? { uncertain: true as const } : {}),
  };
}

export const responseTimes = defineProjection<ResponseTimesState, ResponseTimes>({
  name: 'response-times',
  version: 1,
  description:
    'How long answers took, for each direction between two participants: how many requests one asked of the other, how many of them were answered, and the median, the ninth decile, the longest and the shortest time that it took. Where times are uncertain each figure has a least and a most beside it. What merely followed a request is no answer. Directions stand in the order in which the first request was asked.',
  schema: ResponseTimes,

  initial: () => ({ directions: Table.empty(), requests: Ledger.empty(), extremes: Ledger.empty(), early: nobodyEarly(), waiting: nobodyWaits() }),

  evolve(state, step) {
    switch (step.kind) {
      case 'happening':
        return evolveHappening(state, step);
      case 'mooted':
        return evolveMooted(state, step);
      case 'settled':
        return evolveSettled(state, step.event);
      default:
        return state;
    }
  },

  view: ({ directions }) => ({ directions: directions.latest(SHOWN_ROWS).map(rowOf) }),

  lists: ({ directions }) => ({ directions: shownAs(directions, rowOf) }),
});
