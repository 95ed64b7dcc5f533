/**
 * A helper: a log and its read model in one process, with the protocol served over it twice, in a thread of its own and in
 * that of the replays.
 */
import { rmSync } from 'node:fs';
import { serveInWorker } from '../../src/esdb-server/served-in-worker.js';
import { serveEventStore } from '../../src/esdb-server/server.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { openTimeline } from '../../src/timeline/timeline.js';
import { record } from '../../test/support/record.js';
import { bareTimer } from './bare-timer.js';
import { evenDrafts } from './even-story.js';
import { benchFolder } from './folders.js';
import { help } from './helpers.js';
import { type Lateness, replay } from './replay.js';
import { cpu } from './usage.js';

const RECORDING_MS = 120_000;

const folder = benchFolder('written-through');
const onError = (error: unknown): void => console.error(error);
const log = await openEmbeddedLog({ folder: `${folder}/log`, onFault: onError });
const timeline = await openTimeline({ folder: `${folder}/read-model`, log, onError });
const servers = { worker: await serveInWorker({ log, port: 0, onError }), thread: await serveEventStore({ log, port: 0, onError }) };

const deeds = {
  port: (which: keyof typeof servers) => servers[which].port,
  /** Records the story that is played, of so many seconds at its own speed. */
  async tell({ perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }) {
    await timeline.waitFor(await record(log, 'played', evenDrafts({ events: perSecond * seconds, perSecond }), true), RECORDING_MS);
    await timeline.settled();
  },
  replay: (): Promise<Lateness> => replay(timeline, log, 'played'),
  bareTimer: ({ perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<Lateness> => bareTimer(perSecond, seconds),
  settled: () => timeline.settled(),
  cpu,
};
export type WrittenThrough = typeof deeds;

help(deeds, async () => {
  await servers.worker.close();
  await servers.thread.close();
  await timeline.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});
