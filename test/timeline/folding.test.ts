/** Stage B beside stage A, where one begins in the middle of the other. */
import t from 'tap';
import Type from 'typebox';
import { resolveStory } from '../../events/resolve.js';
import type { Step } from '../../events/steps.js';
import { defineProjection } from '../../projections/projection.js';
import { Folding } from '../../src/timeline/folding.js';
import { type AnyProjection, Keepings } from '../../src/timeline/keepings.js';
import { openStore, stepKey } from '../../src/timeline/store.js';
import { endOf } from '../../events/story-time.js';
import { hour, message, recorded } from '../support/drafts.js';

const TRACK = 'a-story';
const seen = defineProjection<{ readonly ids: string }, { ids: string }>({
  name: 'seen',
  version: 1,
  description: 'For tests.',
  schema: Type.Object({ ids: Type.String() }),
  initial: () => ({ ids: '' }),
  evolve: (state, step) => (step.kind === 'happening' ? { ids: `${state.ids} ${step.event.id}` } : state),
  view: (state) => state,
}) as unknown as AnyProjection;

t.test('a chunk that begins while a late step is written, and not committed, does not miss it', async (t) => {
  for (let round = 0; round < 10; round++) {
    const store = openStore(`${t.testdir()}/${round}`);
    const keepings = new Keepings(store);
    const stop = new AbortController();
    const folding = new Folding({
      store,
      keepings,
      projections: [seen],
      chunk: 4,
      now: () => performance.now(),
      wait: async () => {},
      signal: stop.signal,
      onError: (error) => t.fail(String(error)),
      onFolded: () => {},
    });
    const steps = resolveStory(recorded(Array.from({ length: 8 }, (_, i) => message(`m${i}`, hour(i + 1)))));
    const [late] = resolveStory(recorded([message('late', hour(0))])) as [Step];
    await store.root.transaction(() => {
      for (const step of steps) store.steps.put(stepKey(TRACK, step.key), step);
    });
    const writing = store.root.transaction(() => {
      store.steps.put(stepKey(TRACK, late.key), late);
      keepings.changed(TRACK, late.key, 1);
      // Stage B begins right here: what this has written is not to be read yet.
      folding.changed(TRACK, 9, false);
    });
    await writing;
    await folding.idle();
    const kept = keepings.read(TRACK, seen, endOf(Number.MAX_VALUE)).state as { ids: string };
    t.equal(kept.ids.split(' ')[1], 'late');
    stop.abort();
    await store.close();
  }
});
