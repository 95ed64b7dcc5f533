/**
 * `hindcast play`: a story as it happened, on a screen or as lines.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Command } from 'commander';
import { HindcastError } from '../../errors.js';
import type { ReplayOptions } from '../../sdk/index.js';
import type { Context } from '../context.js';
import type { House } from '../house.js';
import { playInLines } from '../playing/lines.js';
import { playOnScreen, VIEW } from '../playing/player.js';
import { storyMeant } from '../story-meant.js';
import { tellingOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';

interface Options {
  readonly fit?: string;
  readonly rate?: string;
  readonly idleLimit?: string;
  readonly from?: string;
  readonly until?: string;
  readonly as?: string;
  readonly types?: string;
  readonly participants?: string;
  readonly text?: string;
  readonly loop?: boolean;
  readonly live?: boolean;
  readonly session?: string;
  readonly stay?: boolean;
  readonly lines?: boolean;
}

/** Seconds that a story takes, and that a silence takes at most, where nothing is said of it. */
const USUAL = { fit: 120, idleLimit: 3 } as const;
/** What a shared session decides, not whoever watches it. */
const OF_THE_CLOCK = ['fit', 'rate', 'idleLimit', 'from', 'until', 'loop', 'live'] as const;

export function addPlay(program: Command, context: Context): void {
  program
    .command('play')
    .description('watch a story as it happened; ? shows the keys')
    .argument('[story]', 'may be left out where there is only one')
    .option('--fit <seconds>', `the whole of it in so many seconds (${USUAL.fit}, where no rate is given)`)
    .option('--rate <rate>', 'story seconds per second')
    .option('--idle-limit <seconds>', `no silence takes longer; "none": as long as it was (${USUAL.idleLimit})`)
    .option('--from <time>', 'begin there: RFC 3339 with an offset')
    .option('--until <time>', 'end there, inclusive')
    .option('--as <participant>', 'as this participant, or "public", could see it')
    .option('--types <types>', 'only these, separated by commas: MessageSent, TweetPosted, ActionTaken')
    .option('--participants <ids>', 'only what one of these takes part in, separated by commas')
    .option('--text <words>', 'only what these words are found in')
    .option('--loop', 'again and again')
    .option('--live', 'what is recorded from now on; with --from, what was before first')
    .option('--session <id>', 'a shared session, with the clock of its host')
    .option('--stay', 'stay when it is at its end')
    .option('--lines', 'lines in a terminal too, as where output goes elsewhere')
    .addHelpText(
      'after',
      `
Examples:
  $ hindcast play
  $ hindcast play wikileaks-trump-jr --fit 60 --idle-limit 2 --from 2016-10-01T00:00:00-04:00
  $ hindcast play --session 1qnHH2ozWM8XwYS1INGcn --url https://hindcast.example --token-file token
  $ hindcast play my-story --rate 10000000 --idle-limit 0.01 | grep -i minutes
  $ hindcast play my-story --live --json

Keys: space or k play and pause; j l ten and arrows five seconds back and forward; , . one happening; [ ] chapter; < > slower
and faster; 0 to 9 a tenth of it; q quit; ? help. Where output is no terminal: one line a happening, with --json one object a
line (as the SDK gives it).`,
    )
    .action((named: string | undefined, options: Options) => context.withHouse((house) => play(context, house, named, options)));
}

async function play(context: Context, house: House, named: string | undefined, options: Options): Promise<void> {
  const { client } = house;
  const { session } = options;
  const { stdin, stdout } = process;
  const onScreen = stdin.isTTY === true && stdout.isTTY === true && !context.isJson && options.lines !== true;
  const more: ReplayOptions = onScreen ? { views: [VIEW] } : {};
  const id = session === undefined ? await storyMeant(client, named) : undefined;
  const asked = session === undefined ? await privately(house, id as string, options) : shared(options);
  const replay = id === undefined ? house.replay('sessions', session as string, { ...asked, ...more }) : house.replay('stories', id, { ...asked, ...more });
  try {
    const hello = await replay.opened;
    const story = await client.story(hello.story);
    if (options.live === true && options.from === undefined && session === undefined) await replay.live();
    if (!onScreen) {
      // What never ends is ended by a signal, and lets go of what it holds.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => replay.close());
      return await playInLines(replay, tellingOf(story), context);
    }
    const { style, env } = context;
    const stays = options.stay === true || session !== undefined;
    const last = await playOnScreen({ client, replay, story, asked, stays, input: stdin as ReadStream, output: stdout as WriteStream, style, env });
    const { totals, telling, clock } = last;
    const asOf = Number.isFinite(clock.at) ? `, as of ${telling.words.clock(clock.at)} on ${telling.words.date(clock.at)}` : '';
    const requests = totals === undefined || totals.requests === 0 ? '' : `: ${totals.unanswered} of ${totals.requests} requests unanswered`;
    await context.print(`${cleanLine(story.title)}${asOf}${requests}.`);
  } finally {
    replay.close();
  }
}

/** What is asked of a replay of one's own. */
async function privately({ client }: House, story: string, options: Options): Promise<ReplayOptions> {
  const { from, until, live, loop } = options;
  if (options.fit !== undefined && options.rate !== undefined) throw new HindcastError('fit-with-rate');
  const rate = number('rate', options.rate);
  const fit = number('fit', options.fit) ?? (rate === undefined && (live !== true || from !== undefined) ? USUAL.fit : undefined);
  const idleLimit = options.idleLimit === 'none' ? undefined : (number('idle-limit', options.idleLimit) ?? USUAL.idleLimit);
  return {
    ...filters(options),
    ...(fit === undefined ? {} : { fit }),
    ...(rate === undefined ? {} : { rate }),
    ...(idleLimit === undefined ? {} : { idleLimit }),
    ...(from === undefined ? {} : { from }),
    ...(live === true ? { follow: true } : {}),
    ...(loop === true ? { loop: await roundOf(client, story, from, until) } : until === undefined ? {} : { until }),
  };
}

/** What whoever watches a shared session may ask for. Throws `bad-request` where it is the host's to say. */
function shared(options: Options): ReplayOptions {
  const given = OF_THE_CLOCK.filter((name) => options[name] !== undefined);
  if (given.length > 0)
    throw new HindcastError(
      'bad-request',
      'In a shared session the clock is its host’s.',
      given.map((name) => ({ at: name, message: 'does not go with --session' })),
    );
  return filters(options);
}

function filters({ as, types, participants, text }: Options): ReplayOptions {
  const list = (given: string) =>
    given
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  return {
    ...(as === undefined ? {} : { as }),
    ...(types === undefined ? {} : { types: list(types) as NonNullable<ReplayOptions['types']> }),
    ...(participants === undefined ? {} : { participants: list(participants) }),
    ...(text === undefined ? {} : { text }),
  };
}

/** A round from the beginning to the end, the last happening included. */
async function roundOf(client: House['client'], story: string, from: string | undefined, until: string | undefined): Promise<[string, string | number]> {
  const { from: first, to: last } = await client.story(story);
  if (first === null || last === null) throw new HindcastError('nothing-to-play');
  return [from ?? first, until ?? Date.parse(last) + 1];
}

function number(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === '' || !Number.isFinite(value)) {
    const message = `"${given.slice(0, 40)}" is no number`;
    throw new HindcastError('bad-request', `--${name}: ${message}.`, [{ at: name, message }]);
  }
  return value;
}
