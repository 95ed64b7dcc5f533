/**
 * Who knew: who was told of each private happening, by whom, when and how. Only what the events say is told here: who took
 * part or was addressed, whom a forward was sent to, what a disclosure states. Nobody is taken to know more than that.
 * Invariants: whoever is told twice keeps the first time; nobody learns of a happening before it happened; a public
 * happening has no row, it is for everyone from its time on. Unit: a row a private happening.
 */
import Type, { type Static } from 'typebox';
import { HAPPENING_TYPES, actorOf, participantsOf, type RecordedHappening } from '../events/event.js';
import { PUBLIC } from '../events/lens.js';
import type { Disclosed } from '../events/steps.js';
import { instantOf } from '../events/story-time.js';
import { isOpen, nobodyWaits, opened, opens, waitFor, type Waiting } from './parts/certainty.js';
import { type Early, letWait, nobodyEarly, takeOut } from './parts/early.js';
import { Ledger } from './ledger.js';
import { type Placed, placedOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS } from './projection.js';

/** A row shows so many who were told: the first. */
export const SHOWN_TOLD = 20;
/** A forward is followed so far back: the original, its own original, and so on. */
const LONGEST_CHAIN = 50;

const Told = Type.Object({
  to: Type.String({ description: 'A participant, or "public".' }),
  at: Type.String({ description: 'When they learned of it.' }),
  how: Type.Enum(['addressed', 'took-part', 'forwarded', 'disclosed', 'published'], {
    description:
      'addressed: it was sent to them. took-part: it was done with them. forwarded: a forward of it was sent to them. disclosed: a disclosure says that they learned of it. published: the public learned of it.',
  }),
  by: Type.Optional(Type.String({ description: 'Who told them; left out where no happening of this story until then says so.' })),
  event: Type.Optional(Type.String({ description: 'By which happening: itself, the forward, or the one that disclosed it.' })),
  stated: Type.Optional(Type.String({ description: "The source's own words for the disclosure." })),
  uncertain: Type.Optional(Type.Literal(true, { description: 'The happening by which they learned may not have happened yet at this moment.' })),
});
type Told = Static<typeof Told>;

export const WhoKnewRow = Type.Object({
  event: Type.String(),
  type: Type.Enum([...HAPPENING_TYPES]),
  at: Type.String(),
  by: Type.String({ description: 'Whose doing it is: who knew from the first, and is not among those told.' }),
  subject: Type.Optional(Type.String()),
  forwardOf: Type.Optional(Type.String({ description: 'The message that it forwards: whoever it was sent to was told of that one as well.' })),
  told: Type.Array(Told, { maxItems: SHOWN_TOLD, description: `Who was told of it, each once; the first ${SHOWN_TOLD} of them.` }),
  toldCount: Type.Integer({ description: 'How many were told, shown or not; the public counts as one.' }),
  firstCount: Type.Integer({ description: 'How many of them took part or were addressed.' }),
  publicSince: Type.Optional(Type.Object({ at: Type.String(), event: Type.Optional(Type.String({ description: 'By which happening, where that is said.' })) })),
  uncertain: Type.Optional(Type.Literal(true, { description: 'It may not have happened yet at this moment: its bounds go beyond it.' })),
});
export type WhoKnewRow = Static<typeof WhoKnewRow>;

export const WhoKnew = Type.Object({
  totals: Type.Object({
    happenings: Type.Integer({ description: 'Private happenings.' }),
    spread: Type.Integer({ description: 'Known to others than those who took part or were addressed.' }),
    published: Type.Integer({ description: 'Known to the public.' }),
  }),
  rows: Type.Array(WhoKnewRow, { maxItems: SHOWN_ROWS, description: 'In story order: the latest.' }),
});
export type WhoKnew = Static<typeof WhoKnew>;

/** A forward on its way to what it forwards. */
interface Forward extends Placed {
  readonly by: string;
  readonly to: readonly string[];
  readonly isPublic: boolean;
  /** How many messages it has been carried back already. */
  readonly carried: number;
}

export interface WhoKnewState {
  readonly rows: Ledger<WhoKnewRow>;
  /** Public happenings: they have no row, but may disclose one, or stand in a chain of forwards. */
  readonly publics: Ledger<{ readonly by: string; readonly forwardOf?: string }>;
  /** Who was told beside those that a row shows: "event, person". */
  readonly others: Ledger<true>;
  /** Message that has not come → forwards that are placed before it. */
  readonly early: Ledger<Early<Forward>>;
  readonly waiting: Waiting;
  readonly totals: WhoKnew['totals'];
}

type Telling = Omit<Told, 'to'>;

/** No id holds what stands between the two. */
const pair = (event: string, person: string) => `${event}\u001f${person}`;

const originalOf = (event: RecordedHappening) => (event.type === 'MessageSent' && event.data.forwardOf !== event.id ? event.data.forwardOf : undefined);

const isEarlier = (a: string, b: string) => a !== b && instantOf(a) < instantOf(b);

/** Tells people of a happening that has a row; where it has none, it is public or has not come. */
function tell(state: WhoKnewState, id: string, telling: Telling, people: readonly string[]): WhoKnewState {
  const row = state.rows.get(id);
  if (row === undefined) return state;
  const news = isEarlier(telling.at, row.at) ? { ...telling, at: row.at } : telling;
  let { others } = state;
  const told = [...row.told];
  const places = new Map(told.map(({ to }, place) => [to, place]));
  let { toldCount } = row;
  let changed = false;
  for (const to of people) {
    if (to === row.by) continue;
    const place = places.get(to);
    if (place !== undefined) {
      if (!isEarlier(news.at, (told[place] as Told).at)) continue;
      told[place] = { to, ...news };
    } else if (toldCount < SHOWN_TOLD) {
      places.set(to, told.push({ to, ...news }) - 1);
      toldCount++;
    } else {
      if (others.has(pair(id, to))) continue;
      others = others.set(pair(id, to), true);
      toldCount++;
    }
    changed = true;
  }
  if (!changed) return state;
  return withRow({ ...state, others }, row, { ...row, told, toldCount });
}

/** Tells everyone of a happening. */
function publish(state: WhoKnewState, id: string, telling: Telling): WhoKnewState {
  const next = tell(state, id, telling, [PUBLIC]);
  const row = next.rows.get(id);
  if (row === undefined) return next;
  const at = isEarlier(telling.at, row.at) ? row.at : telling.at;
  if (row.publicSince !== undefined && !isEarlier(at, row.publicSince.at)) return next;
  return withRow(next, row, { ...row, publicSince: { at, ...(telling.event === undefined ? {} : { event: telling.event }) } });
}

function withRow(state: WhoKnewState, before: WhoKnewRow, row: WhoKnewRow): WhoKnewState {
  const { happenings, spread, published } = state.totals;
  const isSpread = ({ toldCount, firstCount }: WhoKnewRow) => toldCount > firstCount;
  const totals = {
    happenings,
    spread: spread + Number(isSpread(row)) - Number(isSpread(before)),
    published: published + Number(row.publicSince !== undefined) - Number(before.publicSince !== undefined),
  };
  return { ...state, rows: state.rows.set(row.event, row), totals };
}

/** The row of a private happening, as it is known to those who took part. */
function enter(state: WhoKnewState, event: RecordedHappening, by: string): WhoKnewState {
  const at = event.occurredAt ?? '';
  const unsure = opens(event) ? { uncertain: true as const } : {};
  const telling: Telling = { at, how: event.type === 'ActionTaken' ? 'took-part' : 'addressed', by, event: event.id, ...unsure };
  const people = [...new Set(participantsOf(event))].filter((person) => person !== by);
  const subject = event.type === 'MessageSent' ? event.data.subject : undefined;
  const forwardOf = originalOf(event);
  const row: WhoKnewRow = {
    event: event.id,
    type: event.type,
    at,
    by,
    ...(subject === undefined ? {} : { subject }),
    ...(forwardOf === undefined ? {} : { forwardOf }),
    told: people.slice(0, SHOWN_TOLD).map((to) => ({ to, ...telling })),
    toldCount: people.length,
    firstCount: people.length,
    ...unsure,
  };
  return {
    ...state,
    rows: state.rows.set(event.id, row),
    others: people.slice(SHOWN_TOLD).reduce((others, person) => others.set(pair(event.id, person), true), state.others),
    waiting: unsure.uncertain === undefined ? state.waiting : opened(state.waiting, event, [event.id]),
    totals: { ...state.totals, happenings: state.totals.happenings + 1 },
  };
}

/** Carries a forward back to what it forwards, and on to what that forwards; where the next has not come, it waits. */
function carry(state: WhoKnewState, forward: Forward, original: string): WhoKnewState {
  let next = state;
  let id: string | undefined = original;
  for (let { carried } = forward; id !== undefined && id !== forward.id && carried < LONGEST_CHAIN; carried++) {
    const message: { readonly forwardOf?: string } | undefined = next.rows.get(id) ?? next.publics.get(id);
    if (message === undefined) return { ...next, early: letWait(next.early, id, { ...forward, carried }) };
    next = tellByForward(next, forward, id);
    id = message.forwardOf;
  }
  return next;
}

function tellByForward(state: WhoKnewState, forward: Forward, id: string): WhoKnewState {
  const { by, to, isPublic, occurredAt } = forward;
  const isUncertain = opens(forward) && isOpen(state.waiting, forward);
  const telling: Telling = { at: occurredAt ?? '', how: 'forwarded', by, event: forward.id, ...(isUncertain ? { uncertain: true } : {}) };
  const told = tell(state, id, telling, to);
  const next = isPublic ? publish(told, id, { ...telling, how: 'published' }) : told;
  return next !== state && isUncertain ? { ...next, waiting: waitFor(next.waiting, forward, id) } : next;
}

/** Carries on the forwards that waited for a message which has come, in the order in which they came. */
function carryOn(state: WhoKnewState, id: string): WhoKnewState {
  const { said, rest } = takeOut(state.early, id);
  return said.reduce((next, forward) => carry(next, forward, id), rest === state.early ? state : { ...state, early: rest });
}

function evolveHappening(state: WhoKnewState, event: RecordedHappening): WhoKnewState {
  const by = actorOf(event);
  const forwardOf = originalOf(event);
  const isPublic = event.visibility === 'public';
  let next = isPublic ? { ...state, publics: state.publics.set(event.id, { by, ...(forwardOf === undefined ? {} : { forwardOf }) }) } : enter(state, event, by);
  if (event.type === 'MessageSent' && forwardOf !== undefined) {
    if (isPublic && opens(event)) next = { ...next, waiting: opened(next.waiting, event) };
    next = carry(next, { ...placedOf(event), by, to: event.data.to, isPublic, carried: 0 }, forwardOf);
  }
  return next.early.size === 0 ? next : carryOn(next, event.id);
}

function evolveDisclosed(state: WhoKnewState, { event: id, disclosure }: Disclosed): WhoKnewState {
  const { to, at, event, stated } = disclosure;
  const by = event === undefined ? undefined : (state.rows.get(event) ?? state.publics.get(event))?.by;
  const telling: Telling = {
    at,
    how: to === PUBLIC ? 'published' : 'disclosed',
    ...(by === undefined ? {} : { by }),
    ...(event === undefined ? {} : { event }),
    ...(stated === undefined ? {} : { stated }),
  };
  return to === PUBLIC ? publish(state, id, telling) : tell(state, id, telling, [to]);
}

/** What was uncertain because of an event is so no longer. */
function settled({ uncertain, told, ...row }: WhoKnewRow, event: string): WhoKnewRow {
  const certain = told.map(({ uncertain: unsure, ...one }) => (unsure && one.event !== event ? { ...one, uncertain: unsure } : one));
  return { ...row, told: certain, ...(uncertain && row.event !== event ? { uncertain } : {}) };
}

function evolveSettled(state: WhoKnewState, event: string): WhoKnewState {
  const ids = state.waiting.get(event);
  if (ids === undefined) return state;
  let { rows } = state;
  for (const id of ids) {
    const row = rows.get(id);
    if (row !== undefined) rows = rows.set(id, settled(row, event));
  }
  return { ...state, rows, waiting: state.waiting.delete(event) };
}

export const whoKnew = defineProjection<WhoKnewState, WhoKnew>({
  name: 'who-knew',
  version: 1,
  description:
    'Who was told of what, by whom and when: for every private happening those who took part or were addressed, those to whom a forward of it was sent, those who learned of it later as a disclosure states, and since when the public knows. It tells what the events say and nothing beyond: who is not named here may have known all the same.',
  schema: WhoKnew,

  initial: () => ({
    rows: Ledger.empty(),
    publics: Ledger.empty(),
    others: Ledger.empty(),
    early: nobodyEarly(),
    waiting: nobodyWaits(),
    totals: { happenings: 0, spread: 0, published: 0 },
  }),

  evolve(state, step) {
    switch (step.kind) {
      case 'happening':
        return evolveHappening(state, step.event);
      case 'disclosed':
        return evolveDisclosed(state, step);
      case 'settled':
        return evolveSettled(state, step.event);
      default:
        return state;
    }
  },

  view: ({ totals, rows }) => ({ totals, rows: rows.latest(SHOWN_ROWS) }),

  lists: ({ rows }) => ({ rows }),
});
