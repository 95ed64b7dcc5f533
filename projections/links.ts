/**
 * Links: who shared each link first, who shared it again, when it came into public. That one shared it after another is
 * told as that, never as its consequence.
 * Invariants: shares of a link stand in the order of their own story time, whenever they came into sight; a happening counts
 * once for a link, however often it names it. Unit: ms of story time.
 */
import Type, { type Static } from 'typebox';
import { Visibility } from '../events/envelope.js';
import { actorOf, type RecordedHappening } from '../events/event.js';
import { keyOf } from '../events/resolve.js';
import { compareKeys } from '../events/story-time.js';
import { after, afterOf } from './parts/after.js';
import { nobodyWaits, opens, waitFor, type Waiting } from './parts/certainty.js';
import { Ledger } from './ledger.js';
import { normalisedLink } from './parts/link.js';
import { bounds, boundsShown, type Placed, placedOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';

/** A row shows so many reuses: the first. */
export const SHOWN_REUSES = 10;

const uncertain = Type.Optional(Type.Literal(true, { description: 'It may not have happened yet at this moment: its bounds go beyond it.' }));
const share = {
  event: Type.String({ description: 'The happening that names the link.' }),
  at: Type.String(),
  ...bounds,
  by: Type.String({ description: 'Whose doing that happening is.' }),
};

export const LinkRow = Type.Object({
  url: Type.String({
    description:
      'The link in one way of writing it, without scheme, "www." and fragment; links that differ only in these are one. What is no web link keeps its text.',
  }),
  as: Type.String({ description: 'As it was written where it was first shared.' }),
  uses: Type.Integer({ description: 'How many happenings name it, the first among them.' }),
  first: Type.Object({ ...share, visibility: Visibility, uncertain }),
  firstPublic: Type.Optional(
    Type.Object({ ...share, ...after, uncertain }, { description: 'The first time in public, and how long after the first time at all.' }),
  ),
  reuses: Type.Array(
    Type.Object({ ...share, visibility: Visibility, bySame: Type.Boolean({ description: 'By the one who shared it first.' }), ...after, uncertain }),
    {
      maxItems: SHOWN_REUSES,
      description: `Who shared it again, and how long after the first; the first ${SHOWN_REUSES} of them, "uses" counts all.`,
    },
  ),
  uncertain: Type.Optional(Type.Literal(true, { description: 'One of the shares shown may not have happened yet at this moment.' })),
});
export type LinkRow = Static<typeof LinkRow>;

export const Links = Type.Object({
  totals: Type.Object({
    links: Type.Integer(),
    reused: Type.Integer({ description: 'Named by more than one happening.' }),
    public: Type.Integer({ description: 'Shared in public at least once.' }),
    firstPrivateThenPublic: Type.Integer({ description: 'First shared in private, later in public.' }),
  }),
  links: Type.Array(LinkRow, { maxItems: SHOWN_ROWS, description: 'In the order in which they were first shared: the latest.' }),
});
export type Links = Static<typeof Links>;

/** What is known of one share, so that it can be put into order and measured against another. */
interface Share extends Placed {
  readonly seq: number;
  readonly by: string;
  readonly visibility: Visibility;
  readonly uncertain?: true;
}

interface Entry {
  readonly row: LinkRow;
  /** The first share and the reuses that are shown, in story order. */
  readonly shares: readonly [Share, ...Share[]];
  readonly firstPublic?: Share;
}

export interface LinksState {
  /** By the normalised link. */
  readonly links: Ledger<Entry>;
  readonly waiting: Waiting;
  readonly totals: Links['totals'];
}

const NONE: Links['totals'] = { links: 0, reused: 0, public: 0, firstPrivateThenPublic: 0 };

function shareOf(event: RecordedHappening): Share {
  const { seq, visibility } = event;
  return { ...placedOf(event), seq, by: actorOf(event), visibility, ...(opens(event) ? { uncertain: true } : {}) };
}

const isBefore = (a: Share, b: Share) => compareKeys(keyOf(a, a.seq, a.id), keyOf(b, b.seq, b.id)) < 0;

function shown(share: Share) {
  const { id, occurredAt, by, uncertain } = share;
  return { event: id, at: occurredAt ?? '', ...boundsShown(share), by, ...(uncertain === undefined ? {} : { uncertain }) };
}

function since(first: Share, then: Share) {
  return first.id === then.id ? { afterMs: 0, afterMinMs: 0, afterMaxMs: 0 } : afterOf(first, then, undefined);
}

function reuseOf(first: Share, then: Share): LinkRow['reuses'][number] {
  return { ...shown(then), visibility: then.visibility, bySame: then.by === first.by, ...since(first, then) };
}

function rowOf(url: string, as: string, uses: number, [first, ...reuses]: Entry['shares'], firstPublic: Share | undefined): LinkRow {
  return {
    url,
    as,
    uses,
    first: { ...shown(first), visibility: first.visibility },
    ...(firstPublic === undefined ? {} : { firstPublic: { ...shown(firstPublic), ...since(first, firstPublic) } }),
    reuses: reuses.map((reuse) => reuseOf(first, reuse)),
    ...([first, ...reuses, firstPublic].some((one) => one?.uncertain) ? { uncertain: true } : {}),
  };
}

function entryOf(url: string, as: string, uses: number, shares: Entry['shares'], firstPublic: Share | undefined): Entry {
  return { row: rowOf(url, as, uses, shares, firstPublic), shares, ...(firstPublic === undefined ? {} : { firstPublic }) };
}

/** The link with one more share. One that comes last, as nearly all do, is put at the end of the row; else it is told anew. */
function used({ row, shares, firstPublic }: Entry, as: string, one: Share): Entry {
  const [first] = shares;
  const uses = row.uses + 1;
  const opens = one.visibility === 'public' && (firstPublic === undefined || isBefore(one, firstPublic));
  let place = shares.length;
  while (place > 0 && isBefore(one, shares[place - 1] as Share)) place--;
  if (place > SHOWN_REUSES && !opens) return { row: { ...row, uses }, shares, ...(firstPublic === undefined ? {} : { firstPublic }) };
  const all = place > SHOWN_REUSES ? shares : ([...shares.slice(0, place), one, ...shares.slice(place)].slice(0, SHOWN_REUSES + 1) as [Share, ...Share[]]);
  if (place < shares.length || opens) return entryOf(row.url, place === 0 ? as : row.as, uses, all, opens ? one : firstPublic);
  const longer = { ...row, uses, reuses: [...row.reuses, reuseOf(first, one)], ...(one.uncertain ? { uncertain: one.uncertain } : {}) };
  return { row: longer, shares: all, ...(firstPublic === undefined ? {} : { firstPublic }) };
}

function recount(totals: Links['totals'], before: LinkRow | undefined, now: LinkRow): Links['totals'] {
  const one = (is: (row: LinkRow) => boolean) => Number(is(now)) - Number(before !== undefined && is(before));
  return {
    links: totals.links + one(() => true),
    reused: totals.reused + one((row) => row.uses > 1),
    public: totals.public + one((row) => row.firstPublic !== undefined),
    firstPrivateThenPublic: totals.firstPrivateThenPublic + one((row) => row.first.visibility === 'private' && row.firstPublic !== undefined),
  };
}

function use({ links, waiting, totals }: LinksState, url: string, as: string, one: Share): LinksState {
  const known = links.get(url);
  const entry = known === undefined ? entryOf(url, as, 1, [one], one.visibility === 'public' ? one : undefined) : used(known, as, one);
  const waits = one.uncertain !== undefined && (entry.shares.includes(one) || entry.firstPublic === one);
  return { links: links.set(url, entry), totals: recount(totals, known?.row, entry.row), waiting: waits ? waitFor(waiting, one, url) : waiting };
}

function evolveHappening(state: LinksState, event: RecordedHappening): LinksState {
  const one = shareOf(event);
  const named = new Set<string>();
  let next = state;
  for (const link of event.data.links) {
    const url = normalisedLink(link);
    if (named.has(url)) continue;
    named.add(url);
    next = use(next, url, link, one);
  }
  return next;
}

function evolveSettled(state: LinksState, event: string): LinksState {
  const urls = state.waiting.get(event);
  if (urls === undefined) return state;
  const settle = <One extends Share | undefined>(one: One): One => {
    if (one?.id !== event) return one;
    const { uncertain: _, ...certain } = one;
    return certain as One;
  };
  let { links } = state;
  for (const url of urls) {
    const entry = links.get(url);
    if (entry === undefined) continue;
    const { row, shares, firstPublic } = entry;
    links = links.set(url, entryOf(url, row.as, row.uses, shares.map(settle) as [Share, ...Share[]], settle(firstPublic)));
  }
  return { ...state, links, waiting: state.waiting.delete(event) };
}

const rowOfEntry = ({ row }: Entry): LinkRow => row;

export const links = defineProjection<LinksState, Links>({
  name: 'links',
  version: 1,
  description:
    'Every link that was shared: by whom first, when, in private or in public; who shared it again and how long after; and when it was first seen in public. That one shared a link after another says only that: it followed. Links count where a happening lists them, not where its text may hold one.',
  schema: Links,

  initial: () => ({ links: Ledger.empty(), waiting: nobodyWaits(), totals: NONE }),

  evolve(state, step) {
    switch (step.kind) {
      case 'happening':
        return step.event.data.links.length === 0 ? state : evolveHappening(state, step.event);
      case 'settled':
        return evolveSettled(state, step.event);
      default:
        return state;
    }
  },

  view: (state) => ({ totals: state.totals, links: state.links.latest(SHOWN_ROWS).map(rowOfEntry) }),

  lists: (state) => ({ links: shownAs(state.links, rowOfEntry) }),
});
