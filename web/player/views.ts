/**
 * The states of the views, as far as this page shows them. The server publishes their full schemas in /openapi.json.
 * Unit: times are RFC 3339, durations milliseconds; null: nothing bounds it on that side.
 */
import type { Known } from '../words/basis.js';

export interface Bounds {
  readonly at: string;
  readonly earliest: string | null;
  readonly latest: string | null;
}

export interface After extends Known {
  readonly event: string;
  readonly at: string;
  readonly afterMs: number;
  readonly afterMinMs: number | null;
  readonly afterMaxMs: number | null;
  readonly afterStated?: string;
}

export interface FollowUp extends After {
  readonly id: string;
  readonly by: string;
  readonly visibility: 'public' | 'private';
}

export interface Claim extends Known {
  readonly id: string;
  readonly event: string;
  readonly by: string;
  readonly claim: string;
}

export interface RequestRow extends Known {
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly askedAt: string;
  readonly askedEarliest: string | null;
  readonly askedLatest: string | null;
  readonly uncertain?: boolean;
  readonly answer?: After;
  readonly possibleAnswer?: After;
  readonly mootedBy?: Known & {
    readonly id: string;
    readonly event?: string;
    readonly at: string;
    readonly earliest: string | null;
    readonly latest: string | null;
    readonly reason: string;
  };
  readonly followUps: readonly FollowUp[];
  readonly claims?: readonly Claim[];
}

export interface UnansweredRequests {
  readonly totals: { readonly requests: number; readonly answered: number; readonly unanswered: number; readonly moot: number };
  readonly unanswered: readonly RequestRow[];
  readonly answered: readonly RequestRow[];
  readonly moot: readonly RequestRow[];
}

export interface ResponseDirection {
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  readonly answered: number;
  readonly moot: number;
  readonly unanswered: number;
  readonly claimedAnswers: number;
  readonly inferredAnswers: number;
  readonly medianMs: number | null;
  readonly medianMinMs: number | null;
  readonly medianMaxMs: number | null;
}
export interface ResponseTimes {
  readonly directions: readonly ResponseDirection[];
}

export interface Share extends Bounds {
  readonly event: string;
  readonly by: string;
  readonly visibility: 'public' | 'private';
  readonly afterMinMs?: number | null;
  readonly afterMaxMs?: number | null;
  readonly afterStated?: string;
}
export interface Links {
  readonly totals: { readonly links: number; readonly reused: number; readonly public: number; readonly firstPrivateThenPublic: number };
  readonly links: readonly { readonly url: string; readonly as: string; readonly uses: number; readonly first: Share; readonly reuses: readonly Share[] }[];
}

export interface Told extends Bounds {
  readonly to: string;
  readonly how: 'addressed' | 'took-part' | 'forwarded' | 'disclosed' | 'published';
  readonly by?: string;
  readonly event?: string;
  readonly stated?: string;
  readonly uncertain?: boolean;
}
export interface WhoKnew {
  readonly totals: { readonly happenings: number; readonly spread: number; readonly published: number };
  readonly rows: readonly (Bounds & {
    readonly event: string;
    readonly type: string;
    readonly by: string;
    readonly told: readonly Told[];
    readonly toldCount: number;
  })[];
}

export interface Quiet {
  readonly since: Bounds & { readonly event: string };
  readonly longest: {
    readonly ms: number;
    readonly minMs: number;
    readonly maxMs: number | null;
    readonly fromAt: string;
    readonly toAt: string;
    readonly brokenBy: string;
  } | null;
}
export interface Silences {
  readonly pairs: readonly (Quiet & { readonly between: readonly [string, string]; readonly lastBy: string | null; readonly unreturned: number })[];
  readonly participants: readonly (Quiet & { readonly id: string; readonly happenings: number })[];
}

export interface Activity {
  readonly from: string | null;
  readonly to: string | null;
  readonly events: number;
  readonly widths: readonly {
    readonly widthMs: number;
    readonly from: string;
    readonly counts: { readonly public: readonly number[]; readonly private: readonly number[] };
  }[];
}

export interface Chapter extends Bounds {
  readonly number: number;
  readonly event: string;
  readonly inSightAt?: string;
  readonly title: string | null;
  readonly basis: string;
  readonly rule?: string;
}
export interface Chapters {
  readonly basis: string;
  readonly chapters: readonly Chapter[];
}

/** Views that a replay may be subscribed to, by name. */
export interface ViewStates {
  'unanswered-requests': UnansweredRequests;
  'response-times': ResponseTimes;
  links: Links;
  'who-knew': WhoKnew;
  silences: Silences;
}
export type ViewName = keyof ViewStates;
