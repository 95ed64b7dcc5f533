/**
 * A helper: many watchers in one process, which count what they are sent and when. What is measured of a round: how many events
 * each was sent, and how far apart the first and the last watcher were sent the same one.
 * Invariant: events are told apart from other frames by how they begin; a watcher that is lost makes the next question fail.
 * Unit: ms.
 */
import { type BareSocket, openBare } from './bare-socket.js';
import { help } from './helpers.js';
import { median } from './rounds.js';
import { percentile } from './stats.js';

/** What is watched: plain TCP, a WebSocket, or one through which Socket.IO speaks. */
export interface Place {
  readonly port: number;
  readonly kind: 'tcp' | 'ws' | 'socket.io';
  readonly path?: string;
  readonly protocol?: string;
}

export interface Opening extends Place {
  readonly count: number;
  /** So many frames come by themselves when a watcher has been let in. */
  readonly greetings: number;
}

export interface Round {
  readonly delivered: number;
  /** From the first event at any watcher to the last at any. */
  readonly wallMs: number;
  readonly skewP50: number;
  readonly skewP99: number;
}

const AT_ONCE = 50;
const EVENT = Buffer.from('{"type":"event"');
/** Socket.IO, as text frames: opened, ping, pong, connect, and an event of ours. */
const IO = { open: '0', ping: '2', pong: '3', connect: '40', event: Buffer.from('42["event"') };

const watchers: BareSocket[] = [];
let lost: string | undefined;

let expected = 0;
let counts = new Uint32Array(0);
let first = new Float64Array(0);
let last = new Float64Array(0);
let unfinished = 0;
let overfull: string | undefined;
let finished: () => void = () => {};

function took(watcher: number): void {
  const now = performance.now();
  const n = counts[watcher] as number;
  counts[watcher] = n + 1;
  if (n >= expected) {
    overfull = `watcher ${watcher} was sent event ${n + 1} of ${expected}`;
    return;
  }
  if (now < (first[n] as number)) first[n] = now;
  last[n] = now;
  if (n + 1 === expected && --unfinished === 0) finished();
}

function begins(bytes: Buffer, from: number, to: number, with_: Buffer): boolean {
  return to - from >= with_.length && bytes.compare(with_, 0, with_.length, from, from + with_.length) === 0;
}

function open(index: number, { port, kind, path, protocol }: Place, onGreeted: () => void): BareSocket {
  const event = kind === 'socket.io' ? IO.event : EVENT;
  const watcher = openBare({
    port,
    ...(kind === 'tcp' ? {} : { path: path ?? '/' }),
    ...(protocol === undefined ? {} : { protocol }),
    onText(bytes, from, to) {
      if (begins(bytes, from, to, event)) return took(index);
      if (kind === 'socket.io' && to - from === 1 && bytes.toString('latin1', from, to) === IO.ping) return watcher.send(IO.pong);
      if (kind === 'socket.io' && bytes.toString('latin1', from, from + 1) === IO.open) return watcher.send(IO.connect);
      if (begins(bytes, from, to, Buffer.from('{"type":"error"'))) lost = bytes.toString('utf8', from, to);
      onGreeted();
    },
    onLost: (why) => {
      lost = why;
      finished();
    },
  });
  return watcher;
}

const deeds = {
  /** Opens watchers, a few at a time, and answers when each has been let in. */
  async open({ count, greetings, ...place }: Opening): Promise<void> {
    const begun = watchers.length;
    for (let i = 0; i < count; i += AT_ONCE) {
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - i) }, async (_, n) => {
          let left = greetings;
          let greeted = () => {};
          const isGreeted = new Promise<void>((resolve) => {
            greeted = resolve;
          });
          const watcher = open(begun + i + n, place, () => {
            if (--left === 0) greeted();
          });
          watchers[begun + i + n] = watcher;
          await watcher.opened;
          if (greetings > 0) await isGreeted;
        }),
      );
    }
  },
  async closeAll(): Promise<void> {
    await Promise.all(watchers.splice(0).map((watcher) => watcher.close()));
  },
  /** Each says something, such as `play`. */
  say(text: string): void {
    for (const watcher of watchers) watcher.send(text);
  },
  /** From now on each is to be sent so many events. */
  expect(events: number): void {
    expected = events;
    counts = new Uint32Array(watchers.length);
    first = new Float64Array(events).fill(Infinity);
    last = new Float64Array(events);
    unfinished = watchers.length;
    overfull = undefined;
  },
  /** Waits until each was sent all it is to be sent. */
  async round(longestMs: number): Promise<Round> {
    if (unfinished > 0 && lost === undefined) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          const sums = counts.reduce((sum, n) => sum + n, 0);
          reject(new Error(`after ${longestMs} ms ${unfinished} of ${watchers.length} watchers had not been sent ${expected} events; ${sums} in all`));
        }, longestMs);
        finished = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (lost !== undefined || overfull !== undefined) throw new Error(`a watcher: ${lost ?? overfull}`);
    const skews = Array.from(first, (at, i) => (last[i] as number) - at);
    return {
      delivered: counts.reduce((sum, n) => sum + n, 0),
      wallMs: Math.max(...last) - Math.min(...first),
      skewP50: median(skews),
      skewP99: percentile(skews, 0.99),
    };
  },
};
export type Watching = typeof deeds;

help(deeds);
