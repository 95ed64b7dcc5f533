/**
 * A helper: an embedded log in a folder of its own, served over the EventStoreDB protocol by a thread of its own, as the
 * server does it, and by the log's.
 */
import { rmSync } from 'node:fs';
import { serveInWorker } from '../../src/esdb-server/served-in-worker.js';
import { serveEventStore } from '../../src/esdb-server/server.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { benchFolder } from './folders.js';
import { help } from './helpers.js';

const folder = benchFolder('log-serving');
const log = await openEmbeddedLog({ folder });
const servers = { worker: await serveInWorker({ log, port: 0 }), thread: await serveEventStore({ log, port: 0 }) };

const deeds = { port: (which: keyof typeof servers) => servers[which].port };
export type LogServing = typeof deeds;

help(deeds, async () => {
  await servers.worker.close();
  await servers.thread.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});
