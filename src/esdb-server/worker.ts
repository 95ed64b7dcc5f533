/**
 * The thread in which the protocol is served, so that what it costs to speak it is not taken from the replays.
 * Unit: one server; it ends when it is told to.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { failureOf } from './link.js';
import { createRemoteLog } from './remote-log.js';
import { serveEventStore } from './server.js';
import type { FromWorker, WorkerInput } from './served-in-worker.js';

const { link, port, maxAppendBytes } = workerData as WorkerInput;
const parent = parentPort as MessagePort;
const say = (message: FromWorker): void => parent.postMessage(message);

const log = createRemoteLog(link, { maxAppendBytes });
try {
  const server = await serveEventStore({ log, port, onError: (error) => say({ is: 'error', failure: failureOf(error) }) });
  parent.once('message', async () => {
    await server.close();
    await log.close();
    parent.close();
  });
  say({ is: 'listening', port: server.port });
} catch (error) {
  await log.close();
  say({ is: 'failed', failure: failureOf(error) });
  parent.close();
}
