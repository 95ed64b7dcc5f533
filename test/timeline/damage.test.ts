/**
 * A read model whose file is damaged is built anew from the log. In a process of its own each: a damaged file that LMDB
 * maps into memory ends the process.
 */
import { cpSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { openTimeline } from '../../src/timeline/timeline.js';
import { hour, message } from '../support/drafts.js';
import { startServer } from '../support/process.js';
import { record } from '../support/record.js';

const STORY = 'a-story';
const EVENTS = 600;

/** A data folder whose read model has seen the whole log. */
async function dataFolder(t: { testdir(): string }): Promise<string> {
  const data = join(t.testdir(), 'data');
  const log = await openEmbeddedLog({ folder: join(data, 'log') });
  const drafts = Array.from({ length: EVENTS }, (_, i) => message(`m${i}`, hour(i % 24), { requests: [{ text: `request ${i} `.repeat(40) }] }));
  const position = await record(log, STORY, drafts, true);
  const timeline = await openTimeline({ folder: join(data, 'read-model'), log });
  await timeline.waitFor(position, 20_000);
  await timeline.close();
  await log.close();
  return data;
}

const cutTo = (part: number) => (file: string) => truncateSync(file, Math.floor(statSync(file).size * part));
const DAMAGES: Record<string, (file: string) => void> = {
  'filled with garbage': (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 'no read model at all ')),
  'filled with garbage, and short': (file) => writeFileSync(file, 'short'),
  'filled with zeros': (file) => writeFileSync(file, Buffer.alloc(statSync(file).size)),
  emptied: (file) => writeFileSync(file, ''),
  'cut to a twentieth': cutTo(0.05),
  'cut in half': cutTo(0.5),
  'cut within its last pages': cutTo(0.97),
};

t.test('a damaged read model is built anew, and that is told', async (t) => {
  const whole = await dataFolder(t);
  for (const [name, damage] of Object.entries(DAMAGES)) {
    await t.test(name, async (t) => {
      const data = join(t.testdir(), 'data');
      cpSync(whole, data, { recursive: true });
      damage(join(data, 'read-model', 'data.mdb'));
      const first = startServer(t, { HINDCAST_DATA: data, LOG_LEVEL: 'error' });
      const address = await first.address;
      for (let i = 0; (await eventsAt(address)) < EVENTS; i++) {
        if (i === 200) throw new Error(`there are ${await eventsAt(address)} events: ${first.written()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      if (name !== 'emptied') t.match(first.written(), /data-damaged.*built anew from the log/);
      first.child.kill('SIGTERM');
      t.equal(await first.ended, 0);
      const log = await openEmbeddedLog({ folder: join(data, 'log') });
      const errors: unknown[] = [];
      const timeline = await openTimeline({ folder: join(data, 'read-model'), log, onError: (error) => errors.push(error) });
      t.equal(timeline.story(STORY)?.events, EVENTS);
      t.strictSame(errors, [], 'it is whole from then on');
      await timeline.close();
      await log.close();
    });
  }
});

async function eventsAt(address: string): Promise<number> {
  const { stories } = (await (await fetch(`${address}/stories`)).json()) as { stories: { id: string; events: number }[] };
  return stories.find((story) => story.id === STORY)?.events ?? 0;
}
