/**
 * The requests at the end of a transcript, as a table: who asked what of whom, and what came of it.
 * Invariants: an answer is never a follow-up; a lapse whose ends differ is said as a range; it is written row by row.
 */
import type { Basis } from '../../events/envelope.js';
import { lapse } from '../../events/words.js';
import { html, type Html, type Part } from './html.js';
import { type Cast, own, stated } from './transcript-cast.js';

interface Known {
  readonly basis: Basis;
  readonly rule?: string;
  readonly saidBy?: string;
}
interface After extends Known {
  readonly event: string;
  readonly at: string;
  readonly afterMinMs: number | null;
  readonly afterMaxMs: number | null;
  readonly afterStated?: string;
}

/** A request and what came of it, as the view of requests has it. */
export interface RequestRow {
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly askedAt: string;
  readonly askedEarliest: string | null;
  readonly askedLatest: string | null;
  readonly basis: Basis;
  readonly uncertain?: true;
  readonly answer?: After;
  readonly possibleAnswer?: After;
  readonly mootedBy?: Known & { readonly at: string; readonly atEarliest?: string | null; readonly atLatest?: string | null; readonly reason: string };
  readonly followUps: readonly (After & { readonly by: string; readonly visibility: string })[];
  readonly claims?: readonly (Known & { readonly event: string; readonly by: string; readonly claim: string })[];
}

export const STANDINGS = ['unanswered', 'answered', 'moot'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface RequestsTold {
  /** True where the past had changed and the view was not folded anew: the last consistent state before. */
  readonly stale: boolean;
  readonly totals: Readonly<Record<Standing, number>>;
  rows(standing: Standing): AsyncIterable<RequestRow>;
}

const HEADS: Readonly<Record<Standing, string>> = { unanswered: 'Unanswered', answered: 'Answered', moot: 'No longer open' };

/** When a request had lost its object. */
export function mootedTime(at: string, earliest: string | null | undefined, latest: string | null | undefined, { words }: Cast): string {
  return words.bounds({ when: { earliest: earliest === undefined ? at : earliest, latest: latest === undefined ? at : latest } });
}

function rowTold(row: RequestRow, asOf: number, cast: Cast): Html {
  const { words, name, reference } = cast;
  const { answer, possibleAnswer, mootedBy, followUps, claims = [] } = row;
  const groundsOf = ({ basis, rule, saidBy }: Known): Part =>
    cast.grounds({ basis, ...(rule === undefined ? {} : { rule }), ...(saidBy === undefined ? {} : { by: saidBy }) });
  const known = (one: Known): Part => html` (${groundsOf(one)})`;
  const after = ({ afterMinMs, afterMaxMs, afterStated }: After): Part => html` after ${lapse(afterMinMs, afterMaxMs)}${stated(afterStated)}`;
  const open = (): Part => {
    const most = row.askedEarliest === null ? null : asOf - Date.parse(row.askedEarliest);
    return most !== null && most < 1000 ? 'Just asked.' : `Unanswered for ${lapse(asOf - Date.parse(row.askedLatest ?? row.askedAt), most)}.`;
  };
  return html`<tr><th scope="row" class="ask">${own(row.text)}${row.basis === 'stated' ? '' : html` (${row.basis})`}</th>
<td>${name(row.from)} to ${name(row.to)}</td>
<td>${reference(row.event, words.bounds({ when: { earliest: row.askedEarliest, latest: row.askedLatest } }))}</td>
<td>${answer === undefined && mootedBy === undefined ? html`<p>${open()}</p>` : ''}${
    answer === undefined ? '' : html`<p>${reference(answer.event, 'Answered')}${after(answer)}${known(answer)}.</p>`
  }${possibleAnswer === undefined ? '' : html`<p>${reference(possibleAnswer.event, 'Possibly answered')}${after(possibleAnswer)}${known(possibleAnswer)}.</p>`}${
    mootedBy === undefined
      ? ''
      : html`<p>No longer open ${mootedTime(mootedBy.at, mootedBy.atEarliest, mootedBy.atLatest, cast)}: ${own(mootedBy.reason)}${known(mootedBy)}.</p>`
  }${claims.map((claim) => html`<p>${reference(claim.event, 'Claim')} of ${name(claim.by)}, not established: ${own(claim.claim)} (that it was claimed is ${groundsOf(claim)}).</p>`)}${followUps.map(
    (next) => html`<p>Followed by ${reference(next.event, html`a ${next.visibility} act of ${name(next.by)}`)}${after(next)}${known(next)}.</p>`,
  )}${row.uncertain === true ? html`<p>Uncertain: by its bounds, part of this may not have happened yet.</p>` : ''}</td></tr>
`;
}

/** The table, and what is said where there is none. `asOf`: the instant up to which it is told, as text in `until` too. */
export async function* requestsTold(requests: RequestsTold, asOf: number, until: string, cast: Cast): AsyncGenerator<Html> {
  const { totals, stale } = requests;
  yield html`<h2 id="requests">Requests</h2>
${stale ? html`<p>The past has changed of late: this is what was known before, and is being worked out anew.</p>` : ''}`;
  if (STANDINGS.every((standing) => totals[standing] === 0)) return yield html`<p>No request is recorded.</p>\n`;
  const counted = STANDINGS.map((standing, i) => `${i === 0 ? '' : ', '}${totals[standing].toLocaleString('en')} ${HEADS[standing].toLowerCase()}`).join('');
  yield html`<table>
<caption>Who asked what of whom, and what came of it, as of ${until}: ${counted}. What followed a request is no answer; that it came after is all that is said.</caption>
<thead><tr><th scope="col">Request</th><th scope="col">From and to</th><th scope="col">Asked</th><th scope="col">What came of it</th></tr></thead>
`;
  for (const standing of STANDINGS) {
    if (totals[standing] === 0) continue;
    yield html`<tbody><tr><th scope="rowgroup" colspan="4">${HEADS[standing]} (${totals[standing].toLocaleString('en')})</th></tr>\n`;
    for await (const row of requests.rows(standing)) yield rowTold(row, asOf, cast);
    yield html`</tbody>\n`;
  }
  yield html`</table>\n`;
}
