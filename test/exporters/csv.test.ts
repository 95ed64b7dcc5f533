/**
 * Tables are read back by another reader of CSV.
 */
import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { wikileaksTrumpJr } from '../../events/stories/wikileaks-trump-jr/index.js';
import { toCsv } from '../../src/exporters/csv.js';
import { toRequestsCsv } from '../../src/exporters/csv-requests.js';
import { plain, printed } from '../../src/exporters/printed.js';
import type { RequestRow, Standing } from '../../src/exporters/transcript-requests.js';
import { answer, claim, correction, followUp, hour, message, request, retraction, tweet } from '../support/drafts.js';
import { storyDrafts } from '../support/stories.js';
import { each, happeningsIn, hostileStory, toldOf, whole } from '../support/told.js';

type Row = Record<string, string>;
const read = (text: string): Row[] => parse(text, { columns: true, bom: true, record_delimiter: '\r\n' }) as Row[];
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r]/;
const tableOf = async (drafts: readonly unknown[]) => read(await whole(toCsv(toldOf(drafts), { bom: false })));

t.test('a row each, in story order, as they are in force, with bounds, precision and grounds', async (t) => {
  const rows = await tableOf([
    message('m2', hour(9), { text: 'a, "quoted"\nline', requests: [{ id: 'r1', text: 'Send it.' }], to: ['bob', 'cyd'] }),
    message('m1', hour(2), { text: 'wrong' }),
    message('m0', null, { text: '' }),
    tweet('t', hour(4)),
    message(
      'vague',
      hour(11),
      { paraphrase: 'He agrees.', text: '' },
      { when: { precision: 'hour', approximate: true, earliest: hour(10), latest: hour(12), stated: 'about eleven' } },
    ),
    message('gone', hour(1)),
    request('r2', 'm1'),
    answer('a1', 'r1', 'vague', { basis: 'claimed' }),
    followUp('f1', 'r1', 't'),
    claim('c1', 't'),
    correction('fix', 'm1', { data: { text: 'right' }, occurredAt: hour(3) }),
    retraction('x', 'gone'),
  ]);
  t.strictSame(
    rows.map(({ id }) => id),
    ['m1', 't', 'm2', 'vague', 'm0'],
  );
  const [m1, tweeted, m2, vague, m0] = rows;
  t.match(m1, { quoted: 'right', correctedBy: 'fix', occurredAt: hour(3), inSightAt: hour(3), requests: 'r2', requestsBasis: 'stated', revision: '1' });
  t.match(tweeted, { type: 'TweetPosted', by: 'bob', others: '', followed: 'r1', followedBasis: 'stated', claims: 'claim c1', claimsBasis: 'stated' });
  t.match(m2, { quoted: 'a, "quoted"\nline', others: 'bob\ncyd', requests: 'r1', channel: 'mail' });
  t.match(vague, {
    earliest: hour(10),
    latest: hour(12),
    precision: 'hour',
    approximate: 'true',
    timeStated: 'about eleven',
    quoted: '',
    inPlaceOfWords: 'He agrees.',
    answerTo: 'r1',
    answerBasis: 'claimed',
  });
  t.match(m0, { occurredAt: '', earliest: '', latest: '', precision: 'unknown', inSightAt: '' });
});

t.test('a byte order mark where it is asked for; CR LF ends a row', async (t) => {
  const text = await whole(toCsv(toldOf([message('m', hour(1))]), { bom: true }));
  t.ok(text.startsWith('\ufeffid,'));
  t.equal(text.split('\r\n').length, 3);
  t.equal(await whole(toCsv(toldOf([]), { bom: false })).then((empty) => empty.split('\r\n').length), 2, 'the head alone');
});

t.test('what is hostile stays text in its cell, whatever else is read', async () => {
  await fc.assert(
    fc.asyncProperty(hostileStory, async (drafts) => {
      const text = await whole(toCsv(toldOf(drafts), { bom: false }));
      const rows = read(Buffer.from(text).toString());
      const happenings = happeningsIn(drafts);
      assert.equal(rows.length, happenings.length);
      for (const [i, row] of rows.entries()) {
        for (const cell of Object.values(row)) {
          assert.doesNotMatch(cell, FORMULA);
          assert.equal(cell, printed(cell));
        }
        const { data, type } = happenings[i]?.event ?? {};
        if (type !== 'MessageSent') continue;
        const words = printed(Buffer.from(data?.text ?? '').toString());
        assert.ok(row.quoted === words || row.quoted === `'${words}`);
      }
    }),
    { numRuns: 200 },
  );
});

t.test('any story: as many rows as happenings, many of them written together', async () => {
  await fc.assert(
    fc.asyncProperty(storyDrafts, async (drafts) => {
      const rows = await tableOf(drafts);
      assert.deepEqual(
        rows.map(({ id, occurredAt }) => [id, occurredAt]),
        happeningsIn(drafts).map(({ event }) => [event.id, event.occurredAt ?? '']),
      );
    }),
    { numRuns: 50 },
  );
  const many = Array.from({ length: 200 }, (_, i) => message(`m${String(i).padStart(3, '0')}`, hour(1)));
  assert.equal((await tableOf(many)).length, 200);
});

t.test('the founding story', async (t) => {
  const rows = await tableOf(wikileaksTrumpJr.drafts);
  t.equal(rows.length, 46);
  t.ok(rows.every(({ sources, precision }) => sources !== '' && precision !== ''));
});

t.test('requests: what came of each, a follow-up never an answer', async (t) => {
  const base = { event: 'm', from: 'ann', to: 'bob', askedAt: hour(1), askedEarliest: null, askedLatest: hour(1), basis: 'stated', followUps: [] } as const;
  const answered = { ...base, id: 'r2', text: '=1', answer: { event: 'x', at: hour(2), afterMinMs: 0, afterMaxMs: null, basis: 'claimed' } } as const;
  const followed = {
    ...base,
    id: 'r1',
    text: 'Send it.',
    followUps: [{ event: 'f', at: hour(3), afterMinMs: 1, afterMaxMs: 2, by: 'cyd', visibility: 'public', basis: 'inferred' }],
  } as const;
  const rows: Readonly<Record<Standing, readonly RequestRow[]>> = { unanswered: [followed], answered: [answered], moot: [] };
  const told = { stale: false, totals: { unanswered: 1, answered: 1, moot: 0 }, rows: (standing: Standing) => each(rows[standing]) };
  const read_ = read(await whole(toRequestsCsv(toldOf([]), told, { bom: false })));
  t.match(read_, [
    { id: 'r1', standing: 'unanswered', answerEvent: '', followUpEvents: 'f', followUpBasis: 'inferred', askedEarliest: '' },
    { id: 'r2', standing: 'answered', text: "'=1", answerEvent: 'x', answerAfterMinMs: '0', answerAfterMaxMs: '', answerBasis: 'claimed' },
  ]);
});

t.test('what is printed: no control characters; on a terminal no marks of direction', (t) => {
  t.equal(printed('a\u0000\tb\r\nc\u2028d\u202ee\u2066'), 'a\tb\nc\nde\u2066');
  t.equal(plain('a\tb\u2066\u200f\u061cc\nd'), 'a bc\nd');
  t.end();
});
