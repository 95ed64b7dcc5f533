/**
 * A helper: the whole app as the process runs it, with a log and a read model in a folder of its own, on a free port.
 */
import { rmSync } from 'node:fs';
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
const app = await createApp(readConfig({ PORT: '0', HINDCAST_DATA: folder, LOG_LEVEL: 'error' }), pino({ level: 'error' }, pino.destination(2)));
const port = Number(new URL(await app.listen()).port);

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
  sockets: () => app.server.websocketServer.clients.size,
  cpu,
  memory,
};
export type Serving = typeof deeds;

help(deeds, async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});
