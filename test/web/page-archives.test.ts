/**
 * From a file to a replay in a browser, for each format: imported by one command, served by another; a request that is marked
 * appears at once; and what is exported is, imported again, the same story.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { hindcast } from '../cli/hindcast.js';
import { ARCHIVES, PEOPLE } from '../importers/archives.js';
import { fixture } from '../importers/read-archive.js';
import { startServer } from '../support/process.js';
import type { UnansweredRequests } from '../../web/player/views.js';
import { holds, inBrowser, newest, ready, STORY, unanswered, visit } from './support.js';

interface Published {
  readonly id: string;
  readonly occurredAt: string | null;
  readonly data: { readonly from?: string; readonly text?: string };
}

/** Each archive, and the built-in story as CloudEvents. */
const FORMATS = {
  ...Object.fromEntries(
    Object.entries(ARCHIVES).map(([format, { path, args, asked }]) => [format, { path: fixture(path), args: [...PEOPLE, ...args], asked }]),
  ),
  cloudevents: { path: undefined, args: [], asked: /For those who have the time/ },
};

await inBrowser((browser) => {
  for (const [format, { path, args, asked }] of Object.entries(FORMATS)) {
    t.test(format, async (t) => {
      const folder = t.testdir();
      const env = { HINDCAST_DATA: join(folder, 'data') };
      const file = join(folder, 'built-in.ndjson');
      if (path === undefined) {
        // Whoever asks for the stories of a new folder finds the built-in one recorded in it.
        await hindcast(env, 'stories');
        await hindcast(env, 'export', STORY, '--out', file);
      }
      const imported = await hindcast(env, '--json', 'import', path ?? file, '--as', 'mine', ...args);
      t.equal(imported.code, 0, imported.err);

      const address = await startServer(t, env).address;
      // The story was imported while nobody followed the log.
      while ((await fetch(`${address}/health/ready`)).status !== 200) await new Promise(setImmediate);
      const { events } = (await (await fetch(`${address}/stories/mine/events?limit=1000`)).json()) as { events: Published[] };
      const placed = events.filter(({ occurredAt }) => occurredAt !== null);
      const { page, complaints } = await visit(t, browser, address, { path: '/?story=mine' });
      await ready(page);
      await page.locator('#scrubber').press('End');
      await holds(page, placed.length);
      t.equal(await newest(page), placed.at(-1)?.id);
      const { state } = (await (await fetch(`${address}/stories/mine/projections/unanswered-requests`)).json()) as { state: UnansweredRequests };
      const before = state.totals.unanswered;
      await page.waitForFunction((before) => document.querySelectorAll('#unanswered li[data-id]').length === before, before);

      const question = events.find(({ data }) => asked.test(data.text ?? ''));
      t.not(question, undefined);
      const table = join(folder, 'marks.csv');
      writeFileSync(table, `kind,id,event,to,text,basis,by,citation\nrequest,asked,"${question?.id}",somebody,Something is asked,stated,A test,The archive\n`);
      const marked = await hindcast({}, 'annotate', 'mine', '--from', table, '--url', address);
      t.equal(marked.code, 0, marked.err);
      await page.locator('#unanswered li[data-id=asked]', { hasText: 'Something is asked' }).waitFor();
      t.equal(await unanswered(page).count(), before + 1);
      t.same(complaints, []);

      const out = join(folder, 'again.ndjson');
      const exported = await hindcast({}, '--json', 'export', 'mine', '--out', out, '--url', address);
      t.equal(exported.code, 0, exported.err);
      const again = await hindcast({ HINDCAST_DATA: join(folder, 'other') }, '--json', 'import', out, '--as', 'mine');
      t.equal(again.code, 0, again.err);
      const digestOf = (text: string) => (JSON.parse(text) as { contentDigest: string }).contentDigest;
      t.equal(digestOf(again.out), digestOf(exported.out));
    });
  }
});
