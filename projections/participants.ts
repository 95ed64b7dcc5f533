/**
 * Who took part: what each participant did, when they were first and last seen, and between whom messages went.
 * Invariants: a happening counts once for each who takes part, in each role; the state is bounded by participants and pairs.
 */
import Type, { type Static } from 'typebox';
import { actorOf, participantsOf, type RecordedHappening } from '../events/event.js';
import type { EffectiveHappening } from '../events/steps.js';
import { nobodyWaits, opened, opens, settleRows, uncertain, type Waiting } from './parts/certainty.js';
import { Named, named, othersOf, placedOf, placingInstant } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';

const counts = {
  messagesSent: Type.Integer(),
  messagesReceived: Type.Integer({ description: 'Messages addressed to them; one to several counts once for each.' }),
  privateSent: Type.Integer({ description: 'Of the messages sent, those that were private.' }),
  publicSent: Type.Integer({ description: 'Of the messages sent, those that were public.' }),
  tweets: Type.Integer({ description: 'Tweets posted under their name.' }),
  actions: Type.Integer({ description: 'Actions that were their doing.' }),
  mentioned: Type.Integer({ description: 'Tweets that mention them.' }),
  with: Type.Integer({ description: "Actions of others' or their own in which they are named among those who took part." }),
  wroteTo: Type.Integer({ description: 'How many others they sent a message to.' }),
  heardFrom: Type.Integer({ description: 'How many others sent them a message.' }),
};
type Counts = { readonly [K in keyof typeof counts]: number };

export const ParticipantRow = Type.Object({
  id: Type.String(),
  ...counts,
  oneSidedness: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()], {
    description: '(sent − received) / (sent + received) of messages: 1 where they only sent, −1 where they only received, null where there was neither.',
  }),
  firstSeen: Type.Object(Named.properties, { description: 'The first happening in which they took part, in whatever role.' }),
  lastSeen: Type.Object(Named.properties, { description: 'The latest.' }),
  ...uncertain,
});
export type ParticipantRow = Static<typeof ParticipantRow>;

export const DirectionRow = Type.Object({
  from: Type.String(),
  to: Type.String(),
  messages: Type.Integer(),
  first: Named,
  last: Named,
  ...uncertain,
});
export type DirectionRow = Static<typeof DirectionRow>;

export const Participants = Type.Object({
  participants: Type.Array(ParticipantRow),
  pairs: Type.Array(DirectionRow, { description: 'Messages by direction: from one to another.' }),
});
export type Participants = Static<typeof Participants>;

/** What is needed beside a row to go on from it. */
interface Timed {
  /** Placing instants of the first and the last happening, in ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How many of its happenings are open. */
  readonly open: number;
}

interface Entry<Row> extends Timed {
  readonly row: Row;
}

export interface ParticipantsState {
  readonly participants: Table<Entry<ParticipantRow>>;
  readonly pairs: Table<Entry<DirectionRow>>;
  /** Both tables' keys: that of a pair holds a space, that of a participant none. */
  readonly waiting: Waiting;
}

/** A happening, as far as rows tell it. */
interface Seen {
  readonly event: Named;
  readonly instant: number;
  readonly isOpen: boolean;
}

const NOTHING: Counts = {
  messagesSent: 0,
  messagesReceived: 0,
  privateSent: 0,
  publicSent: 0,
  tweets: 0,
  actions: 0,
  mentioned: 0,
  with: 0,
  wroteTo: 0,
  heardFrom: 0,
};

type Added = { [K in keyof Counts]?: number };

/** What a happening is for the one whose doing it is. */
function asActor(event: RecordedHappening): Added {
  switch (event.type) {
    case 'MessageSent':
      return event.visibility === 'public' ? { messagesSent: 1, publicSent: 1 } : { messagesSent: 1, privateSent: 1 };
    case 'TweetPosted':
      return { tweets: 1 };
    case 'ActionTaken':
      return { actions: 1 };
  }
}

/** What a happening is for whoever is named in it. */
function asNamed(event: RecordedHappening): Added {
  switch (event.type) {
    case 'MessageSent':
      return { messagesReceived: 1 };
    case 'TweetPosted':
      return { mentioned: 1 };
    case 'ActionTaken':
      return { with: 1 };
  }
}

/** Is the one whose doing a happening is also named in it? */
const namesActor = (event: RecordedHappening) => participantsOf(event).includes(actorOf(event), 1);

function sum(row: Counts, added: Added): Counts {
  const next: { -readonly [K in keyof Counts]: number } = { ...row };
  for (const name of Object.keys(added) as (keyof Counts)[]) next[name] += added[name] ?? 0;
  return next;
}

/** What an entry holds beside its row, after one more happening. */
function timedOf(entry: Timed | undefined, { instant, isOpen }: Seen): Timed {
  const open = (entry?.open ?? 0) + (isOpen ? 1 : 0);
  return { firstAt: Math.min(instant, entry?.firstAt ?? instant), lastAt: Math.max(instant, entry?.lastAt ?? instant), open };
}

/** The first of two, and the latest. Through a lens a happening may come into sight after later ones. */
const firstOf = (entry: Timed, known: Named, { instant, event }: Seen) => (instant < entry.firstAt ? event : known);
const lastOf = (entry: Timed, known: Named, { instant, event }: Seen) => (instant >= entry.lastAt ? event : known);

const mark = ({ open }: Timed) => (open > 0 ? { uncertain: true as const } : {});

function withParticipant(entry: Entry<ParticipantRow> | undefined, id: string, added: Added, seen: Seen): Entry<ParticipantRow> {
  const timed = timedOf(entry, seen);
  const counts = sum(entry?.row ?? NOTHING, added);
  const { messagesSent: sent, messagesReceived: received } = counts;
  const row = {
    id,
    ...counts,
    oneSidedness: sent + received === 0 ? null : (sent - received) / (sent + received),
    firstSeen: entry === undefined ? seen.event : firstOf(entry, entry.row.firstSeen, seen),
    lastSeen: entry === undefined ? seen.event : lastOf(entry, entry.row.lastSeen, seen),
    ...mark(timed),
  };
  return { row, ...timed };
}

function withDirection(entry: Entry<DirectionRow> | undefined, from: string, to: string, seen: Seen): Entry<DirectionRow> {
  const timed = timedOf(entry, seen);
  const first = entry === undefined ? seen.event : firstOf(entry, entry.row.first, seen);
  const last = entry === undefined ? seen.event : lastOf(entry, entry.row.last, seen);
  return { row: { from, to, messages: (entry?.row.messages ?? 0) + 1, first, last, ...mark(timed) }, ...timed };
}

function evolveHappening(state: ParticipantsState, step: EffectiveHappening): ParticipantsState {
  const { event } = step;
  const actor = actorOf(event);
  const others = othersOf(event);
  const toSelf = namesActor(event);
  const isMessage = event.type === 'MessageSent';
  const seen: Seen = { event: named(placedOf(event)), instant: placingInstant(step), isOpen: opens(event) };
  const isNew = (other: string) => isMessage && !state.pairs.has(`${actor} ${other}`);
  const received = asNamed(event);
  const done = { ...asActor(event), ...(toSelf ? received : {}), wroteTo: others.filter(isNew).length };
  let { participants, pairs } = state;
  participants = participants.update(actor, (entry) => withParticipant(entry, actor, done, seen));
  for (const other of others) {
    const added = isNew(other) ? { ...received, heardFrom: 1 } : received;
    participants = participants.update(other, (entry) => withParticipant(entry, other, added, seen));
  }
  const rows = [actor, ...others];
  for (const to of isMessage ? [...others, ...(toSelf ? [actor] : [])] : []) {
    const pair = `${actor} ${to}`;
    pairs = pairs.update(pair, (entry) => withDirection(entry, actor, to, seen));
    rows.push(pair);
  }
  return { participants, pairs, waiting: seen.isOpen ? opened(state.waiting, placedOf(event), rows) : state.waiting };
}

function evolveSettled(state: ParticipantsState, event: string): ParticipantsState {
  const rows = state.waiting.get(event);
  if (rows === undefined) return state;
  return { participants: settleRows(state.participants, rows), pairs: settleRows(state.pairs, rows), waiting: state.waiting.delete(event) };
}

const rowOf = <Row>({ row }: Entry<Row>): Row => row;

export const participants = defineProjection<ParticipantsState, Participants>({
  name: 'participants',
  version: 1,
  description:
    'Who took part. For each participant: messages sent and received, in private and in public, tweets, actions, how often they are mentioned or named in what others did, with how many others they exchanged messages and how one-sidedly, and when they were first and last seen. For each direction between two: how many messages went, and the first and the last. Rows stand in the order in which they were first seen.',
  schema: Participants,

  initial: () => ({ participants: Table.empty(), pairs: Table.empty(), waiting: nobodyWaits() }),

  evolve(state, step) {
    if (step.kind === 'happening') return evolveHappening(state, step);
    return step.kind === 'settled' ? evolveSettled(state, step.event) : state;
  },

  view: ({ participants, pairs }) => ({
    participants: participants.latest(SHOWN_ROWS).map(rowOf),
    pairs: pairs.latest(SHOWN_ROWS).map(rowOf),
  }),

  lists: ({ participants, pairs }) => ({ participants: shownAs(participants, rowOf), pairs: shownAs(pairs, rowOf) }),
});
