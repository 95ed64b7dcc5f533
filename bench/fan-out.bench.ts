/**
 * One replay, many watchers: CPU µs that a server spends on each message it delivers, messages a second, and by how much the
 * last watcher has an event after the first. 1,000 watchers, at one event a tick and at ten; with --full 5,000 as well; or
 * --watchers=… of them. Server and watchers are processes of their own.
 * Limit: the same bytes on plain TCP, those of a tick in one write for each watcher. Peer: ws.send of a JSON.stringify for each
 * watcher, as a simple server does it; beside it ws.send of bytes made once, and Socket.IO. Interleaved rounds; medians over them.
 */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { FanOutServer } from './support/fan-out-server.js';
import { removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import { numberOption } from './support/options.js';
import { median } from './support/rounds.js';
import type { Serving } from './support/serving.js';
import { brief, table } from './support/stats.js';
import type { Opening, Round, Watching } from './support/watching.js';

const ROUNDS = numberOption('rounds', 5);
const SIZES = process.argv.includes('--full') ? [1_000, 5_000] : [numberOption('watchers', 1_000)];
const PER_TICK = [1, 10];
/** Messages a second that are to be delivered: about what two cores carry, watchers included, at one event a tick and at ten. */
const PER_SECOND: Readonly<Record<number, number>> = { 1: numberOption('rate', 20_000), 10: numberOption('rate', 50_000) };
const ROUND_MS = numberOption('seconds', 1.5) * 1_000;
const LONGEST_MS = 60_000;
const PROTOCOL = 'hindcast.v1';
const TARGET = { toLimit: 1.2, toPeer: 0.25, perTick: 10 };

interface Measured extends Round {
  /** Of the server, for each message delivered. */
  readonly cpuMicros: number;
}

interface Contestant {
  readonly name: string;
  readonly role: 'ours' | 'limit' | 'peer' | 'other';
  round(): Promise<Measured>;
  end(): Promise<void>;
}

interface Load {
  readonly watchers: number;
  readonly perTick: number;
  readonly ticks: number;
  readonly tickMs: number;
}

const roomOf = ({ watchers }: Load, at: Omit<Opening, 'count' | 'kind'>, kind: Opening['kind'] = 'ws'): Opening => ({ ...at, kind, count: watchers });

async function crowd(opening: Opening) {
  const watching = startHelper<Watching>('watching');
  await watching.ask('open', opening);
  return watching;
}

/** Starts something, and measures until every watcher has been sent all of it. */
async function measure(
  { perTick, ticks }: Load,
  watching: ReturnType<typeof startHelper<Watching>>,
  cpu: () => Promise<number>,
  begin: () => Promise<unknown>,
): Promise<Measured> {
  await watching.ask('expect', perTick * ticks);
  const before = await cpu();
  const [round] = await Promise.all([watching.ask('round', LONGEST_MS), begin()]);
  return { ...round, cpuMicros: ((await cpu()) - before) / round.delivered };
}

async function other(name: string, role: Contestant['role'], way: string, load: Load, frames: readonly string[]): Promise<Contestant> {
  const server = startHelper<FanOutServer>('fan-out-server', [way]);
  const isIo = way === 'socket.io';
  const path = isIo ? '/socket.io/?EIO=4&transport=websocket' : '/';
  // Socket.IO greets once the conversation is open, which its transport carries.
  const place = { port: await server.ask('port'), path, greetings: isIo ? 1 : 0 };
  const watching = await crowd(roomOf(load, place, way === 'tcp' ? 'tcp' : isIo ? 'socket.io' : 'ws'));
  while ((await server.ask('sockets')) < load.watchers) await wait(20);
  return {
    name,
    role,
    round: () =>
      measure(
        load,
        watching,
        () => server.ask('cpu'),
        () => server.ask('play', { frames, perTick: load.perTick, tickMs: load.tickMs }),
      ),
    async end() {
      await watching.end();
      await server.end();
    },
  };
}

const storyOf = ({ perTick, tickMs }: Load) => `even-${perTick}-${Math.round(tickMs * 1_000)}`;

type App = ReturnType<typeof startHelper<Serving>>;

/** One session that all watch, and its host, who is not among them. */
async function sharedSession(app: App, load: Load): Promise<Contestant> {
  const port = await app.ask('port');
  const opened = await fetch(`http://127.0.0.1:${port}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ story: storyOf(load), rate: 1, paused: true }),
  });
  if (opened.status !== 201) throw new Error(`a shared session was answered ${opened.status}: ${await opened.text()}`);
  const { id, hostToken } = (await opened.json()) as { id: string; hostToken: string };
  const path = `/sessions/${id}/replay`;
  // What the host does is acknowledged by a clock; that is not waited for.
  const host = new WebSocket(`ws://127.0.0.1:${port}${path}?types=TweetPosted`, [PROTOCOL]);
  await once(host, 'open');
  host.send(JSON.stringify({ type: 'auth', token: hostToken }));
  const watching = await crowd(roomOf(load, { port, path, protocol: PROTOCOL, greetings: 2 }));
  return {
    name: 'a shared session',
    role: 'ours',
    // At the end, to play is to start again.
    round: () =>
      measure(
        load,
        watching,
        () => app.ask('cpu'),
        async () => host.send('{"type":"play"}'),
      ),
    async end() {
      host.terminate();
      await watching.end();
    },
  };
}

/** For comparison: each watcher with a session of his own. */
async function privateSessions(app: App, load: Load): Promise<Contestant> {
  const place = { port: await app.ask('port'), path: `/stories/${storyOf(load)}/replay?rate=1&paused=true`, protocol: PROTOCOL, greetings: 2 };
  const watching = await crowd(roomOf(load, place));
  return {
    name: 'a private session each',
    role: 'other',
    // At the end, to play is to start again.
    round: () =>
      measure(
        load,
        watching,
        () => app.ask('cpu'),
        () => watching.ask('say', '{"type":"play"}'),
      ),
    end: () => watching.end(),
  };
}

/** The frames of the events as the server sends them: the others send the same. */
async function framesOf(app: App, load: Load): Promise<string[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${await app.ask('port')}/stories/${storyOf(load)}/replay?rate=1000`, [PROTOCOL]);
  const frames: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.startsWith('{"type":"event"')) frames.push(text);
      else if (text.includes('"status":"ended"')) resolve();
    });
  });
  socket.close();
  await once(socket, 'close');
  if (frames.length !== load.perTick * load.ticks) throw new Error(`${frames.length} events came`);
  return frames;
}

async function compareAt(app: App, load: Load): Promise<void> {
  const { watchers, perTick, ticks, tickMs } = load;
  await app.ask('tell', { story: storyOf(load), events: perTick * ticks, perSecond: (perTick * 1_000) / tickMs, together: perTick });
  const frames = await framesOf(app, load);
  const contestants = [
    await sharedSession(app, load),
    await privateSessions(app, load),
    await other('plain TCP, one write a tick', 'limit', 'tcp', load, frames),
    await other('ws.send, written for each', 'peer', 'ws', load, frames),
    await other('ws.send, written once', 'other', 'ws-once', load, frames),
    await other('Socket.IO', 'other', 'socket.io', load, frames),
  ];
  const rounds = new Map<Contestant, Measured[]>(contestants.map((one) => [one, []]));
  for (let n = 0; n <= ROUNDS; n++) {
    const order = contestants.map((_, i) => contestants[(i + n) % contestants.length] as Contestant);
    for (const one of order) {
      const measured = await one.round();
      // A first round, to warm up, is not counted.
      if (n > 0) rounds.get(one)?.push(measured);
    }
  }
  for (const one of contestants) await one.end();

  const of = (one: Contestant | undefined, what: (round: Measured) => number) => (one === undefined ? [] : (rounds.get(one) ?? []).map(what));
  const ratio = (one: Contestant, role: Contestant['role']): number => {
    const bases = of(
      contestants.find((candidate) => candidate.role === role),
      ({ cpuMicros }) => cpuMicros,
    );
    return median(of(one, ({ cpuMicros }) => cpuMicros).map((micros, i) => micros / (bases[i] as number)));
  };
  const bytes = Math.round(median(frames.map(({ length }) => length)));
  const rows: (string | number)[][] = [
    [`${brief(watchers)} watchers, ${perTick} a tick`, 'CPU µs a message', 'delivered/s', 'of due', 'skew p50 ms', 'p99', 'to limit', 'to peer', 'target'],
  ];
  for (const one of contestants) {
    const over = (what: (round: Measured) => number) => median(of(one, what));
    const [toLimit, toPeer] = [ratio(one, 'limit'), ratio(one, 'peer')];
    const isMet = toLimit <= TARGET.toLimit && toPeer <= TARGET.toPeer;
    const wallMs = (ticks - 1) * tickMs;
    rows.push([
      one.name,
      over(({ cpuMicros }) => cpuMicros),
      over((round) => (round.delivered * 1_000) / round.wallMs),
      over((round) => Math.min(1, wallMs / round.wallMs)).toFixed(2),
      over(({ skewP50 }) => skewP50),
      over(({ skewP99 }) => skewP99),
      one.role === 'limit' ? '' : toLimit,
      one.role === 'peer' ? '' : toPeer,
      one.role === 'ours' && perTick === TARGET.perTick ? `≤ ${TARGET.toLimit} of limit, ≤ ${TARGET.toPeer} of peer ${isMet ? 'met' : 'MISSED'}` : '',
    ]);
  }
  console.log(`\n${table(rows)}\n(medians of ${ROUNDS} rounds of ${ticks} ticks, one in ${brief(tickMs)} ms; a frame has ${bytes} characters)`);
}

const app = startHelper<Serving>('serving');
try {
  for (const watchers of SIZES) {
    for (const perTick of PER_TICK) {
      const ticksASecond = Math.max(1, Math.round((PER_SECOND[perTick] as number) / watchers / perTick));
      const tickMs = 1_000 / ticksASecond;
      await compareAt(app, { watchers, perTick, tickMs, ticks: Math.ceil(ROUND_MS / tickMs) });
    }
  }
} finally {
  await endHelpers();
  removeBenchFolders();
}
