/**
 * The requests of a story as a table, a row each, with what came of it.
 * Invariants: an answer is never a follow-up, nor a claim either of them; a lapse that is not known exactly has its ends in
 * columns of their own. Unit: lapses are ms of story time.
 */
import { type Column, type CsvOptions, toTable } from './csv.js';
import { namesOf } from './said.js';
import type { StoryTold } from './told.js';
import { type RequestRow, type RequestsTold, STANDINGS, type Standing } from './transcript-requests.js';

interface Row {
  readonly standing: Standing;
  readonly request: RequestRow;
}

async function* rowsOf(requests: RequestsTold): AsyncGenerator<Row> {
  for (const standing of STANDINGS) for await (const request of requests.rows(standing)) yield { standing, request };
}

function columnsFor({ story }: StoryTold): Column<Row>[] {
  const name = namesOf(story.participants);
  const of =
    (cell: (request: RequestRow) => ReturnType<Column<Row>[1]>) =>
    ({ request }: Row) =>
      cell(request);
  return [
    ['id', of(({ id }) => id)],
    ['standing', ({ standing }) => standing],
    ['event', of(({ event }) => event)],
    ['from', of(({ from }) => from)],
    ['fromName', of(({ from }) => name(from))],
    ['to', of(({ to }) => to)],
    ['toName', of(({ to }) => name(to))],
    ['text', of(({ text }) => text)],
    ['basis', of(({ basis }) => basis)],
    ['askedAt', of(({ askedAt }) => askedAt)],
    ['askedEarliest', of(({ askedEarliest }) => askedEarliest)],
    ['askedLatest', of(({ askedLatest }) => askedLatest)],
    ['uncertain', of(({ uncertain }) => (uncertain === true ? 'true' : 'false'))],
    ['answerEvent', of(({ answer }) => answer?.event)],
    ['answerAt', of(({ answer }) => answer?.at)],
    ['answerAfterMinMs', of(({ answer }) => answer?.afterMinMs)],
    ['answerAfterMaxMs', of(({ answer }) => answer?.afterMaxMs)],
    ['answerAfterStated', of(({ answer }) => answer?.afterStated)],
    ['answerBasis', of(({ answer }) => answer?.basis)],
    ['answerRule', of(({ answer }) => answer?.rule)],
    ['possibleAnswerEvent', of(({ possibleAnswer }) => possibleAnswer?.event)],
    ['mootedAt', of(({ mootedBy }) => mootedBy?.at)],
    ['mootedReason', of(({ mootedBy }) => mootedBy?.reason)],
    ['mootedBasis', of(({ mootedBy }) => mootedBy?.basis)],
    ['followUpEvents', of(({ followUps }) => followUps.map(({ event }) => event))],
    ['followUpBasis', of(({ followUps }) => followUps.map(({ basis }) => basis))],
    ['claimEvents', of(({ claims = [] }) => claims.map(({ event }) => event))],
    ['claimBasis', of(({ claims = [] }) => claims.map(({ basis }) => basis))],
  ];
}

/** A row for each request: those that are unanswered, then the answered, then those that lost their object, first asked first. */
export function toRequestsCsv(told: StoryTold, requests: RequestsTold, options: CsvOptions): AsyncGenerator<string> {
  return toTable(rowsOf(requests), columnsFor(told), options);
}
