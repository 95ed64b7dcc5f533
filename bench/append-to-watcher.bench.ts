/**
 * From an append to whoever watches: how long after an event was sent over HTTP its frame is at a watcher that is live, and how
 * long after the append was acknowledged (below 0: before). On the embedded log, over a real WebSocket, the server in a process
 * of its own; one writer, each append awaited, then 16 writers at once.
 * Limit: the same bytes written to a file and synced with fdatasync, those that wait together, then one ws.send; nothing read,
 * nothing checked, no views. Peer: event-storage, synced on each flush, then the same. Interleaved rounds; ms; medians over the
 * rounds. With --full five times as many appends.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { formatInstant } from '../events/story-time.js';
import { message } from '../test/support/drafts.js';
import type { AppendServer } from './support/append-server.js';
import { removeBenchFolders } from './support/folders.js';
import { endHelpers, type Helper, startHelper } from './support/helpers.js';
import { numberOption } from './support/options.js';
import { median } from './support/rounds.js';
import type { Serving } from './support/serving.js';
import { percentile, table } from './support/stats.js';

const ROUNDS = numberOption('rounds', 5);
const APPENDS = numberOption('appends', process.argv.includes('--full') ? 1_000 : 200);
const WRITERS = [1, 16];
const TARGET_MS = 5;
const STORY = 'even';
/** A frame that has not come by then does not come. */
const LONGEST_MS = 20_000;
/** Later than everything the story begins with: what is appended is the newest there is. */
const NOW = Date.UTC(2024, 0, 1);

interface Contestant {
  readonly name: string;
  readonly role: 'ours' | 'limit' | 'peer';
  readonly helper: Helper<AppendServer>;
  readonly port: number;
  readonly agent: Agent;
  readonly watcher: WebSocket;
  /** By event id: when its frame arrived. */
  readonly arrived: Map<string, number>;
  readonly waiting: Map<string, () => void>;
}

const idOf = (text: string): string | undefined => {
  const frame = JSON.parse(text) as { type: string; event?: { id: string } };
  return frame.type === 'event' ? frame.event?.id : undefined;
};

async function contestant(name: string, role: Contestant['role'], helper: Helper<AppendServer>): Promise<Contestant> {
  const port = await helper.ask('port');
  const isOurs = role === 'ours';
  const watcher = new WebSocket(`ws://127.0.0.1:${port}${isOurs ? `/stories/${STORY}/replay?paused=true` : '/'}`, isOurs ? ['hindcast.v1'] : []);
  const arrived = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  let live: () => void = () => {};
  const isLive = new Promise<void>((resolve) => {
    live = resolve;
  });
  watcher.on('message', (data: Buffer) => {
    const at = performance.now();
    const text = data.toString();
    if (text.includes('"status":"live"')) live();
    const id = idOf(text);
    if (id === undefined) return;
    if (arrived.has(id)) throw new Error(`${name}: ${id} came twice`);
    arrived.set(id, at);
    waiting.get(id)?.();
    waiting.delete(id);
  });
  await once(watcher, 'open');
  if (isOurs) {
    watcher.send('{"type":"live"}');
    await isLive;
  }
  return { name, role, helper, port, agent: new Agent({ keepAlive: true, maxSockets: 64 }), watcher, arrived, waiting };
}

/** Answers when the append was acknowledged. */
function post({ port, agent }: Contestant, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        port,
        agent,
        host: '127.0.0.1',
        method: 'POST',
        path: `/stories/${STORY}/events`,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (reply) => {
        const at = performance.now();
        reply.resume();
        reply.on('end', () => (reply.statusCode === 201 ? resolve(at) : reject(new Error(`an append was answered ${reply.statusCode}`))));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const frameOf = (one: Contestant, id: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (one.arrived.has(id)) return resolve();
    const timer = setTimeout(() => reject(new Error(`${one.name}: the frame of ${id} did not come within ${LONGEST_MS} ms`)), LONGEST_MS);
    one.waiting.set(id, () => {
      clearTimeout(timer);
      resolve();
    });
  });

interface Round {
  readonly fromSending: readonly number[];
  readonly fromAnswer: readonly number[];
  readonly cpuMicros: number;
}

let made = 0;
async function round(one: Contestant, writers: number): Promise<Round> {
  const fromSending: number[] = [];
  const fromAnswer: number[] = [];
  let left = APPENDS;
  const cpuBefore = await one.helper.ask('cpu');
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (left-- > 0) {
        const id = `a${String(made).padStart(7, '0')}`;
        const body = JSON.stringify(message(id, formatInstant(NOW + made++ * 1_000)));
        const sent = performance.now();
        const [answered] = await Promise.all([post(one, body), frameOf(one, id)]);
        const at = one.arrived.get(id) as number;
        fromSending.push(at - sent);
        fromAnswer.push(at - answered);
      }
    }),
  );
  return { fromSending, fromAnswer, cpuMicros: (await one.helper.ask('cpu')) - cpuBefore };
}

const app = startHelper<Serving>('serving');
await app.ask('tell', { story: STORY, events: 1_000, perSecond: 10 });
const raw = startHelper<AppendServer>('append-server', ['raw']);
const peer = startHelper<AppendServer>('append-server', ['event-storage']);
try {
  const contestants = [
    await contestant('embedded log, live session', 'ours', app),
    await contestant('write + fdatasync, ws.send', 'limit', raw),
    await contestant('event-storage, ws.send', 'peer', peer),
  ];
  for (const writers of WRITERS) {
    const rounds = new Map<Contestant, Round[]>(contestants.map((one) => [one, []]));
    for (let n = 0; n <= ROUNDS; n++) {
      const order = contestants.map((_, i) => contestants[(i + n) % contestants.length] as Contestant);
      for (const one of order) {
        const measured = await round(one, writers);
        // A first round, to warm up, is not counted.
        if (n > 0) rounds.get(one)?.push(measured);
        await wait(100);
      }
    }
    report(writers, contestants, rounds);
  }
  for (const { watcher, agent } of contestants) {
    watcher.terminate();
    agent.destroy();
  }
} finally {
  await endHelpers();
  removeBenchFolders();
}

function report(writers: number, contestants: readonly Contestant[], rounds: ReadonlyMap<Contestant, readonly Round[]>): void {
  const p99s = (one: Contestant | undefined) => (one === undefined ? [] : (rounds.get(one) ?? [])).map(({ fromSending }) => percentile(fromSending, 0.99));
  const ratio = (one: Contestant, role: Contestant['role']) => {
    const bases = p99s(contestants.find((other) => other.role === role));
    return one.role === role ? '' : median(p99s(one).map((ms, i) => ms / (bases[i] as number)));
  };
  const title = `${writers} writer${writers === 1 ? '' : 's'}, ms until a watcher has it`;
  const rows: (string | number)[][] = [[title, 'p50', 'p99', 'after the answer p50', 'p99', 'CPU µs an append', 'p99 to limit', 'p99 to peer', 'target']];
  for (const one of contestants) {
    const over = (of: (round: Round) => number) => median((rounds.get(one) ?? []).map(of));
    const p99 = median(p99s(one));
    rows.push([
      one.name,
      over(({ fromSending }) => median(fromSending)),
      p99,
      over(({ fromAnswer }) => median(fromAnswer)),
      over(({ fromAnswer }) => percentile(fromAnswer, 0.99)),
      over(({ cpuMicros }) => cpuMicros / APPENDS),
      ratio(one, 'limit'),
      ratio(one, 'peer'),
      one.role === 'ours' ? `p99 ≤ ${TARGET_MS} ms ${p99 <= TARGET_MS ? 'met' : 'MISSED'}` : '',
    ]);
  }
  console.log(`\n${table(rows)}\n(medians of ${ROUNDS} rounds of ${APPENDS} appends)`);
}
