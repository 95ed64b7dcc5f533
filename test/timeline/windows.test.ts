/**
 * What lies ahead, read once for many, is what each would have read for himself: from anywhere, while the story grows and
 * changes, also when more is read than is kept.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BEFORE_ALL, compareKeys, endOf, type OrderKey } from '../../events/story-time.js';
import { message, retraction } from '../support/drafts.js';
import { house, STORY } from '../support/replay-house.js';

const at = (minutes: number) => new Date(Date.UTC(2020, 2, 1) + minutes * 60_000).toISOString();

t.test('a window is what lies after the place, whoever read it', async (t) => {
  const { timeline, append } = await house(
    t,
    Array.from({ length: 300 }, (_, i) => message(`m${i}`, at(i * 2))),
  );
  const places: OrderKey[] = [BEFORE_ALL, ...timeline.steps(STORY).map((step) => step.key), endOf(Date.parse(at(301))), endOf(Number.MAX_VALUE)];
  const [first, second] = [timeline.window(STORY, BEFORE_ALL), timeline.window(STORY, timeline.steps(STORY)[1]?.key as OrderKey)];
  t.equal(first.steps, second.steps, 'who is a little further on is given the same');
  t.equal(second.next, 2);
  let added = 0;
  const windows = new Set<unknown>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 60 }), fc.option(fc.integer({ min: 0, max: 700 })), async (picks, change) => {
      for (const pick of picks) {
        const place = places[pick % places.length] as OrderKey;
        const { steps, next, complete } = timeline.window(STORY, place);
        windows.add(steps);
        const ahead = steps.slice(next);
        const truth = timeline.steps(STORY, { after: place, limit: ahead.length + 1 });
        assert.deepEqual(ahead, truth.slice(0, ahead.length));
        assert.ok(complete ? truth.length === ahead.length : ahead.filter((step) => step.kind === 'happening').length >= 2);
        assert.ok(steps.slice(0, next).every((step) => compareKeys(step.key, place) <= 0));
      }
      if (change !== null) {
        const id = `added-${added++}`;
        await append(change % 3 === 0 ? [message(id, at(change)), retraction(`r-${id}`, id)] : [message(id, at(change))]);
      }
    }),
    { numRuns: 60 },
  );
});
