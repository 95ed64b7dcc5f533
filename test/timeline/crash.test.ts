/** The read model after its process was killed without warning, again and again: nothing is lost, nothing counts twice. */
import { join } from 'node:path';
import t from 'tap';
import { endOf } from '../../events/story-time.js';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { openTimeline, type Timeline } from '../../src/timeline/timeline.js';
import { childScript } from '../support/child.js';
import { changingStory, STORY } from './fixtures/changing-story.js';

/** Everything that is told of a story: its steps, and every view as of many moments. */
async function told(timeline: Timeline): Promise<string> {
  const steps = timeline.steps(STORY);
  const moments = steps.filter((_, i) => i % 9 === 0).map((step) => endOf(step.key[0]));
  const views: unknown[] = [];
  for (const upTo of moments) for (const fold of await timeline.folds(STORY, timeline.projections, { upTo })) views.push([fold.projection.name, fold.view()]);
  return JSON.stringify([timeline.story(STORY), steps, views]);
}

const run = childScript(new URL('fixtures/follower.js', import.meta.url));

t.test('killed at many moments, it is byte for byte what it is when it is built anew', { timeout: 110_000 }, async (t) => {
  const folder = t.testdir();
  let appended = 0;
  for (const lines of [1, 3, 20, 41, 5, 60, 33, 80, 7, 52]) {
    const child = run([folder, '8']);
    await child.printed(lines);
    await child.kill();
    appended += child.lines.length;
  }
  t.ok(appended < changingStory().length, 'each kill came before the end');
  const last = run([folder, '8']);
  t.equal(await last.ended, 0);
  const log = await openEmbeddedLog({ folder: join(folder, 'log') });
  t.teardown(() => log.close());
  t.equal((await log.head(`story-${STORY}`))?.revision, changingStory().length - 1);
  const kept = await openTimeline({ folder: join(folder, 'read-model'), log, chunk: 8 });
  const anew = await openTimeline({ folder: join(folder, 'anew'), log, chunk: 8 });
  t.teardown(() => Promise.all([kept.close(), anew.close()]));
  await Promise.all([kept.settled(), anew.settled()]);
  t.equal(await told(kept), await told(anew));
});
