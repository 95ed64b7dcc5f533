/**
 * Random stories for property tests: messages with ties, uncertain and missing times, requests and all that can be said
 * of them, corrections and retractions.
 */
import fc from 'fast-check';
import { formatInstant } from '../../events/story-time.js';
import { answer, claim, correction, followUp, message, mooted, request, retraction } from './drafts.js';

const EPOCH = Date.UTC(2020, 0, 1);
/** Few instants, so that many happenings share one. */
const instant = fc.integer({ min: 0, max: 24 }).map((h) => EPOCH + h * 3_600_000);
const people = fc.constantFrom('ann', 'bob', 'cyd', 'constructor');

type Draft = Record<string, unknown> & { id: string };

/** What a story says of itself: chapters, and the rule of possible answers. */
const description: fc.Arbitrary<Draft | null> = fc.option(
  fc.record({ chapters: fc.array(fc.nat({ max: 13 }), { maxLength: 3 }), rule: fc.constantFrom(undefined, 'PT5H') }).map(({ chapters, rule }) => ({
    id: 'about',
    type: 'StoryDescribed',
    data: {
      title: 'a story',
      description: 'for tests',
      timeZone: 'UTC',
      participants: [],
      sources: [],
      chapters: chapters.map((n) => ({ event: `m${n}`, title: `chapter ${n}` })),
      ...(rule === undefined ? {} : { possibleAnswersWithin: rule }),
    },
  })),
);

/** The drafts of one story: at most one correction of each happening, so that recorded order says nothing. */
export const storyDrafts: fc.Arbitrary<Draft[]> = fc
  .tuple(
    fc.array(
      fc.record({
        at: fc.option(instant, { freq: 8, nil: null }),
        slack: fc.constantFrom(0, 0, 0, 1, 5),
        seq: fc.integer({ min: -1, max: 1 }),
        from: people,
        to: people,
        asks: fc.integer({ min: 0, max: 2 }),
        inline: fc.boolean(),
        fate: fc.constantFrom('none', 'answer', 'followUp', 'claim', 'mooted', 'both'),
        target: fc.nat(),
        corrected: fc.option(instant, { freq: 3 }),
        retracted: fc.constantFrom(false, false, false, false, true),
        noteRetracted: fc.constantFrom(false, false, false, true),
        reply: fc.option(fc.nat(), { freq: 2 }),
        forward: fc.option(fc.nat(), { freq: 4 }),
        link: fc.constantFrom(undefined, undefined, 'example.org/a', 'http://www.example.org/a/', 'https://example.org/b?x=1'),
        isPublic: fc.constantFrom(false, false, true),
        told: fc.option(fc.record({ to: fc.constantFrom('ann', 'bob', 'cyd', 'public'), at: instant, by: fc.option(fc.nat(), { freq: 2 }) }), { freq: 3 }),
      }),
      { minLength: 1, maxLength: 14 },
    ),
    description,
  )
  .map(([rows, about]) => {
    const drafts: Draft[] = [];
    const happenings: string[] = [];
    const requests: string[] = [];
    for (const [i, row] of rows.entries()) {
      const id = `m${i}`;
      happenings.push(id);
      const time = row.at === null ? null : formatInstant(row.at);
      const bounds =
        row.at === null || row.slack === 0
          ? {}
          : {
              when: {
                precision: 'hour',
                approximate: true,
                earliest: formatInstant(row.at - row.slack * 3_600_000),
                latest: formatInstant(row.at + row.slack * 3_600_000),
              },
            };
      const inline = row.inline && row.asks > 0 ? { requests: Array.from({ length: row.asks }, (_, n) => ({ text: `ask ${n}` })) } : {};
      const other = (n: number) => `m${n % rows.length}`;
      const said = {
        ...inline,
        ...(row.reply === null ? {} : { inReplyTo: other(row.reply) }),
        ...(row.forward === null ? {} : { forwardOf: other(row.forward) }),
        ...(row.link === undefined ? {} : { links: [row.link] }),
      };
      const { told } = row;
      const seen = {
        ...(row.isPublic ? { visibility: 'public' } : {}),
        ...(told === null ? {} : { disclosures: [{ to: told.to, at: formatInstant(told.at), ...(told.by === null ? {} : { event: other(told.by) }) }] }),
      };
      drafts.push(message(id, time, { from: row.from, to: [row.to], ...said }, { seq: row.seq, ...bounds, ...seen }) as Draft);
      for (let n = 0; n < row.asks; n++) {
        const asked = row.inline ? `${id}#request-${n + 1}` : `r${i}-${n}`;
        requests.push(asked);
        if (!row.inline) drafts.push(request(asked, id, { to: row.to }) as Draft);
      }
    }
    for (const [i, row] of rows.entries()) {
      const of = requests[row.target % Math.max(1, requests.length)];
      const event = happenings[(row.target >> 3) % happenings.length] as string;
      const note = `n${i}`;
      if (of !== undefined && (row.fate === 'answer' || row.fate === 'both')) drafts.push(answer(note, of, event) as Draft);
      if (of !== undefined && row.fate === 'followUp') drafts.push(followUp(note, of, event) as Draft);
      if (of !== undefined && row.fate === 'claim') drafts.push(claim(note, event, { request: of }) as Draft);
      if (of !== undefined && (row.fate === 'mooted' || row.fate === 'both'))
        drafts.push(mooted(`${note}-moot`, of, formatInstant(EPOCH + (row.target % 30) * 3_600_000)) as Draft);
      if (row.corrected !== null)
        drafts.push(correction(`c${i}`, `m${i}`, { occurredAt: formatInstant(row.corrected), data: { text: 'as corrected' } }) as Draft);
      if (row.retracted) drafts.push(retraction(`x${i}`, `m${i}`) as Draft);
      if (row.noteRetracted && drafts.some((draft) => draft.id === note)) drafts.push(retraction(`xn${i}`, note) as Draft);
    }
    if (about !== null) drafts.push(about);
    return drafts;
  });

/** A story and the same events in another order. */
export const shuffledStory = storyDrafts.chain((drafts) =>
  fc.shuffledSubarray(drafts, { minLength: drafts.length, maxLength: drafts.length }).map((shuffled) => ({ drafts, shuffled })),
);
