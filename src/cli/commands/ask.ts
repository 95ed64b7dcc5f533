/**
 * `hindcast ask`: a derived view of a story, in words for people or as HTTP has it for programs.
 */
import { Argument, type Command } from 'commander';
import { SHOWN_ROWS } from '../../../projections/projection.js';
import { ANSWERS, type Question } from '../answers.js';
import type { Context } from '../context.js';
import { storyMeant } from '../story-meant.js';
import { tellingOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';
import type { ViewState } from '../../sdk/index.js';

interface Options {
  readonly at?: string;
  readonly recordedAt?: string;
  readonly as?: string;
  readonly all?: boolean;
}

/** A state with all the rows of its lists, in the order in which it has the latest. */
async function whole({ state }: ViewState<Record<string, unknown>>, rowsOf: (list: string) => AsyncIterable<unknown>): Promise<Record<string, unknown>> {
  const full: Record<string, unknown> = { ...state };
  for (const [list, latest] of Object.entries(state)) {
    // A list that ends before so many rows is whole.
    if (!Array.isArray(latest) || latest.length < SHOWN_ROWS) continue;
    const rows: unknown[] = [];
    for await (const row of rowsOf(list)) rows.push(row);
    full[list] = rows.reverse();
  }
  return full;
}

export function addAsk(program: Command, context: Context): void {
  program
    .command('ask')
    .description('ask what a story comes to, at its end or as of any moment, through any eyes')
    .addArgument(new Argument('<question>').choices(Object.keys(ANSWERS)))
    .argument('[story]', 'may be left out where there is only one')
    .option('--at <time>', 'as of this story time: RFC 3339 with an offset')
    .option('--recorded-at <time>', 'as the log knew it then')
    .option('--as <participant>', 'as this participant, or "public", could see it')
    .option('--all', `every row of every list; left out: of long ones the latest ${SHOWN_ROWS.toLocaleString('en')}`)
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast ask unanswered
  $ hindcast ask unanswered wikileaks-trump-jr --at 2016-10-20T00:00:00-04:00
  $ hindcast ask who-knew --as public --url http://127.0.0.1:8080
  $ hindcast ask links --json | jq .state.totals`,
    )
    .action(async (question: Question, named: string | undefined, { at, recordedAt, as, all = false }: Options) =>
      context.withHouse(async ({ client }) => {
        const story = await storyMeant(client, named);
        const { view, tell } = ANSWERS[question];
        const query = { at, recordedAt, as };
        const latest = await client.projection<Record<string, unknown>>(story, view, query);
        const answer = all ? { ...latest, state: await whole(latest, (list) => client.rows(story, view, list, query)) } : latest;
        if (context.isJson) return context.printJson(answer);
        const detail = await client.story(story);
        const telling = tellingOf(detail);
        const { style, width } = context;
        const until =
          answer.at === null ? 'nothing has happened' : `as of ${telling.words.clock(Date.parse(answer.at))} on ${telling.words.date(Date.parse(answer.at))}`;
        const eyes = as === undefined ? '' : `, as ${telling.name(as)} could see it`;
        const doubts = [
          ...(recordedAt === undefined ? [] : [`As the log knew it at ${cleanLine(recordedAt)}.`]),
          ...(answer.stale === true ? ['The past has changed and is being worked out anew: this is what was known before.'] : []),
          ...(answer.setAside ?? []).map(({ event, reason }) => `Without the event ${cleanLine(event)}: ${cleanLine(reason)}`),
          ...(detail.truncated === true ? ['Events of this story are missing in the log.'] : []),
        ];
        await context.print([`${style.bold(cleanLine(detail.title))}, ${until}${eyes}`, ...doubts, '']);
        return context.print(tell(answer.state, { telling, style, width, asOf: answer.at === null ? Number.NaN : Date.parse(answer.at) }));
      }),
    );
}
