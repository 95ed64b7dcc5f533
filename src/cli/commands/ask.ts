/**
 * `hindcast ask`: a derived view of a story, in words for people or as HTTP has it for programs.
 */
import { Argument, type Command } from 'commander';
import { ANSWERS, type Question } from '../answers.js';
import type { Context } from '../context.js';
import { storyMeant } from '../story-meant.js';
import { tellingOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';

interface Options {
  readonly at?: string;
  readonly recordedAt?: string;
  readonly as?: string;
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
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast ask unanswered
  $ hindcast ask unanswered wikileaks-trump-jr --at 2016-10-20T00:00:00-04:00
  $ hindcast ask who-knew --as public --url http://127.0.0.1:8080
  $ hindcast ask links --json | jq .state.totals`,
    )
    .action(async (question: Question, named: string | undefined, { at, recordedAt, as }: Options) =>
      context.withHouse(async ({ client }) => {
        const story = await storyMeant(client, named);
        const { view, tell } = ANSWERS[question];
        const answer = await client.projection(story, view, { at, recordedAt, as });
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
