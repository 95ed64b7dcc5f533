/**
 * The JSON of TimelineJS: its shape, its dates part by part, and text that is HTML and harms nothing.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { wikileaksTrumpJr } from '../../events/stories/wikileaks-trump-jr/index.js';
import { toTimelineJs } from '../../src/exporters/timeline-js.js';
import type { HappeningsTold } from '../../src/exporters/told.js';
import { hour, message, tweet } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { happeningsIn, hostileStory, toldOf, whole } from '../support/told.js';

/** As its documentation names the fields. */
const closed = { additionalProperties: false };
const optional = (most: number) => Type.Optional(Type.Integer({ minimum: 0, maximum: most }));
const Moment = Type.Object(
  { year: Type.Integer(), month: optional(12), day: optional(31), hour: optional(23), minute: optional(59), second: optional(59), millisecond: optional(999) },
  closed,
);
const Text = Type.Object({ headline: Type.String(), text: Type.String() }, closed);
const Slide = Type.Object(
  { start_date: Moment, end_date: Type.Optional(Moment), display_date: Type.String(), text: Text, group: Type.String(), unique_id: Type.String() },
  closed,
);
const Document = Type.Object({ events: Type.Array(Slide), title: Type.Object({ unique_id: Type.String(), text: Text }, closed) }, closed);
type Document = Static<typeof Document>;
const check = Compile(Document);
const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
const order = (moment: Static<typeof Moment>) => PARTS.map((part) => moment[part] ?? 0);

async function timelineOf(drafts: readonly unknown[], more: Partial<HappeningsTold> = {}): Promise<{ document: Document; text: string }> {
  const text = await whole(toTimelineJs(toldOf(drafts, more)));
  const document = JSON.parse(text) as unknown;
  assert.ok(check.Check(document), JSON.stringify(check.Errors(document).slice(0, 3)));
  return { document, text };
}

t.test('a date has the parts that its precision gives, in the zone of the story, and ends where its bounds do', async (t) => {
  const at = '2020-03-01T04:30:15.250Z';
  const datesOf = async (time: object, zone = 'America/New_York') => {
    const { document } = await timelineOf([{ ...message('m', null), ...time }], { zone });
    const [slide] = document.events;
    return [slide?.start_date, slide?.end_date];
  };
  t.strictSame(await datesOf({ occurredAt: at }), [{ year: 2020, month: 2, day: 29, hour: 23, minute: 30, second: 15, millisecond: 250 }, undefined]);
  t.strictSame(await datesOf({ occurredAt: '2020-03-01T04:30:15Z' }, 'UTC'), [{ year: 2020, month: 3, day: 1, hour: 4, minute: 30, second: 15 }, undefined]);
  const local = '2020-02-29T23:30:15-05:00';
  const expected = { year: 2020, month: 2, day: 29, hour: 23, minute: 30 };
  for (const [i, precision] of ['year', 'month', 'day', 'hour', 'minute'].entries())
    t.strictSame(
      await datesOf({ occurredAt: local, when: { precision } }),
      [Object.fromEntries(Object.entries(expected).slice(0, i + 1)), undefined],
      precision,
    );
  t.strictSame(await datesOf({ occurredAt: local, when: { precision: 'day' } }, 'Asia/Tokyo'), [
    { year: 2020, month: 2, day: 29 },
    { year: 2020, month: 3, day: 1 },
  ]);
  const about = { precision: 'minute', approximate: true, earliest: '2020-02-29T23:10:00-05:00', latest: '2020-02-29T23:50:00-05:00' };
  t.strictSame(await datesOf({ occurredAt: local, when: about }), [
    { ...expected, minute: 10 },
    { ...expected, minute: 50 },
  ]);
  const day = { earliest: '2020-02-28T00:00:00-05:00', latest: '2020-02-29T23:59:59.999-05:00' };
  t.strictSame(await datesOf({ when: day }), [
    { year: 2020, month: 2, day: 28 },
    { year: 2020, month: 2, day: 29 },
  ]);
  t.strictSame(await datesOf({ when: { latest: day.latest } }), [{ year: 2020, month: 2, day: 29 }, undefined]);
  t.strictSame(await datesOf({ when: { latest: local } }), [expected, undefined], 'of no date only what bounds it');
  t.strictSame(await datesOf({ occurredAt: '0099-03-01T00:00:00Z' }, 'UTC'), [{ year: 99, month: 3, day: 1, hour: 0, minute: 0, second: 0 }, undefined]);
});

t.test('slides: who, the words, the time in words with its zone; grouped by channel or by who did it', async (t) => {
  const { document } = await timelineOf([message('a b', hour(1), { text: 'Hello' }), tweet('t', hour(2)), message('never', null)]);
  t.match(document.events, [
    {
      unique_id: 'event-a~0020b',
      group: 'mail',
      display_date: 'at 1:00:00 am on March 1, 2020 (UTC)',
      text: { headline: '<bdi>ann to bob</bdi>', text: /^<blockquote><p dir="auto">“Hello”<\/p><\/blockquote><p>at 1:00:00 am/ },
    },
    { group: 'bob' },
  ]);
  t.equal(document.events.length, 2);
  t.match(document.title.text.text, /Left out for want of any time: 1\..*revision 2 of the story a-story/);
  t.match((await timelineOf([])).document.events, []);
});

t.test('as of a moment, through other eyes, of what has changed: all that is said', async (t) => {
  const { document } = await timelineOf([message('m', hour(1))], { as: 'public', at: Date.parse(hour(3)), zoneNote: 'A note.', hasChanged: () => true });
  t.match(document.title.text.text, /A note\..*Told as of 3:00 am UTC on March 1, 2020.*As the public could see it.*something was recorded/);
});

t.test('what is hostile is text, in a page and in a script', async () => {
  await fc.assert(
    fc.asyncProperty(hostileStory, async (drafts) => {
      const { document, text } = await timelineOf(drafts);
      assert.doesNotMatch(text, /<|\u2028|\u2029/);
      for (const value of JSON.stringify(document).matchAll(/<(\/?[a-z]+)/gi))
        assert.ok(['bdi', '/bdi', 'p', '/p', 'blockquote', '/blockquote'].includes(value[1] ?? ''), value[0]);
      assert.equal(new Set(document.events.map(({ unique_id }) => unique_id)).size, document.events.length);
      for (const { unique_id } of document.events) assert.match(unique_id, /^[\w.~-]+$/);
    }),
    { numRuns: 200 },
  );
});

t.test('any story, and the founding one: each placed happening, no end before its beginning', async () => {
  await fc.assert(
    fc.asyncProperty(storyDrafts, async (drafts) => {
      const { document } = await timelineOf(drafts);
      assert.equal(document.events.length, happeningsIn(drafts).filter(({ key }) => Number.isFinite(key[0])).length);
      for (const { start_date, end_date = start_date } of document.events)
        assert.ok(Date.UTC(...(order(start_date) as [number, number])) <= Date.UTC(...(order(end_date) as [number, number])));
    }),
    { numRuns: 60 },
  );
  const { document } = await timelineOf(wikileaksTrumpJr.drafts);
  assert.equal(document.events.length, 43);
});
