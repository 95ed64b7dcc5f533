/**
 * Many private sessions: what 10,000 of them cost that play ten events a second each, and what one costs that stands still.
 * First in one process, with watchers that only count: CPU µs an event, and the share of a core that is at so many sessions;
 * beside the limit (one heap and one bare timer, nothing read and nothing built) and a peer (a timer for each session, set anew
 * by each event). Where the machine does not carry so many, that is told, and fewer are measured: what an event costs tells the
 * share of a core at 10,000, though an event costs less where more are due at once.
 * Then over real sockets: heap in kB that a paused session takes beyond a bare `ws` socket, measured in a server process of its
 * own after garbage was collected. With --full 5,000 sockets; or as many as --sessions=… and --sockets=… say.
 * Interleaved rounds; medians over the rounds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import TinyQueue from 'tinyqueue';
import type { EventLog } from '../src/log/log.js';
import { parseOpening } from '../src/protocol.js';
import type { Player } from '../src/sessions/player.js';
import { Scheduler, systemTimers } from '../src/sessions/scheduler.js';
import { createSessions } from '../src/sessions/sessions.js';
import { openTimeline, type Timeline } from '../src/timeline/timeline.js';
import { createMemoryLog } from '../test/support/memory-log.js';
import { record } from '../test/support/record.js';
import type { BareServer } from './support/bare-servers.js';
import { evenDrafts } from './support/even-story.js';
import { benchFolder, removeBenchFolders } from './support/folders.js';
import { endHelpers, type Helper, startHelper } from './support/helpers.js';
import { numberOption } from './support/options.js';
import { median } from './support/rounds.js';
import type { Serving } from './support/serving.js';
import { brief, percentile, table } from './support/stats.js';
import { cpu } from './support/usage.js';
import type { Watching } from './support/watching.js';

const isFull = process.argv.includes('--full');
const ROUNDS = numberOption('rounds', 5);
const PER_SECOND = 10;
const GAP_MS = 1_000 / PER_SECOND;
const STORY = 'even';

const SESSIONS = 10_000;
const TARGET_SHARE = 0.15;
/** A machine carries what it delivers so much of, of what is due; where it does not, fewer are measured. */
const CARRIED = 0.95;
const FEWER = 1_000;
/** Sessions begin one after another within so long, and are measured once they have all begun. */
const BEGIN_MS = 500;
const MEASURE_MS = 2_000;
/** Longer than all rounds together, however far a machine is behind: no session comes to the end. */
const STORY_SECONDS = 600;

const SOCKETS = numberOption('sockets', isFull ? 5_000 : 1_000);
const TARGET_KB = 0.5;

// ---- playing ------------------------------------------------------------------------------------

interface Window {
  readonly events: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly late: readonly number[];
}

/** Counts events and how late each is, while it is told to. */
class Counter {
  events = 0;
  late: number[] = [];
  isOpen = false;

  took(late: number): void {
    if (!this.isOpen) return;
    this.events++;
    this.late.push(late);
  }

  /** Lets everything begin, spread over a while, then measures. */
  async window(count: number, begin: (i: number) => void): Promise<Window> {
    this.events = 0;
    this.late = [];
    const STEPS = 50;
    for (let step = 0, i = 0; step < STEPS; step++) {
      for (; i < ((step + 1) * count) / STEPS; i++) begin(i);
      await wait(BEGIN_MS / STEPS);
    }
    this.isOpen = true;
    const [began, cpuBefore] = [performance.now(), cpu()];
    await wait(MEASURE_MS);
    const [wallMs, cpuMs] = [performance.now() - began, (cpu() - cpuBefore) / 1_000];
    this.isOpen = false;
    return { events: this.events, cpuMs, wallMs, late: this.late };
  }
}

interface Contestant {
  readonly name: string;
  readonly role: 'ours' | 'limit' | 'peer' | 'other';
  round(): Promise<Window>;
  close(): void;
}

async function ours(log: EventLog, timeline: Timeline, count: number): Promise<Contestant> {
  const counter = new Counter();
  let failure: unknown;
  const sessions = createSessions({
    log,
    timeline,
    onDelivered: (late) => counter.took(late),
    onError: (error) => {
      failure = error;
    },
  });
  const players: Player[] = [];
  const watcher = {
    send: () => {},
    buffered: () => 0,
    onDrained: () => {},
    close: (code: number, reason: string) => {
      failure ??= new Error(`a session was closed: ${code} ${reason}`);
    },
  };
  for (let i = 0; i < count; i++) players.push(await sessions.open(STORY, parseOpening({ rate: '1', paused: 'true' }), watcher));
  return {
    name: 'private sessions',
    role: 'ours',
    async round() {
      const window = await counter.window(count, (i) => players[i]?.command({ type: 'play' }));
      for (const player of players) player.command({ type: 'pause' });
      if (failure !== undefined) throw failure;
      return window;
    },
    close() {
      failure = undefined;
      sessions.close();
    },
  };
}

/** The limit: a heap of what is due next, and one timer, aimed again from the absolute instants. `write`: what else each event costs. */
function bareHeap(name: string, role: 'limit' | 'other', count: number, write: () => void = () => {}): Contestant {
  const counter = new Counter();
  return {
    name,
    role,
    async round() {
      const heap = new TinyQueue<{ due: number }>([], (a, b) => a.due - b.due);
      let timer: NodeJS.Timeout | undefined;
      const drain = () => {
        const now = performance.now();
        for (let next = heap.peek(); next !== undefined && next.due <= now; next = heap.peek()) {
          heap.pop();
          counter.took(now - next.due);
          write();
          next.due += GAP_MS;
          heap.push(next);
        }
        const next = heap.peek();
        if (next !== undefined) timer = setTimeout(drain, Math.floor(next.due - performance.now()));
      };
      const window = await counter.window(count, () => {
        heap.push({ due: performance.now() + GAP_MS });
        if (timer === undefined) drain();
      });
      clearTimeout(timer);
      return window;
    },
    close() {},
  };
}

/** The scheduler as sessions use it, and nothing played. */
function schedulerAlone(count: number): Contestant {
  const counter = new Counter();
  return {
    name: 'our scheduler, nothing played',
    role: 'other',
    async round() {
      const scheduler = new Scheduler(systemTimers);
      const window = await counter.window(count, () => {
        let due = performance.now() + GAP_MS;
        const alarm = scheduler.wakeable((now) => {
          counter.took(now - due);
          due += GAP_MS;
          alarm.set(due);
        });
        alarm.set(due);
      });
      scheduler.close();
      return window;
    },
    close() {},
  };
}

/** The peer: each event of each session sets the timer of the next. */
function timerEach(count: number): Contestant {
  const counter = new Counter();
  return {
    name: 'a timer a session',
    role: 'peer',
    async round() {
      let isOver = false;
      const window = await counter.window(count, () => {
        const began = performance.now();
        const play = (n: number) => {
          if (isOver) return;
          counter.took(performance.now() - (began + n * GAP_MS));
          setTimeout(play, GAP_MS, n + 1);
        };
        setTimeout(play, GAP_MS, 1);
      });
      isOver = true;
      await wait(2 * GAP_MS);
      return window;
    },
    close() {},
  };
}

/** A frame as a session sends one: what it costs to write it down for each watcher, and no more. */
const FRAME = {
  type: 'event',
  cursor: Buffer.from(JSON.stringify([1, 1577836800000, 0, 'm000000', '0000000000000000001'])).toString('base64url'),
  at: '2020-01-01T00:00:00Z',
  dueWall: 1_600_000_000_000.5,
  event: evenDrafts({ events: 1, perSecond: 1 })[0],
};

async function playing(): Promise<void> {
  const log = createMemoryLog();
  const timeline = await openTimeline({ folder: benchFolder('private-sessions'), log });
  await timeline.waitFor(await record(log, STORY, evenDrafts({ events: STORY_SECONDS * PER_SECOND, perSecond: PER_SECOND }), true), 60_000);
  await timeline.settled();
  let count = numberOption('sessions', SESSIONS);
  let own = await ours(log, timeline, count);
  // A first round, to warm up, is not counted.
  const first = await own.round();
  if (count > FEWER && delivered(first, count) < CARRIED) {
    const share = brief((first.cpuMs * 1_000 * SESSIONS * PER_SECOND) / first.events / 1_000_000);
    console.log(
      `\n${brief(count)} sessions are more than this machine carries: ${delivered(first, count).toFixed(2)} of what was due was delivered, ` +
        `half of it more than ${brief(percentile(first.late, 0.5))} ms late; all of it would have taken ${share} of a core`,
    );
    own.close();
    count = FEWER;
    own = await ours(log, timeline, count);
    await own.round();
  }
  const contestants = [
    own,
    bareHeap('one heap, one bare timer', 'limit', count),
    timerEach(count),
    schedulerAlone(count),
    bareHeap('one heap, each frame written', 'other', count, () => void JSON.stringify(FRAME)),
  ];
  for (const one of contestants) if (one !== own) await one.round();
  const windows = new Map<Contestant, Window[]>(contestants.map((one) => [one, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const order = contestants.map((_, i) => contestants[(i + round) % contestants.length] as Contestant);
    for (const one of order) windows.get(one)?.push(await one.round());
  }
  for (const one of contestants) one.close();
  report(count, contestants, windows);
  await timeline.close();
}

/** Which share of what was due was delivered. */
const delivered = ({ events, wallMs }: Window, count: number) => (events * 1_000) / (wallMs * count * PER_SECOND);

function report(count: number, contestants: readonly Contestant[], windows: ReadonlyMap<Contestant, readonly Window[]>): void {
  const perEvent = (one: Contestant) => (windows.get(one) ?? []).map(({ cpuMs, events }) => (cpuMs * 1_000) / events);
  const ratio = (one: Contestant, role: Contestant['role']): string => {
    const base = contestants.find((other) => other.role === role);
    if (base === undefined || base === one) return '';
    const bases = perEvent(base);
    return brief(median(perEvent(one).map((micros, i) => micros / (bases[i] as number))));
  };
  const rows: (string | number)[][] = [
    [
      `${brief(count)} sessions of ${PER_SECOND} events/s`,
      'CPU µs an event',
      `of a core at ${brief(SESSIONS)}`,
      'delivered of due',
      'late p50 ms',
      'p99 ms',
      'to limit',
      'to peer',
      'target',
    ],
  ];
  for (const one of contestants) {
    const all = windows.get(one) ?? [];
    const over = (of: (window: Window) => number) => median(all.map(of));
    const share = (median(perEvent(one)) * SESSIONS * PER_SECOND) / 1_000_000;
    rows.push([
      one.name,
      median(perEvent(one)),
      share,
      over((window) => delivered(window, count)).toFixed(2),
      over(({ late }) => percentile(late, 0.5)),
      over(({ late }) => percentile(late, 0.99)),
      ratio(one, 'limit'),
      ratio(one, 'peer'),
      one.role === 'ours' ? `≤ ${TARGET_SHARE} of a core ${share <= TARGET_SHARE ? 'met' : 'MISSED'}` : '',
    ]);
  }
  console.log(`\n${table(rows)}\n(medians of ${ROUNDS} rounds)`);
}

// ---- standing still -----------------------------------------------------------------------------

interface Room {
  readonly name: string;
  readonly server: Helper<BareServer>;
  readonly path: string;
  readonly protocol?: string;
  readonly greetings: number;
}

async function standing(): Promise<void> {
  const flags = ['--expose-gc'];
  const app = startHelper<Serving>('serving', [], flags);
  await app.ask('tell', { story: STORY, events: 1_000, perSecond: PER_SECOND });
  const bare = startHelper<BareServer>('bare-servers', ['ws'], flags);
  const fastify = startHelper<BareServer>('bare-servers', ['fastify'], flags);
  const protocol = 'hindcast.v1';
  // Said when it is opened: hello, and the clock.
  const session = (name: string, query: string, greetings = 2): Room => ({ name, server: app, path: `/stories/${STORY}/replay?${query}`, protocol, greetings });
  const rooms: Room[] = [
    session('a paused session', 'paused=true'),
    session('a paused session, one view shown', 'paused=true&projections=unanswered-requests', 3),
    { name: 'a bare ws socket', server: bare, path: '/', greetings: 1 },
    { name: 'a ws socket under Fastify', server: fastify, path: '/', greetings: 1 },
  ];
  const watching = startHelper<Watching>('watching');
  const kB = new Map<Room, { heap: number[]; external: number[] }>(rooms.map((room) => [room, { heap: [], external: [] }]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const room of rooms) {
      const { server, path, greetings } = room;
      const port = await server.ask('port');
      const before = await server.ask('memory');
      await watching.ask('open', { port, kind: 'ws', path, greetings, count: SOCKETS, ...(room.protocol === undefined ? {} : { protocol: room.protocol }) });
      const after = await server.ask('memory');
      await watching.ask('closeAll');
      while ((await server.ask('sockets')) > 0) await wait(20);
      // A first round, to warm up, is not counted.
      if (round === 0) continue;
      kB.get(room)?.heap.push((after.heap - before.heap) / SOCKETS / 1_024);
      kB.get(room)?.external.push((after.external - before.external) / SOCKETS / 1_024);
    }
  }
  const base = kB.get(rooms[2] as Room) as { heap: number[] };
  const rows: (string | number)[][] = [[`one of ${brief(SOCKETS)}, kB`, 'heap', 'external', 'heap beyond bare ws', 'target']];
  for (const [i, room] of rooms.entries()) {
    const { heap, external } = kB.get(room) as { heap: number[]; external: number[] };
    const beyond = median(heap.map((own, round) => own - (base.heap[round] as number)));
    rows.push([
      room.name,
      median(heap),
      median(external),
      room === rooms[2] ? '' : beyond,
      i === 0 ? `≤ ${TARGET_KB} kB ${beyond <= TARGET_KB ? 'met' : 'MISSED'}` : '',
    ]);
  }
  console.log(`\n${table(rows)}\n(medians of ${ROUNDS} rounds)`);
}

try {
  await playing();
  await standing();
} finally {
  await endHelpers();
  removeBenchFolders();
}
