/**
 * What may be asked, and each answer in words. Pure: a view's state in, lines out.
 * Invariants: a range stays a range; whatever is said of a request names its grounds; what followed is never said to be caused
 * or to answer; a list that shows less than there is says so.
 */
import type { FollowUps } from '../../projections/follow-ups.js';
import type { Links } from '../../projections/links.js';
import type { Participants } from '../../projections/participants.js';
import type { ResponseTimes } from '../../projections/response-times.js';
import type { Silences } from '../../projections/silences.js';
import type { RequestRow, UnansweredRequests } from '../../projections/unanswered-requests.js';
import type { WhoKnew } from '../../projections/who-knew.js';
import { lapse } from '../../events/words.js';
import type { Telling } from './telling.js';
import { cleanLine } from './terminal/clean.js';
import { hanging, table, widthOf, wrap } from './terminal/layout.js';
import type { Style } from './terminal/style.js';

export interface Manner {
  readonly telling: Telling;
  readonly style: Style;
  readonly width: number;
  /** The moment asked for, ms since the epoch; NaN where nothing has happened. */
  readonly asOf: number;
}

const INDENT = '    ';
const UNCERTAIN = 'Uncertain: by its bounds, part of this may not have happened yet.';

const counted = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
/** Says how many there are beside those that are shown. */
const shown = (rows: number, all: number) =>
  rows < all ? [`The latest ${rows.toLocaleString('en')} of ${all.toLocaleString('en')}; all of them with --all.`] : [];

/** Something in bold, and what is known of it beneath. */
function entry(head: string, details: readonly (string | undefined)[], { style, width }: Manner): string[] {
  const body = details.filter((detail) => detail !== undefined && detail !== '').flatMap((detail) => hanging(detail as string, width, INDENT, `${INDENT}  `));
  return [...hanging(head, width, '  ').map((line) => style.bold(line)), ...body];
}

const section = (head: string, { style }: Manner) => style.open(style.bold(head));

// ---- requests -----------------------------------------------------------------------------------

/** How long a request has been open: a range where it is not known when it was asked. */
export function openFor({ askedAt, askedEarliest, askedLatest }: Pick<RequestRow, 'askedAt' | 'askedEarliest' | 'askedLatest'>, now: number): string {
  return lapse(now - Date.parse(askedLatest ?? askedAt), askedEarliest === null ? null : now - Date.parse(askedEarliest));
}

function whatCame(row: RequestRow, { telling, asOf }: Manner): (string | undefined)[] {
  const { name, grounds, after, time } = telling;
  const { answer, possibleAnswer, mootedBy, followUps, claims = [] } = row;
  return [
    answer === undefined && mootedBy === undefined ? `Unanswered for ${openFor(row, asOf)}.` : undefined,
    answer === undefined ? undefined : `Answered after ${after(answer)} (${grounds(answer)}).`,
    possibleAnswer === undefined ? undefined : `Possibly answered after ${after(possibleAnswer)} (${grounds(possibleAnswer)}).`,
    mootedBy === undefined
      ? undefined
      : `No longer open ${time(mootedBy.at, mootedBy.atEarliest, mootedBy.atLatest)}: ${cleanLine(mootedBy.reason)} (${grounds(mootedBy)}).`,
    ...claims.map((claim) => `Claim of ${name(claim.by)}, not established: ${cleanLine(claim.claim)} (that it was claimed is ${grounds(claim)}).`),
    ...followUps.map((next) => `Followed by a ${next.visibility} act of ${name(next.by)}, after ${after(next)} (${grounds(next)}).`),
    row.uncertain === true ? UNCERTAIN : undefined,
  ];
}

function requestTold(row: RequestRow, manner: Manner): string[] {
  const { name, time } = manner.telling;
  const asked = `${name(row.from)} to ${name(row.to)}, ${time(row.askedAt, row.askedEarliest, row.askedLatest)}${row.basis === 'stated' ? '' : ` (that it is a request is ${row.basis})`}`;
  return [...entry(cleanLine(row.text), [asked, ...whatCame(row, manner)], manner), ''];
}

function requestsTold({ totals, unanswered, answered, moot }: UnansweredRequests, manner: Manner): string[] {
  if (totals.requests === 0) return ['No request is recorded.'];
  const { claimedAnswers, inferredAnswers } = totals;
  const only = [
    ...(claimedAnswers > 0 ? [`${claimedAnswers} only by a claim`] : []),
    ...(inferredAnswers > 0 ? [`${inferredAnswers} only by a rule`] : []),
  ].join(', ');
  const part = (head: string, rows: readonly RequestRow[], all: number) =>
    all === 0 ? [] : [section(`${head} (${all.toLocaleString('en')})`, manner), ...shown(rows.length, all), ...rows.flatMap((row) => requestTold(row, manner))];
  return [
    `${counted(totals.requests, 'request')}: ${totals.unanswered} unanswered, ${totals.answered} answered${only === '' ? '' : ` (${only})`}, ${totals.moot} no longer open.`,
    'What followed a request is no answer; that it came after is all that is said.',
    '',
    ...part('Unanswered', unanswered, totals.unanswered),
    ...part('Answered', answered, totals.answered),
    ...part('No longer open', moot, totals.moot),
  ].slice(0, -1);
}

function followUpsTold({ totals, followUps, claimed }: FollowUps, manner: Manner): string[] {
  const { name, grounds, after, time } = manner.telling;
  if (followUps.length + claimed.length === 0) return ['Nothing is recorded to have followed a request.'];
  return [
    `${counted(totals.followed, 'request')} followed by ${counted(totals.followUps, 'happening')}: ${totals.byAsked} by the one who was asked, ${totals.byOthers} by others; ${totals.public} public, ${totals.private} private.`,
    'That it came after is all that is said of any of them.',
    '',
    ...shown(followUps.length, totals.followUps),
    ...followUps.flatMap((row) => [
      ...entry(
        cleanLine(row.text),
        [
          `${name(row.from)} to ${name(row.to)}, ${time(row.askedAt, row.askedEarliest, row.askedLatest)}${row.requestBasis === 'stated' ? '' : ` (that it is a request is ${row.requestBasis})`}`,
          `Followed by a ${row.visibility} act of ${name(row.by)}${row.byAsked ? '' : ', who was not asked'}, ${time(row.at, row.earliest, row.latest)}, after ${after(row)} (${grounds(row)}).`,
          row.uncertain === true ? UNCERTAIN : undefined,
        ],
        manner,
      ),
      '',
    ]),
    ...(claimed.length === 0
      ? []
      : [
          section(`Only claimed (${totals.claimed})`, manner),
          ...shown(claimed.length, totals.claimed),
          ...claimed.flatMap((row) => [
            ...entry(
              cleanLine(row.claim),
              [
                `Claim of ${name(row.by)}, not established, ${time(row.at, row.earliest, row.latest)}, after ${after(row)} (that it was claimed is ${grounds(row)}).`,
                row.uncertain === true ? UNCERTAIN : undefined,
              ],
              manner,
            ),
            '',
          ]),
        ]),
  ].slice(0, -1);
}

function responseTimesTold({ directions }: ResponseTimes, manner: Manner): string[] {
  const { name } = manner.telling;
  if (directions.length === 0) return ['No request is recorded.'];
  const figure = (ms: number | null, least: number | null, most: number | null) => (ms === null ? '' : lapse(least, most));
  return directions
    .flatMap((row) => [
      ...entry(
        `${name(row.from)} asked ${name(row.to)}`,
        [
          `${counted(row.requests, 'request')}: ${row.answered} answered, ${row.unanswered} unanswered, ${row.moot} no longer open.`,
          row.claimedAnswers + row.inferredAnswers === 0
            ? undefined
            : `Of the answers ${row.claimedAnswers} rest on a claim alone and ${row.inferredAnswers} on a rule alone.`,
          row.medianMs === null ? undefined : `Half of the answers within ${figure(row.medianMs, row.medianMinMs, row.medianMaxMs)}.`,
          row.p90Ms === null || row.answered < 2 ? undefined : `Nine of ten within ${figure(row.p90Ms, row.p90MinMs, row.p90MaxMs)}.`,
          row.shortest === null || row.answered < 2 ? undefined : `Shortest: ${manner.telling.after(row.shortest)} (${manner.telling.grounds(row.shortest)}).`,
          row.longest === null || row.answered < 2 ? undefined : `Longest: ${manner.telling.after(row.longest)} (${manner.telling.grounds(row.longest)}).`,
          row.uncertain === true ? UNCERTAIN : undefined,
        ],
        manner,
      ),
      '',
    ])
    .slice(0, -1);
}

// ---- silences, links, participants --------------------------------------------------------------

function quiet({ since, longest, longestSure, uncertain }: Silences['participants'][number], { telling, asOf }: Manner): (string | undefined)[] {
  const { name, time } = telling;
  const goes = lapse(asOf - Date.parse(since.latest ?? since.at), since.earliest === null ? null : asOf - Date.parse(since.earliest ?? since.at));
  const silence = ({ fromAt, fromEarliest, fromLatest, toAt, toEarliest, toLatest, brokenBy, minMs, maxMs }: NonNullable<typeof longest>) =>
    `${lapse(minMs, maxMs)}, from what was ${time(fromAt, fromEarliest, fromLatest)} to what was ${time(toAt, toEarliest, toLatest)}, broken by ${name(brokenBy)}`;
  return [
    `Silent since what was ${time(since.at, since.earliest, since.latest)}: for ${goes}.`,
    longest === null ? undefined : `Longest silence: ${silence(longest)}.`,
    longestSure === null || longestSure.from === longest?.from ? undefined : `Longest that is sure: ${silence(longestSure)}.`,
    uncertain === true ? UNCERTAIN : undefined,
  ];
}

function silencesTold({ pairs, participants }: Silences, manner: Manner): string[] {
  const { name } = manner.telling;
  if (pairs.length + participants.length === 0) return ['Nothing has happened.'];
  return [
    section('Between two', manner),
    ...pairs.flatMap((row) => [
      ...entry(
        row.between.map(name).join(' and '),
        [
          counted(row.happenings, 'happening'),
          row.unreturned < 2 || row.lastBy === null ? undefined : `${name(row.lastBy)} sent the last ${row.unreturned} messages in a row, with none back.`,
          ...quiet({ id: '', ...row }, manner),
        ],
        manner,
      ),
      '',
    ]),
    section('Each alone', manner),
    ...participants.flatMap((row) => [
      ...entry(name(row.id), [`${counted(row.happenings, 'happening')} of their own doing`, ...quiet(row, manner)], manner),
      '',
    ]),
  ].slice(0, -1);
}

function linksTold({ totals, links }: Links, manner: Manner): string[] {
  const { name, time, after } = manner.telling;
  if (links.length === 0) return ['No link was shared.'];
  return [
    `${counted(totals.links, 'link')}: ${totals.reused} shared more than once, ${totals.public} in public, ${totals.firstPrivateThenPublic} first in private and later in public.`,
    '',
    ...shown(links.length, totals.links),
    ...links.flatMap((row) => [
      ...entry(
        cleanLine(row.as),
        [
          `First shared by ${name(row.first.by)}, ${time(row.first.at, row.first.earliest, row.first.latest)}, in ${row.first.visibility === 'public' ? 'public' : 'private'}.`,
          row.firstPublic === undefined || row.firstPublic.event === row.first.event
            ? undefined
            : `First in public by ${name(row.firstPublic.by)}, ${time(row.firstPublic.at, row.firstPublic.earliest, row.firstPublic.latest)}, after ${after(row.firstPublic)}.`,
          ...row.reuses.map((again) => `Again by ${name(again.by)}${again.bySame ? ' too' : ''}, after ${after(again)}, in ${again.visibility}.`),
          row.uses - 1 > row.reuses.length ? `In all ${row.uses} times.` : undefined,
          row.uncertain === true ? UNCERTAIN : undefined,
        ],
        manner,
      ),
      '',
    ]),
  ].slice(0, -1);
}

const HOW: Readonly<Record<string, string>> = {
  addressed: 'it was sent to them',
  'took-part': 'it was done with them',
  forwarded: 'it was forwarded to them',
  disclosed: 'it was disclosed to them',
  published: 'it was published',
};

function whoKnewTold({ totals, rows }: WhoKnew, manner: Manner): string[] {
  const { name, time } = manner.telling;
  if (totals.happenings === 0) return ['Nothing private has happened.'];
  return [
    `${counted(totals.happenings, 'private happening')}: ${totals.spread} known to others than those who took part, ${totals.published} to the public.`,
    '',
    ...shown(rows.length, totals.happenings),
    ...rows.flatMap((row) => [
      ...entry(
        `${row.type === 'MessageSent' ? 'Message' : row.type === 'TweetPosted' ? 'Tweet' : 'Act'} of ${name(row.by)}, ${time(row.at, row.earliest, row.latest)}${row.subject === undefined ? '' : `: ${cleanLine(row.subject)}`}`,
        [
          ...row.told.map((told) => {
            const who = upper(name(told.to));
            const stated = told.stated === undefined ? '' : ` (“${cleanLine(told.stated)}”)`;
            return `${who} knew ${time(told.at, told.earliest, told.latest)}: ${HOW[told.how] ?? told.how}${told.by === undefined ? '' : ` by ${name(told.by)}`}${stated}${told.uncertain === true ? '; uncertain' : ''}.`;
          }),
          row.toldCount > row.told.length ? `In all ${row.toldCount} were told.` : undefined,
          row.uncertain === true ? UNCERTAIN : undefined,
        ],
        manner,
      ),
      '',
    ]),
  ].slice(0, -1);
}

function participantsTold({ participants, pairs }: Participants, manner: Manner): string[] {
  const { telling, style, width } = manner;
  const { name, time } = telling;
  if (participants.length === 0) return ['Nobody has taken part in anything yet.'];
  const sidedness = (value: number | null) => (value === null ? '' : value === 1 ? 'only sent' : value === -1 ? 'only received' : value.toFixed(2));
  const number = (n: number) => n.toLocaleString('en');
  const [head = '', ...lines] = table(
    [
      { head: 'Who' },
      { head: 'Sent', side: 'right' },
      { head: 'Received', side: 'right' },
      { head: 'Tweets', side: 'right' },
      { head: 'Acts', side: 'right' },
      { head: 'One-sided', side: 'right' },
      { head: 'First seen' },
      { head: 'Last seen' },
    ],
    participants.map((row) => [
      name(row.id) + (row.uncertain === true ? ' (uncertain)' : ''),
      number(row.messagesSent),
      number(row.messagesReceived),
      number(row.tweets),
      number(row.actions),
      sidedness(row.oneSidedness),
      time(row.firstSeen.at, row.firstSeen.earliest, row.firstSeen.latest),
      time(row.lastSeen.at, row.lastSeen.earliest, row.lastSeen.latest),
    ]),
    width,
  );
  const [pairHead = '', ...pairLines] = table(
    [{ head: 'From' }, { head: 'To' }, { head: 'Messages', side: 'right' }, { head: 'First' }, { head: 'Last' }],
    pairs.map((row) => [
      name(row.from),
      name(row.to),
      number(row.messages),
      time(row.first.at, row.first.earliest, row.first.latest),
      time(row.last.at, row.last.earliest, row.last.latest),
    ]),
    width,
  );
  return [style.bold(head), ...lines, ...(pairs.length === 0 ? [] : ['', style.bold(pairHead), ...pairLines])];
}

// ---- what may be asked --------------------------------------------------------------------------

export interface Answer {
  /** The view that it is. */
  readonly view: string;
  readonly tell: (state: unknown, manner: Manner) => string[];
}

const answer = <State>(view: string, tell: (state: State, manner: Manner) => string[]): Answer => ({
  view,
  // Sentences that stand at the margin are wrapped here, once for all.
  tell: (state, manner) => tell(state as State, manner).flatMap((line) => (widthOf(line) > manner.width ? wrap(line, manner.width) : [line])),
});

export const ANSWERS = {
  unanswered: answer('unanswered-requests', requestsTold),
  'follow-ups': answer('follow-ups', followUpsTold),
  'response-times': answer('response-times', responseTimesTold),
  silences: answer('silences', silencesTold),
  links: answer('links', linksTold),
  'who-knew': answer('who-knew', whoKnewTold),
  participants: answer('participants', participantsTold),
} satisfies Record<string, Answer>;
export type Question = keyof typeof ANSWERS;
