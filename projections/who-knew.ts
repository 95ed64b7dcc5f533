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
import { marked, nobodyWaits, opened, opens, type Waiting } from './parts/certainty.js';
import { type Early, letWait, nobodyEarly, takeOut } from './parts/early.js';
import { Ledger } from './ledger.js';
import { type Bounds, bounds, boundsIn, boundsShown, type Placed, placedOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';

/** A row shows so many who were told: the first. */
export const SHOWN_TOLD = 20;
/** A forward is followed so far back: the original, its own original, and so on. */
const LONGEST_CHAIN = 50;

const uncertain = Type.Optional(Type.Literal(true, { description: 'The happening by which they learned may not have happened yet at this moment.' }));

const Told = Type.Object({
  to: Type.String({ description: 'A participant, or "public".' }),
  at: Type.String({ description: 'When they learned of it.' }),
  ...bounds,
  how: Type.Enum(['addressed', 'took-part', 'forwarded', 'disclosed', 'published'], {
    description:
      'addressed: it was sent to them. took-part: it was done with them. forwarded: a forward of it was sent to them. disclosed: a disclosure says that they learned of it. published: the public learned of it.',
  }),
  by: Type.Optional(
    Type.String({ description: 'Who told them; left out where no happening of this story until then says so, and where it was their own doing.' }),
  ),
  event: Type.Optional(Type.String({ description: 'By which happening: itself, the forward, or the one that disclosed it.' })),
  stated: Type.Optional(Type.String({ description: "The source's own words for the disclosure." })),
  uncertain,
});
type Told = Static<typeof Told>;

export const WhoKnewRow = Type.Object({
  event: Type.String(),
  type: Type.Enum([...HAPPENING_TYPES]),
  at: Type.String(),
  ...bounds,
  by: Type.String({ description: 'Whose doing it is: who knew from the first, and is not among those told.' }),
  subject: Type.Optional(Type.String()),
  forwardOf: Type.Optional(Type.String({ description: 'The message that it forwards: whoever it was sent to was told of that one as well.' })),
  told: Type.Array(Told, { maxItems: SHOWN_TOLD, description: `Who was told of it, each once; the first ${SHOWN_TOLD} of them.` }),
  toldCount: Type.Integer({ description: 'How many were told, shown or not; the public counts as one.' }),
  firstCount: Type.Integer({ description: 'How many of them took part or were addressed.' }),
  publicSince: Type.Optional(
    Type.Object({ at: Type.String(), ...bounds, event: Type.Optional(Type.String({ description: 'By which happening, where that is said.' })), uncertain }),
  ),
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

/** A happening that may tell of another: by forwarding it, or because it disclosed it. */
interface Teller extends Bounds {
  readonly at: string;
  readonly by: string;
  readonly forwardOf?: string;
}

export interface WhoKnewState {
  readonly rows: Ledger<WhoKnewRow>;
  /** Public happenings: they have no row, but may disclose one, or stand in a chain of forwards. */
  readonly publics: Ledger<Teller>;
  /** Who was told beside those that a row shows: "event, person". */
  readonly others: Ledger<true>;
  /** Message that has not come → forwards that are placed before it. */
  readonly early: Ledger<Early<Forward>>;
  /** The happenings that are open. Which rows rest on them their rows say themselves. */
  readonly waiting: Waiting;
  readonly totals: WhoKnew['totals'];
}

type Telling = Omit<Told, 'to'>;

/** No id holds what stands between the two. */
const pair = (event: string, person: string) => `${event}\u001f${person}`;

const originalOf = (event: RecordedHappening) => (event.type === 'MessageSent' && event.data.forwardOf !== event.id ? event.data.forwardOf : undefined);

const isEarlier = (a: string, b: string) => a !== b && instantOf(a) < instantOf(b);
const isSame = (a: string, b: string) => a === b || instantOf(a) === instantOf(b);
const laterOf = (a: string, b: string) => (isEarlier(a, b) ? b : a);

/** How surely something is placed. */
interface Surely extends Bounds {
  readonly uncertain?: true;
}

/** What nothing bounds is never settled: what rests on it is uncertain for good. */
const surely = (bounds: Bounds): Surely => (bounds.latest === null ? { ...bounds, uncertain: true } : bounds);

/** Nobody learns of a happening before it happened: what tells of it and is placed before it is put at its time. */
function notBefore<One extends Bounds & { readonly at: string }>(telling: One, row: WhoKnewRow): One {
  if (!isEarlier(telling.at, row.at)) return telling;
  const { at, earliest = at, latest = at, ...one } = telling;
  const { earliest: rowEarliest = row.at, latest: rowLatest = row.at } = row;
  const when = {
    earliest: earliest === null ? rowEarliest : rowEarliest === null ? earliest : laterOf(earliest, rowEarliest),
    latest: latest === null || rowLatest === null ? null : laterOf(latest, rowLatest),
  };
  return { ...one, at: row.at, ...boundsShown({ occurredAt: row.at, when }) } as unknown as One;
}

/** Tells people of a happening that has a row; where it has none, it is public or has not come. */
function tell(state: WhoKnewState, id: string, telling: Telling, people: readonly string[]): WhoKnewState {
  const row = state.rows.get(id);
  if (row === undefined) return state;
  const news = notBefore(telling, row);
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
  const { how: _, by: __, stated: ___, ...since } = notBefore(telling, row);
  if (row.publicSince !== undefined && !isEarlier(since.at, row.publicSince.at)) return next;
  return withRow(next, row, { ...row, publicSince: since });
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
  const sure = surely(boundsShown(event));
  const telling: Telling = { at, how: event.type === 'ActionTaken' ? 'took-part' : 'addressed', by, event: event.id, ...sure };
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
    ...sure,
  };
  return {
    ...state,
    rows: state.rows.set(event.id, row),
    others: people.slice(SHOWN_TOLD).reduce((others, person) => others.set(pair(event.id, person), true), state.others),
    totals: { ...state.totals, happenings: state.totals.happenings + 1 },
  };
}

const tellerOf = ({ rows, publics }: WhoKnewState, id: string): Teller | undefined => rows.get(id) ?? publics.get(id);

/** A public happening has no row. */
function enterPublic(state: WhoKnewState, event: RecordedHappening, by: string): WhoKnewState {
  const forwardOf = originalOf(event);
  const teller: Teller = { at: event.occurredAt ?? '', by, ...(forwardOf === undefined ? {} : { forwardOf }), ...boundsShown(event) };
  return { ...state, publics: state.publics.set(event.id, teller) };
}

/** Carries a forward back to what it forwards, and on to what that forwards; where the next has not come, it waits. */
function carry(state: WhoKnewState, forward: Forward, original: string): WhoKnewState {
  let next = state;
  let id: string | undefined = original;
  for (let { carried } = forward; id !== undefined && id !== forward.id && carried < LONGEST_CHAIN; carried++) {
    const message: Teller | undefined = tellerOf(next, id);
    if (message === undefined) return { ...next, early: letWait(next.early, id, { ...forward, carried }) };
    next = tellByForward(next, forward, id);
    id = message.forwardOf;
  }
  return next;
}

function tellByForward(state: WhoKnewState, forward: Forward, id: string): WhoKnewState {
  const { by, to, isPublic, occurredAt } = forward;
  const telling: Telling = { at: occurredAt ?? '', how: 'forwarded', by, event: forward.id, ...surely(boundsShown(forward)) };
  const told = tell(state, id, telling, to);
  return isPublic ? publish(told, id, { ...telling, how: 'published' }) : told;
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
  let next = isPublic ? enterPublic(state, event, by) : enter(state, event, by);
  if (opens(event)) next = { ...next, waiting: opened(next.waiting, event) };
  if (event.type === 'MessageSent' && forwardOf !== undefined) {
    next = carry(next, { ...placedOf(event), by, to: event.data.to, isPublic, carried: 0 }, forwardOf);
  }
  return next.early.size === 0 ? next : carryOn(next, event.id);
}

function evolveDisclosed(state: WhoKnewState, { event: id, disclosure }: Disclosed): WhoKnewState {
  const { to, at, event, stated } = disclosure;
  const teller = event === undefined ? undefined : tellerOf(state, event);
  const telling: Telling = {
    at,
    how: to === PUBLIC ? 'published' : 'disclosed',
    ...(teller === undefined || teller.by === to ? {} : { by: teller.by }),
    ...(event === undefined ? {} : { event }),
    ...(stated === undefined ? {} : { stated }),
    ...(teller?.latest === null ? { uncertain: true } : {}),
    // Placed where that is which disclosed it, it is known no better.
    ...(teller !== undefined && isSame(at, teller.at) ? boundsIn(teller) : {}),
  };
  return to === PUBLIC ? publish(state, id, telling) : tell(state, id, telling, [to]);
}

/** Shows the rows of a state: uncertain while the happening is open, each telling while that by which they learned is. */
function showing({ waiting }: WhoKnewState): (row: WhoKnewRow) => WhoKnewRow {
  if (waiting.size === 0) return (row) => row;
  const mark = <One extends { readonly event?: string; readonly uncertain?: true }>(one: One): One =>
    marked(one, one.uncertain === true || (one.event !== undefined && waiting.has(one.event)));
  return (row) => {
    const told = row.told.map(mark);
    const publicSince = row.publicSince === undefined ? undefined : mark(row.publicSince);
    if (publicSince === row.publicSince && told.every((one, i) => one === row.told[i])) return mark(row);
    return mark({ ...row, told, ...(publicSince === undefined ? {} : { publicSince }) });
  };
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
        return state.waiting.has(step.event) ? { ...state, waiting: state.waiting.delete(step.event) } : state;
      default:
        return state;
    }
  },

  view: (state) => ({ totals: state.totals, rows: state.rows.latest(SHOWN_ROWS).map(showing(state)) }),

  lists: (state) => ({ rows: shownAs(state.rows, showing(state)) }),
});
