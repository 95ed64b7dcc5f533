/** What a watcher holds, from full states and patches, is what every view is as of the place of the replay. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BEFORE_ALL, compareKeys, endOf } from '../../events/story-time.js';
import { decodeCursor } from '../../src/timeline/cursor.js';
import { settle } from '../support/hand-timers.js';
import { clientState, house, STORY } from '../support/replay-house.js';
import { storyDrafts } from '../support/stories.js';

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

t.test('played to anywhere, sought and played on, with a past that changes meanwhile', async (t) => {
  await fc.assert(
    fc.asyncProperty(storyDrafts, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }), fc.nat(), async (drafts, hours, cut) => {
      const placed = drafts.some((draft) => draft.type === 'MessageSent' && 'occurredAt' in draft);
      const first = drafts.slice(0, 1 + (cut % drafts.length));
      if (!placed || !first.some((draft) => 'occurredAt' in draft)) return;
      const ends: (() => unknown)[] = [];
      const { timers, timeline, watch, append } = await house({ testdir: () => t.testdir(), teardown: (end) => void ends.push(end) }, first, STORY, {
        chunk: 3,
      });
      try {
        if (timeline.story(STORY)?.from === null) return;
        const names = timeline.projections.map(({ name }) => name);
        const { watcher, say } = await watch({ rate: '3600', projections: names.join(',') });
        const isInStep = async () => {
          await timeline.settled();
          await settle();
          // A seek, and a new pass, begin anew: only what came since tells where the replay is.
          const since = watcher.frames.findLastIndex((frame) => frame.type === 'clock' && frame.didSeek);
          const places = watcher.frames.slice(since).flatMap((frame) => ('cursor' in frame ? [decodeCursor(frame.cursor).key] : []));
          const place = places.reduce((most, key) => (compareKeys(key, most) > 0 ? key : most), BEFORE_ALL);
          for (const projection of timeline.projections) {
            const frames = watcher.of('projection').filter((frame) => frame.name === projection.name);
            const fold = await timeline.fold(STORY, projection, projection.whole === true ? {} : { upTo: place });
            assert.deepEqual(clientState(frames), plain(fold.view()), projection.name);
          }
        };
        for (const [i, h] of hours.entries()) {
          await timers.pass(h * 1_000);
          await say({ type: 'pause' });
          await isInStep();
          if (i === 0) await append(drafts.slice(first.length).length === 0 ? [{ ...first[0], id: 'again' }] : drafts.slice(first.length));
          await isInStep();
          await say({ type: 'play' });
        }
        await timers.pass(100_000);
        await isInStep();
        const fold = await timeline.fold(STORY, timeline.projections[0] as never, { upTo: endOf(Number.MAX_VALUE) });
        assert.ok(fold.position !== '');
      } finally {
        for (const end of ends) await end();
      }
    }),
    { numRuns: 40 },
  );
  t.pass();
});
