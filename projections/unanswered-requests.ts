/**
 * Who asked what of whom, and what came of it: answered, mooted or open. Follow-ups stand beside and never count as answers.
 * Invariant: `answered`, `unanswered` and `moot` are disjoint; an answer beats moot. Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import { actorOf } from '../events/event.js';
import { type EffectiveHappening, type Mooted, mootedTime, type Request, type Step } from '../events/resolve.js';
import { boundsOf, lapse, type StoryTime } from '../events/story-time.js';
import { defineProjection } from './projection.js';

/** How many rows of a list a view shows: its latest. */
export const SHOWN_ROWS = 1_000;

const Basis = Type.Enum(['stated', 'claimed', 'inferred']);
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

/** A row, with what is needed to go on from it. */
interface Entry {
  readonly row: RequestRow;
  readonly asked: StoryTime & { readonly id: string };
  /** Events of this row (its request, its answer) that may not have happened yet. */
  readonly unsettled: readonly string[];
}

export interface UnansweredState {
  /** By request id, in the order in which they were asked. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Event id → ids of the requests whose certainty waits for it. */
  readonly unsettled: ReadonlyMap<string, readonly string[]>;
}

type Change = { entries: Map<string, Entry>; unsettled: Map<string, readonly string[]> };

function straddles(time: StoryTime): boolean {
  const bounds = boundsOf(time);
  return bounds !== undefined && bounds.latest > bounds.at && Number.isFinite(bounds.latest);
}

/** Sets an entry; its row says `uncertain` exactly while something of it is unsettled. */
function put(change: Change, entry: Entry, unsettledBy?: string): void {
  const unsettled = unsettledBy === undefined ? entry.unsettled : [...new Set([...entry.unsettled, unsettledBy])];
  const { uncertain: _, ...row } = entry.row;
  change.entries.set(row.id, { ...entry, unsettled, row: unsettled.length > 0 ? { ...row, uncertain: true } : row });
  if (unsettledBy !== undefined) change.unsettled.set(unsettledBy, [...new Set([...(change.unsettled.get(unsettledBy) ?? []), row.id])]);
}

function ask(change: Change, step: EffectiveHappening, request: Request): void {
  if (change.entries.has(request.id)) return;
  const { event } = step;
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
  put(change, { row, asked: { id: event.id, occurredAt: event.occurredAt, when: event.when }, unsettled: [] }, straddles(event) ? event.id : undefined);
}

/** How long after the request: a range, and the words of the source where it gives any. */
function afterOf(entry: Entry, time: StoryTime, stated: string | undefined) {
  const range = lapse(entry.asked, time) ?? { ms: 0, minMs: 0, maxMs: 0 };
  return { afterMs: range.ms, afterMinMs: range.minMs, afterMaxMs: range.maxMs, ...(stated === undefined ? {} : { afterStated: stated }) };
}

function evolveHappening(change: Change, step: EffectiveHappening): void {
  const { event, notes } = step;
  const at = event.occurredAt ?? '';
  for (const request of notes.requests) ask(change, step, request);
  for (const { data } of notes.answers) {
    const entry = change.entries.get(data.request);
    if (entry === undefined || entry.row.answer !== undefined) continue;
    const answer = {
      event: event.id,
      at,
      ...afterOf(entry, event, data.afterStated),
      basis: data.basis,
      ...(data.rule === undefined ? {} : { rule: data.rule }),
    };
    put(change, { ...entry, row: { ...entry.row, answer } }, straddles(event) ? event.id : undefined);
  }
  for (const { id, data } of notes.followUps) {
    const entry = change.entries.get(data.request);
    if (entry === undefined) continue;
    const followUp = {
      id,
      event: event.id,
      at,
      ...afterOf(entry, event, data.afterStated),
      visibility: event.visibility,
      by: actorOf(event),
      basis: data.basis,
    };
    put(change, { ...entry, row: { ...entry.row, followUps: [...entry.row.followUps, followUp] } });
  }
  for (const { id, data } of notes.claims) {
    const entry = data.request === undefined ? undefined : change.entries.get(data.request);
    if (entry === undefined) continue;
    const claim = { id, event: event.id, at, by: actorOf(event), claim: data.claim, basis: data.basis };
    put(change, { ...entry, row: { ...entry.row, claims: [...(entry.row.claims ?? []), claim] } });
  }
}

function evolveMooted(change: Change, { note }: Mooted): void {
  const entry = change.entries.get(note.data.request);
  if (entry === undefined || entry.row.mootedBy !== undefined) return;
  const { event, reason, basis } = note.data;
  const mootedBy = { id: note.id, at: mootedTime(note).occurredAt ?? note.data.at, reason, basis, ...(event === undefined ? {} : { event }) };
  put(change, { ...entry, row: { ...entry.row, mootedBy } });
}

function evolveSettled(change: Change, event: string): void {
  for (const id of change.unsettled.get(event) ?? []) {
    const entry = change.entries.get(id);
    if (entry !== undefined) put(change, { ...entry, unsettled: entry.unsettled.filter((other) => other !== event) });
  }
  change.unsettled.delete(event);
}

/** Does a step say anything of requests? Most do not, and then the state stays the same object. */
function concerns(state: UnansweredState, step: Step): boolean {
  if (step.kind === 'settled') return state.unsettled.has(step.event);
  if (step.kind === 'mooted') return state.entries.has(step.note.data.request);
  const { requests, answers, followUps, claims } = step.notes;
  return requests.length + answers.length + followUps.length + claims.length > 0;
}

export const unansweredRequests = defineProjection<UnansweredState, UnansweredRequests>({
  name: 'unanswered-requests',
  version: 1,
  description:
    'Every request: who asked what of whom and when; whether it was answered, how long after and on what basis; or whether it lost its object. What followed a request stands beside it and is never counted as an answer.',
  schema: UnansweredRequests,

  initial: () => ({ entries: new Map(), unsettled: new Map() }),

  evolve(state, step) {
    if (!concerns(state, step)) return state;
    const change: Change = { entries: new Map(state.entries), unsettled: new Map(state.unsettled) };
    if (step.kind === 'happening') evolveHappening(change, step);
    else if (step.kind === 'mooted') evolveMooted(change, step);
    else evolveSettled(change, step.event);
    return change;
  },

  view(state) {
    const rows = [...state.entries.values()].map((entry) => entry.row);
    const answered = rows.filter((row) => row.answer !== undefined);
    const moot = rows.filter((row) => row.answer === undefined && row.mootedBy !== undefined);
    const unanswered = rows.filter((row) => row.answer === undefined && row.mootedBy === undefined);
    return {
      totals: { requests: rows.length, answered: answered.length, unanswered: unanswered.length, moot: moot.length },
      unanswered: unanswered.slice(-SHOWN_ROWS),
      answered: answered.slice(-SHOWN_ROWS),
      moot: moot.slice(-SHOWN_ROWS),
    };
  },
});
