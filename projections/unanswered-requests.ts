/**
 * Who asked what of whom, and what came of it: answered, mooted or open. Follow-ups stand beside and never count as answers.
 * Invariant: `answered`, `unanswered` and `moot` are disjoint; an answer beats moot. Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import { actorOf, type RecordedHappening } from '../events/event.js';
import { mootedTime } from '../events/resolve.js';
import type { Described, EffectiveHappening, Mooted, Request } from '../events/steps.js';
import { Basis } from '../events/envelope.js';
import { instantOf, type StoryTime } from '../events/story-time.js';
import { after, afterOf } from './parts/after.js';
import { standingOf, takesOver, yieldsToMooting } from './parts/answers.js';
import { isOpen, nobodyWaits, opened, opens, waitFor, type Waiting } from './parts/certainty.js';
import { type Early, letWait, nobodyEarly, takeOut } from './parts/early.js';
import { claimGrounds, grounds, type Grounds, groundsOf } from './parts/grounds.js';
import { Ledger } from './ledger.js';
import { bounds, boundsAs, boundsShown, boundsShownAs, type Placed } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';

/** The rule a story may opt into: the next message back, within so long, is a possible answer. */
export const NEXT_MESSAGE_RULE = 'next-message-within';

const AnswerRow = Type.Object({ event: Type.String(), at: Type.String(), ...bounds, ...after, ...grounds });
type AnswerRow = Static<typeof AnswerRow>;
const FollowUpRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  event: Type.String(),
  at: Type.String(),
  ...bounds,
  ...after,
  visibility: Type.Enum(['public', 'private']),
  by: Type.String({ description: 'Who acted.' }),
  ...grounds,
});
const ClaimRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  event: Type.String({ description: 'The happening in which it was claimed.' }),
  at: Type.String(),
  ...bounds,
  by: Type.String({ description: 'Whose happening it was.' }),
  ...claimGrounds,
});
const MootedRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  event: Type.Optional(Type.String({ description: 'The happening by which it lost its object, where that is said.' })),
  at: Type.String(),
  ...boundsAs('at'),
  reason: Type.String(),
  ...grounds,
});
type MootedRow = Static<typeof MootedRow>;

export const RequestRow = Type.Object({
  id: Type.String(),
  event: Type.String(),
  from: Type.String(),
  to: Type.String(),
  text: Type.String(),
  askedAt: Type.String(),
  askedEarliest: Type.Union([Type.String(), Type.Null()]),
  askedLatest: Type.Union([Type.String(), Type.Null()]),
  basis: Basis,
  uncertain: Type.Optional(Type.Literal(true, { description: 'Its request or its answer may not have happened yet at this moment: the bounds go beyond it.' })),
  answer: Type.Optional(AnswerRow),
  possibleAnswer: Type.Optional(AnswerRow),
  mootedBy: Type.Optional(MootedRow),
  followUps: Type.Array(FollowUpRow),
  claims: Type.Optional(Type.Array(ClaimRow)),
});
export type RequestRow = Static<typeof RequestRow>;

export const UnansweredRequests = Type.Object({
  totals: Type.Object({
    requests: Type.Integer(),
    answered: Type.Integer(),
    claimedAnswers: Type.Integer({ description: 'Of the answered, how many are so only by a claim: that it was an answer is claimed, not stated.' }),
    inferredAnswers: Type.Integer({ description: 'Of the answered, how many are so only by a rule: nobody recorded that it was an answer.' }),
    unanswered: Type.Integer(),
    moot: Type.Integer(),
  }),
  unanswered: Type.Array(RequestRow),
  answered: Type.Array(RequestRow),
  moot: Type.Array(RequestRow),
});
export type UnansweredRequests = Static<typeof UnansweredRequests>;

/** The happening at which a note takes effect, as far as a row tells it. */
interface Occasion extends StoryTime {
  readonly id: string;
  readonly by: string;
  readonly visibility: 'public' | 'private';
}

/** Something said of a request. What is placed before its request waits here until that is asked. */
type Said =
  | { readonly what: 'answer'; readonly on: Occasion; readonly grounds: Grounds; readonly afterStated?: string }
  | { readonly what: 'followUp'; readonly id: string; readonly on: Occasion; readonly grounds: Grounds; readonly afterStated?: string }
  | { readonly what: 'claim'; readonly id: string; readonly on: Occasion; readonly grounds: Grounds; readonly claim: string }
  | { readonly what: 'mooted'; readonly by: MootedRow };

/** A row, with what is needed to go on from it. */
interface Entry {
  readonly row: RequestRow;
  /** Events of this row (its request, its answer) that may not have happened yet. */
  readonly unsettled: readonly string[];
  /** The request that the same one asked of the same one before this, where possible answers are looked for. */
  readonly previous?: string;
}

/** Open requests are held whole; what is done with is as long as the story, and read where it is kept. */
export interface UnansweredState {
  readonly unanswered: Table<Entry>;
  readonly answered: Ledger<Entry>;
  readonly moot: Ledger<Entry>;
  /** How many of the answered rest on a claim alone, or on a rule alone. */
  readonly only: { readonly claimed: number; readonly inferred: number };
  readonly waiting: Waiting;
  /** Request id → what was said of it before it was asked, in story order. */
  readonly early: Ledger<Early<Said>>;
  /** The rule of possible answers: how long after, in ms; null where the story did not opt in. */
  readonly possibleWithinMs: number | null;
  /** "asker asked" → the latest open request between them without a message back. */
  readonly latestOf: Table<string>;
}

const LISTS = ['unanswered', 'answered', 'moot'] as const;

function find(state: UnansweredState, id: string): Entry | undefined {
  return state.unanswered.get(id) ?? state.answered.get(id) ?? state.moot.get(id);
}

/** Sets an entry in the list it belongs to; its row says `uncertain` exactly while something of it is unsettled. */
function put(state: UnansweredState, entry: Entry, on?: StoryTime & { readonly id: string }): UnansweredState {
  const waits = on !== undefined && opens(on) && isOpen(state.waiting, on) && !entry.unsettled.includes(on.id);
  const unsettled = waits ? [...entry.unsettled, on.id] : entry.unsettled;
  const { uncertain: _, ...certain } = entry.row;
  const row: RequestRow = unsettled.length > 0 ? { ...certain, uncertain: true } : certain;
  const list = standingOf(row);
  let next: UnansweredState = { ...state, [list]: state[list].set(row.id, { ...entry, unsettled, row }) };
  for (const other of LISTS) if (other !== list && next[other].has(row.id)) next = { ...next, [other]: next[other].delete(row.id) };
  return waits ? { ...next, waiting: waitFor(next.waiting, on, row.id) } : next;
}

function ask(state: UnansweredState, { event }: EffectiveHappening, request: Request): UnansweredState {
  if (find(state, request.id) !== undefined) return state;
  const row: RequestRow = {
    id: request.id,
    event: event.id,
    from: request.from,
    to: request.to,
    text: request.text,
    askedAt: event.occurredAt ?? '',
    askedEarliest: event.when.earliest,
    askedLatest: event.when.latest,
    basis: request.basis,
    followUps: [],
  };
  const asked = { id: event.id, occurredAt: event.occurredAt, when: event.when };
  const pair = `${request.from} ${request.to}`;
  const previous = state.latestOf.get(pair);
  const { said, rest } = takeOut(state.early, request.id);
  let next = put({ ...state, early: rest }, { row, unsettled: [], ...(previous === undefined ? {} : { previous }) }, asked);
  if (state.possibleWithinMs !== null) next = { ...next, latestOf: next.latestOf.set(pair, request.id) };
  for (const one of said) next = say(next, request.id, one);
  return next;
}

/** The answered, counted by what they rest on, after the answer of one request is another. */
function recounted(only: UnansweredState['only'], before: AnswerRow | undefined, now: AnswerRow | undefined): UnansweredState['only'] {
  const difference = (basis: Basis) => Number(now?.basis === basis) - Number(before?.basis === basis);
  const [claimed, inferred] = [difference('claimed'), difference('inferred')];
  return claimed === 0 && inferred === 0 ? only : { claimed: only.claimed + claimed, inferred: only.inferred + inferred };
}

/** What a request rests on when its answer no longer counts. */
function withoutAnswer({ unsettled, row }: Entry): readonly string[] {
  return unsettled.filter((event) => event !== row.answer?.event || event === row.event);
}

/** The time of a request, as far as it tells how long after it something came: its place and its bounds. */
function timeOf({ event, askedAt, askedEarliest, askedLatest }: RequestRow): Placed {
  const when = { precision: 'unknown', approximate: false, earliest: askedEarliest, latest: askedLatest, stated: null } as const;
  return { id: event, occurredAt: askedAt, when };
}

/** Puts what is said of a request into its row, or lets it wait for the request. */
function say(state: UnansweredState, request: string, said: Said): UnansweredState {
  const entry = find(state, request);
  if (entry === undefined) return { ...state, early: letWait(state.early, request, said) };
  const { row } = entry;
  switch (said.what) {
    case 'answer': {
      const { on, grounds, afterStated } = said;
      const answer = { event: on.id, at: on.occurredAt ?? '', ...boundsShown(on), ...afterOf(timeOf(row), on, afterStated), ...grounds };
      if (!takesOver(row, grounds.basis))
        return row.answer === undefined && row.possibleAnswer === undefined ? put(state, { ...entry, row: { ...row, possibleAnswer: answer } }) : state;
      const { possibleAnswer: _, ...rest } = row;
      // The answer that was inferred no longer counts, nor does its uncertainty.
      const only = recounted(state.only, row.answer, answer);
      return put({ ...state, only }, { ...entry, unsettled: withoutAnswer(entry), row: { ...rest, answer } }, on);
    }
    case 'followUp': {
      const { id, on, grounds, afterStated } = said;
      const when = { at: on.occurredAt ?? '', ...boundsShown(on), ...afterOf(timeOf(row), on, afterStated) };
      const followUp = { id, event: on.id, ...when, visibility: on.visibility, by: on.by, ...grounds };
      return put(state, { ...entry, row: { ...row, followUps: [...row.followUps, followUp] } });
    }
    case 'claim': {
      const { id, on, grounds, claim } = said;
      const claimed = { id, event: on.id, at: on.occurredAt ?? '', ...boundsShown(on), by: on.by, claim, ...grounds };
      return put(state, { ...entry, row: { ...row, claims: [...(row.claims ?? []), claimed] } });
    }
    case 'mooted': {
      if (row.mootedBy !== undefined) return state;
      if (!yieldsToMooting(row)) return put(state, { ...entry, row: { ...row, mootedBy: said.by } });
      const { answer, ...rest } = row;
      const possible = answer === undefined ? {} : { possibleAnswer: answer };
      const only = recounted(state.only, answer, undefined);
      return put({ ...state, only }, { ...entry, unsettled: withoutAnswer(entry), row: { ...rest, ...possible, mootedBy: said.by } });
    }
  }
}

function evolveHappening(state: UnansweredState, step: EffectiveHappening): UnansweredState {
  const { event, notes } = step;
  const { requests, answers, inferred = [], followUps, claims } = notes;
  const before = state.possibleWithinMs === null ? state : lookForPossible(state, step, state.possibleWithinMs);
  if (requests.length + answers.length + inferred.length + followUps.length + claims.length === 0) return before;
  const on: Occasion = { id: event.id, by: actorOf(event), visibility: event.visibility, occurredAt: event.occurredAt, when: event.when };
  let next = opens(event) ? { ...before, waiting: opened(before.waiting, event) } : before;
  for (const request of requests) next = ask(next, step, request);
  for (const { data } of answers) {
    const { request, afterStated } = data;
    next = say(next, request, { what: 'answer', on, grounds: groundsOf(data), ...(afterStated === undefined ? {} : { afterStated }) });
  }
  for (const { request, rule } of inferred) next = say(next, request, { what: 'answer', on, grounds: { basis: 'inferred', rule } });
  for (const { id, data } of followUps) {
    const { request, afterStated } = data;
    next = say(next, request, { what: 'followUp', id, on, grounds: groundsOf(data), ...(afterStated === undefined ? {} : { afterStated }) });
  }
  for (const { id, data } of claims)
    if (data.request !== undefined) next = say(next, data.request, { what: 'claim', id, on, grounds: groundsOf(data), claim: data.claim });
  return next;
}

/** A message back to someone whose requests are open: so long after them at most, it may be an answer. It moves nothing. */
function lookForPossible(state: UnansweredState, { event, notes }: EffectiveHappening, withinMs: number): UnansweredState {
  if (event.type !== 'MessageSent') return state;
  let next = state;
  for (const asker of event.data.to) {
    const pair = `${asker} ${event.data.from}`;
    let id = next.latestOf.get(pair);
    if (id === undefined) continue;
    next = { ...next, latestOf: next.latestOf.delete(pair) };
    while (id !== undefined) {
      const entry = find(next, id);
      if (entry === undefined || instantOf(event.occurredAt ?? '') - instantOf(entry.row.askedAt) > withinMs) break;
      if (standingOf(entry.row) === 'unanswered') next = offerPossible(next, entry, event, notes);
      id = entry.previous;
    }
  }
  return next;
}

function offerPossible(
  state: UnansweredState,
  entry: Entry,
  event: RecordedHappening,
  { answers, followUps, claims }: EffectiveHappening['notes'],
): UnansweredState {
  const { row } = entry;
  // Somebody has recorded what this message is to that request.
  if (row.possibleAnswer !== undefined || [...answers, ...followUps, ...claims].some((note) => note.data.request === row.id)) return state;
  const possibleAnswer = {
    event: event.id,
    at: event.occurredAt ?? '',
    ...boundsShown(event),
    ...afterOf(timeOf(row), event, undefined),
    basis: 'inferred' as const,
    rule: NEXT_MESSAGE_RULE,
  };
  return put(state, { ...entry, row: { ...row, possibleAnswer } });
}

function evolveMooted(state: UnansweredState, { note }: Mooted): UnansweredState {
  const { event, reason } = note.data;
  const time = mootedTime(note);
  const when = { at: time.occurredAt ?? note.data.at, ...boundsShownAs('at', time) };
  const by = { id: note.id, ...when, reason, ...groundsOf(note.data), ...(event === undefined ? {} : { event }) };
  return say(state, note.data.request, { what: 'mooted', by });
}

function evolveSettled(state: UnansweredState, event: string): UnansweredState {
  const requests = state.waiting.get(event);
  if (requests === undefined) return state;
  let next: UnansweredState = { ...state, waiting: state.waiting.delete(event) };
  for (const id of requests) {
    const entry = find(next, id);
    if (entry !== undefined) next = put(next, { ...entry, unsettled: entry.unsettled.filter((other) => other !== event) });
  }
  return next;
}

function evolveDescribed(state: UnansweredState, { possibleAnswersWithinMs }: Described): UnansweredState {
  return { ...state, possibleWithinMs: possibleAnswersWithinMs ?? null };
}

const rowOf = ({ row }: Entry): RequestRow => row;

export const unansweredRequests = defineProjection<UnansweredState, UnansweredRequests>({
  name: 'unanswered-requests',
  version: 2,
  description:
    'Every request: who asked what of whom and when; whether it was answered, how long after, on what basis and who says so; or whether it lost its object. What followed a request stands beside it and is never counted as an answer. Open requests stand in the order in which they were asked, answered and mooted ones in the order in which they became so.',
  schema: UnansweredRequests,

  initial: () => ({
    unanswered: Table.empty(),
    answered: Ledger.empty(),
    moot: Ledger.empty(),
    only: { claimed: 0, inferred: 0 },
    waiting: nobodyWaits(),
    early: nobodyEarly(),
    possibleWithinMs: null,
    latestOf: Table.empty(),
  }),

  evolve(state, step) {
    switch (step.kind) {
      case 'happening':
        return evolveHappening(state, step);
      case 'mooted':
        return evolveMooted(state, step);
      case 'settled':
        return evolveSettled(state, step.event);
      case 'described':
        return evolveDescribed(state, step);
      default:
        return state;
    }
  },

  view({ unanswered, answered, moot, only }) {
    return {
      totals: {
        requests: unanswered.size + answered.size + moot.size,
        answered: answered.size,
        claimedAnswers: only.claimed,
        inferredAnswers: only.inferred,
        unanswered: unanswered.size,
        moot: moot.size,
      },
      unanswered: unanswered.latest(SHOWN_ROWS).map(rowOf),
      answered: answered.latest(SHOWN_ROWS).map(rowOf),
      moot: moot.latest(SHOWN_ROWS).map(rowOf),
    };
  },

  lists: ({ unanswered, answered, moot }) => ({
    unanswered: shownAs(unanswered, rowOf),
    answered: shownAs(answered, rowOf),
    moot: shownAs(moot, rowOf),
  }),
});
