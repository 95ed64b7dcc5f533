/**
 * What leaves as CloudEvents comes in again as it was: any story, whatever its words.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import type { RecordedEvent, StoryEvent } from '../../events/event.js';
import { toNdjson } from '../../src/exporters/cloud-events.js';
import { Digest } from '../../src/exporters/digest.js';
import { readCloudEvents } from '../../src/importers/cloud-events.js';
import { linesOf } from '../../src/importers/lines.js';
import { recorded } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { each, hostileStory, whole } from '../support/told.js';

function digestOf(events: readonly RecordedEvent[]): string {
  const digest = new Digest();
  for (const event of events) digest.take(event);
  return digest.contentDigest;
}

t.test('the content has the same digest in the log it comes to, another than that it left, and leaves it the same again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(storyDrafts, hostileStory), fc.integer({ min: 1, max: 400 }), async (drafts, size) => {
      const events = recorded(drafts);
      const bytes = Buffer.from(await whole(toNdjson(each(events))));
      // As a file is read: in pieces that end anywhere.
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
      const read: StoryEvent[] = [];
      for await (const { event } of readCloudEvents(linesOf(Readable.from(pieces)))) read.push(event);
      const elsewhere = read.map((event, i) => ({ ...event, story: 'elsewhere', position: `p${i}`, revision: i, recordedAt: '2021-01-01T00:00:00Z' }));
      assert.equal(digestOf(elsewhere), digestOf(events));
      const first = (line: string) => JSON.parse(line) as { data: { originalRecordedAt?: string } };
      for (const line of (await whole(toNdjson(each(elsewhere)))).trim().split('\n')) assert.equal(first(line).data.originalRecordedAt, '2020-01-01T00:00:00Z');
    }),
    { numRuns: 150 },
  );
});
