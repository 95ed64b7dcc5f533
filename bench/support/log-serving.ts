/**
 * A helper: an embedded log in a folder of its own, served over the EventStoreDB protocol.
 */
import { rmSync } from 'node:fs';
import { serveEventStore } from '../../src/esdb-server/server.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { benchFolder } from './folders.js';
import { help } from './helpers.js';

const folder = benchFolder('log-serving');
const log = await openEmbeddedLog({ folder });
const server = await serveEventStore({ log, port: 0 });

const deeds = { port: () => server.port };
export type LogServing = typeof deeds;

help(deeds, async () => {
  await server.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});
