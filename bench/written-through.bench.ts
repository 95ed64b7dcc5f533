/**
 * How late the frames of a replay of 1,000 events a second are while another process writes 5,000 events a second into the
 * same log through EventStoreDB's protocol: served in a thread of its own (as the server does it), and in the thread of the
 * replays. Written into a stream that no story is made of, and into a story, which the read model then follows with all views.
 * Beside the same replay with nothing written, and the limit: a bare timer in the same process while as much is written.
 * Interleaved rounds of two seconds; milliseconds; medians over the rounds.
 */
import { removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import type { ProtocolWriter } from './support/protocol-writer.js';
import type { Lateness } from './support/replay.js';
import { median } from './support/rounds.js';
import { percentile, table } from './support/stats.js';
import type { WrittenThrough } from './support/written-through.js';

const ROUNDS = 5;
const PLAYED = { perSecond: 1_000, seconds: 2 };
const WRITTEN = 5_000;

const server = startHelper<WrittenThrough>('written-through');
const writer = startHelper<ProtocolWriter>('protocol-writer');

interface Round {
  readonly lateness: Lateness;
  /** Events a second. */
  readonly written: number;
  /** Of a core, of the server with all its threads. */
  readonly cpu: number;
}

type Contestant = readonly [name: string, play: () => Promise<Lateness>, through?: { readonly which: 'worker' | 'thread'; readonly stream: string }];

const play = (): Promise<Lateness> => server.ask('replay');
const timer = (): Promise<Lateness> => server.ask('bareTimer', PLAYED);
const contestants: readonly Contestant[] = [
  ['nothing written', play],
  ['written: bare timer', timer, { which: 'worker', stream: 'elsewhere' }],
  ['written, in a thread of its own', play, { which: 'worker', stream: 'elsewhere' }],
  ['written, in the same thread', play, { which: 'thread', stream: 'elsewhere' }],
  ['a story written: bare timer', timer, { which: 'worker', stream: 'story-written' }],
  ['a story written, in a thread of its own', play, { which: 'worker', stream: 'story-written' }],
  ['a story written, in the same thread', play, { which: 'thread', stream: 'story-written' }],
];

async function round([, run, through]: Contestant): Promise<Round> {
  if (through !== undefined) await writer.ask('start', { port: await server.ask('port', through.which), stream: through.stream, perSecond: WRITTEN });
  const [before, began] = [await server.ask('cpu'), performance.now()];
  const lateness = await run();
  const cpu = ((await server.ask('cpu')) - before) / 1_000 / (performance.now() - began);
  const written = through === undefined ? 0 : await writer.ask('stop');
  await server.ask('settled');
  return { lateness, written, cpu };
}

try {
  await server.ask('tell', PLAYED);
  const results = new Map<string, Round[]>(contestants.map(([name]) => [name, []]));
  for (let i = 0; i <= ROUNDS; i++) {
    for (let k = 0; k < contestants.length; k++) {
      const one = contestants[(i + k) % contestants.length] as Contestant;
      const done = await round(one);
      // The first warms up.
      if (i > 0) results.get(one[0])?.push(done);
    }
  }
  const rows: (string | number)[][] = [['late by, ms', 'p50', 'p99', 'max', 'written/s', 'of a core']];
  for (const [name, rounds] of results) {
    const of = (pick: (one: Round) => number): number => median(rounds.map(pick));
    const late = (share: number): number => of(({ lateness }) => percentile(lateness.late, share));
    rows.push([name, late(0.5), late(0.99), late(1), of(({ written }) => written), of(({ cpu }) => cpu)]);
  }
  console.log(table(rows));
} finally {
  await endHelpers();
  removeBenchFolders();
}
process.exit();
