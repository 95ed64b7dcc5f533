/**
 * Silences: how long two participants, or one, had nothing to say, who broke it, and whose words had nothing back.
 * Invariants: a silence lies between two happenings of the same row that follow each other, and is longer than nothing;
 * of equally long ones the first stays. What a lens shows later than it happened breaks a silence when it comes into
 * sight. Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import { actorOf } from '../events/event.js';
import type { EffectiveHappening } from '../events/steps.js';
import { lapse } from '../events/story-time.js';
import { nobodyWaits, opened, opens, settleRows, uncertain, type Waiting } from './parts/certainty.js';
import { type InSight, inSightOf, Named, named, othersOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';

const Silence = Type.Object(
  {
    from: Type.String({ description: 'The happening after which it began.' }),
    fromAt: Type.String(),
    to: Type.String({ description: 'The happening that broke it.' }),
    toAt: Type.String(),
    brokenBy: Type.String({ description: 'Who broke it.' }),
    ms: Type.Number({ description: 'Between the placing instants; show it alone only where minMs and maxMs are the same.' }),
    minMs: Type.Number(),
    maxMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
  },
  { description: 'The longest silence that was broken, by the placing instants; of several the first. The one that goes on is not among them.' },
);
type Silence = Static<typeof Silence>;

const Since = Type.Object(Named.properties, {
  description: 'The happening after which the silence began that goes on at this moment. How long it is by now is for the reader to say.',
});
const quiet = { since: Since, longest: Type.Union([Silence, Type.Null()], { description: 'Null where there was none.' }), ...uncertain };

export const PairSilences = Type.Object({
  between: Type.Array(Type.String(), { minItems: 2, maxItems: 2, description: 'The two, in the order of their ids.' }),
  happenings: Type.Integer({ description: 'Of which one was the doing and in which the other took part.' }),
  lastBy: Type.String({ description: 'Whose doing the latest of them was.' }),
  unreturned: Type.Integer({ description: 'How many in a row, up to the latest, were by the same one, with nothing back.' }),
  ...quiet,
});
export type PairSilences = Static<typeof PairSilences>;

export const ParticipantSilences = Type.Object({ id: Type.String(), happenings: Type.Integer({ description: 'Which were their own doing.' }), ...quiet });
export type ParticipantSilences = Static<typeof ParticipantSilences>;

export const Silences = Type.Object({ pairs: Type.Array(PairSilences), participants: Type.Array(ParticipantSilences) });
export type Silences = Static<typeof Silences>;

/** A row, and what is needed to go on from it. */
interface Entry<Row> {
  readonly row: Row;
  /** The happening after which it is silent now. */
  readonly since: InSight;
  /** How many of its happenings are open. */
  readonly open: number;
}

export interface SilencesState {
  readonly pairs: Table<Entry<PairSilences>>;
  readonly participants: Table<Entry<ParticipantSilences>>;
  /** Both tables' keys: that of a pair holds a space, that of a participant none. */
  readonly waiting: Waiting;
}

/** What a happening does to a row, told once for all its rows. */
interface Broken {
  readonly now: InSight;
  readonly by: string;
  readonly isOpen: boolean;
}

/** The silence from one happening to the next, where it is longer than the longest so far. */
function longerOf(longest: Silence | null, since: InSight, { now, by }: Broken): Silence | null {
  const longestMs = longest?.ms ?? 0;
  // The full range is looked at only where it may matter; what is stated of the two may say more than their places.
  if (now.instant - since.instant <= longestMs && now.when.relative?.to !== since.id) return longest;
  const range = lapse(since, now);
  if (range === undefined || range.ms <= longestMs || now.instant === since.instant) return longest;
  return {
    from: since.id,
    fromAt: since.occurredAt ?? '',
    to: now.id,
    toAt: now.occurredAt ?? '',
    brokenBy: by,
    ms: range.ms,
    minMs: range.minMs ?? 0,
    maxMs: range.maxMs,
  };
}

/** The fields that the rows of pairs and of participants have in common, after one more happening. */
function broken(entry: Entry<PairSilences | ParticipantSilences> | undefined, what: Broken) {
  const open = (entry?.open ?? 0) + (what.isOpen ? 1 : 0);
  const longest = entry === undefined ? null : longerOf(entry.row.longest, entry.since, what);
  const fields = { happenings: (entry?.row.happenings ?? 0) + 1, since: named(what.now), longest, ...(open > 0 ? { uncertain: true as const } : {}) };
  return { fields, since: what.now, open };
}

const pairOf = (a: string, b: string) => (a < b ? [a, b] : [b, a]);

function withPair(entry: Entry<PairSilences> | undefined, what: Broken, other: string): Entry<PairSilences> {
  const { fields, since, open } = broken(entry, what);
  const unreturned = entry?.row.lastBy === what.by ? entry.row.unreturned + 1 : 1;
  return { row: { between: entry?.row.between ?? pairOf(what.by, other), lastBy: what.by, unreturned, ...fields }, since, open };
}

function withParticipant(entry: Entry<ParticipantSilences> | undefined, what: Broken): Entry<ParticipantSilences> {
  const { fields, since, open } = broken(entry, what);
  return { row: { id: what.by, ...fields }, since, open };
}

function evolveHappening(state: SilencesState, step: EffectiveHappening): SilencesState {
  const what: Broken = { now: inSightOf(step), by: actorOf(step.event), isOpen: opens(step.event) };
  let { pairs, waiting } = state;
  const rows = [what.by];
  for (const other of othersOf(step.event)) {
    const pair = pairOf(what.by, other).join(' ');
    pairs = pairs.update(pair, (entry) => withPair(entry, what, other));
    rows.push(pair);
  }
  const participants = state.participants.update(what.by, (entry) => withParticipant(entry, what));
  if (what.isOpen) waiting = opened(waiting, step.event, rows);
  return { pairs, participants, waiting };
}

function evolveSettled(state: SilencesState, event: string): SilencesState {
  const rows = state.waiting.get(event);
  if (rows === undefined) return state;
  return { pairs: settleRows(state.pairs, rows), participants: settleRows(state.participants, rows), waiting: state.waiting.delete(event) };
}

const rowOf = <Row>({ row }: Entry<Row>): Row => row;

export const silences = defineProjection<SilencesState, Silences>({
  name: 'silences',
  version: 1,
  description:
    'Who had nothing to say, and for how long. For each two participants: since when it is silent between them, the longest silence that there was and who broke it, who spoke last, and how often in a row without anything back. For each participant: since when they are silent, and their longest silence. A happening counts for two when it is the doing of one and the other takes part in it. Rows stand in the order in which their first happening came.',
  schema: Silences,

  initial: () => ({ pairs: Table.empty(), participants: Table.empty(), waiting: nobodyWaits() }),

  evolve(state, step) {
    if (step.kind === 'happening') return evolveHappening(state, step);
    return step.kind === 'settled' ? evolveSettled(state, step.event) : state;
  },

  view: ({ pairs, participants }) => ({
    pairs: pairs.latest(SHOWN_ROWS).map((entry) => entry.row),
    participants: participants.latest(SHOWN_ROWS).map((entry) => entry.row),
  }),

  lists: ({ pairs, participants }) => ({ pairs: shownAs(pairs, rowOf), participants: shownAs(participants, rowOf) }),
});
