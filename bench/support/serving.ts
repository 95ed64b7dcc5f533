/**
 * A helper: the whole app as the process runs it, with a log and a read model in a folder of its own, on a free port.
 */
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { record } from '../../test/support/record.js';
import { type EvenStory, evenDrafts } from './even-story.js';
import { benchFolder } from './folders.js';
import { help } from './helpers.js';
import { cpu, memory } from './usage.js';

/** So many drafts are appended together. */
const BATCH = 1_000;
const RECORDING_MS = 120_000;

const folder = benchFolder('serving');
/** Pages of which origins may open sockets here, beside its own; none where nothing is said. */
const origins = process.argv[2] ?? '';
const app = await createApp(
  readConfig({ PORT: '0', HINDCAST_DATA: folder, HINDCAST_ORIGINS: origins, LOG_LEVEL: 'error' }),
  pino({ level: 'error' }, pino.destination(2)),
);
const port = Number(new URL(await app.listen()).port);

/** What carries each open WebSocket, by the port of its other end. */
const carriers = new Map<number, Socket>();
app.server.websocketServer.on('connection', (socket, { socket: carrier }) => {
  const { remotePort } = carrier;
  if (remotePort === undefined) return;
  carriers.set(remotePort, carrier);
  socket.on('close', () => carriers.delete(remotePort));
});
function carrierOf(remotePort: number): Socket {
  const carrier = carriers.get(remotePort);
  if (carrier === undefined) throw new Error(`no WebSocket comes from port ${remotePort}`);
  return carrier;
}

const loopDelay = monitorEventLoopDelay({ resolution: 10 });
loopDelay.enable();

const deeds = {
  port: () => port,
  /** Records an evenly spaced story, and waits until the views have it. */
  async tell({ story, ...even }: EvenStory & { readonly story: string }) {
    const drafts = evenDrafts(even);
    let position = '';
    for (let i = 0; i < drafts.length; i += BATCH) position = await record(app.log, story, drafts.slice(i, i + BATCH), true);
    await app.timeline.waitFor(position, RECORDING_MS);
    await app.timeline.settled();
  },
  /**
   * Nothing more leaves for a watcher: as where he does not read and all that lies between is full. Between two ends on one
   * machine lie megabytes, so that not to read would show only after minutes.
   */
  stop: (remotePort: number) => carrierOf(remotePort).cork(),
  letGo: (remotePort: number) => carrierOf(remotePort).uncork(),
  /** Bytes that are held for watchers and have not left yet. */
  unsent(): { readonly most: number; readonly mean: number } {
    const amounts = [...app.server.websocketServer.clients].map(({ bufferedAmount }) => bufferedAmount);
    return { most: Math.max(0, ...amounts), mean: amounts.reduce((sum, n) => sum + n, 0) / Math.max(1, amounts.length) };
  },
  /** The longest, in ms, for which the event loop had no turn since this was asked last. */
  longestTurn(): number {
    const longest = loopDelay.max / 1e6;
    loopDelay.reset();
    return longest;
  },
  sockets: () => app.server.websocketServer.clients.size,
  cpu,
  memory,
};
export type Serving = typeof deeds;

help(deeds, async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});
