/**
 * Silences: how long two participants, or one, had nothing to say, who broke it, and whose messages had nothing back.
 * Invariants: a silence lies between two happenings of the same row that follow each other, and is longer than nothing;
 * of equally long ones the first stays; only a message gives something back. What a lens shows later than it happened breaks
 * a silence when it comes into sight. Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import { actorOf } from '../events/event.js';
import type { EffectiveHappening } from '../events/steps.js';
import { boundsOf, lapse } from '../events/story-time.js';
import { nobodyWaits, opened, opens, settleRows, uncertain, type Waiting } from './parts/certainty.js';
import { boundsAs, boundsShownAs, type InSight, inSightOf, Named, named, othersOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';
import { Table } from './table.js';

const Silence = Type.Object({
  from: Type.String({ description: 'The happening after which it began.' }),
  fromAt: Type.String(),
  ...boundsAs('from'),
  to: Type.String({ description: 'The happening that broke it.' }),
  toAt: Type.String(),
  ...boundsAs('to'),
  brokenBy: Type.String({ description: 'Who broke it.' }),
  ms: Type.Number({ description: 'Between the placing instants; show it alone only where minMs and maxMs are the same.' }),
  minMs: Type.Number(),
  maxMs: Type.Union([Type.Number(), Type.Null()], { description: 'Null where nothing bounds it.' }),
});
type Silence = Static<typeof Silence>;

const Since = Type.Object(Named.properties, {
  description: 'The happening after which the silence began that goes on at this moment. How long it is by now is for the reader to say.',
});
const quiet = {
  since: Since,
  longest: Type.Union([Silence, Type.Null()], {
    description:
      'The longest silence that was broken, by the placing instants; of several the first. The one that goes on is not among them. Null where there was none. Where its minMs is 0 it may have been none.',
  }),
  longestSure: Type.Union([Silence, Type.Null()], {
    description:
      'The silence that lasted longest even if every bound is taken at its least: that of the greatest minMs; of several the first. Null where none has a minMs above 0. It is as sure as the two happenings are: another whose bounds reach into it may have broken it.',
  }),
  ...uncertain,
};

export const PairSilences = Type.Object({
  between: Type.Array(Type.String(), { minItems: 2, maxItems: 2, description: 'The two, in the order of their ids.' }),
  happenings: Type.Integer({ description: 'Of which one was the doing and in which the other took part.' }),
  lastBy: Type.Union([Type.String(), Type.Null()], {
    description:
      'Who sent the latest message between them, private or public; null where there is none. What they did together is no message, nor is a tweet that names one of them.',
  }),
  unreturned: Type.Integer({
    description: 'How many messages in a row, up to the latest between them, were sent by the same one, with no message back; 0 where there is none.',
  }),
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
  /** The last instant at which that can have been; null where nothing bounds it. */
  readonly sinceLatest: number | null;
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
  /** The first and the last instant at which it can have been. */
  readonly earliest: number;
  readonly latest: number;
  readonly since: Named;
  readonly by: string;
  readonly isMessage: boolean;
  readonly isOpen: boolean;
}

function brokenBy(step: EffectiveHappening): Broken {
  const { event } = step;
  const now = inSightOf(step);
  const since = named(now);
  const bounds = since.latest === undefined ? undefined : boundsOf(now);
  return {
    now,
    earliest: bounds?.earliest ?? now.instant,
    latest: bounds?.latest ?? now.instant,
    since,
    by: actorOf(event),
    isMessage: event.type === 'MessageSent',
    isOpen: opens(event),
  };
}

interface Longest {
  readonly longest: Silence | null;
  readonly longestSure: Silence | null;
}

const NONE: Longest = { longest: null, longestSure: null };

/** The longest silences of a row, with the one from its last happening to the next. */
function longestOf({ row, since, sinceLatest }: Entry<Longest>, { now, earliest, by }: Broken): Longest {
  const { longest, longestSure } = row;
  const longestMs = longest?.ms ?? 0;
  const sureMs = longestSure?.minMs ?? 0;
  const ms = now.instant - since.instant;
  const minMs = sinceLatest === null ? 0 : earliest - sinceLatest;
  // The full range is looked at only where it may matter; what is stated of the two may say more than their places.
  if (ms === 0 || (ms <= longestMs && minMs <= sureMs && now.when.relative?.to !== since.id)) return { longest, longestSure };
  const range = lapse(since, now);
  if (range === undefined) return { longest, longestSure };
  const silence: Silence = {
    from: since.id,
    fromAt: since.occurredAt ?? '',
    ...boundsShownAs('from', since),
    to: now.id,
    toAt: now.occurredAt ?? '',
    ...boundsShownAs('to', now),
    brokenBy: by,
    ms: range.ms,
    minMs: range.minMs ?? 0,
    maxMs: range.maxMs,
  };
  return { longest: silence.ms > longestMs ? silence : longest, longestSure: silence.minMs > sureMs ? silence : longestSure };
}

/** How many happenings of a row are open, after one more. */
const openOf = (entry: Entry<unknown> | undefined, what: Broken) => (entry?.open ?? 0) + (what.isOpen ? 1 : 0);
const latestOf = ({ latest }: Broken) => (latest === Infinity ? null : latest);

/** The fields that the rows of pairs and of participants have in common, after one more happening. */
function broken(entry: Entry<PairSilences | ParticipantSilences> | undefined, what: Broken, open: number) {
  const { longest, longestSure } = entry === undefined ? NONE : longestOf(entry, what);
  const happenings = (entry?.row.happenings ?? 0) + 1;
  const fields = { happenings, since: what.since, longest, longestSure };
  return open > 0 ? { ...fields, uncertain: true as const } : fields;
}

const pairOf = (a: string, b: string) => (a < b ? [a, b] : [b, a]);

function withPair(entry: Entry<PairSilences> | undefined, what: Broken, other: string): Entry<PairSilences> {
  const open = openOf(entry, what);
  const before = entry?.row ?? { between: pairOf(what.by, other), lastBy: null, unreturned: 0 };
  const lastBy = what.isMessage ? what.by : before.lastBy;
  const unreturned = !what.isMessage ? before.unreturned : before.lastBy === what.by ? before.unreturned + 1 : 1;
  const row = { between: before.between, lastBy, unreturned, ...broken(entry, what, open) };
  return { row, since: what.now, sinceLatest: latestOf(what), open };
}

function withParticipant(entry: Entry<ParticipantSilences> | undefined, what: Broken): Entry<ParticipantSilences> {
  const open = openOf(entry, what);
  return { row: { id: what.by, ...broken(entry, what, open) }, since: what.now, sinceLatest: latestOf(what), open };
}

function evolveHappening(state: SilencesState, step: EffectiveHappening): SilencesState {
  const what = brokenBy(step);
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
    'Who had nothing to say, and for how long. For each two participants: since when it is silent between them, the longest silence that there was and who broke it, the longest at the least of every bound, who sent the last message, and how many messages in a row had no message back. For each participant: since when they are silent, and their longest silences. A happening counts for two when it is the doing of one and the other takes part in it. Rows stand in the order in which their first happening came.',
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
