/**
 * Requests that were followed by an action: what followed, how long after, whose doing it was, and who could see it. What
 * somebody claimed about a request stands in a list of its own.
 * Invariants: a follow-up says that one thing followed another, never that it was caused by it, and never that it was an
 * answer; a row is there only once both its request and what followed are placed. Unit: milliseconds of story time.
 */
import Type, { type Static } from 'typebox';
import { Visibility } from '../events/envelope.js';
import { actorOf } from '../events/event.js';
import type { EffectiveHappening, Request } from '../events/steps.js';
import { after, afterOf } from './parts/after.js';
import { marked, nobodyWaits, opened, opens, uncertain, type Waiting } from './parts/certainty.js';
import { type Early, letWait, nobodyEarly, takeOut } from './parts/early.js';
import { claimGrounds, grounds, type Grounds, groundsOf } from './parts/grounds.js';
import { Ledger } from './ledger.js';
import { bounds, boundsAs, boundsShown, boundsShownAs, type Placed, placedOf } from './parts/placed.js';
import { defineProjection, SHOWN_ROWS, shownAs } from './projection.js';

export const FollowUpRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  request: Type.String(),
  requestEvent: Type.String({ description: 'The happening that asked.' }),
  requestBasis: Type.Enum(['stated', 'claimed', 'inferred'], { description: 'How it is known that it was a request.' }),
  from: Type.String({ description: 'Who asked.' }),
  to: Type.String({ description: 'Who was asked.' }),
  text: Type.String({ description: 'What was asked.' }),
  askedAt: Type.String(),
  ...boundsAs('asked'),
  event: Type.String({ description: 'The happening that followed.' }),
  at: Type.String(),
  ...bounds,
  ...after,
  by: Type.String({ description: 'Who acted.' }),
  byAsked: Type.Boolean({ description: 'True where the one who was asked acted, false where it was another.' }),
  visibility: Visibility,
  ...grounds,
  ...uncertain,
});
export type FollowUpRow = Static<typeof FollowUpRow>;

export const ClaimedRow = Type.Object({
  id: Type.String({ description: 'The annotation that says so.' }),
  request: Type.String(),
  requestEvent: Type.String({ description: 'The happening that asked.' }),
  event: Type.String({ description: 'The happening in which it was claimed.' }),
  at: Type.String(),
  ...bounds,
  ...after,
  by: Type.String({ description: 'Whose happening it was.' }),
  ...claimGrounds,
  ...uncertain,
});
export type ClaimedRow = Static<typeof ClaimedRow>;

export const FollowUps = Type.Object({
  totals: Type.Object({
    followed: Type.Integer({ description: 'Requests that something followed.' }),
    followUps: Type.Integer(),
    byAsked: Type.Integer({ description: 'Follow-ups by the one who was asked.' }),
    byOthers: Type.Integer(),
    public: Type.Integer({ description: 'Follow-ups that everybody could see.' }),
    private: Type.Integer(),
    claimed: Type.Integer({ description: 'Claims about requests.' }),
  }),
  followUps: Type.Array(FollowUpRow),
  claimed: Type.Array(ClaimedRow),
});
export type FollowUps = Static<typeof FollowUps>;

/** A happening that followed a request, or claims something about it, as far as a row tells it. */
interface Occasion extends Placed {
  readonly by: string;
  readonly visibility: Visibility;
}

/** Something said of a request. */
type Said = { readonly id: string; readonly on: Occasion; readonly grounds: Grounds } & (
  | { readonly what: 'followUp'; readonly afterStated?: string }
  | { readonly what: 'claim'; readonly claim: string }
);

/** A request, and what is needed to tell what followed it. */
interface Asked {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly basis: Grounds['basis'];
  readonly event: Placed;
  readonly followed: boolean;
}

export interface FollowUpsState {
  readonly requests: Ledger<Asked>;
  readonly followUps: Ledger<FollowUpRow>;
  readonly claimed: Ledger<ClaimedRow>;
  readonly early: Ledger<Early<Said>>;
  /** The happenings that are open. Which rows rest on them their rows say themselves. */
  readonly waiting: Waiting;
  readonly counts: { readonly followed: number; readonly byAsked: number; readonly public: number };
}

function ask(state: FollowUpsState, { event }: EffectiveHappening, { id, from, to, text, basis }: Request): FollowUpsState {
  if (state.requests.has(id)) return state;
  const asked: Asked = { id, from, to, text, basis, event: placedOf(event), followed: false };
  const { said, rest } = takeOut(state.early, id);
  let next: FollowUpsState = { ...state, requests: state.requests.set(id, asked), early: rest };
  for (const one of said) next = say(next, id, one);
  return next;
}

/** Puts down what is said of a request, or lets it wait until that is asked. */
function say(state: FollowUpsState, request: string, said: Said): FollowUpsState {
  const asked = state.requests.get(request);
  if (asked === undefined) return { ...state, early: letWait(state.early, request, said) };
  return said.what === 'followUp' ? follow(state, asked, said) : claim(state, asked, said);
}

function follow(state: FollowUpsState, asked: Asked, { id, on, afterStated, grounds }: Said & { what: 'followUp' }): FollowUpsState {
  const byAsked = on.by === asked.to;
  const row: FollowUpRow = {
    id,
    request: asked.id,
    requestEvent: asked.event.id,
    requestBasis: asked.basis,
    from: asked.from,
    to: asked.to,
    text: asked.text,
    askedAt: asked.event.occurredAt ?? '',
    ...boundsShownAs('asked', asked.event),
    event: on.id,
    at: on.occurredAt ?? '',
    ...boundsShown(on),
    ...afterOf(asked.event, on, afterStated),
    by: on.by,
    byAsked,
    visibility: on.visibility,
    ...grounds,
  };
  const { counts, requests } = state;
  return {
    ...state,
    requests: asked.followed ? requests : requests.set(asked.id, { ...asked, followed: true }),
    followUps: state.followUps.set(id, forGood(row, asked.event, on)),
    counts: {
      followed: counts.followed + (asked.followed ? 0 : 1),
      byAsked: counts.byAsked + (byAsked ? 1 : 0),
      public: counts.public + (on.visibility === 'public' ? 1 : 0),
    },
  };
}

function claim(state: FollowUpsState, asked: Asked, said: Said & { what: 'claim' }): FollowUpsState {
  const { id, on } = said;
  const row: ClaimedRow = {
    id,
    request: asked.id,
    requestEvent: asked.event.id,
    event: on.id,
    at: on.occurredAt ?? '',
    ...boundsShown(on),
    ...afterOf(asked.event, on, undefined),
    by: on.by,
    claim: said.claim,
    ...said.grounds,
  };
  return { ...state, claimed: state.claimed.set(id, forGood(row, asked.event, on)) };
}

/** What nothing bounds is never settled: a row that rests on it is uncertain for good. */
function forGood<Row extends { readonly uncertain?: true }>(row: Row, ...events: readonly Placed[]): Row {
  return marked(
    row,
    events.some((event) => event.when.latest === null),
  );
}

function evolveHappening(state: FollowUpsState, step: EffectiveHappening): FollowUpsState {
  const { requests, followUps, claims } = step.notes;
  if (requests.length + followUps.length + claims.length === 0) return state;
  const { event } = step;
  const on: Occasion = { ...placedOf(event), by: actorOf(event), visibility: event.visibility };
  let next = opens(on) ? { ...state, waiting: opened(state.waiting, on) } : state;
  for (const request of requests) next = ask(next, step, request);
  for (const { id, data } of followUps) {
    const { request, afterStated } = data;
    next = say(next, request, { what: 'followUp', id, on, grounds: groundsOf(data), ...(afterStated === undefined ? {} : { afterStated }) });
  }
  for (const { id, data } of claims) {
    const { request, claim } = data;
    if (request !== undefined) next = say(next, request, { what: 'claim', id, on, grounds: groundsOf(data), claim });
  }
  return next;
}

type Row = { readonly requestEvent: string; readonly event: string; readonly uncertain?: true };

/** Shows the rows of a state: uncertain while one of the two happenings is open. */
function showing(waiting: Waiting): <R extends Row>(row: R) => R {
  return (row) => marked(row, row.uncertain === true || waiting.has(row.requestEvent) || waiting.has(row.event));
}

export const followUps = defineProjection<FollowUpsState, FollowUps>({
  name: 'follow-ups',
  version: 1,
  description:
    'What followed requests: each action that somebody put down as having followed a request, with who says so, who asked what of whom, how long after it came, whether the one who was asked acted or another, and whether everybody could see it. That it followed is all that is said: not that it happened because of the request, and not that it was an answer. What was claimed about a request, such as that it had been done already, stands in a list of its own. Rows stand in the order in which they came to be.',
  schema: FollowUps,

  initial: () => ({
    requests: Ledger.empty(),
    followUps: Ledger.empty(),
    claimed: Ledger.empty(),
    early: nobodyEarly(),
    waiting: nobodyWaits(),
    counts: { followed: 0, byAsked: 0, public: 0 },
  }),

  evolve(state, step) {
    if (step.kind === 'happening') return evolveHappening(state, step);
    return step.kind === 'settled' && state.waiting.has(step.event) ? { ...state, waiting: state.waiting.delete(step.event) } : state;
  },

  view({ followUps, claimed, counts, waiting }) {
    const show = showing(waiting);
    return {
      totals: {
        followed: counts.followed,
        followUps: followUps.size,
        byAsked: counts.byAsked,
        byOthers: followUps.size - counts.byAsked,
        public: counts.public,
        private: followUps.size - counts.public,
        claimed: claimed.size,
      },
      followUps: followUps.latest(SHOWN_ROWS).map(show),
      claimed: claimed.latest(SHOWN_ROWS).map(show),
    };
  },

  lists({ followUps, claimed, waiting }) {
    const show = showing(waiting);
    return { followUps: shownAs<FollowUpRow>(followUps, show), claimed: shownAs<ClaimedRow>(claimed, show) };
  },
});
