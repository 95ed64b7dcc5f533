/**
 * Who asked what of whom, and what came of it: answered, mooted or open. Follow-ups stand beside and never count as answers.
 * Invariant: `answered`, `unanswered` and `moot` are disjoint; an answer beats moot. Unit: milliseconds of story time.
 */
import { OrderedMap, Map as PersistentMap } from 'immutable';
import Type, { type Static } from 'typebox';
import { actorOf } from '../events/event.js';
import { type EffectiveHappening, type Mooted, mootedTime, type Request } from '../events/resolve.js';
import { boundsOf, lapse, type StoryTime } from '../events/story-time.js';
import { defineProjection } from './projection.js';

/** How many rows of a list a view shows: its latest. */
export const SHOWN_ROWS = 1_000;

const Basis = Type.Enum(['stated', 'claimed', 'inferred']);
type Basis = Static<typeof Basis>;
const after = {
  afterMs: Type.Number({ description: 'From the placing instant of the request; show it alone only where afterMinMs and afterMaxMs are the same.' }),
  afterMinMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
  afterMaxMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
  afterStated: Type.Optional(Type.String({ description: "The source's own words for the lapse." })),
};

const AnswerRow = Type.Object({ event: Type.String(), at: Type.String(), ...after, basis: Basis, rule: Type.Optional(Type.String()) });
const FollowUpRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  event: Type.String(),
  at: Type.String(),
  ...after,
  visibility: Type.Enum(['public', 'private']),
  by: Type.String({ description: 'Who acted.' }),
  basis: Basis,
});
const ClaimRow = Type.Object({ id: Type.String(), event: Type.String(), at: Type.String(), by: Type.String(), claim: Type.String(), basis: Basis });
const MootedRow = Type.Object({ id: Type.String(), event: Type.Optional(Type.String()), at: Type.String(), reason: Type.String(), basis: Basis });
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
  totals: Type.Object({ requests: Type.Integer(), answered: Type.Integer(), unanswered: Type.Integer(), moot: Type.Integer() }),
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
  | { readonly what: 'answer'; readonly on: Occasion; readonly basis: Basis; readonly rule?: string; readonly afterStated?: string }
  | { readonly what: 'followUp'; readonly id: string; readonly on: Occasion; readonly basis: Basis; readonly afterStated?: string }
  | { readonly what: 'claim'; readonly id: string; readonly on: Occasion; readonly basis: Basis; readonly claim: string }
  | { readonly what: 'mooted'; readonly by: MootedRow };

/** A row, with what is needed to go on from it. */
interface Entry {
  readonly row: RequestRow;
  readonly asked: StoryTime & { readonly id: string };
  /** Events of this row (its request, its answer) that may not have happened yet. */
  readonly unsettled: readonly string[];
}

const LISTS = ['unanswered', 'answered', 'moot'] as const;
type List = (typeof LISTS)[number];

/** Persistent maps: a change costs the same however many requests there are, and what did not change is shared. */
export interface UnansweredState extends Readonly<Record<List, OrderedMap<string, Entry>>> {
  /** Event id → ids of the requests whose certainty waits for it. */
  readonly unsettled: PersistentMap<string, readonly string[]>;
  /** Request id → what was said of it before it was asked, in story order. */
  readonly early: PersistentMap<string, readonly Said[]>;
}

/** The state as plain JSON, as a snapshot keeps it. */
interface SavedState extends Readonly<Record<List, readonly Entry[]>> {
  readonly unsettled: readonly (readonly [string, readonly string[]])[];
  readonly early: readonly (readonly [string, readonly Said[]])[];
}

function straddles(time: StoryTime): boolean {
  const bounds = boundsOf(time);
  return bounds !== undefined && bounds.latest > bounds.at;
}

function listOf({ answer, mootedBy }: RequestRow): List {
  return answer !== undefined ? 'answered' : mootedBy !== undefined ? 'moot' : 'unanswered';
}

function find(state: UnansweredState, id: string): Entry | undefined {
  return state.unanswered.get(id) ?? state.answered.get(id) ?? state.moot.get(id);
}

/** Sets an entry in the list it belongs to; its row says `uncertain` exactly while something of it is unsettled. */
function put(state: UnansweredState, entry: Entry, unsettledBy?: string): UnansweredState {
  const unsettled = unsettledBy === undefined || entry.unsettled.includes(unsettledBy) ? entry.unsettled : [...entry.unsettled, unsettledBy];
  const { uncertain: _, ...certain } = entry.row;
  const row: RequestRow = unsettled.length > 0 ? { ...certain, uncertain: true } : certain;
  const list = listOf(row);
  let next: UnansweredState = { ...state, [list]: state[list].set(row.id, { ...entry, unsettled, row }) };
  for (const other of LISTS) if (other !== list && next[other].has(row.id)) next = { ...next, [other]: next[other].delete(row.id) };
  if (unsettledBy === undefined) return next;
  return { ...next, unsettled: next.unsettled.update(unsettledBy, [], (ids) => (ids.includes(row.id) ? ids : [...ids, row.id])) };
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
  let next = put(state, { row, asked, unsettled: [] }, straddles(event) ? event.id : undefined);
  for (const said of state.early.get(request.id) ?? []) next = say(next, request.id, said);
  return { ...next, early: next.early.delete(request.id) };
}

/**
 * How long after the request: a range, and the words of the source where it gives any. What answered or followed a
 * request came after it, wherever the two are placed.
 */
function afterOf(entry: Entry, time: StoryTime, stated: string | undefined) {
  const range = lapse(entry.asked, time) ?? { ms: 0, minMs: null, maxMs: null };
  const later = (ms: number | null) => (ms === null ? null : Math.max(0, ms));
  return {
    afterMs: Math.max(0, range.ms),
    afterMinMs: later(range.minMs) ?? 0,
    afterMaxMs: later(range.maxMs),
    ...(stated === undefined ? {} : { afterStated: stated }),
  };
}

/** Puts what is said of a request into its row, or lets it wait for the request. */
function say(state: UnansweredState, request: string, said: Said): UnansweredState {
  const entry = find(state, request);
  if (entry === undefined) return { ...state, early: state.early.update(request, [], (list) => [...list, said]) };
  const { row } = entry;
  switch (said.what) {
    case 'answer': {
      if (row.answer !== undefined) return state;
      const { on, basis, rule, afterStated } = said;
      const answer = { event: on.id, at: on.occurredAt ?? '', ...afterOf(entry, on, afterStated), basis, ...(rule === undefined ? {} : { rule }) };
      return put(state, { ...entry, row: { ...row, answer } }, straddles(on) ? on.id : undefined);
    }
    case 'followUp': {
      const { id, on, basis, afterStated } = said;
      const followUp = { id, event: on.id, at: on.occurredAt ?? '', ...afterOf(entry, on, afterStated), visibility: on.visibility, by: on.by, basis };
      return put(state, { ...entry, row: { ...row, followUps: [...row.followUps, followUp] } });
    }
    case 'claim': {
      const { id, on, basis, claim } = said;
      return put(state, { ...entry, row: { ...row, claims: [...(row.claims ?? []), { id, event: on.id, at: on.occurredAt ?? '', by: on.by, claim, basis }] } });
    }
    case 'mooted':
      return row.mootedBy === undefined ? put(state, { ...entry, row: { ...row, mootedBy: said.by } }) : state;
  }
}

function evolveHappening(state: UnansweredState, step: EffectiveHappening): UnansweredState {
  const { event, notes } = step;
  const { requests, answers, followUps, claims } = notes;
  if (requests.length + answers.length + followUps.length + claims.length === 0) return state;
  const on: Occasion = { id: event.id, by: actorOf(event), visibility: event.visibility, occurredAt: event.occurredAt, when: event.when };
  let next = state;
  for (const request of requests) next = ask(next, step, request);
  for (const { data } of answers) {
    const { basis, rule, afterStated } = data;
    next = say(next, data.request, {
      what: 'answer',
      on,
      basis,
      ...(rule === undefined ? {} : { rule }),
      ...(afterStated === undefined ? {} : { afterStated }),
    });
  }
  for (const { id, data } of followUps) {
    next = say(next, data.request, {
      what: 'followUp',
      id,
      on,
      basis: data.basis,
      ...(data.afterStated === undefined ? {} : { afterStated: data.afterStated }),
    });
  }
  for (const { id, data } of claims)
    if (data.request !== undefined) next = say(next, data.request, { what: 'claim', id, on, basis: data.basis, claim: data.claim });
  return next;
}

function evolveMooted(state: UnansweredState, { note }: Mooted): UnansweredState {
  const { event, reason, basis } = note.data;
  const by = { id: note.id, at: mootedTime(note).occurredAt ?? note.data.at, reason, basis, ...(event === undefined ? {} : { event }) };
  return say(state, note.data.request, { what: 'mooted', by });
}

function evolveSettled(state: UnansweredState, event: string): UnansweredState {
  let next = state;
  for (const id of state.unsettled.get(event) ?? []) {
    const entry = find(next, id);
    if (entry !== undefined) next = put(next, { ...entry, unsettled: entry.unsettled.filter((other) => other !== event) });
  }
  return next === state ? state : { ...next, unsettled: next.unsettled.delete(event) };
}

/** The latest rows of a list, oldest first. */
function latest(list: OrderedMap<string, Entry>): RequestRow[] {
  const rows: RequestRow[] = [];
  for (const { row } of list.toSeq().reverse().take(SHOWN_ROWS).valueSeq()) rows.push(row);
  return rows.reverse();
}

export const unansweredRequests = defineProjection<UnansweredState, UnansweredRequests>({
  name: 'unanswered-requests',
  version: 1,
  description:
    'Every request: who asked what of whom and when; whether it was answered, how long after and on what basis; or whether it lost its object. What followed a request stands beside it and is never counted as an answer. Open requests stand in the order in which they were asked, answered and mooted ones in the order in which they became so.',
  schema: UnansweredRequests,

  initial: () => ({ unanswered: OrderedMap(), answered: OrderedMap(), moot: OrderedMap(), unsettled: PersistentMap(), early: PersistentMap() }),

  evolve(state, step) {
    if (step.kind === 'happening') return evolveHappening(state, step);
    return step.kind === 'mooted' ? evolveMooted(state, step) : evolveSettled(state, step.event);
  },

  view({ unanswered, answered, moot }) {
    const totals = { requests: unanswered.size + answered.size + moot.size, answered: answered.size, unanswered: unanswered.size, moot: moot.size };
    return { totals, unanswered: latest(unanswered), answered: latest(answered), moot: latest(moot) };
  },

  save: (state): SavedState => ({
    unanswered: [...state.unanswered.values()],
    answered: [...state.answered.values()],
    moot: [...state.moot.values()],
    unsettled: [...state.unsettled],
    early: [...state.early],
  }),

  load(saved) {
    const { unanswered, answered, moot, unsettled, early } = saved as SavedState;
    const list = (entries: readonly Entry[]) => OrderedMap(entries.map((entry) => [entry.row.id, entry] as const));
    return { unanswered: list(unanswered), answered: list(answered), moot: list(moot), unsettled: PersistentMap(unsettled), early: PersistentMap(early) };
  },
});
